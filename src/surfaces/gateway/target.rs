//! The original target: does it climb?
//!
//! `/api/../admin` is one path to a gateway that matches it as it stands, and another to a back-end that resolves it. Whoever may
//! have what of it is then decided for the wrong path, so it is refused. The same in every spelling that somebody resolves:
//! percent-encoded, with backslashes, behind a `;`.

/// Whether the path of a target (RFC 9112 section 3.2) has a segment `.` or `..`, or a byte that ends it early for some.
pub(super) fn climbs(target: &str) -> bool {
    let path = target.split('?').next().unwrap_or(target);
    if path
        .bytes()
        .fold(true, |plain, byte| plain & byte.is_ascii_graphic() & !matches!(byte, b'.' | b'%' | b'\\' | b'#'))
    {
        return false;
    }
    // Twice, for who decodes twice.
    let (once, is_encoded_well) = decoded(path.as_bytes());
    let (twice, _) = decoded(&once);
    let is_climbing = |segment: &[u8]| {
        let name = segment.split(|byte| *byte == b';').next().unwrap_or(segment);
        name == b"." || name == b".."
    };
    // A fragment is no part of a target: some cut it off.
    let ends_early = path.contains('#') || twice.iter().any(u8::is_ascii_control);
    !is_encoded_well || ends_early || twice.split(|byte| matches!(byte, b'/' | b'\\')).any(is_climbing)
}

/// The path with every percent-encoded byte decoded, and whether every `%` was of one; another stays as it is.
fn decoded(encoded: &[u8]) -> (Vec<u8>, bool) {
    let (mut plain, mut is_encoded_well) = (Vec::with_capacity(encoded.len()), true);
    let mut rest = encoded;
    while let [first, others @ ..] = rest {
        rest = others;
        let byte = if *first == b'%' { encoded_byte(others) } else { None };
        is_encoded_well &= *first != b'%' || byte.is_some();
        if byte.is_some() {
            rest = others.get(2..).unwrap_or_default();
        }
        plain.push(byte.unwrap_or(*first));
    }
    (plain, is_encoded_well)
}

/// The byte whose two digits come first.
fn encoded_byte(digits: &[u8]) -> Option<u8> {
    let hex = |at: usize| digits.get(at).and_then(|digit| char::from(*digit).to_digit(16));
    u8::try_from(hex(0)? * 16 + hex(1)?).ok()
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
            "/a/%252e%252e/b%25",
            "/a#/../b",
            "/a#",
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
