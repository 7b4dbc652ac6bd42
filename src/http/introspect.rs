//! `POST /v1/introspect`.

use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};

use super::DataPlane;
use super::body::Body;
use super::caller::{Caller, On};
use super::refusal::Refused;
use super::respond::{json, json_as_of};
use crate::config::Surface;
use crate::enrichment::{Patience, Rights};
use crate::error::{Code, Refusal};
use crate::issuance::{Issuance, Own, OwnToken};
use crate::surfaces::core::introspect::{INACTIVE, Request, is_inactive, render, render_own};

/// `POST /v1/introspect`.
#[derive(Debug)]
pub(super) struct Introspect;

impl On for Introspect {
    const SURFACE: Surface = Surface::Introspect;
}

/// The handler.
pub(super) async fn introspect(
    caller: Caller<Introspect>,
    plane: Data<DataPlane>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Refused> {
    let refused = |refusal| Refused::new(refusal, &request);
    let asked = parse(&body.0).map_err(refused)?;
    if let Some(issuance) = &plane.issuance {
        match issuance.look(asked.token()) {
            Own::Foreign => {}
            Own::Invalid => return Ok(json(INACTIVE)),
            Own::Token(own) => {
                let answer = of_our_own(&plane, issuance, &own, &asked, &caller.rights).await;
                return answer.map_err(refused);
            }
        }
    }
    let question = asked.question().map_err(refused)?;
    let patience = Patience::of(plane.answer_deadline);
    match plane.enrichment.answer(&question, &caller.rights, &patience).await {
        Ok(answer) => {
            plane.metrics.observe_age(&answer.reading, answer.stale);
            let body = render(&answer).ok_or_else(|| refused(Code::DirectoryUnavailable.into()))?;
            Ok(json_as_of(&answer.reading, answer.stale, body))
        }
        Err(refusal) if is_inactive(refusal.code) => {
            plane.metrics.refused(refusal.code);
            Ok(json(INACTIVE))
        }
        Err(refusal) => Err(refused(refusal)),
    }
}

/// A token of our own says everything itself, so its user is not looked up. What has to be known is whether a change to them
/// has come since, and in this history; nobody is told of a tenant that they may not ask about.
async fn of_our_own(
    plane: &DataPlane,
    issuance: &Issuance,
    own: &OwnToken,
    asked: &Request,
    rights: &Rights,
) -> Result<HttpResponse, Refusal> {
    let at_least = asked.question()?.at_least;
    if !rights.admit_by_id(&own.tenant) || asked.tenant().is_some_and(|tenant| *tenant != *own.tenant) {
        return Ok(json(INACTIVE));
    }
    let patience = Patience::of(plane.answer_deadline);
    plane.enrichment.confirmed(at_least, rights, &patience).await?;
    // Before its history is asked for: after a restart that of every older token would have to be looked up in the log.
    if issuance.is_outdated(own) {
        return Ok(json(INACTIVE));
    }
    // How new everything is, first: what is read then is at least as new.
    let reading = match plane.enrichment.confirmed(Some(own.place), rights, &patience).await {
        Ok(reading) => reading,
        Err(refusal) if refusal.code == Code::PositionForeign => return Ok(json(INACTIVE)),
        Err(refusal) => return Err(refusal),
    };
    if !issuance.is_current(own) {
        return Ok(json(INACTIVE));
    }
    let stale = rights.ages.call_stale(&reading);
    plane.metrics.observe_age(&reading, stale);
    Ok(json_as_of(&reading, stale, render_own(&own.payload)))
}

/// A form is written as a query is (RFC 7662 section 2.1).
fn parse(body: &[u8]) -> Result<Request, Refusal> {
    let form = std::str::from_utf8(body).ok().and_then(|text| Query::<Request>::from_query(text).ok());
    form.map(Query::into_inner).ok_or_else(|| {
        let wanted = "send a form with token, and none twice of token_type_hint, tenant, organization, host, audience, \
                      connection, login_hint, at_least";
        Refusal::new(Code::InvalidRequest, wanted)
    })
}
