//! CEL values from JSON and back.
//!
//! Not `cel`'s own conversion: that one turns bytes into base64, non-finite numbers into null, and leaves the order
//! of keys to chance. A claim that is not JSON is a mistake of the template and is reported as one.

use std::collections::HashMap;
use std::sync::Arc;

use cel::Value;
use cel::objects::Key;
use serde_json::{Map, Number};

/// A JSON value as expressions see it. Whole numbers become `int`, those beyond its range `uint`, all others `double`.
pub(super) fn from_json(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(truth) => Value::Bool(*truth),
        serde_json::Value::Number(number) => from_number(number),
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(items) => Value::List(Arc::new(items.iter().map(from_json).collect())),
        serde_json::Value::Object(fields) => {
            let map: HashMap<String, Value> =
                fields.iter().map(|(key, value)| (key.clone(), from_json(value))).collect();
            Value::Map(map.into())
        }
    }
}

fn from_number(number: &Number) -> Value {
    match (number.as_i64(), number.as_u64()) {
        (Some(int), _) => Value::Int(int),
        (None, Some(uint)) => Value::UInt(uint),
        (None, None) => number.as_f64().map_or(Value::Null, Value::Float),
    }
}

/// The result of an expression as JSON, with sorted keys; or what stands in it that JSON does not have.
pub(super) fn to_json(value: &Value) -> Result<serde_json::Value, &'static str> {
    Ok(match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(truth) => serde_json::Value::Bool(*truth),
        Value::Int(int) => serde_json::Value::from(*int),
        Value::UInt(uint) => serde_json::Value::from(*uint),
        Value::Float(float) => {
            Number::from_f64(*float).map(serde_json::Value::Number).ok_or("a number that is not finite")?
        }
        Value::String(text) => serde_json::Value::from(text.as_str()),
        Value::List(items) => serde_json::Value::Array(items.iter().map(to_json).collect::<Result<_, _>>()?),
        Value::Map(map) => serde_json::Value::Object(to_object(&map.map)?),
        Value::Bytes(_) => return Err("bytes: convert them with `string(…)`"),
        Value::Opaque(_) => return Err("an optional value or a type: append `.orValue(null)` to an optional"),
        Value::Function(..) | Value::Struct(_) => return Err("a value that is not data"),
    })
}

fn to_object(map: &HashMap<Key, Value>) -> Result<Map<String, serde_json::Value>, &'static str> {
    let mut entries: Vec<(&Key, &Value)> = map.iter().collect();
    entries.sort_unstable_by_key(|(key, _)| *key);
    let mut object = Map::new();
    for (key, value) in entries {
        let Key::String(name) = key else {
            return Err("a map key that is not a string: convert it with `string(…)`");
        };
        object.insert(name.to_string(), to_json(value)?);
    }
    Ok(object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_survives_the_way_there_and_back() {
        let document =
            json!({"z": [1, -2, 1.5, null, true, "é\u{1f600}\"\\"], "a": {"big": u64::MAX}, "min": i64::MIN});
        let there = from_json(&document);
        assert_eq!(to_json(&there), Ok(document));
    }

    #[test]
    fn keys_come_out_sorted() {
        let letters: HashMap<String, Value> = ["b", "d", "a", "c"].map(|key| (key.to_owned(), Value::Int(1))).into();
        let json = to_json(&Value::Map(letters.into())).unwrap();
        assert_eq!(json.to_string(), r#"{"a":1,"b":1,"c":1,"d":1}"#);
    }

    #[test]
    fn what_json_lacks_is_refused_at_any_depth() {
        let number_key: HashMap<i64, Value> = [(1, Value::Null)].into();
        for value in [
            Value::Float(f64::NAN),
            Value::Float(f64::INFINITY),
            Value::Bytes(Arc::new(vec![1])),
            Value::Map(number_key.into()),
        ] {
            assert!(to_json(&Value::List(Arc::new(vec![value.clone()]))).is_err(), "{value:?}");
        }
    }
}
