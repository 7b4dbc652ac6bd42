//! A strict JSON reader (RFC 8259, and I-JSON's rule of RFC 7493 section 2.3: no member twice).
//!
//! One reading gives the values that are checked *and* the values that are used, so that no two readers can disagree
//! about a document. UTF-8 only, no byte order mark, nothing behind the object, no member twice at any level, a bounded
//! depth. Strings are borrowed unless they hold an escape; numbers keep the kind in which they were written.

use std::borrow::Cow;
use std::cell::Cell;

use serde::de::DeserializeSeed as _;
use serde_json::{Deserializer, Number};

use super::json_visitor::Reader;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "each is the JSON value of that name")]
pub enum Json<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Text(Cow<'a, str>),
    Array(Vec<Json<'a>>),
    Object(Object<'a>),
}

/// A JSON object, its members in the order in which they were written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object<'a> {
    pub(super) members: Vec<(Cow<'a, str>, Json<'a>)>,
}

/// Why some bytes are not one strict JSON object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Not one JSON text in UTF-8, or something behind it.
    #[error("not a JSON text")]
    NotJson,
    /// JSON, but no object.
    #[error("not a JSON object")]
    NotAnObject,
    /// An object has a member twice.
    #[error("a member stands twice")]
    Duplicate,
    /// Nested deeper than allowed.
    #[error("nested too deep")]
    TooDeep,
}

/// Reads one object. `max_depth` counts the object itself as 1.
pub fn parse_object(bytes: &[u8], max_depth: usize) -> Result<Object<'_>, JsonError> {
    let text = str::from_utf8(bytes).map_err(|_| JsonError::NotJson)?;
    let refusal = Cell::new(JsonError::NotJson);
    let mut deserializer = Deserializer::from_str(text);
    let value = Reader::new(max_depth, &refusal).deserialize(&mut deserializer).map_err(|_| refusal.get())?;
    deserializer.end().map_err(|_| JsonError::NotJson)?;
    match value {
        Json::Object(object) => Ok(object),
        _ => Err(JsonError::NotAnObject),
    }
}

impl<'a> Object<'a> {
    /// The member of this name.
    pub fn get(&self, name: &str) -> Option<&Json<'a>> {
        self.members.iter().find(|(member, _)| member == name).map(|(_, value)| value)
    }

    /// Every member, in the order in which they were written.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json<'a>)> {
        self.members.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

impl<'a> Json<'a> {
    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<&Number> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }

    /// The items, if it is an array.
    pub fn as_array(&self) -> Option<&[Json<'a>]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    /// The object, if it is one.
    pub fn as_object(&self) -> Option<&Object<'a>> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// Whether it is `null`.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The same value, owned.
    pub fn to_value(&self) -> serde_json::Value {
        use serde_json::Value;
        match self {
            Self::Null => Value::Null,
            Self::Bool(flag) => Value::Bool(*flag),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => Value::String(text.clone().into_owned()),
            Self::Array(items) => Value::Array(items.iter().map(Json::to_value).collect()),
            Self::Object(object) => {
                Value::Object(object.iter().map(|(name, value)| (name.to_owned(), value.to_value())).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Object<'_>, JsonError> {
        parse_object(text.as_bytes(), 4)
    }

    #[test]
    fn values_are_read_as_they_are_written() {
        let object = read(r#" {"a":[1,-2,1.5,true,null],"b":{"c":"d\n"},"é":"é"} "#).unwrap();
        assert_eq!(object.get("a").unwrap().as_array().unwrap().len(), 5);
        assert_eq!(object.get("b").unwrap().as_object().unwrap().get("c").unwrap().as_str(), Some("d\n"));
        assert!(matches!(object.get("é"), Some(Json::Text(Cow::Borrowed("é")))));
        assert_eq!(object.get("missing"), None);
    }

    #[test]
    fn a_member_that_stands_twice_is_refused_at_every_level() {
        for text in
            [r#"{"a":1,"a":1}"#, r#"{"a":[{"b":1,"b":2}]}"#, r#"{"a":1,"\u0061":2}"#, r#"{"x":{"a":{},"a":{}}}"#]
        {
            assert_eq!(read(text), Err(JsonError::Duplicate), "{text}");
        }
        assert!(read(r#"{"a":1,"A":1,"b":{"a":1}}"#).is_ok());
    }

    #[test]
    fn among_thousands_of_members_the_one_that_stands_twice_is_found() {
        let members = (0..4096).map(|number| format!("\"m{number}\":0")).collect::<Vec<_>>();
        assert_eq!(read(&format!("{{{}}}", members.join(","))).map(|object| object.len()), Ok(4096));
        assert_eq!(read(&format!("{{{},\"m7\":1}}", members.join(","))), Err(JsonError::Duplicate));
    }

    #[test]
    fn what_is_not_one_json_object_is_refused() {
        for text in [
            "",
            "{",
            "{}x",
            "{} {}",
            "\u{feff}{}",
            "{'a':1}",
            "{\"a\":1,}",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":01}",
            "{\"a\":NaN}",
        ] {
            assert_eq!(read(text), Err(JsonError::NotJson), "{text:?}");
        }
        for text in ["[]", "1", "\"x\"", "null", "[{}]"] {
            assert_eq!(read(text), Err(JsonError::NotAnObject), "{text}");
        }
        assert_eq!(parse_object(b"{\"a\":\"\xff\"}", 4), Err(JsonError::NotJson));
        assert_eq!(parse_object(b"\xff\xfe{\0}\0", 4), Err(JsonError::NotJson));
    }

    #[test]
    fn depth_is_counted_from_the_object_itself() {
        assert!(read(r#"{"a":{"b":[{}]}}"#).is_ok());
        assert_eq!(read(r#"{"a":{"b":[[[]]]}}"#), Err(JsonError::TooDeep));
        assert_eq!(read(&format!("{{\"a\":{}", "[".repeat(100_000))), Err(JsonError::TooDeep));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _decided = parse_object(&bytes, 8);
        }

        /// The reader and `serde_json` agree about everything that has no member twice.
        #[test]
        fn what_is_read_is_what_is_written(text in r#"\{("[ab]":([0-9]{1,3}|"[a-c\\]{0,2}"|\[\]|\{"x":null\}),?){0,3}\}"#) {
            if let Ok(object) = read(&text) {
                let ours = Json::Object(object).to_value();
                prop_assert_eq!(ours, serde_json::from_str::<serde_json::Value>(&text).unwrap());
            }
        }
    }
}
