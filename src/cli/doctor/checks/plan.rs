//! Reading a plan as `EXPLAIN (FORMAT JSON, VERBOSE)` tells it: which tables it reads, and by which condition.
//!
//! Conditions are texts there. They are compared by names, which is enough: PostgreSQL writes them itself.

use serde_json::Value;

/// How one table is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scan {
    pub(super) schema: String,
    pub(super) table: String,
    alias: String,
    /// `None`: all of the table.
    pub(super) index: Option<String>,
    /// What the index is searched by.
    searched: String,
    /// What the rows are held to afterwards.
    filtered: String,
}

/// Every scan of a table in a plan, and every condition in it.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) scans: Vec<Scan>,
    conditions: String,
}

impl Plan {
    /// From the whole document.
    pub(super) fn read(document: &Value) -> Self {
        let mut plan = Self::default();
        if let Some(root) = document.pointer("/0/Plan") {
            plan.take(root, None);
        }
        plan
    }

    /// `heap` is the node that names the table for the index scans of a bitmap below it.
    fn take(&mut self, node: &Value, heap: Option<&Value>) {
        let kind = text(node, "Node Type");
        let table = if kind == "Bitmap Index Scan" { heap } else { Some(node) };
        if let ("Seq Scan" | "Sample Scan" | "Index Scan" | "Index Only Scan" | "Bitmap Index Scan", Some(table)) =
            (kind, table)
        {
            self.scans.push(scan(node, table));
        }
        for key in ["Filter", "Join Filter", "Hash Cond", "Merge Cond", "Recheck Cond"] {
            self.conditions.push_str(text(node, key));
            self.conditions.push('\n');
        }
        let heap = if kind == "Bitmap Heap Scan" { Some(node) } else { heap };
        for below in node.get("Plans").and_then(Value::as_array).into_iter().flatten() {
            self.take(below, heap);
        }
    }

    /// Whether any condition compares this key of the table, so that an index on it could have served.
    pub(super) fn mentions(&self, scan: &Scan, key: &str) -> bool {
        scan.mentions(&self.conditions, key)
    }

    /// The columns that rows are found by, in the order of the condition: what an index on the table would begin with. Where
    /// the scan itself has no condition, the join above it has.
    pub(super) fn sought_columns(&self, scan: &Scan) -> Vec<String> {
        let own = scan.compared_columns(&[scan.searched.as_str(), scan.filtered.as_str()].join("\n"));
        if own.is_empty() { scan.compared_columns(&self.conditions) } else { own }
    }
}

fn scan(node: &Value, table: &Value) -> Scan {
    let owned = |node, key| text(node, key).to_owned();
    let index = node.get("Index Name").and_then(Value::as_str).map(str::to_owned);
    let (schema, name, alias) = (owned(table, "Schema"), owned(table, "Relation Name"), owned(table, "Alias"));
    Scan { schema, table: name, alias, index, searched: owned(node, "Index Cond"), filtered: owned(node, "Filter") }
}

fn text<'n>(node: &'n Value, key: &str) -> &'n str {
    node.get(key).and_then(Value::as_str).unwrap_or_default()
}

impl Scan {
    /// Whether the index is searched by this key of it.
    pub(super) fn searches(&self, key: &str) -> bool {
        self.mentions(&self.searched, key)
    }

    pub(super) fn is_searched(&self) -> bool {
        !self.searched.is_empty()
    }

    fn mentions(&self, condition: &str, key: &str) -> bool {
        let own = self.without_alias(condition);
        own.match_indices(key).any(|(at, _)| {
            let (before, after) = own.split_at(at);
            let after = after.get(key.len()..).unwrap_or_default();
            !before.ends_with(|letter| is_of_a_name(letter) || letter == '.') && !after.starts_with(is_of_a_name)
        })
    }

    /// Own columns lose their prefix; those of other tables keep theirs.
    fn without_alias(&self, condition: &str) -> String {
        let plain = format!("{}.", self.alias);
        let quoted = format!("\"{}\".", self.alias);
        let mut own = String::with_capacity(condition.len());
        let mut rest = condition;
        while let Some(next) = rest.chars().next() {
            let at_start = !own.ends_with(|letter| is_of_a_name(letter) || letter == '.');
            let prefix = [&plain, &quoted].into_iter().find(|prefix| at_start && rest.starts_with(prefix.as_str()));
            let length = prefix.map_or_else(|| next.len_utf8(), String::len);
            if prefix.is_none() {
                own.push(next);
            }
            rest = rest.get(length..).unwrap_or_default();
        }
        own
    }

