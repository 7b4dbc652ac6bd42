//! `GET /.well-known/jwks.json`: the keys that verify our own tokens, for everybody.
//!
//! A set may be kept for five minutes. A key is published for longer than that before it signs, and stays after it has signed,
//! so whoever keeps a set no longer has the key of every token.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::DataPlane;
use super::refusal::Refused;
use super::respond::public_json;
use crate::error::Code;

/// The handler.
pub(super) async fn key_set(plane: Data<DataPlane>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let issuance = plane.issuance.as_ref().ok_or_else(|| Refused::new(Code::NotFound.into(), &request))?;
    Ok(public_json(Bytes::from_owner(issuance.key_set())))
}
