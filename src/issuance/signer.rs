//! A key that signs: parsed once, with its public half as it is published.
//!
//! The signature is made by the library that `jsonwebtoken` itself calls. Its own signer is not used, because it reads the
//! private key anew for every token and cannot be shared between threads.
//!
//! Nothing here shows a private key: there is no way to get it out again but the PEM text of one that was just made.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};

use crate::config::{Secret, SigningAlgorithm};
use crate::jose::{Algorithm, KeyRules, base64url, ingest};

/// What kind of token is signed: `typ` of its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Typ {
    /// RFC 9068 section 2.1.
    AccessToken,
    /// draft-ietf-oauth-transaction-tokens section 9.1.
    Transaction,
}

impl Typ {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "at+jwt",
            Self::Transaction => "txntoken+jwt",
        }
    }
}

/// A key that signs.
pub(super) struct SigningKey {
    pair: Pair,
    kid: Box<str>,
    jwk: Value,
    access_token_header: String,
    transaction_header: String,
}

enum Pair {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// Why a text is not a key that this service signs with. Says nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAKey {
    /// No PEM block with a private key.
    #[error("has no readable PEM private key (encrypted keys are not supported)")]
    NotPem,
    /// Another form than PKCS#8.
    #[error("has a private key that is not PKCS#8: write it with `openssl pkcs8 -topk8 -nocrypt`")]
    NotPkcs8,
    /// Neither P-256 nor Ed25519.
    #[error(
        "has a private key that is neither on P-256 nor Ed25519: make one with `openssl genpkey -algorithm ed25519`"
    )]
    OtherKind,
    /// The machine gave no randomness, or the library refused.
    #[error("the cryptographic library could not make a key")]
    NotMade,
}

impl SigningKey {
    /// Makes a key, and the text that it is kept as.
    pub(super) fn make(algorithm: SigningAlgorithm) -> Result<(Self, Secret), NotAKey> {
        let random = SystemRandom::new();
        let made = match algorithm {
            SigningAlgorithm::Es256 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
                .map(|document| document.as_ref().to_vec()),
            SigningAlgorithm::EdDsa => {
                Ed25519KeyPair::generate_pkcs8(&random).map(|document| document.as_ref().to_vec())
            }
        };
        let der = made.map_err(|_| NotAKey::NotMade)?;
        Ok((Self::from_pkcs8(&der)?, pem(&der)))
    }

    /// Every private key of a PEM text, in its order; at least one.
    pub(super) fn read_all(text: &[u8]) -> Result<Vec<Self>, NotAKey> {
        let mut keys = Vec::new();
        for block in PrivateKeyDer::pem_slice_iter(text) {
            let PrivateKeyDer::Pkcs8(der) = block.map_err(|_| NotAKey::NotPem)? else { return Err(NotAKey::NotPkcs8) };
            keys.push(Self::from_pkcs8(der.secret_pkcs8_der())?);
        }
        if keys.is_empty() { Err(NotAKey::NotPem) } else { Ok(keys) }
    }

