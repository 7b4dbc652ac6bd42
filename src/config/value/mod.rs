//! The kinds of value a key can have, and how each is read and written.
//!
//! A kind is either [`Free`] or [`Ordered`]. Ordered ones can only be declared with bounds, so that no number, duration
//! or size goes unchecked.

mod choice;
mod quantity;
mod scalar;

use toml::de::DeValue;

pub(crate) use choice::Choice;
pub use quantity::ByteSize;

/// Longest part of a refused value that a message repeats, in characters.
const LONGEST_QUOTE: usize = 60;

/// Something a key can be set to.
pub(crate) trait Value: Clone + PartialOrd {
    /// What it is, with its article: `an address`.
    fn kind() -> String;

    /// How to write it, as an instruction.
    fn remedy() -> String;

    /// From an environment variable, or from a TOML string.
    fn from_text(text: &str) -> Option<Self>;

    /// From the file.
    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        value.as_str().and_then(Self::from_text)
    }

    /// As it is written in the file.
    fn to_toml(&self) -> String;

    /// The same without the quotes that the file wants.
    fn bare(&self) -> String {
        self.to_toml().trim_matches('"').to_owned()
    }

    /// How a message shows the refused `text`.
    fn quote(text: &str) -> String {
        quoted(text)
    }
}

/// A value that needs no bounds.
pub(crate) trait Free: Value {}

/// A quantity: it must be declared with bounds.
pub(crate) trait Ordered: Value {}

fn quoted(text: &str) -> String {
    if text.chars().count() <= LONGEST_QUOTE {
        return format!("{text:?}");
    }
    let start: String = text.chars().take(LONGEST_QUOTE).collect();
    format!("{start:?}…")
}
