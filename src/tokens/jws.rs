//! Checks 1 to 12 by themselves: a signed text whose payload need not be a claims set.
//!
//! Published test vectors of RFC 7515 and Project Wycheproof are of this kind. What they prove here they prove for tokens,
//! which are taken apart, read and verified by the same code.

use super::header;
use super::reject::{Class, Reject};
use super::unverified::take_apart;
use crate::jose::{Algorithm, Keys};

/// The payload of a JWS that one of these keys signed with one of these algorithms.
pub fn verify_jws(token: &str, keys: &Keys, algorithms: &[Algorithm]) -> Result<Vec<u8>, Reject> {
    let compact = take_apart(token)?;
    let header = header::read(compact.header())?;
    if !algorithms.contains(&header.algorithm) {
        return Err(Reject::by(5, Class::AlgorithmNotAllowed));
    }
    let key = keys.find(header.kid.as_deref(), header.algorithm).map_err(Reject::from)?;
    if !key.verify(header.algorithm, compact.signing_input(), compact.signature()) {
        return Err(Reject::by(12, Class::BadSignature));
    }
    Ok(compact.payload().to_vec())
}
