//! Why one entry of a key set is not used, and what its operator can do about it.
//!
//! The label goes to logs and metrics, the sentence to `claimsmith issuer check`. Neither holds anything of the key.

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $label:literal, $sentence:literal;)+) => {
        /// Why one entry of a key set is not used.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum DropReason {
            $($(#[$doc])* $name,)+
        }

        impl DropReason {
            /// Every reason.
            pub const EVERY: &'static [Self] = &[$(Self::$name),+];

            /// The reason as logs and metrics have it.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $label),+ }
            }

            /// What is wrong, and what to do.
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence),+ }
            }
        }
    };
}

reasons! {
    /// `keys` holds something that is no object.
    NotAnObject = "not_an_object",
        "The entry is not a JSON object; have the issuer's operator remove it.";
    /// A private or secret member is in the public document.
    PrivateKey = "private_key",
        "The document shows the private part of this key, so anybody can sign with it; have the issuer replace the \
         key at once and publish only public members.";
    /// `kty` is `oct`.
    SymmetricKey = "symmetric_key",
        "This is a shared secret in a public document, so anybody can sign with it; switch the issuer to an \
         asymmetric algorithm such as RS256 and replace the secret.";
    /// `kty` is absent or unknown.
    KeyType = "unsupported_kty",
        "Its kty is not RSA, EC or OKP; nothing to do unless the issuer signs with this key, then choose another \
         kind of key there.";
    /// `use` or `key_ops` says that it does not verify signatures.
    NotForSignatures = "not_for_signatures",
        "Its use or key_ops says that it is not for signatures; nothing to do if it is an encryption key.";
    /// `crv` is absent or unknown.
    Curve = "unsupported_crv",
        "Its crv is not P-256, P-384 or Ed25519; choose one of these at the issuer if it signs with this key.";
    /// `alg` is not one that the issuer entry accepts.
    AlgorithmNotAllowed = "alg_not_allowed",
        "Its alg is not in the issuer entry's algorithms; add it there if the issuer is meant to sign with it.";
    /// `alg` is for another kind of key.
    AlgorithmMismatch = "alg_kty_mismatch",
        "Its alg does not fit its kty and crv; have the issuer's operator correct the key.";
    /// No `alg`, and the issuer entry accepts no algorithm for this kind of key.
    NoAlgorithm = "no_alg_for_kty",
        "The issuer entry accepts no algorithm for this kind of key; add one to its algorithms if the issuer signs \
         with it.";
    /// `n` or `e` is absent or not base64url.
    RsaEncoding = "rsa_encoding",
        "Its n or e is absent, not base64url without padding, or has leading zero bytes; have the issuer's operator \
         correct the key.";
    /// The modulus has another size than 2048 to 8192 bits.
    RsaSize = "rsa_size",
        "Its modulus is not between 2048 and 8192 bits; have the issuer make a new key, 2048 bits or more.";
    /// The modulus cannot be a product of two odd primes, or comes from a broken generator.
    RsaModulus = "rsa_modulus",
        "Its modulus is even or has the mark of a broken key generator (ROCA, CVE-2017-15361), so it can be \
         factored; have the issuer make a new key.";
    /// The exponent is even, below 3, or 2^33 and more.
    RsaExponent = "rsa_exponent",
        "Its exponent is even, too small or too large; have the issuer make a new key with exponent 65537.";
    /// Not a point of its NIST curve.
    EcPoint = "ec_point",
        "Its x and y are not a point of the curve, written in full length; have the issuer's operator correct the key.";
    /// Not a canonical Ed25519 public key, or one that proves nothing.
    Ed25519Point = "ed25519_point",
        "Its x is not 32 bytes of a canonical Ed25519 public key, or is one with which anybody can sign; have the \
         issuer make a new key.";
    /// `kid` is no string of 1 to 256 bytes.
    BadKid = "bad_kid",
        "Its kid is not a string of 1 to 256 bytes; have the issuer's operator give it one.";
    /// No `kid` beside other keys.
    NoKid = "no_kid",
        "It has no kid although the document has other keys, so no token can name it; have the issuer's operator \
         give it one.";
    /// Another key has the same `kid`.
    AmbiguousKid = "ambiguous_kid",
        "Another key of the same kty has the same kid, so neither is used; have the issuer's operator give each its \
         own.";
    /// No `issuer` where one is needed, or one that is no string.
    NoIssuer = "no_issuer",
        "It does not say in a member issuer which issuer it signs for, which this entry requires; use the keys URL \
         of one tenant, or remove key_issuer_check from the entry.";
}

impl DropReason {
    /// Whether a private key has been made public: the issuer must be told, whoever reads this first.
    pub const fn is_leak(self) -> bool {
        matches!(self, Self::PrivateKey)
    }

    /// Whether it deserves a security warning. The others are mistakes, or keys for other purposes.
    pub const fn is_security_warning(self) -> bool {
        matches!(self, Self::PrivateKey | Self::SymmetricKey)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_reason_has_its_own_label_and_a_sentence() {
        let labels: HashSet<_> = DropReason::EVERY.iter().map(|reason| reason.label()).collect();
        assert_eq!(labels.len(), DropReason::EVERY.len());
        for reason in DropReason::EVERY {
            assert!(reason.sentence().ends_with('.') && reason.sentence().contains("; "), "{reason:?} says what to do");
        }
    }
}
