//! `POST /v1/claims`.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use tokio::time::Instant;

use super::DataPlane;
use super::body::{Body, Pieces};
use super::caller::{Caller, Claims};
use super::refusal::Refused;
use crate::enrichment::Answer;
use crate::error::{Code, Refusal};
use crate::roles;
use crate::surfaces::core::claims::{parse, render};

const POSITION: HeaderName = HeaderName::from_static("claims-position");
const AGE_BOUND: HeaderName = HeaderName::from_static("claims-age-bound-ms");

/// The handler.
pub(super) async fn claims(
    caller: Caller<Claims>,
    plane: Data<DataPlane>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Refused> {
    let refused = |refusal| Refused::new(refusal, &request);
    let asked = parse(&body.0).map_err(refused)?;
    let question = asked.question().map_err(refused)?;
    let deadline = Instant::now() + plane.answer_deadline;
    let answer = plane.enrichment.answer(&question, &caller.rights, deadline).await.map_err(refused)?;
    plane.metrics.age_bound.observe(answer.reading.age_bound.unwrap_or_default().as_secs_f64());
    respond(&answer).map_err(refused)
}

fn respond(answer: &Answer) -> Result<HttpResponse, Refusal> {
    let (frame, _) = render(answer).ok_or(Code::DirectoryUnavailable)?;
    let pieces = Pieces::new([
        Bytes::from(frame.before),
        Bytes::from_owner(AccessToken(answer.claims.clone())),
        Bytes::from_static(frame.between.as_bytes()),
        Bytes::from_owner(IdToken(answer.claims.clone())),
        Bytes::from(frame.after),
    ]);
    let age = answer.reading.age_bound.unwrap_or_default().as_millis();
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")))
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .insert_header((POSITION, HeaderValue::from(answer.reading.position.get())))
        .insert_header((AGE_BOUND, HeaderValue::from(u64::try_from(age).unwrap_or(u64::MAX))))
        .body(pieces))
}

/// Claims for access tokens, kept alive until they are sent.
struct AccessToken(roles::Claims);

/// Claims for ID tokens, kept alive until they are sent.
struct IdToken(roles::Claims);

impl AsRef<[u8]> for AccessToken {
    fn as_ref(&self) -> &[u8] {
        self.0.rendered().map_or(b"{}", |rendered| &rendered.claims)
    }
}

impl AsRef<[u8]> for IdToken {
    fn as_ref(&self) -> &[u8] {
        self.0.rendered().map_or(b"{}", |rendered| &rendered.id_token_claims)
    }
}
