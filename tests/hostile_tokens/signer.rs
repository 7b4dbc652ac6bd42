//! Private keys as attackers and issuers use them: any of them signs any bytes, and RSA keys in more ways than one.

use std::sync::LazyLock;

use claimsmith::jose::base64url::decode;
use serde_json::Value;

use crate::support::identity_provider::{Algorithm, SigningKey};

/// The issuer's RSA key.
pub(crate) static RSA: LazyLock<Signer> = LazyLock::new(|| Signer::new(Algorithm::Rs256, 0));
/// A second RSA key of the same issuer.
pub(crate) static RSA_NEXT: LazyLock<Signer> = LazyLock::new(|| Signer::new(Algorithm::Rs256, 1));
/// The attacker's RSA key, or another issuer's.
pub(crate) static RSA_FOREIGN: LazyLock<Signer> = LazyLock::new(|| Signer::new(Algorithm::Rs256, 2));
pub(crate) static P256: LazyLock<Signer> = LazyLock::new(|| Signer::new(Algorithm::Es256, 0));
pub(crate) static P384: LazyLock<Signer> = LazyLock::new(|| Signer::new(Algorithm::Es384, 0));
pub(crate) static ED25519: LazyLock<Signer> = LazyLock::new(|| Signer::new(Algorithm::EdDsa, 0));

pub(crate) struct Signer {
    key: SigningKey,
    nth: usize,
}

impl Signer {
    fn new(algorithm: Algorithm, nth: usize) -> Self {
        Self { key: SigningKey::new(algorithm, "", nth), nth }
    }

    /// The public key, with nothing but what its `kty` requires.
    pub(crate) fn jwk(&self, kid: &str) -> Value {
        let mut jwk = self.key.public();
        jwk["kid"] = kid.into();
        jwk
    }

    /// The bytes of the public key: the modulus, x and y, or x.
    pub(crate) fn public(&self) -> Vec<u8> {
        let jwk = self.key.public();
        let numbers = ["n", "x", "y"].iter().filter_map(|name| jwk[name].as_str());
        numbers.flat_map(|number| decode(number.as_bytes()).unwrap()).collect()
    }

    /// Signs as the key is meant to: RS256 for RSA.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.key.sign(message)
    }

    pub(crate) fn sign_ps256(&self, message: &[u8]) -> Vec<u8> {
        self.sign_rsa(Algorithm::Ps256, message)
    }

    pub(crate) fn sign_rs512(&self, message: &[u8]) -> Vec<u8> {
        self.sign_rsa(Algorithm::Rs512, message)
    }

    fn sign_rsa(&self, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
        assert_eq!(self.key.algorithm, Algorithm::Rs256, "only an RSA key has a choice");
        SigningKey::new(algorithm, "", self.nth).sign(message)
    }
}
