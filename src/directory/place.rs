//! A position together with the proof of whose history it belongs to; as text it is the consistency token.

use std::fmt;
use std::str::FromStr;

use super::identifiers::Position;

/// What tells two transactions apart that drew the same position: each draws one at random (a UUID, RFC 9562 section 5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nonce(u128);

impl Nonce {
    /// The nonce with these bits.
    pub const fn new(bits: u128) -> Self {
        Self(bits)
    }

    /// As PostgreSQL writes a `uuid`, and as it reads one: dashes may be anywhere or nowhere.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|character| *character != '-').collect();
        let is_hex = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex.then(|| u128::from_str_radix(&digits, 16).ok().map(Self)).flatten()
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// A place in the change log of one history.
///
/// `1234.0f3c…`: the position, a point, and 32 hexadecimal digits of the nonce, as `claimsmith.consistency_token()` writes
/// it. Without a nonce it is a mere number, which any history may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Where in the log.
    pub position: Position,
    /// In whose log; `None` when nobody said, and at the very beginning, which all histories share.
    pub nonce: Option<Nonce>,
}

impl Place {
    /// Before the first change of any history.
    pub const BEGINNING: Self = Self { position: Position::ZERO, nonce: None };
}

impl FromStr for Place {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let (number, nonce) = match text.split_once('.') {
            None => (text, None),
            Some((number, nonce)) => (number, Some(Nonce::parse(nonce).ok_or(NotAPlace)?)),
        };
        // `parse` would take a sign.
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let number = is_number.then(|| number.parse().ok()).flatten().ok_or(NotAPlace)?;
        Ok(Self { position: Position::new(number), nonce })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.nonce {
            Some(nonce) => write!(f, "{}.{nonce}", self.position),
            None => self.position.fmt(f),
        }
    }
}

/// Text that is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a position such as 1234, nor a consistency token such as 1234.0f3c… with 32 hexadecimal digits")]
pub struct NotAPlace;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        for text in ["0", "1234", "1234.0f3c00000000000000000000000000ab"] {
            assert_eq!(text.parse::<Place>().unwrap().to_string(), text);
        }
        let dashed = Nonce::parse("0f3c0000-0000-0000-0000-0000000000ab");
        assert_eq!("7.0F3C00000000000000000000000000AB".parse::<Place>().unwrap().nonce, dashed);
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for text in
            ["", ".", "-1", "+1", "1.", "1.2", "x", "18446744073709551616", "1.0f3c00000000000000000000000000a+"]
        {
            assert_eq!(text.parse::<Place>(), Err(NotAPlace), "{text}");
        }
    }
}
