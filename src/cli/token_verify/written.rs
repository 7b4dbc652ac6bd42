//! One issuer entry as somebody has written it: the row of the directory, and what a stranger would take for one.

use serde_json::{Map, Value};

use crate::directory::IssuerRow;

/// What an entry without an id is called.
const NAMELESS: &str = "issuer";

/// One issuer entry as somebody has written it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Written {
    pub(super) id: String,
    pub(super) spellings: Vec<String>,
    pub(super) enabled: Option<bool>,
    pub(super) settings: Map<String, Value>,
}

impl Written {
    /// Reads an entry; `keys` are for those that bring none.
    pub(super) fn read(entry: Value, keys: Option<&Value>) -> Result<Self, Vec<String>> {
        let Value::Object(mut members) = entry else {
            return Err(vec!["an entry is an object: {\"issuer_id\", \"issuer\", \"settings\"}".to_owned()]);
        };
        let mut problems = Vec::new();
        let id = id(&mut members, &mut problems);
        let spellings = spellings(members.remove("issuer"), &mut problems);
        let enabled = enabled(members.remove("enabled").as_ref(), &mut problems);
        let own_keys = members.remove("jwks");
        let mut settings = settings(members, &mut problems);
        let keys = own_keys.as_ref().or(keys.filter(|_| !settings.contains_key("jwks")));
        if let Some(keys) = keys {
            give(&mut settings, keys);
        }
        if problems.is_empty() { Ok(Self { id, spellings, enabled, settings }) } else { Err(problems) }
    }

    /// Whether somebody means this entry by its id or by an `iss` of it.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.id == name || self.spellings.iter().any(|iss| iss == name)
    }

    /// As the directory has it.
    pub(super) fn row(&self) -> IssuerRow {
        IssuerRow {
            issuer_id: self.id.clone(),
            issuer: Some(self.spellings.clone()),
            enabled: self.enabled,
            settings: Some(Value::Object(self.settings.clone())),
        }
    }
}

fn id(members: &mut Map<String, Value>, problems: &mut Vec<String>) -> String {
    // The tables that come with claimsmith call the column `id`, the view `issuer_id`.
    let given = [members.remove("issuer_id"), members.remove("id")].into_iter().flatten().next();
    match given {
        None | Some(Value::Null) => NAMELESS.to_owned(),
        Some(Value::String(id)) => id,
        Some(_) => {
            problems.push("issuer_id: is no text; write \"issuer_id\": \"acme\", or leave it out".to_owned());
            NAMELESS.to_owned()
        }
    }
}

fn spellings(given: Option<Value>, problems: &mut Vec<String>) -> Vec<String> {
    let listed = match given {
        Some(Value::String(iss)) => Some(vec![iss]),
        Some(Value::Array(list)) => list.into_iter().map(text).collect(),
        _ => None,
    };
    listed.unwrap_or_else(|| {
        problems.push("issuer: is no list of texts; write every accepted iss: \"issuer\": [\"https://…\"]".to_owned());
        Vec::new()
    })
}

fn text(value: Value) -> Option<String> {
    if let Value::String(text) = value { Some(text) } else { None }
}

fn enabled(given: Option<&Value>, problems: &mut Vec<String>) -> Option<bool> {
    match given {
        None | Some(Value::Null) => None,
        Some(Value::Bool(enabled)) => Some(*enabled),
        Some(_) => {
            problems.push("enabled: is neither true nor false; leave it out, or write one of the two".to_owned());
            None
        }
    }
}

/// What is in `settings`; without that member, everything else.
fn settings(mut members: Map<String, Value>, problems: &mut Vec<String>) -> Map<String, Value> {
    match members.remove("settings") {
        None => members,
        Some(given) => {
            for name in members.keys() {
                let name: String = name.escape_debug().take(64).collect();
                problems.push(format!("{name}: is no member of an entry; if it is a setting, write it into settings"));
            }
            match given {
                Value::Object(settings) => settings,
                Value::Null => Map::new(),
                _ => {
                    problems.push("settings: is no object; write {\"audiences\": […], \"jwks\": {…}}".to_owned());
                    Map::new()
                }
            }
        }
    }
}

/// Adds a key set in place of where it could be fetched.
fn give(settings: &mut Map<String, Value>, keys: &Value) {
    let says = |name: &str, value: &str| settings.get(name).and_then(Value::as_str) == Some(value);
    if says("kind", "introspection") || says("preset", "github") {
        // These have no keys, and the row would be wrong with them.
        return;
    }
    settings.remove("jwks_uri");
    settings.remove("discovery");
    settings.insert("jwks".to_owned(), key_set(keys));
}

/// A key set, a list of keys, or a single key.
fn key_set(given: &Value) -> Value {
    match given {
        Value::Array(_) => serde_json::json!({"keys": given}),
        Value::Object(members) if members.contains_key("kty") => serde_json::json!({"keys": [given]}),
        _ => given.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(entry: Value) -> Result<Written, Vec<String>> {
        Written::read(entry, Some(&json!({"keys": ["given"]})))
    }

    #[test]
    fn the_row_of_the_directory_is_read_as_it_is() {
        let entry = json!({"issuer_id": "acme", "issuer": ["https://a.example"], "enabled": true,
            "settings": {"audiences": ["api"], "jwks": {"keys": []}}});
        let written = read(entry).unwrap();
        assert_eq!((written.id.as_str(), written.enabled), ("acme", Some(true)));
        assert_eq!(Value::Object(written.settings), json!({"audiences": ["api"], "jwks": {"keys": []}}));
    }

    #[test]
    fn what_a_stranger_would_write_is_understood() {
        let plain = read(json!({"issuer": "https://a.example", "audiences": ["api"]})).unwrap();
        let expected = json!({"audiences": ["api"], "jwks": {"keys": ["given"]}});
        assert_eq!((plain.id.as_str(), Value::Object(plain.settings)), ("issuer", expected.clone()));
        let beside = json!({"id": "a", "issuer": ["https://a.example"], "jwks": {"kty": "OKP"},
            "settings": {"audiences": ["api"], "jwks_uri": "https://a.example/k"}});
        let beside = read(beside).unwrap();
        assert_eq!(beside.id, "a");
        assert_eq!(Value::Object(beside.settings), json!({"audiences": ["api"], "jwks": {"keys": [{"kty": "OKP"}]}}));
    }

    #[test]
    fn an_entry_without_keys_gets_none_if_it_cannot_have_any() {
        for settings in [json!({"kind": "introspection"}), json!({"preset": "github"})] {
            let written = read(json!({"issuer": "https://a.example", "settings": settings})).unwrap();
            assert_eq!(Value::Object(written.settings), settings);
        }
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let problems = read(json!({"issuer_id": 1, "issuer": [1], "enabled": "no", "settings": [], "audiences": []}));
        assert_eq!(problems.unwrap_err().len(), 5);
        for entry in [json!(null), json!("x"), json!(1), json!([])] {
            assert_eq!(read(entry).unwrap_err().len(), 1);
        }
    }
}
