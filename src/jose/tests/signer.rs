//! A private key of each family, with its public half as a JWK.

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaKeyPair,
};
use serde_json::{Value, json};

use crate::jose::{Algorithm, Family, Ingested, KeyRules, NotAKeySet, VerifyKey, base64url, ingest};

pub(crate) const ANY: KeyRules<'_> = KeyRules { algorithms: &Algorithm::EVERY, require_issuer: false };

/// RSA keys take long to make, so all tests share one.
static RSA: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());

pub(crate) enum Signer {
    Rsa(&'static RsaKeyPair),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Signer {
    pub(crate) fn of(family: Family) -> Self {
        match family {
            Family::Rsa => Self::Rsa(&RSA),
            Family::P256 => Self::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()),
            Family::P384 => Self::P384(EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap()),
            Family::Ed25519 => Self::Ed25519(Ed25519KeyPair::generate().unwrap()),
        }
    }

    /// The public key, with nothing but what its `kty` requires.
    pub(crate) fn jwk(&self) -> Value {
        match self {
            Self::Rsa(pair) => json!({"kty": "RSA", "n": text(&modulus(pair)), "e": "AQAB"}),
            Self::P256(pair) => ec("P-256", pair.public_key().as_ref()),
            Self::P384(pair) => ec("P-384", pair.public_key().as_ref()),
            Self::Ed25519(pair) => json!({"kty": "OKP", "crv": "Ed25519", "x": text(pair.public_key().as_ref())}),
        }
    }

    /// The public key with more or other members; `null` takes one away.
    pub(crate) fn jwk_with(&self, members: &Value) -> Value {
        let mut jwk = self.jwk();
        for (name, value) in members.as_object().unwrap() {
            jwk[name] = value.clone();
        }
        jwk.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        jwk
    }

    pub(crate) fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::P256(pair) | Self::P384(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Self::Rsa(pair) => {
                let padding = match algorithm {
                    Algorithm::RS256 => &RSA_PKCS1_SHA256,
                    Algorithm::RS384 => &RSA_PKCS1_SHA384,
                    Algorithm::RS512 => &RSA_PKCS1_SHA512,
                    Algorithm::PS256 => &RSA_PSS_SHA256,
                    Algorithm::PS384 => &RSA_PSS_SHA384,
                    _ => &RSA_PSS_SHA512,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, message, &mut signature).unwrap();
                signature
            }
        }
    }

    /// The key as an issuer's only one.
    pub(crate) fn published(&self) -> std::sync::Arc<VerifyKey> {
        let ingested = read(&[self.jwk()]).unwrap();
        std::sync::Arc::clone(ingested.keys.iter().next().unwrap())
    }
}

/// Reads a document of these entries, with every algorithm allowed.
pub(crate) fn read(keys: &[Value]) -> Result<Ingested, NotAKeySet> {
    ingest(json!({ "keys": keys }).to_string().as_bytes(), &ANY)
}

pub(crate) fn text(bytes: &[u8]) -> String {
    base64url::encode(bytes)
}

/// From the DER of RFC 8017: two headers of 4 bytes and the sign byte stand before the 256 bytes of the modulus.
fn modulus(pair: &RsaKeyPair) -> Vec<u8> {
    pair.public_key().as_ref()[9..9 + 256].to_vec()
}

fn ec(curve: &str, uncompressed: &[u8]) -> Value {
    let (x, y) = uncompressed[1..].split_at(uncompressed.len() / 2);
    json!({"kty": "EC", "crv": curve, "x": text(x), "y": text(y)})
}
