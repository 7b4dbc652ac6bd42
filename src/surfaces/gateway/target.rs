//! The original target: does it climb?
//!
//! `/api/../admin` is one path to a gateway that matches it as it stands, and another to a back-end that resolves it. Whoever may
//! have what of it is then decided for the wrong path, so it is refused. The same in every spelling that somebody resolves:
//! percent-encoded, with backslashes, behind a `;`.

/// Whether the path of a target (RFC 9112 section 3.2) has a segment `.` or `..`, or a byte that ends it early for some.
pub(super) fn climbs(target: &str) -> bool {
    let path = target.split(['?', '#']).next().unwrap_or(target);
    if path.bytes().fold(true, |plain, byte| plain & byte.is_ascii_graphic() & !matches!(byte, b'.' | b'%' | b'\\')) {
        return false;
    }
    let Some(path) = decoded(path) else { return true };
    let is_climbing = |segment: &[u8]| {
        let name = segment.split(|byte| *byte == b';').next().unwrap_or(segment);
        name == b"." || name == b".."
    };
    path.iter().any(u8::is_ascii_control) || path.split(|byte| matches!(byte, b'/' | b'\\')).any(is_climbing)
}

/// The path with every percent-encoded byte decoded, twice over, for who decodes twice; `None` if what is encoded is no byte.
fn decoded(path: &str) -> Option<Vec<u8>> {
    decode(&decode(path.as_bytes())?).or_else(|| decode(path.as_bytes()))
}

fn decode(encoded: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = encoded.iter().copied();
    let mut plain = Vec::with_capacity(encoded.len());
    while let Some(byte) = bytes.next() {
        let byte = if byte == b'%' { hex(bytes.next()?)? << 4 | hex(bytes.next()?)? } else { byte };
        plain.push(byte);
    }
    Some(plain)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_stays_where_it_is_passes() {
        for target in [
            "/",
            "",
            "/api/things",
            "/a/.well-known/x",
            "/a/...",
            "/a.b/..c",
            "/a%2Fb",
            "//a//",
            "/a?x=../..",
            "/caf%C3%A9/100%25",
            "*",
        ] {
            assert!(!climbs(target), "{target}");
        }
    }

    #[test]
    fn what_climbs_is_found_in_every_spelling() {
        for target in [
            "/a/../b",
            "/..",
            "/a/./b",
            "/a/%2e%2e/b",
            "/a/%2E./b",
            "/a/..%2fb",
            "/a%2f..%2fb",
            "/a/..\\b",
            "/a\\..\\b",
            "/a/..%5cb",
            "/a/%252e%252e/b",
            "/a/..;x=1/b",
            "/a/..;/b",
            "/a%00/b",
            "/a%0d%0ab",
            "/a/%zz",
            "/a/%2",
        ] {
            assert!(climbs(target), "{target}");
        }
    }

    proptest! {
        #[test]
        fn a_climbing_segment_is_found_wherever_it_stands(
            before in "[a-z%20]{0,0}[a-z]{0,8}", after in "[a-z]{0,8}", dots in "(\\.|%2e|%2E){1,2}",
            left in "(/|%2f|%5c|\\\\)", right in "(/|%2F|%5C|\\\\|;v=1/)",
        ) {
            let target = format!("/{before}{left}{dots}{right}{after}");
            prop_assert!(climbs(&target), "{}", target);
        }
    }
}
