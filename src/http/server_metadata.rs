//! `GET /.well-known/oauth-authorization-server` (RFC 8414) and `GET /.well-known/openid-configuration`, which say the same.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::DataPlane;
use super::refusal::Refused;
use super::respond::public_json;
use crate::error::Code;
use crate::surfaces::oauth::metadata::document;

/// The handler.
pub(super) async fn server_metadata(plane: Data<DataPlane>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let issuance = plane.issuance.as_ref().ok_or_else(|| Refused::new(Code::NotFound.into(), &request))?;
    Ok(public_json(document(issuance.issuer(), &issuance.algorithms())))
}
