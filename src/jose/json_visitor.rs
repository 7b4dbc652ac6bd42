//! How `serde_json` fills a [`Json`]: the part of the strict reader that sees the document go by.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

use super::json::{Json, JsonError, Object};

/// Up to this many members a linear scan is the cheapest way to see one twice; beyond, all are sorted once, so that an
/// object of thousands of members costs no more than its length asks for.
const SCANNED: usize = 24;

/// How many members the outermost object is expected to have: about as many as a token has claims.
const EXPECTED: usize = 16;

/// Reads one value, `depth` levels deep at most. Why it refused is left in `refusal`, because `serde_json` errors are text.
#[derive(Clone, Copy)]
pub(super) struct Reader<'r> {
    depth: usize,
    /// How many members an object gets room for at once.
    expected: usize,
    refusal: &'r Cell<JsonError>,
}

impl<'r> Reader<'r> {
    pub(super) const fn new(depth: usize, refusal: &'r Cell<JsonError>) -> Self {
        Self { depth, expected: EXPECTED, refusal }
    }

    /// The reader of what is inside an array or an object.
    fn inside<E: Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth, expected: 0, ..self }),
            None => Err(self.refuse(JsonError::TooDeep)),
        }
    }

    fn refuse<E: Error>(self, why: JsonError) -> E {
        self.refusal.set(why);
        E::custom(why)
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Json<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(flag))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Json<'de>, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Json<'de>, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Json<'de>, E> {
        Number::from_f64(number).map(Json::Number).ok_or_else(|| self.refuse(JsonError::NotJson))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json<'de>, A::Error> {
        let inside = self.inside()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inside)? {
            array.push(item);
        }
        Ok(Json::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json<'de>, A::Error> {
        let inside = self.inside()?;
        let mut members: Vec<(Cow<'de, str>, Json<'de>)> = Vec::with_capacity(self.expected);
        while let Some(Name(name)) = entries.next_key()? {
            if members.len() < SCANNED && members.iter().any(|(member, _)| *member == name) {
                return Err(self.refuse(JsonError::Duplicate));
            }
            members.push((name, entries.next_value_seed(inside)?));
        }
        if members.len() > SCANNED && any_twice(&members) {
            return Err(self.refuse(JsonError::Duplicate));
        }
        Ok(Json::Object(Object { members }))
    }
}

fn any_twice(members: &[(Cow<'_, str>, Json<'_>)]) -> bool {
    let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_ref()).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| matches!(pair, [one, next] if one == next))
}

/// The name of a member, borrowed if it can be: serde's own `Cow` always copies.
struct Name<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a member")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Owned(text.to_owned())))
    }
}
