//! `GET /v1/min-position`.

use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};

use super::DataPlane;
use super::caller::Caller;
use super::introspect::Introspect;
use super::refusal::Refused;
use super::respond::json_as_of;
use crate::enrichment::{Patience, Rights};
use crate::error::{Code, Refusal};
use crate::surfaces::core::min_position::{Request, render};

/// The handler.
pub(super) async fn min_position(
    caller: Caller<Introspect>,
    plane: Data<DataPlane>,
    request: HttpRequest,
) -> Result<HttpResponse, Refused> {
    answer(&caller.rights, &plane, request.query_string()).await.map_err(|refusal| Refused::new(refusal, &request))
}

async fn answer(rights: &Rights, plane: &DataPlane, query: &str) -> Result<HttpResponse, Refusal> {
    let issuance = plane.issuance.as_ref().ok_or(Code::NotFound)?;
    let asked = Query::<Request>::from_query(query).map_err(|_| {
        Refusal::new(
            Code::InvalidRequest,
            "send tenant= and user=, and at_least= if need be, each once and nothing else",
        )
    })?;
    let (tenant, user) = (asked.tenant()?, asked.user()?);
    if !rights.admit_by_id(tenant) {
        return Err(Refusal::new(Code::CallerForbidden, "the caller may not ask about this tenant"));
    }
    let patience = Patience::of(plane.answer_deadline);
    // How new everything is, first: what is read then is at least as new.
    let reading = plane.enrichment.confirmed(asked.at_least()?, rights, &patience).await?;
    let body = render(tenant, user, issuance.min_position(tenant, user), &reading);
    let stale = rights.ages.call_stale(&reading);
    plane.metrics.observe_age(&reading, stale);
    Ok(json_as_of(&reading, stale, body))
}
