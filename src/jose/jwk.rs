//! One entry of a key set (RFC 7517 section 4): a key that may verify the issuer's tokens, or the reason why it may not.
//!
//! Members that are not named here change nothing. In particular no certificate (`x5c`, `x5u`, `x5t`) is looked at: the
//! entry is trusted because of where the document came from, and for as long as it stands in there.

use super::algorithm::Algorithm;
use super::drop_reason::DropReason;
use super::json::{Json, Object};
use super::material::Material;
use super::verify_key::VerifyKey;

/// What an issuer entry asks of every key.
#[derive(Clone, Copy, Debug)]
pub struct KeyRules<'r> {
    /// Which algorithms count.
    pub algorithms: &'r [Algorithm],
    /// Whether a key must say which issuer it signs for.
    pub require_issuer: bool,
}

const LONGEST_KID: usize = 256;

/// Members of private keys (RFC 7518 sections 6.2.2 and 6.3.2), and that of symmetric ones.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A usable key and its name.
pub(super) struct Jwk {
    pub(super) kid: Option<Box<str>>,
    pub(super) key: VerifyKey,
}

/// Reads one entry. What endangers the issuer is reported before what is merely wrong.
pub(super) fn read(jwk: &Object<'_>, rules: &KeyRules<'_>) -> Result<Jwk, DropReason> {
    if jwk.get("kty").and_then(Json::as_str) == Some("oct") {
        return Err(DropReason::SymmetricKey);
    }
    if PRIVATE.iter().any(|name| jwk.get(name).is_some()) {
        return Err(DropReason::PrivateKey);
    }
    if !is_for_signatures(jwk) {
        return Err(DropReason::NotForSignatures);
    }
    let material = Material::read(jwk)?;
    let algorithms = algorithms(jwk, &material, rules)?;
    let (kid, issuer) = (kid(jwk)?, issuer(jwk, rules)?);
    Ok(Jwk { kid, key: VerifyKey::parse(&material, &algorithms, issuer)? })
}

fn is_for_signatures(jwk: &Object<'_>) -> bool {
    let usage = jwk.get("use").is_none_or(|usage| usage.as_str() == Some("sig"));
    let verifies = |operations: &[Json<'_>]| operations.iter().any(|operation| operation.as_str() == Some("verify"));
    usage && jwk.get("key_ops").is_none_or(|operations| operations.as_array().is_some_and(verifies))
}

/// An `alg` pins the key to that one algorithm; without one, the issuer entry decides.
fn algorithms(jwk: &Object<'_>, material: &Material, rules: &KeyRules<'_>) -> Result<Vec<Algorithm>, DropReason> {
    let family = material.family();
    let Some(alg) = jwk.get("alg") else {
        let fitting: Vec<_> = rules.algorithms.iter().copied().filter(|allowed| allowed.family() == family).collect();
        return if fitting.is_empty() { Err(DropReason::NoAlgorithm) } else { Ok(fitting) };
    };
    let named = alg.as_str().and_then(Algorithm::named).filter(|algorithm| rules.algorithms.contains(algorithm));
    let algorithm = named.ok_or(DropReason::AlgorithmNotAllowed)?;
    if algorithm.family() == family { Ok(vec![algorithm]) } else { Err(DropReason::AlgorithmMismatch) }
}

fn kid(jwk: &Object<'_>) -> Result<Option<Box<str>>, DropReason> {
    let Some(kid) = jwk.get("kid") else { return Ok(None) };
    let kid = kid.as_str().filter(|kid| (1..=LONGEST_KID).contains(&kid.len())).ok_or(DropReason::BadKid)?;
    Ok(Some(kid.into()))
}

fn issuer(jwk: &Object<'_>, rules: &KeyRules<'_>) -> Result<Option<Box<str>>, DropReason> {
    match jwk.get("issuer") {
        Some(issuer) => issuer.as_str().map(|issuer| Some(issuer.into())).ok_or(DropReason::NoIssuer),
        None if rules.require_issuer => Err(DropReason::NoIssuer),
        None => Ok(None),
    }
}
