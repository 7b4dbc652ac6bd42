//! What the change log says, as types, and who wants to hear it.
//!
//! Everything here is read from the database, so parsing is total: an entry that cannot be understood (a newer schema,
//! a hand-written row) widens to [`Kind::All`], which is slow and right, never to silence.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::Value;

use super::identifiers::{Position, TenantId};
use super::place::Nonce;

/// Which view a change touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Memberships; the subjects are users.
    User,
    /// Roles and their permissions; the subjects are role keys.
    Role,
    /// Links from an issuer's subject to a user; the subjects are the `sub`s.
    Identity,
    /// Tenants or issuers.
    Catalog,
    /// Anything: a TRUNCATE, a change too large to list, an entry that this version does not know.
    All,
}

impl Kind {
    /// Every kind, for metrics that exist before the first change.
    pub const EVERY: [Self; 5] = [Self::User, Self::Role, Self::Identity, Self::Catalog, Self::All];

    /// The kind as the change log and metric labels have it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Role => "role",
            Self::Identity => "identity",
            Self::Catalog => "catalog",
            Self::All => "all",
        }
    }

    fn parse(text: &str) -> Self {
        Self::EVERY.into_iter().find(|kind| kind.label() == text).unwrap_or(Self::All)
    }
}

/// One row of the change log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// Which view.
    pub kind: Kind,
    /// Which tenant; `None` is every tenant.
    pub tenant: Option<TenantId>,
    /// Which users, roles or subjects; `None` is all of them.
    pub subjects: Option<Vec<Box<str>>>,
}

impl Touched {
    /// The widest change.
    pub const fn everything() -> Self {
        Self { kind: Kind::All, tenant: None, subjects: None }
    }
}

/// All that one transaction touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The transaction's position in the log.
    pub position: Position,
    /// What tells it from a transaction of another history; `None` if it could not be read.
    pub nonce: Option<Nonce>,
    /// Its rows, at least one.
    pub touched: Vec<Touched>,
}

/// Which subjects; `None` is all of them.
type Subjects<'change> = Option<BTreeSet<&'change str>>;

impl Change {
    /// Everything that several transactions touched, as if it had been one that committed where the last of them did. So each
    /// cache is told once, however many there were; what is asked for has to be newer than it might be, never older.
    pub(super) fn of_all(changes: &[Self]) -> Option<Self> {
        let last = changes.last()?;
        let mut touched: BTreeMap<(&str, Option<&str>), (Kind, Subjects<'_>)> = BTreeMap::new();
        for row in changes.iter().flat_map(|change| &change.touched) {
            let tenant = row.tenant.as_ref().map(TenantId::as_str);
            let (_, all) = touched.entry((row.kind.label(), tenant)).or_insert((row.kind, Some(BTreeSet::new())));
            match (all.as_mut(), &row.subjects) {
                (Some(all), Some(subjects)) => all.extend(subjects.iter().map(AsRef::as_ref)),
                _ => *all = None,
            }
        }
        let touched = touched.into_iter().map(|((_, tenant), (kind, subjects))| Touched {
            kind,
            tenant: tenant.map(TenantId::from),
            subjects: subjects.map(|subjects| subjects.into_iter().map(Box::from).collect()),
        });
        Some(Self { position: last.position, nonce: last.nonce, touched: touched.collect() })
    }
}

/// Somebody who keeps a copy of what the directory says.
///
/// Both calls take effect *in order of calling*; the future they return completes once no reader can be given anything
/// older. It never gives up: while it waits, the age bound grows and says so.
pub trait Subscriber: Send + Sync {
    /// A transaction has committed.
    fn changed(&self, change: &Change) -> BoxFuture<'static, ()>;

