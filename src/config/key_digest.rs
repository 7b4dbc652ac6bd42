//! The SHA-256 of a caller's key: what the configuration holds in place of the key.
//!
//! A plain hash suffices because a key is random (`claimsmith caller-key` makes it); it would not for a password.

use std::fmt;
use std::io;
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};

use super::problem::Fault;
use super::value::{Free, Value};

/// How a digest is written: this, then 64 hexadecimal digits.
const PREFIX: &str = "sha256:";

/// The SHA-256 of a caller's key. Displayed as `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyDigest([u8; 32]);

impl KeyDigest {
    /// The digest of a key as the caller sends it.
    #[must_use]
    pub fn of_key(key: &str) -> Self {
        let mut bytes = [0; 32];
        bytes.iter_mut().zip(digest(&SHA256, key.as_bytes()).as_ref()).for_each(|(to, from)| *to = *from);
        Self(bytes)
    }

    /// A digest that is the hash of no known key, for examples.
    pub(crate) const fn example() -> Self {
        Self([0; 32])
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PREFIX)?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyDigest(..)")
    }
}

impl Value for KeyDigest {
    fn kind() -> String {
        "the SHA-256 of a key".into()
    }

    fn remedy() -> String {
        format!("run `claimsmith caller-key` and write the line it prints, \"{PREFIX}\" and 64 hexadecimal digits")
    }

    fn from_text(text: &str) -> Option<Self> {
        let mut digits = text.strip_prefix(PREFIX)?.bytes().map(hexadecimal);
        let mut bytes = [0; 32];
        for byte in &mut bytes {
            *byte = digits.next()?? * 16 + digits.next()??;
        }
        digits.next().is_none().then_some(Self(bytes))
    }

    fn to_toml(&self) -> String {
        format!("\"{self}\"")
    }

    /// What stands in its place may be a key in the clear.
    fn quote(_: &str) -> String {
        "this entry".into()
    }
}

impl Free for KeyDigest {}

fn hexadecimal(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Why a file of digests could not be read.
///
/// It names neither the path nor the text of a line, since either may be a key in the clear.
#[derive(Debug, thiserror::Error)]
pub enum KeysFileError {
    /// The file is missing, not permitted, or not UTF-8.
    #[error("the keys file cannot be read: check that it exists and that the service may read it")]
    Unreadable(#[source] io::Error),
    /// The file has no digest in it.
    #[error("the keys file has no key in it: write one line for each key, as `claimsmith caller-key` prints it")]
    Empty,
    /// A line is no digest; lines count from 1.
    #[error("line {0} of the keys file is not the SHA-256 of a key: write what `claimsmith caller-key` prints")]
    Line(usize),
}

impl KeysFileError {
    /// The same, as a report words it.
    pub(crate) fn fault(&self) -> Fault {
        let remedy = KeyDigest::remedy();
        match self {
            Self::Unreadable(error) => Fault::new(
                format!("names a file that cannot be read ({error})"),
                "create it, or let the service read it",
            ),
            Self::Empty => Fault::new("names a file without any key", remedy),
            Self::Line(line) => Fault::new(format!("line {line} of the file is not {}", KeyDigest::kind()), remedy),
        }
    }
}

/// The digests in a file: one on each line, except blank lines and those that begin with `#`.
pub(crate) fn read_keys_file(path: &Path) -> Result<Vec<KeyDigest>, KeysFileError> {
    let content = std::fs::read_to_string(path).map_err(KeysFileError::Unreadable)?;
    let mut digests = Vec::new();
    for (number, line) in (1..).zip(content.lines().map(str::trim)) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        digests.push(KeyDigest::from_text(line).ok_or(KeysFileError::Line(number))?);
    }
    if digests.is_empty() { Err(KeysFileError::Empty) } else { Ok(digests) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_survives_being_written_and_read() {
        let digest = KeyDigest::of_key("abc");
        let text = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest.to_string(), text);
        assert_eq!(KeyDigest::from_text(text), Some(digest));
    }

    #[test]
    fn anything_but_64_digits_after_the_prefix_is_refused() {
        let digits = "0".repeat(64);
        assert!(KeyDigest::from_text(&format!("sha256:{digits}")).is_some());
        for wrong in [digits.clone(), format!("sha256:{digits}0"), format!("sha256:{}", "0".repeat(63))] {
            assert_eq!(KeyDigest::from_text(&wrong), None, "{wrong}");
        }
        assert_eq!(KeyDigest::from_text(&format!("sha256:{}", "g".repeat(64))), None);
    }
}
