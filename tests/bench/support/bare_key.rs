//! The cryptographic library's own check of a signature, with nothing around it.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::report::Failure;

/// A token taken apart, and the key that made it, parsed once.
pub(crate) struct BareKey {
    key: ParsedPublicKey,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl BareKey {
    /// The public half of this JWK, and this token.
    pub(crate) fn new(jwk: &Value, token: &str) -> Result<Self, Failure> {
        let member = |name: &str| -> Result<Vec<u8>, Failure> {
            Ok(URL_SAFE_NO_PAD.decode(jwk[name].as_str().ok_or("a member is missing")?)?)
        };
        let key = match jwk["alg"].as_str() {
            Some("RS256") => {
                let numbers = RsaPublicKeyComponents { n: member("n")?, e: member("e")? };
                numbers.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)?
            }
            Some("PS256") => {
                let numbers = RsaPublicKeyComponents { n: member("n")?, e: member("e")? };
                numbers.to_parsed_public_key(&RSA_PSS_2048_8192_SHA256)?
            }
            Some("ES256") => {
                let point = [&[4][..], &member("x")?, &member("y")?].concat();
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)?
            }
            _ => ParsedPublicKey::new(&ED25519, member("x")?)?,
        };
        let (message, signature) = token.rsplit_once('.').ok_or("no token")?;
        Ok(Self { key, message: message.into(), signature: URL_SAFE_NO_PAD.decode(signature)? })
    }

    pub(crate) fn verify(&self) -> bool {
        self.key.verify_sig(&self.message, &self.signature).is_ok()
    }
}
