//! Names of callers.

use std::borrow::Borrow;
use std::fmt;

/// Longest name, in characters.
const LONGEST: usize = 64;

/// The name of a caller: 1 to 64 characters of `a-z`, `0-9`, `_` and `-`, so that it can be a label of a metric.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallerName(String);

impl CallerName {
    /// The name, if it is one.
    pub fn new(name: &str) -> Option<Self> {
        let allowed = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        let acceptable = (1..=LONGEST).contains(&name.len()) && name.bytes().all(allowed);
        acceptable.then(|| Self(name.into()))
    }

    /// The name as a text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for CallerName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CallerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_1_to_64_lower_case_letters_digits_underscores_and_hyphens() {
        for name in ["a", "auth0", "my_gate-way", &"x".repeat(64)] {
            assert_eq!(CallerName::new(name).map(|accepted| accepted.to_string()).as_deref(), Some(name));
        }
        for name in ["", "Auth0", "a b", "a.b", "\u{e4}", &"x".repeat(65)] {
            assert_eq!(CallerName::new(name), None, "{name}");
        }
    }
}
