//! What identifies a key by its material alone (RFC 7638): the SHA-256 of its required members, in one spelling.
//!
//! A `kid` is only a name that the issuer chose. Whether a key is still published, and whether a `kid` now means another
//! key, is decided by the thumbprint.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};

use super::base64url;

/// The SHA-256 thumbprint of a public key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thumbprint(pub [u8; 32]);

impl Thumbprint {
    /// Of an RSA key; both numbers big-endian without leading zeros.
    pub(super) fn rsa(n: &[u8], e: &[u8]) -> Self {
        Self::of(&format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, base64url::encode(e), base64url::encode(n)))
    }

    /// Of a point on a NIST curve.
    pub(super) fn ec(curve: &str, x: &[u8], y: &[u8]) -> Self {
        let (x, y) = (base64url::encode(x), base64url::encode(y));
        Self::of(&format!(r#"{{"crv":"{curve}","kty":"EC","x":"{x}","y":"{y}"}}"#))
    }

    /// Of an Ed25519 key (RFC 8037 appendix A.3).
    pub(super) fn ed25519(x: &[u8]) -> Self {
        Self::of(&format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, base64url::encode(x)))
    }

    fn of(canonical: &str) -> Self {
        let mut bytes = [0; 32];
        // The digest is 32 bytes long; zip cannot panic where `copy_from_slice` could.
        for (to, from) in bytes.iter_mut().zip(digest(&SHA256, canonical.as_bytes()).as_ref()) {
            *to = *from;
        }
        Self(bytes)
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&base64url::encode(&self.0))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_standards_have_the_thumbprints_that_they_print() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMst\
                 n64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbO\
                 pbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let (n, e) = (base64url::decode(n.as_bytes()).unwrap(), base64url::decode(b"AQAB").unwrap());
        assert_eq!(Thumbprint::rsa(&n, &e).to_string(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", "RFC 7638");
        let x = base64url::decode(b"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        assert_eq!(Thumbprint::ed25519(&x).to_string(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", "RFC 8037");
    }
}
