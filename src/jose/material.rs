//! The numbers of a public key, from a JWK (RFC 7518 section 6, RFC 8037 section 2), checked for size and form.
//!
//! That an EC point is on its curve is checked by the cryptographic library when the key is parsed. For Ed25519 it does not
//! check that, so an `x` that is no point stays in the set; it verifies nothing.

use super::algorithm::Family;
use super::base64url;
use super::drop_reason::DropReason;
use super::json::{Json, Object};
use super::roca;
use super::thumbprint::Thumbprint;

/// The numbers of a public key.
pub(super) enum Material {
    /// Big-endian, without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// Both coordinates in full length.
    Ec { curve: Family, x: Vec<u8>, y: Vec<u8> },
    /// A canonical point outside of the small subgroup.
    Ed25519 { x: [u8; 32] },
}

impl Material {
    /// What `kty` and the members that belong to it say.
    pub(super) fn read(jwk: &Object<'_>) -> Result<Self, DropReason> {
        match jwk.get("kty").and_then(Json::as_str) {
            Some("RSA") => read_rsa(jwk),
            Some("EC") => read_ec(jwk),
            Some("OKP") => read_ed25519(jwk),
            Some("oct") => Err(DropReason::SymmetricKey),
            _ => Err(DropReason::KeyType),
        }
    }

    pub(super) const fn family(&self) -> Family {
        match self {
            Self::Rsa { .. } => Family::Rsa,
            Self::Ec { curve, .. } => *curve,
            Self::Ed25519 { .. } => Family::Ed25519,
        }
    }

    /// Bytes of every signature of this key.
    pub(super) const fn signature_length(&self) -> usize {
        match self {
            Self::Rsa { n, .. } => n.len(),
            Self::Ec { x, .. } => 2 * x.len(),
            Self::Ed25519 { .. } => 64,
        }
    }

    pub(super) fn thumbprint(&self) -> Thumbprint {
        match self {
            Self::Rsa { n, e } => Thumbprint::rsa(n, e),
            Self::Ec { curve: Family::P384, x, y } => Thumbprint::ec("P-384", x, y),
            Self::Ec { x, y, .. } => Thumbprint::ec("P-256", x, y),
            Self::Ed25519 { x } => Thumbprint::ed25519(x),
        }
    }

    /// What it means that the cryptographic library does not take it.
    pub(super) const fn when_rejected(&self) -> DropReason {
        match self {
            Self::Rsa { .. } => DropReason::RsaModulus,
            Self::Ec { .. } => DropReason::EcPoint,
            Self::Ed25519 { .. } => DropReason::Ed25519Point,
        }
    }
}

fn bytes(jwk: &Object<'_>, name: &str) -> Option<Vec<u8>> {
    base64url::decode(jwk.get(name)?.as_str()?.as_bytes())
}

fn read_rsa(jwk: &Object<'_>) -> Result<Material, DropReason> {
    let mut n = bytes(jwk, "n").ok_or(DropReason::RsaEncoding)?;
    let e = bytes(jwk, "e").ok_or(DropReason::RsaEncoding)?;
    // Some libraries write the sign byte of ASN.1.
    if n.first() == Some(&0) {
        n.remove(0);
    }
    let (Some(top @ 1..), Some(1..)) = (n.first(), e.first()) else { return Err(DropReason::RsaEncoding) };
    let bits = n.len() * 8 - top.leading_zeros() as usize;
    if !(2048..=8192).contains(&bits) {
        return Err(DropReason::RsaSize);
    }
    if is_even(&n) || roca::is_marked(&n) {
        return Err(DropReason::RsaModulus);
    }
    let exponent = e.iter().take(6).fold(0_u64, |value, &byte| (value << 8) | u64::from(byte));
    if is_even(&e) || !(3..1 << 33).contains(&exponent) {
        return Err(DropReason::RsaExponent);
    }
    Ok(Material::Rsa { n, e })
}

fn is_even(number: &[u8]) -> bool {
    number.last().is_none_or(|byte| byte % 2 == 0)
}

fn read_ec(jwk: &Object<'_>) -> Result<Material, DropReason> {
    let (curve, length) = match jwk.get("crv").and_then(Json::as_str) {
        Some("P-256") => (Family::P256, 32),
        Some("P-384") => (Family::P384, 48),
        _ => return Err(DropReason::Curve),
    };
    let coordinate = |name| bytes(jwk, name).filter(|bytes| bytes.len() == length).ok_or(DropReason::EcPoint);
    Ok(Material::Ec { curve, x: coordinate("x")?, y: coordinate("y")? })
}

fn read_ed25519(jwk: &Object<'_>) -> Result<Material, DropReason> {
    if jwk.get("crv").and_then(Json::as_str) != Some("Ed25519") {
        return Err(DropReason::Curve);
    }
    let x = bytes(jwk, "x").and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()).ok_or(DropReason::Ed25519Point)?;
    if !is_canonical(&x) || is_of_small_order(&x) {
        return Err(DropReason::Ed25519Point);
    }
    Ok(Material::Ed25519 { x })
}

/// Whether the coordinate of a point of edwards25519 (little-endian, the top bit is the sign of the other coordinate) is
/// below 2^255 - 19.
fn is_canonical(point: &[u8; 32]) -> bool {
    let [low, middle @ .., top] = point;
    *low < 0xed || middle.iter().any(|&byte| byte != 0xff) || top & 0x7f != 0x7f
}

/// Whether a canonical point of edwards25519 has order 1, 2, 4 or 8. There are eight, which differ in five coordinates: with
/// such a public key, anybody can make signatures of some messages.
pub(super) fn is_of_small_order(point: &[u8; 32]) -> bool {
    const ZERO: [u8; 32] = [0; 32];
    const ONE: [u8; 32] = with_ends(0, 1, 0);
    const MINUS_ONE: [u8; 32] = with_ends(0xff, 0xec, 0x7f);
    const OF_ORDER_8: [[u8; 32]; 2] = [
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
            0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
            0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
    ];
    let mut unsigned = *point;
    let [.., top] = &mut unsigned;
    *top &= 0x7f;
    [ZERO, ONE, MINUS_ONE].contains(&unsigned) || OF_ORDER_8.contains(&unsigned)
}

const fn with_ends(middle: u8, first: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    let [low, .., high] = &mut bytes;
    *low = first;
    *high = last;
    bytes
}