    /// The server's history is not the one that was followed so far: forget everything.
    fn reset(&self, head: Position) -> BoxFuture<'static, ()>;
}

/// Reads the `changes` column of `claimsmith.since()`: `[[position, kind, tenant, [subjects], nonce], …]`, in order.
pub(super) fn parse_changes(rows: &Value) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for row in rows.as_array().into_iter().flatten() {
        let (position, nonce, touched) = parse_row(row);
        match changes.last_mut() {
            Some(last) if last.position == position => last.touched.push(touched),
            _ => changes.push(Change { position, nonce, touched: vec![touched] }),
        }
    }
    changes
}

#[derive(Deserialize)]
struct Row(u64, String, Option<String>, Option<Vec<Box<str>>>, String);

fn parse_row(row: &Value) -> (Position, Option<Nonce>, Touched) {
    let Ok(Row(number, kind, tenant, subjects, nonce)) = Row::deserialize(row) else {
        let number = row.get(0).and_then(Value::as_u64).unwrap_or_default();
        let nonce = row.get(4).and_then(Value::as_str).and_then(Nonce::parse);
        return (Position::new(number), nonce, Touched::everything());
    };
    let kind = Kind::parse(&kind);
    let touched = if kind == Kind::All {
        Touched::everything()
    } else {
        Touched { kind, tenant: tenant.map(TenantId::from), subjects }
    };
    (Position::new(number), Nonce::parse(&nonce), touched)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_of_one_position_are_one_change() {
        let (first, second) = ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002");
        let rows = json!([
            [4, "user", "acme", ["u1", "u2"], first],
            [4, "role", "acme", null, first],
            [9, "catalog", null, null, second]
        ]);
        let changes = parse_changes(&rows);
        assert_eq!(changes.len(), 2);
        assert_eq!(changes.iter().map(|change| change.nonce).collect::<Vec<_>>(), [first, second].map(Nonce::parse));
        assert_eq!(changes[0].position, Position::new(4));
        assert_eq!(changes[0].touched[0].subjects.as_deref(), Some(&["u1".into(), "u2".into()][..]));
        assert_eq!(changes[0].touched[1].kind, Kind::Role);
        assert_eq!(changes[1].touched[0], Touched { kind: Kind::Catalog, tenant: None, subjects: None });
    }

    #[test]
    fn what_is_not_understood_counts_as_everything() {
        let rows = [
            json!([[7, "galaxy", "acme", ["x"], null]]),
            json!([[7, 12, "acme"]]),
            json!([[7, "user", {"a": 1}, null, null]]),
        ];
        for odd in rows {
            let everything = Change { position: Position::new(7), nonce: None, touched: vec![Touched::everything()] };
            assert_eq!(parse_changes(&odd), [everything]);
        }
    }

    #[test]
    fn many_changes_are_told_as_one_that_touched_what_they_all_did() {
        let touched = |kind, tenant: &str, subjects: Option<&[&str]>| Touched {
            kind,
            tenant: Some(TenantId::from(tenant)),
            subjects: subjects.map(|subjects| subjects.iter().map(|subject| Box::from(*subject)).collect()),
        };
        let change = |number, touched| Change { position: Position::new(number), nonce: None, touched };
        let all = Change::of_all(&[
            change(4, vec![touched(Kind::User, "acme", Some(&["b"])), touched(Kind::Role, "acme", None)]),
            change(7, vec![touched(Kind::User, "globex", None), touched(Kind::User, "acme", Some(&["a", "b"]))]),
            change(9, vec![touched(Kind::User, "globex", Some(&["c"])), touched(Kind::Role, "acme", Some(&["r"]))]),
        ]);
        let expected = vec![
            touched(Kind::Role, "acme", None),
            touched(Kind::User, "acme", Some(&["a", "b"])),
            touched(Kind::User, "globex", None),
        ];
        assert_eq!(all, Some(change(9, expected)));
        assert_eq!(Change::of_all(&[]), None);
    }

    #[test]
    fn no_rows_are_no_changes() {
        assert!(parse_changes(&json!([])).is_empty());
        assert!(parse_changes(&Value::Null).is_empty());
    }
}