    /// The columns of the table that this condition compares for equality, in its order.
    fn compared_columns(&self, condition: &str) -> Vec<String> {
        let mut columns = Vec::new();
        // What may be otherwise ("x OR y") is not found by an index that begins with x.
        let parts = condition.split('\n').flat_map(|line| line.split(" AND "));
        for part in parts.filter(|part| part.contains(" = ") && !part.contains(" OR ")) {
            columns.extend(self.first_column(part).filter(|column| !columns.contains(column)));
        }
        columns
    }

    fn first_column(&self, part: &str) -> Option<String> {
        let prefixes = [format!("{}.", self.alias), format!("\"{}\".", self.alias)];
        let begins = |prefix: &String| {
            let mut places = part.match_indices(prefix.as_str()).map(|(at, _)| part.split_at(at));
            places.find_map(
                |(before, after)| if before.ends_with(is_of_a_name) { None } else { after.strip_prefix(prefix) },
            )
        };
        let column = prefixes.iter().find_map(begins)?;
        let length = match column.strip_prefix('"') {
            Some(quoted) => quoted.find('"')? + 2,
            None => column.find(|letter| !is_of_a_name(letter)).unwrap_or(column.len()),
        };
        column.get(..length).map(str::to_owned)
    }
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '$' || letter == '"'
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(node: &Value) -> Plan {
        Plan::read(&json!([{"Plan": node}]))
    }

    fn only(node: &Value) -> Scan {
        let mut plan = read(node);
        assert_eq!(plan.scans.len(), 1, "{plan:?}");
        plan.scans.remove(0)
    }

    fn index_scan(condition: &str) -> Scan {
        only(&json!({"Node Type": "Index Scan", "Schema": "app", "Relation Name": "memberships", "Alias": "m",
            "Index Name": "pk", "Index Cond": condition}))
    }

    #[test]
    fn only_the_tables_own_columns_are_searched_by() {
        let scan = index_scan("((m.tenant_id = 'x'::text) AND ((m.user_id)::text = u.role_id))");
        assert!(scan.searches("tenant_id") && scan.searches("user_id"));
        assert!(!scan.searches("role_id"), "that is somebody else's");
        assert!(!scan.searches("user") && !scan.searches("id"), "names count whole");
    }

    #[test]
    fn keys_that_are_expressions_or_quoted_are_found() {
        assert!(index_scan("(lower(m.email) = 'x'::text)").searches("lower(email)"));
        assert!(index_scan("(m.\"userId\" = 'x'::text)").searches("\"userId\""));
    }

    #[test]
    fn an_index_of_a_bitmap_belongs_to_the_table_above_it() {
        let scan = only(
            &json!({"Node Type": "Bitmap Heap Scan", "Schema": "app", "Relation Name": "memberships", "Alias": "m",
            "Plans": [{"Node Type": "Bitmap Index Scan", "Index Name": "pk", "Index Cond": "(m.user_id = 'x'::text)"}]}),
        );
        assert_eq!((scan.table.as_str(), scan.index.as_deref()), ("memberships", Some("pk")));
        assert!(scan.searches("user_id"));
    }

    #[test]
    fn the_columns_of_a_missing_index_are_those_that_rows_are_found_by() {
        let plan = read(
            &json!({"Node Type": "Seq Scan", "Schema": "app", "Relation Name": "memberships", "Alias": "m",
            "Filter": "((m.tenant_id = 'x'::text) AND (um.id = m.\"userId\") AND ((m.until IS NULL) OR (m.until = now())))"}),
        );
        let scan = &plan.scans[0];
        assert_eq!(plan.sought_columns(scan), ["tenant_id", "\"userId\""]);
        assert!(scan.index.is_none() && !scan.is_searched());
    }

    #[test]
    fn a_join_tells_the_columns_when_the_scan_does_not() {
        let table = json!({"Node Type": "Seq Scan", "Schema": "app", "Relation Name": "logins", "Alias": "i"});
        let plan = read(&json!({"Node Type": "Nested Loop", "Plans": [table],
            "Join Filter": "((i.issuer_id = k.issuer_id) AND (i.subject = k.subject) AND ((i.subject)::text = k.subject))"}));
        assert_eq!(plan.sought_columns(&plan.scans[0]), ["issuer_id", "subject"]);
    }
}
