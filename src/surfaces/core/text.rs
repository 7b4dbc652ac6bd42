//! Text in and out: names as they may be asked with, JSON strings written without a serializer's detour.

use crate::directory::Place;
use crate::error::{Code, Refusal};

/// A name as PostgreSQL can hold it, and of a length that a name can have.
pub(super) fn named<'value>(member: &str, value: &'value str) -> Result<&'value str, Refusal> {
    const MOST: usize = 2_048;
    if value.is_empty() || value.len() > MOST || value.contains('\0') {
        return Err(invalid(&format!("{member} must be 1 to {MOST} bytes of text without a NUL")));
    }
    Ok(value)
}

/// What `at_least` names: the position of an earlier answer, or what a writer was given as a consistency token.
pub(super) fn place(text: &str) -> Result<Place, Refusal> {
    text.parse().map_err(|what| invalid(&format!("at_least is {what}")))
}

/// The request is refused for this reason.
pub(super) fn invalid(detail: &str) -> Refusal {
    Refusal::new(Code::InvalidRequest, detail)
}

/// Appends `text` as a JSON string (RFC 8259 section 7).
pub(super) fn json_string(out: &mut Vec<u8>, text: &str) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
        return;
    }
    // Every byte of a character beyond ASCII is 128 or more, and stands for itself.
    for byte in text.bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            control @ ..b' ' => {
                out.extend_from_slice(b"\\u00");
                out.extend([control >> 4, control & 15].iter().filter_map(|digit| HEX.get(usize::from(*digit))));
            }
            other => out.push(other),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_what_a_parser_reads(text in any::<String>()) {
            let mut out = Vec::new();
            json_string(&mut out, &text);
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
    }
}
