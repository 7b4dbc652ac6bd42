//! base64url without padding (RFC 7515 appendix C), strictly: one spelling per value.
//!
//! Padding, the other alphabet, line breaks and non-zero trailing bits are refused. Were they tolerated, one signature
//! would have many spellings, and a token that was refused could be respelled.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The bytes that `text` stands for; `None` if it is not their one spelling.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Puts the bytes that `text` stands for behind those in `bytes`; `None` if it is not their one spelling.
pub(super) fn append(text: &[u8], bytes: &mut Vec<u8>) -> Option<()> {
    URL_SAFE_NO_PAD.decode_vec(text, bytes).ok()
}

/// The one spelling of `bytes`.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_the_one_spelling_is_refused() {
        assert_eq!(decode(b"_-8").as_deref(), Some(&[0xff, 0xef][..]));
        for respelled in ["_-8=", "_-9", "/+8", "_-8\n", " _-8", "_-8%3D", "A", "_-8\0"] {
            assert_eq!(decode(respelled.as_bytes()), None, "{respelled:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_decodes_encodes_to_the_same_text(text in "[A-Za-z0-9_=+/-]{0,12}") {
            if let Some(bytes) = decode(text.as_bytes()) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }

        #[test]
        fn whatever_is_encoded_decodes_to_the_same_bytes(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            prop_assert_eq!(decode(encode(&bytes).as_bytes()), Some(bytes));
        }
    }
}
