//! Addresses, switches, texts and counts.

use std::net::SocketAddr;

use toml::de::DeValue;

use super::{Free, Ordered, Value};

impl Value for SocketAddr {
    fn kind() -> String {
        "an address".into()
    }

    fn remedy() -> String {
        "write host:port, for example \"127.0.0.1:8080\"".into()
    }

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn to_toml(&self) -> String {
        format!("\"{self}\"")
    }
}

impl Free for SocketAddr {}

impl Value for bool {
    fn kind() -> String {
        "a switch".into()
    }

    fn remedy() -> String {
        "write true or false, without quotes".into()
    }

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        value.as_bool()
    }

    fn to_toml(&self) -> String {
        self.to_string()
    }
}

impl Free for bool {}

impl Value for String {
    fn kind() -> String {
        "a text".into()
    }

    fn remedy() -> String {
        "write it in quotes".into()
    }

    fn from_text(text: &str) -> Option<Self> {
        Some(text.into())
    }

    fn to_toml(&self) -> String {
        format!("{self:?}")
    }
}

impl Free for String {}

impl Value for usize {
    fn kind() -> String {
        "a whole number".into()
    }

    fn remedy() -> String {
        "write digits only, without quotes or a unit".into()
    }

    fn from_text(text: &str) -> Option<Self> {
        // `parse` alone would accept "+5".
        if text.starts_with('+') { None } else { text.parse().ok() }
    }

    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        let integer = value.as_integer()?;
        Self::from_str_radix(integer.as_str(), integer.radix()).ok()
    }

    fn to_toml(&self) -> String {
        self.to_string()
    }
}

impl Ordered for usize {}
