//! A public key that has passed every check, parsed once, ready to verify signatures.
//!
//! Only the algorithms that the key may be used with have a parsed form here, so a signature of another algorithm cannot be
//! verified by mistake: it is `false`, like every signature that is wrong in any way. Nothing that a token holds can make
//! this panic.
//!
//! What the cryptographic library (aws-lc) leaves open is closed here: signatures have exactly one length, and an Ed25519
//! signature whose `R` is of small order is refused. The library itself compares `R` as bytes with what it computes, so `R`
//! in another spelling never matches, and it requires `S` below the order of the group; with the check of the key at ingest
//! that makes "strict" verification. PSS signatures have a salt as long as the digest: the library's default.

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents, VerificationAlgorithm,
};

use super::algorithm::{Algorithm, Family};
use super::drop_reason::DropReason;
use super::material::{Material, is_of_small_order};
use super::thumbprint::Thumbprint;

/// A public key of one issuer.
pub struct VerifyKey {
    family: Family,
    thumbprint: Thumbprint,
    issuer: Option<Box<str>>,
    signature_length: usize,
    parsed: Vec<(Algorithm, ParsedPublicKey)>,
}

impl VerifyKey {
    /// Parses checked material for some algorithms, all of its family.
    pub(super) fn parse(
        material: &Material,
        algorithms: &[Algorithm],
        issuer: Option<Box<str>>,
    ) -> Result<Self, DropReason> {
        let parse_for = |&algorithm| Some((algorithm, parse_for(material, algorithm)?));
        let parsed: Option<Vec<_>> = algorithms.iter().map(parse_for).collect();
        Ok(Self {
            family: material.family(),
            thumbprint: material.thumbprint(),
            issuer,
            signature_length: material.signature_length(),
            parsed: parsed.ok_or(material.when_rejected())?,
        })
    }

    /// What identifies its material.
    pub const fn thumbprint(&self) -> &Thumbprint {
        &self.thumbprint
    }

    /// Which issuer it signs for, if its JWK says so (Entra's member `issuer`); may hold `{tenantid}`.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// What kind of key it is.
    pub const fn family(&self) -> Family {
        self.family
    }

    /// Whether it may be used with this algorithm.
    pub fn admits(&self, algorithm: Algorithm) -> bool {
        self.parsed_for(algorithm).is_some()
    }

    /// Whether it made this signature of the message, with an algorithm that it may be used with.
    pub fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let Some(key) = self.parsed_for(algorithm) else { return false };
        if signature.len() != self.signature_length {
            return false;
        }
        if self.family == Family::Ed25519 && signature.first_chunk().is_none_or(is_of_small_order) {
            return false;
        }
        key.verify_sig(message, signature).is_ok()
    }

    /// The same material, listed again for other algorithms: one key with the algorithms of both.
    pub(super) fn absorb(&mut self, same_material: Self) {
        for (algorithm, parsed) in same_material.parsed {
            if !self.admits(algorithm) {
                self.parsed.push((algorithm, parsed));
            }
        }
    }

    fn parsed_for(&self, algorithm: Algorithm) -> Option<&ParsedPublicKey> {
        self.parsed.iter().find(|(admitted, _)| *admitted == algorithm).map(|(_, parsed)| parsed)
    }
}

impl fmt::Debug for VerifyKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let algorithms: Vec<_> = self.parsed.iter().map(|(algorithm, _)| algorithm.name()).collect();
        let mut parts = formatter.debug_struct("VerifyKey");
        parts.field("thumbprint", &self.thumbprint).field("algorithms", &algorithms).field("issuer", &self.issuer);
        parts.finish_non_exhaustive()
    }
}

/// `None` if the material is of another family, or the library does not take it.
fn parse_for(material: &Material, algorithm: Algorithm) -> Option<ParsedPublicKey> {
    match (material, algorithm) {
        (Material::Rsa { n, e }, _) => RsaPublicKeyComponents { n, e }.to_parsed_public_key(rsa(algorithm)?).ok(),
        (Material::Ec { x, y, .. }, Algorithm::ES256) => point(&ECDSA_P256_SHA256_FIXED, x, y),
        (Material::Ec { x, y, .. }, Algorithm::ES384) => point(&ECDSA_P384_SHA384_FIXED, x, y),
        (Material::Ed25519 { x }, Algorithm::EdDSA) => ParsedPublicKey::new(&ED25519, x).ok(),
        _ => None,
    }
}

/// The library also reads other forms of a key (compressed points, X.509); the length that [`Material`] has checked leaves
/// only this one.
fn point(curve: &'static dyn VerificationAlgorithm, x: &[u8], y: &[u8]) -> Option<ParsedPublicKey> {
    const UNCOMPRESSED: &[u8] = &[4];
    ParsedPublicKey::new(curve, [UNCOMPRESSED, x, y].concat()).ok()
}

const fn rsa(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        Algorithm::RS256 => &RSA_PKCS1_2048_8192_SHA256,
        Algorithm::RS384 => &RSA_PKCS1_2048_8192_SHA384,
        Algorithm::RS512 => &RSA_PKCS1_2048_8192_SHA512,
        Algorithm::PS256 => &RSA_PSS_2048_8192_SHA256,
        Algorithm::PS384 => &RSA_PSS_2048_8192_SHA384,
        Algorithm::PS512 => &RSA_PSS_2048_8192_SHA512,
        Algorithm::ES256 | Algorithm::ES384 | Algorithm::EdDSA => return None,
    })
}
