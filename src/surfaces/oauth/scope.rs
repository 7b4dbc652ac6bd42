//! Scopes (RFC 6749 section 3.3): a list of words, whose order means nothing.

use super::error::{ErrorCode, OAuthError};

/// How long a scope may be, in bytes: each word is compared with those before it.
const LONGEST: usize = 2_048;

/// A scope as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scope<'form> {
    words: Vec<&'form str>,
}

/// More was asked for than the token that was brought allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotGranted;

impl From<NotGranted> for OAuthError {
    fn from(_: NotGranted) -> Self {
        Self::new(ErrorCode::InvalidScope, "the scope is wider than that of the subject token; ask for less")
    }
}

impl<'form> Scope<'form> {
    /// Reads a scope; repeated words count once.
    pub(super) fn parse(text: &'form str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let mut words = Vec::new();
        for word in text.split(' ') {
            let is_word = !word.is_empty() && word.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
            if !is_word {
                return None;
            }
            if !words.contains(&word) {
                words.push(word);
            }
        }
        Some(Self { words })
    }

    /// The scope, if the token that was brought has all of it.
    pub(super) fn within(&self, brought: Option<&str>) -> Result<String, NotGranted> {
        let brought: Vec<&str> = brought.unwrap_or_default().split(' ').collect();
        if self.words.iter().all(|word| brought.contains(word)) { Ok(self.words.join(" ")) } else { Err(NotGranted) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_scope_is_words_with_one_space_between_them() {
        assert_eq!(Scope::parse("read write read").unwrap().words, ["read", "write"]);
        for wrong in ["", " ", "read ", " read", "read  write", "re\"ad", "re\\ad", "l\u{e4}sen", "read\twrite"] {
            assert_eq!(Scope::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_scope_has_an_end() {
        assert!(Scope::parse(&"a".repeat(LONGEST)).is_some());
        assert_eq!(Scope::parse(&"a".repeat(LONGEST + 1)), None);
    }

    proptest! {
        #[test]
        fn what_is_granted_is_never_wider(
            asked in prop::collection::vec("[a-d]", 1..5), brought in prop::collection::vec("[a-d]", 0..5),
        ) {
            let (asked, brought) = (asked.join(" "), brought.join(" "));
            let brought_scope = (!brought.is_empty()).then_some(brought.as_str());
            let granted = Scope::parse(&asked).unwrap().within(brought_scope);
            let has = |word: &str| brought.split(' ').any(|other| other == word);
            prop_assert_eq!(granted.is_ok(), asked.split(' ').all(has));
            if let Ok(granted) = granted {
                prop_assert!(granted.split(' ').all(has));
            }
        }
    }
}
