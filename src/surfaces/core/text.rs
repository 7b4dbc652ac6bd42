//! JSON strings, written without a serializer's detour.

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
