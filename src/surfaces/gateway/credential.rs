//! The client's token, out of its one `Authorization`.

use super::request::Sent;
use crate::error::{Code, Refusal};

/// The token of a bearer credential (RFC 6750 section 2.1). Gateways join repeated fields with a comma, each in its own order, so
/// a comma is no token's.
pub(super) fn bearer(authorization: Sent<'_>) -> Result<&str, Refusal> {
    let credential = match authorization {
        Sent::Absent => return Err(Code::TokenMissing.into()),
        // What stands around a value is no part of it (RFC 9110 section 5.5).
        Sent::Once(credential) => credential.trim_matches([' ', '\t']),
        Sent::Unusable => return Err(malformed()),
    };
    let Some((_, token)) = credential.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
    else {
        return Err(Code::TokenMissing.into());
    };
    if !token.is_empty() && is_one_word(token) { Ok(token) } else { Err(malformed()) }
}

/// Without what separates, which is all that matters before the token itself is read. Every byte is looked at, so that the machine
/// can look at many at a time: a token has hundreds.
fn is_one_word(token: &str) -> bool {
    token.bytes().fold(true, |fine, byte| fine & is_of_a_word(byte))
}

const fn is_of_a_word(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b','
}

fn malformed() -> Refusal {
    Refusal::new(Code::TokenMalformed, "send one Authorization with one bearer token")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(sent: Sent<'_>) -> Code {
        bearer(sent).unwrap_err().code
    }

    #[test]
    fn one_token_in_one_credential_is_read() {
        assert_eq!(bearer(Sent::Once("Bearer a.b-c_d~e+f/g=")).unwrap(), "a.b-c_d~e+f/g=");
        assert_eq!(bearer(Sent::Once("bEARER x")).unwrap(), "x");
    }

    #[test]
    fn nothing_and_another_scheme_are_no_token() {
        for sent in [
            Sent::Absent,
            Sent::Once(""),
            Sent::Once("Bearer"),
            Sent::Once("Bearer "),
            Sent::Once("Basic YTpi"),
            Sent::Once("x"),
        ] {
            assert_eq!(code(sent), Code::TokenMissing, "{sent:?}");
        }
    }

    #[test]
    fn two_tokens_are_none() {
        for sent in ["Bearer a,Bearer b", "Bearer a b", "Bearer a, b", "Bearer  a", "Bearer a\tb", "Bearer \u{e4}"] {
            assert_eq!(code(Sent::Once(sent)), Code::TokenMalformed, "{sent}");
        }
        assert_eq!(code(Sent::Unusable), Code::TokenMalformed);
    }
}
