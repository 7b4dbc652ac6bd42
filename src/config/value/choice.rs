//! Closed sets of words.

use super::{Free, Value};

/// One word of a closed set.
pub(crate) trait Choice: Copy + PartialOrd + 'static {
    /// The whole set, in the order in which it is documented.
    const ALL: &'static [Self];

    /// The word in the file.
    fn word(self) -> &'static str;
}

impl<T: Choice> Value for T {
    fn kind() -> String {
        let words: Vec<_> = T::ALL.iter().map(|choice| choice.word()).collect();
        format!("one of {}", words.join(", "))
    }

    fn remedy() -> String {
        "write one of these words".into()
    }

    fn from_text(text: &str) -> Option<Self> {
        T::ALL.iter().copied().find(|choice| choice.word() == text)
    }

    fn to_toml(&self) -> String {
        format!("\"{}\"", self.word())
    }
}

impl<T: Choice> Free for T {}
