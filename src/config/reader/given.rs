//! A value as it was found, before it means anything.

use toml::de::DeValue;

use crate::config::document::kind_of;
use crate::config::problem::Origin;
use crate::config::value::Value;

/// A value and its place.
#[derive(Debug)]
pub(crate) struct Given<'d> {
    pub(crate) origin: Origin,
    pub(crate) raw: Raw<'d>,
}

/// A value as it was found.
#[derive(Debug)]
pub(crate) enum Raw<'d> {
    /// In a variable.
    Text(String),
    /// In the file.
    Toml(&'d DeValue<'d>),
}

impl Raw<'_> {
    pub(super) fn parse<T: Value>(&self) -> Option<T> {
        match self {
            Self::Text(text) => T::from_text(text),
            Self::Toml(value) => T::from_toml(value),
        }
    }

    /// As a message names it. A kind of value whose mistakes may be secrets shows nothing.
    pub(super) fn quote<T: Value>(&self) -> String {
        match self {
            Self::Text(text) => T::quote(text),
            Self::Toml(DeValue::String(text)) => T::quote(text),
            Self::Toml(value) => kind_of(value).into(),
        }
    }

    /// The text, when it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Toml(value) => value.as_str(),
        }
    }

    /// What kind of thing it is, with its article.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Toml(value) => kind_of(value),
        }
    }
}
