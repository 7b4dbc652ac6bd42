//! `GET /v1/memberships`.

use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};

use super::DataPlane;
use super::caller::{Caller, On};
use super::refusal::Refused;
use super::respond::json_as_of;
use crate::config::Surface;
use crate::enrichment::Patience;
use crate::error::{Code, Refusal};
use crate::surfaces::core::memberships::{Request, render};

/// `GET /v1/memberships`.
#[derive(Debug)]
pub(super) struct Memberships;

impl On for Memberships {
    const SURFACE: Surface = Surface::Memberships;
}

/// The handler.
pub(super) async fn memberships(
    caller: Caller<Memberships>,
    plane: Data<DataPlane>,
    request: HttpRequest,
) -> Result<HttpResponse, Refused> {
    let refused = |refusal| Refused::new(refusal, &request);
    let asked = Query::<Request>::from_query(request.query_string())
        .map_err(|_| refused(Refusal::new(Code::InvalidRequest, "the query has an unknown or repeated parameter")))?;
    let (subject, at_least) = (asked.subject().map_err(refused)?, asked.at_least().map_err(refused)?);
    let patience = Patience::of(plane.answer_deadline);
    let answer = plane.enrichment.memberships(subject, at_least, &caller.rights, &patience).await.map_err(refused)?;
    let body = render(&answer).map_err(|_| refused(Code::DirectoryUnavailable.into()))?;
    plane.metrics.observe_age(&answer.reading, answer.stale);
    Ok(json_as_of(&answer.reading, answer.stale, body))
}
