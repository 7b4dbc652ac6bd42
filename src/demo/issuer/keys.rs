//! Signing keys of the demo's issuers: the present one signs, the one before it is still published.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use parking_lot::Mutex;
use serde::Serialize;
use serde_json::{Value, json};

use super::IssuerError;
use crate::jose::base64url;

/// The keys of one issuer.
pub(super) struct Keys {
    name: &'static str,
    published: Mutex<Published>,
}

struct Published {
    present: SigningKey,
    /// Tokens that it signed are still good.
    before: Option<Value>,
    rotations: u32,
}

struct SigningKey {
    kid: String,
    encoding: EncodingKey,
    jwk: Value,
}

impl Keys {
    pub(super) fn generate(name: &'static str) -> Result<Self, IssuerError> {
        let present = SigningKey::generate(name, 1)?;
        Ok(Self { name, published: Mutex::new(Published { present, before: None, rotations: 1 }) })
    }

    /// A new key signs from now on; the old one stays published for as long as its tokens live.
    pub(super) fn rotate(&self) -> Result<(), IssuerError> {
        let mut published = self.published.lock();
        let number = published.rotations.saturating_add(1);
        let before = std::mem::replace(&mut published.present, SigningKey::generate(self.name, number)?);
        published.before = Some(before.jwk);
        published.rotations = number;
        Ok(())
    }

    /// The key set (RFC 7517 section 5).
    pub(super) fn document(&self) -> Value {
        let published = self.published.lock();
        let keys: Vec<&Value> = std::iter::once(&published.present.jwk).chain(&published.before).collect();
        json!({ "keys": keys })
    }

    /// A signed token with these claims, typed as an access token (RFC 9068).
    pub(super) fn sign(&self, claims: &impl Serialize) -> Result<String, IssuerError> {
        let published = self.published.lock();
        let header = Header {
            typ: Some("at+jwt".into()),
            kid: Some(published.present.kid.clone()),
            ..Header::new(Algorithm::ES256)
        };
        encode(&header, claims, &published.present.encoding).map_err(|_| IssuerError::Key)
    }
}

impl SigningKey {
    fn generate(name: &str, number: u32) -> Result<Self, IssuerError> {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
        let pkcs8 = pkcs8.map_err(|_| IssuerError::Key)?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref());
        let pair = pair.map_err(|_| IssuerError::Key)?;
        // An uncompressed point: 4, x, y (SEC 1 section 2.3.3).
        let point = pair.public_key().as_ref().split_first().map(|(_, point)| point.split_at(point.len() / 2));
        let (x, y) = point.ok_or(IssuerError::Key)?;
        let kid = format!("{name}-{number}");
        let jwk = json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid,
            "x": base64url::encode(x), "y": base64url::encode(y),
        });
        Ok(Self { kid, encoding: EncodingKey::from_ec_der(pkcs8.as_ref()), jwk })
    }
}
