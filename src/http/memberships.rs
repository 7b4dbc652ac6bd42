//! `GET /v1/memberships`.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};

use super::DataPlane;
use super::caller::{Caller, Memberships};
use super::refusal::Refused;
use crate::enrichment::Patience;
use crate::error::{Code, Refusal};
use crate::surfaces::core::memberships::{Request, render};

/// The handler.
pub(super) async fn memberships(
    caller: Caller<Memberships>,
    plane: Data<DataPlane>,
    request: HttpRequest,
) -> Result<HttpResponse, Refused> {
    let refused = |refusal| Refused::new(refusal, &request);
    let asked = Query::<Request>::from_query(request.query_string())
        .map_err(|_| refused(Refusal::new(Code::InvalidRequest, "the query has an unknown or repeated parameter")))?;
    let subject = asked.subject().map_err(refused)?;
    let patience = Patience::of(plane.answer_deadline);
    let answer = plane.enrichment.memberships(subject, &caller.rights, &patience).await.map_err(refused)?;
    let body = render(&answer).map_err(|_| refused(Code::DirectoryUnavailable.into()))?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")))
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .body(body))
}
