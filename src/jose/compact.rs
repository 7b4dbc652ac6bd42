//! JWS compact serialization (RFC 7515 section 7.1): three parts, nothing around them, nothing else.
//!
//! Checks 1 to 3 of a token. Nothing is trimmed, unescaped or guessed. JWE (five parts) and the JSON serializations are
//! refused by their characters and dots, before anything is allocated.

use super::base64url;

/// The longest token, in bytes. 8 KiB would be too little for Entra's group claims.
pub const LONGEST: usize = 16 * 1024;

/// A token, taken apart. Nothing in it is verified.
#[derive(Clone, Debug)]
pub struct Compact<'t> {
    /// The three parts, decoded, one behind the other.
    decoded: Vec<u8>,
    header_end: usize,
    payload_end: usize,
    signing_input: &'t [u8],
}

impl<'t> Compact<'t> {
    /// The header, decoded: some bytes.
    pub fn header(&self) -> &[u8] {
        self.decoded.get(..self.header_end).unwrap_or_default()
    }

    /// The payload, decoded: some bytes, or none.
    pub fn payload(&self) -> &[u8] {
        self.decoded.get(self.header_end..self.payload_end).unwrap_or_default()
    }

    /// The signature, decoded.
    pub fn signature(&self) -> &[u8] {
        self.decoded.get(self.payload_end..).unwrap_or_default()
    }

    /// What the signature is over: the first two parts and their dot, as received.
    pub const fn signing_input(&self) -> &'t [u8] {
        self.signing_input
    }
}

/// Why a text is not a JWS compact serialization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCompact {
    /// Longer than [`LONGEST`].
    #[error("longer than 16 KiB")]
    TooLarge,
    /// Not three parts of base64url characters, or the header or the signature is empty.
    #[error("not three parts of base64url")]
    Malformed,
    /// Nothing in it is a dot, and it could be a bearer token of another kind.
    #[error("an opaque token, not a JWT")]
    Opaque,
    /// A part is not the one base64url spelling of its bytes.
    #[error("a part is not canonical base64url")]
    Encoding,
}

/// Takes a token apart.
pub fn split(token: &str) -> Result<Compact<'_>, NotCompact> {
    if token.len() > LONGEST {
        return Err(NotCompact::TooLarge);
    }
    let [header, payload, signature] = parts(token)?;
    let signing_input = token.as_bytes().get(..header.len() + 1 + payload.len()).ok_or(NotCompact::Malformed)?;
    // The bytes are fewer than the characters, so this is the one allocation.
    let mut decoded = Vec::with_capacity(token.len());
    let mut decode = |part| {
        base64url::append(part, &mut decoded).ok_or_else(|| undecodable(part))?;
        Ok(decoded.len())
    };
    let (header_end, payload_end) = (decode(header)?, decode(payload)?);
    decode(signature)?;
    Ok(Compact { decoded, header_end, payload_end, signing_input })
}

/// The three parts. Looks no further than a fourth: a token of dots costs no memory and little time (CVE-2025-30204).
fn parts(token: &str) -> Result<[&[u8]; 3], NotCompact> {
    let mut parts = token.split('.').map(str::as_bytes);
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        // A JWS may sign nothing (RFC 7515 section 7.1). That a token must not is for `tokens` to say.
        (Some(header), Some(payload), Some(signature), None) if !header.is_empty() && !signature.is_empty() => {
            Ok([header, payload, signature])
        }
        (Some(opaque), None, ..) if !opaque.is_empty() && opaque.iter().copied().all(in_bearer_token) => {
            Err(NotCompact::Opaque)
        }
        _ => Err(NotCompact::Malformed),
    }
}

/// Decoding has looked at every character, so only a refusal asks again which of the two it was.
fn undecodable(part: &[u8]) -> NotCompact {
    if part.iter().copied().all(in_base64url) { NotCompact::Encoding } else { NotCompact::Malformed }
}

const fn in_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// `b64token` of RFC 6750 section 2.1, but for the dot.
const fn in_bearer_token(byte: u8) -> bool {
    in_base64url(byte) || matches!(byte, b'~' | b'+' | b'/' | b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_parts_are_decoded_and_the_signed_bytes_are_those_received() {
        let compact = split("e30.W10.AA").unwrap();
        assert_eq!((compact.header(), compact.payload(), compact.signature()), (&b"{}"[..], &b"[]"[..], &[0][..]));
        assert_eq!(compact.signing_input(), b"e30.W10");
        let of_nothing = split("e30..AA").unwrap();
        assert_eq!(
            (of_nothing.header(), of_nothing.payload(), of_nothing.signature()),
            (&b"{}"[..], &b""[..], &[0][..])
        );
        assert_eq!(of_nothing.signing_input(), b"e30.");
    }

    #[test]
    fn anything_but_three_parts_of_base64url_is_refused() {
        let wrong = [
            "",
            ".",
            "..",
            ".e30.AA",
            "e30.W10.",
            "e30.W10",
            "e30.W10.AA.",
            "a.b.c.d.e",
            " e30.W10.AA",
            "e30.W10.AA\n",
            "Bearer e30.W10.AA",
            "e30%2EW10%2EAA",
            "e30=.W10.AA",
            "e30.W1+.AA",
            "e30.W10.ÄA",
            "gho token",
            "{\"payload\":\"e30\"}",
        ];
        for text in wrong {
            assert_eq!(split(text).err(), Some(NotCompact::Malformed), "{text:?}");
        }
        assert_eq!(split("e30.W10.AB").err(), Some(NotCompact::Encoding));
        assert_eq!(split("e30.W10.A").err(), Some(NotCompact::Encoding));
    }

    #[test]
    fn a_token_without_dots_is_an_opaque_one() {
        for opaque in ["gho_16C7e42F292c6912E7710c838347Ae178B4a", "ab+/~-_=="] {
            assert_eq!(split(opaque).err(), Some(NotCompact::Opaque), "{opaque:?}");
        }
    }

    #[test]
    fn the_longest_token_is_read_and_a_longer_one_is_not() {
        let mut token = format!("e30.{}.AA", "A".repeat(LONGEST - 7));
        assert_eq!(token.len(), LONGEST);
        assert_ne!(split(&token).err(), Some(NotCompact::TooLarge));
        token.push('A');
        assert_eq!(split(&token).err(), Some(NotCompact::TooLarge));
        assert_eq!(split(&".".repeat(LONGEST)).err(), Some(NotCompact::Malformed));
    }
}