    fn from_pkcs8(der: &[u8]) -> Result<Self, NotAKey> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map(Pair::P256);
        let pair =
            pair.or_else(|_| Ed25519KeyPair::from_pkcs8(der).map(Pair::Ed25519)).map_err(|_| NotAKey::OtherKind)?;
        let mut jwk = pair.jwk().ok_or(NotAKey::OtherKind)?;
        let kid = thumbprint(&jwk, pair.algorithm()).ok_or(NotAKey::OtherKind)?;
        if let Some(members) = jwk.as_object_mut() {
            members.insert("kid".to_owned(), json!(kid));
        }
        let header = |typ: Typ| {
            let header = json!({"alg": pair.algorithm().name(), "kid": kid, "typ": typ.name()});
            base64url::encode(header.to_string().as_bytes())
        };
        let (access_token_header, transaction_header) = (header(Typ::AccessToken), header(Typ::Transaction));
        Ok(Self { kid: kid.into(), jwk, access_token_header, transaction_header, pair })
    }

    /// Its name: the thumbprint of its public half (RFC 7638), so that equal keys have equal names on every replica.
    pub(super) fn kid(&self) -> &str {
        &self.kid
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.pair.algorithm()
    }

    /// The public half (RFC 7517), and nothing else.
    pub(super) fn jwk(&self) -> &Value {
        &self.jwk
    }

    /// A signed token with this payload; `None` if the library refuses.
    pub(super) fn sign(&self, typ: Typ, payload: &[u8]) -> Option<String> {
        let header = match typ {
            Typ::AccessToken => &self.access_token_header,
            Typ::Transaction => &self.transaction_header,
        };
        let mut token = format!("{header}.{}", base64url::encode(payload));
        let signature = self.pair.sign(token.as_bytes())?;
        token.push('.');
        token.push_str(&base64url::encode(&signature));
        Some(token)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl Pair {
    const fn algorithm(&self) -> Algorithm {
        match self {
            Self::P256(_) => Algorithm::ES256,
            Self::Ed25519(_) => Algorithm::EdDSA,
        }
    }

    fn jwk(&self) -> Option<Value> {
        let alg = self.algorithm().name();
        match self {
            Self::P256(pair) => {
                // An uncompressed point: 4, x, y (SEC 1 section 2.3.3).
                let (_, point) = pair.public_key().as_ref().split_first()?;
                let (x, y) = point.split_at_checked(point.len() / 2)?;
                let (x, y) = (base64url::encode(x), base64url::encode(y));
                Some(json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": alg, "x": x, "y": y}))
            }
            Self::Ed25519(pair) => {
                let x = base64url::encode(pair.public_key().as_ref());
                Some(json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": alg, "x": x}))
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::P256(pair) => Some(pair.sign(&SystemRandom::new(), message).ok()?.as_ref().to_vec()),
            Self::Ed25519(pair) => Some(pair.sign(message).as_ref().to_vec()),
        }
    }
}

/// Of the key as a verifier would read it.
fn thumbprint(jwk: &Value, algorithm: Algorithm) -> Option<String> {
    let rules = KeyRules { algorithms: &[algorithm], require_issuer: false };
    let read = ingest(json!({"keys": [jwk]}).to_string().as_bytes(), &rules).ok()?;
    read.keys.iter().next().map(|key| key.thumbprint().to_string())
}

/// RFC 7468 section 10.
fn pem(der: &[u8]) -> Secret {
    const LINE: usize = 64;
    let mut text = String::from("-----BEGIN PRIVATE KEY-----\n");
    let encoded = STANDARD.encode(der);
    for (at, character) in encoded.chars().enumerate() {
        if at > 0 && at % LINE == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push_str("\n-----END PRIVATE KEY-----\n");
    Secret::new(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::split;

    const BOTH: [SigningAlgorithm; 2] = [SigningAlgorithm::Es256, SigningAlgorithm::EdDsa];

    #[test]
    fn a_key_that_was_made_is_the_same_when_it_is_read_again() {
        for algorithm in BOTH {
            let (key, text) = SigningKey::make(algorithm).unwrap();
            let read = SigningKey::read_all(text.expose().as_bytes()).unwrap();
            assert_eq!(read.len(), 1);
            assert_eq!((read[0].kid(), read[0].jwk()), (key.kid(), key.jwk()));
            assert_eq!(key.kid().len(), 43, "a SHA-256 in base64url");
        }
    }

    #[test]
    fn a_signature_verifies_with_what_is_published_and_with_nothing_else() {
        for algorithm in BOTH {
            let (key, _) = SigningKey::make(algorithm).unwrap();
            let (other, _) = SigningKey::make(algorithm).unwrap();
            let token = key.sign(Typ::AccessToken, br#"{"sub":"u"}"#).unwrap();
            let compact = split(&token).unwrap();
            assert_eq!(compact.payload(), br#"{"sub":"u"}"#);
            let header: Value = serde_json::from_slice(compact.header()).unwrap();
            assert_eq!(header, json!({"alg": key.algorithm().name(), "typ": "at+jwt", "kid": key.kid()}));
            let verifies = |key: &SigningKey| {
                let rules = KeyRules { algorithms: &[key.algorithm()], require_issuer: false };
                let read = ingest(json!({"keys": [key.jwk()]}).to_string().as_bytes(), &rules).unwrap();
                let verify = std::sync::Arc::clone(read.keys.find(Some(key.kid()), key.algorithm()).unwrap());
                verify.verify(key.algorithm(), compact.signing_input(), compact.signature())
            };
            assert!(verifies(&key) && !verifies(&other));
        }
    }

    #[test]
    fn what_is_published_has_no_private_member() {
        for algorithm in BOTH {
            let (key, _) = SigningKey::make(algorithm).unwrap();
            let members: Vec<&String> = key.jwk().as_object().unwrap().keys().collect();
            assert!(members.iter().all(|name| ["kty", "crv", "use", "alg", "kid", "x", "y"].contains(&name.as_str())));
            assert!(!format!("{key:?}").contains("pair"));
        }
    }

    #[test]
    fn what_is_no_key_is_told_apart_and_never_quoted() {
        let reason = |text: &str| SigningKey::read_all(text.as_bytes()).unwrap_err();
        assert_eq!(reason(""), NotAKey::NotPem);
        assert_eq!(reason("hunter2"), NotAKey::NotPem);
        let block = |kind: &str, der: &str| format!("-----BEGIN {kind}-----\n{der}\n-----END {kind}-----\n");
        assert_eq!(reason(&block("EC PRIVATE KEY", "aHVudGVyMg==")), NotAKey::NotPkcs8);
        assert_eq!(reason(&block("PRIVATE KEY", "aHVudGVyMg==")), NotAKey::OtherKind);
        assert!(!reason("hunter2").to_string().contains("hunter2"));
    }

    #[test]
    fn a_text_may_hold_several_keys_and_sentences_between_them() {
        let (first, second) = (SigningKey::make(BOTH[0]).unwrap(), SigningKey::make(BOTH[1]).unwrap());
        let text = format!("signs\n{}next\n{}", first.1.expose(), second.1.expose());
        let kids: Vec<String> =
            SigningKey::read_all(text.as_bytes()).unwrap().iter().map(|key| key.kid().to_owned()).collect();
        assert_eq!(kids, [first.0.kid(), second.0.kid()]);
    }
}
