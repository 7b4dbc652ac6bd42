//! Private keys, with their public halves as JWKs.

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use claimsmith::jose::base64url::encode;
use serde_json::{Value, json};

/// The issuer's RSA key. RSA keys take long to make, so all tests share them.
pub(crate) static RSA: LazyLock<Signer> = LazyLock::new(rsa);
/// A second RSA key of the same issuer.
pub(crate) static RSA_NEXT: LazyLock<Signer> = LazyLock::new(rsa);
/// The attacker's RSA key, or another issuer's.
pub(crate) static RSA_FOREIGN: LazyLock<Signer> = LazyLock::new(rsa);
pub(crate) static P256: LazyLock<Signer> =
    LazyLock::new(|| Signer::Ec("P-256", EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()));
pub(crate) static P384: LazyLock<Signer> =
    LazyLock::new(|| Signer::Ec("P-384", EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap()));
pub(crate) static ED25519: LazyLock<Signer> = LazyLock::new(|| Signer::Ed25519(Ed25519KeyPair::generate().unwrap()));

pub(crate) enum Signer {
    Rsa(RsaKeyPair),
    Ec(&'static str, EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

fn rsa() -> Signer {
    Signer::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
}

impl Signer {
    /// The public key, with nothing but what its `kty` requires.
    pub(crate) fn jwk(&self, kid: &str) -> Value {
        let public = self.public();
        match self {
            Self::Rsa(_) => json!({"kid": kid, "kty": "RSA", "n": encode(&public), "e": "AQAB"}),
            Self::Ec(curve, _) => {
                let (x, y) = public.split_at(public.len() / 2);
                json!({"kid": kid, "kty": "EC", "crv": curve, "x": encode(x), "y": encode(y)})
            }
            Self::Ed25519(_) => json!({"kid": kid, "kty": "OKP", "crv": "Ed25519", "x": encode(&public)}),
        }
    }

    /// The bytes of the public key: the modulus, x and y, or x.
    pub(crate) fn public(&self) -> Vec<u8> {
        match self {
            // RFC 8017 in DER: two headers of 4 bytes and the sign byte stand before the 256 bytes of the modulus.
            Self::Rsa(pair) => pair.public_key().as_ref()[9..9 + 256].to_vec(),
            Self::Ec(_, pair) => pair.public_key().as_ref()[1..].to_vec(),
            Self::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    /// Signs as the key is meant to: RS256 for RSA.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Rsa(_) => self.sign_rsa(&RSA_PKCS1_SHA256, message),
            Self::Ec(_, pair) => pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec(),
            Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }

    pub(crate) fn sign_ps256(&self, message: &[u8]) -> Vec<u8> {
        self.sign_rsa(&RSA_PSS_SHA256, message)
    }

    pub(crate) fn sign_rs512(&self, message: &[u8]) -> Vec<u8> {
        self.sign_rsa(&RSA_PKCS1_SHA512, message)
    }

    fn sign_rsa(&self, encoding: &'static dyn RsaEncoding, message: &[u8]) -> Vec<u8> {
        let Self::Rsa(pair) = self else { panic!("only an RSA key has a choice") };
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(encoding, &SystemRandom::new(), message, &mut signature).unwrap();
        signature
    }
}
