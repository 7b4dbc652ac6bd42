//! Claims as lines of visible ASCII, for what carries no JSON: header fields.
//!
//! A text stands as it is, a list as its items with commas between them. In both, every byte that is not visible ASCII, and
//! `%` and `,`, is percent-encoded (RFC 3986 section 2.1), so that a list can be taken apart again whatever its items are.
//! What has more structure is JSON, encoded in the same way. Nothing is ever cut here.

use bytes::Bytes;
use serde_json::{Map, Value};

/// What separates a namespace from a short name; no short name has one in it.
const DELIMITERS: &[char] = &['/', '#', ':'];

/// Every claim of one member as a line.
pub struct Flat {
    lines: Box<[Line]>,
}

struct Line {
    /// The full name.
    name: Box<str>,
    /// Where its namespace ends.
    short: usize,
    text: Bytes,
}

impl Flat {
    /// The lines of rendered claims.
    pub(super) fn of(rendered: &[u8]) -> Self {
        // What was rendered is an object.
        let claims: Map<String, Value> = serde_json::from_slice(rendered).unwrap_or_default();
        let line = |(name, value): (String, Value)| Line {
            short: name.rfind(DELIMITERS).map_or(0, |delimiter| delimiter + 1),
            name: name.into_boxed_str(),
            text: Bytes::from(flatten(&value)),
        };
        Self { lines: claims.into_iter().map(line).collect() }
    }

    /// The line of the claim with this name, full or without its namespace.
    pub fn line(&self, name: &str) -> Option<&Bytes> {
        // A short name is never a full one: that has a delimiter.
        let named = |line: &&Line| line.name.get(line.short..) == Some(name) || *line.name == *name;
        self.lines.iter().find(named).map(|line| &line.text)
    }
}

fn flatten(value: &Value) -> String {
    let Value::Array(items) = value else { return item(value) };
    let items: Vec<String> = items.iter().map(item).collect();
    items.join(",")
}

fn item(value: &Value) -> String {
    match value {
        Value::String(text) => encode(text),
        Value::Null => String::new(),
        other => encode(&other.to_string()),
    }
}

/// The text in visible ASCII.
pub fn encode(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    // Nearly every text is already.
    if text.bytes().fold(true, |plain, byte| plain & is_plain(byte)) {
        return text.to_owned();
    }
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_plain(byte) {
            encoded.push(char::from(byte));
            continue;
        }
        encoded.push('%');
        encoded.extend(
            [byte >> 4, byte & 15].iter().filter_map(|digit| HEX.get(usize::from(*digit))).map(|hex| char::from(*hex)),
        );
    }
    encoded
}

const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'%' && byte != b','
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn line(value: &Value) -> String {
        let rendered = json!({ "https://c.example/it": value }).to_string();
        let flat = Flat::of(rendered.as_bytes());
        String::from_utf8(flat.line("it").unwrap().to_vec()).unwrap()
    }

    fn decoded(text: &str) -> String {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            let digits: Option<Vec<u8>> = (byte == b'%').then(|| rest.by_ref().take(2).collect());
            bytes.push(
                digits.map_or(byte, |digits| u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()),
            );
        }
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn each_kind_of_value_has_its_line() {
        assert_eq!(line(&json!(["admin", "billing"])), "admin,billing");
        assert_eq!(line(&json!("Zürich, 100 %")), "Z%C3%BCrich%2C%20100%20%25");
        assert_eq!(line(&json!(["a,b", "c"])), "a%2Cb,c");
        assert_eq!(line(&json!([])), "");
        assert_eq!(line(&json!(true)), "true");
        assert_eq!(line(&json!([1, null, {"a": [2, 3]}])), r#"1,,{"a":[2%2C3]}"#);
        assert_eq!(line(&json!({"a": "b\r\nx-auth-roles: admin"})), r#"{"a":"b\r\nx-auth-roles:%20admin"}"#);
    }

    #[test]
    fn a_claim_is_found_by_its_short_name_and_by_its_full_one() {
        let flat = Flat::of(br#"{"https://c.example/roles":["a"],"https://c.example/x":1}"#);
        assert_eq!(flat.line("roles"), flat.line("https://c.example/roles"));
        assert!(flat.line("roles").is_some());
        assert_eq!(flat.line("https://d.example/roles"), None);
        assert_eq!(flat.line("role"), None);
    }

    proptest! {
        #[test]
        fn a_list_can_be_taken_apart_again(items in proptest::collection::vec(any::<String>(), 1..6)) {
            let line = line(&json!(items));
            prop_assert!(line.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert_eq!(line.split(',').map(decoded).collect::<Vec<_>>(), items);
        }
    }
}
