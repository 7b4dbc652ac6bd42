//! `POST /v1/claims`.

use actix_web::body::BoxBody;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::DataPlane;
use super::body::{Body, Pieces};
use super::caller::{Caller, On};
use super::refusal::Refused;
use crate::config::Surface;
use crate::enrichment::{Answer, Patience};
use crate::error::{Code, Refusal};
use crate::roles;
use crate::surfaces::core::claims::{BETWEEN, parse, render_after, render_before};

const POSITION: HeaderName = HeaderName::from_static("claims-position");
const AGE_BOUND: HeaderName = HeaderName::from_static("claims-age-bound-ms");
/// Claims up to this size are copied; beyond, a hit must not cost more the more there are.
const COPIED: usize = 4 * 1024;
/// What stands around names and claims, with the longest numbers.
const FRAME: usize = 192;

/// `POST /v1/claims`.
#[derive(Debug)]
pub(super) struct Claims;

impl On for Claims {
    const SURFACE: Surface = Surface::Claims;
}

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
    let patience = Patience::of(plane.answer_deadline);
    let answer = plane.enrichment.answer(&question, &caller.rights, &patience).await.map_err(refused)?;
    plane.metrics.age_bound.observe(answer.reading.age_bound.unwrap_or_default().as_secs_f64());
    respond(&answer).map_err(refused)
}

fn respond(answer: &Answer) -> Result<HttpResponse, Refusal> {
    let body = body(answer).ok_or(Code::DirectoryUnavailable)?;
    let age = answer.reading.age_bound.unwrap_or_default().as_millis();
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")))
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .insert_header((POSITION, HeaderValue::from(answer.reading.position.get())))
        .insert_header((AGE_BOUND, HeaderValue::from(u64::try_from(age).unwrap_or(u64::MAX))))
        .body(body))
}

/// In one piece if it is small, so that it is one allocation and one chunk; else the claims are sent from where they are.
fn body(answer: &Answer) -> Option<BoxBody> {
    let rendered = answer.claims.rendered()?;
    let (claims, id_token_claims) = (&*rendered.claims, &*rendered.id_token_claims);
    if claims.len() + id_token_claims.len() > COPIED {
        return Some(in_pieces(answer));
    }
    let names = answer.tenant.id.as_str().len() + answer.user.as_str().len();
    let mut body = Vec::with_capacity(FRAME + names + claims.len() + id_token_claims.len());
    render_before(&mut body, answer);
    body.extend_from_slice(claims);
    body.extend_from_slice(BETWEEN.as_bytes());
    body.extend_from_slice(id_token_claims);
    render_after(&mut body, answer);
    Some(BoxBody::new(body))
}

fn in_pieces(answer: &Answer) -> BoxBody {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    render_before(&mut before, answer);
    render_after(&mut after, answer);
    BoxBody::new(Pieces::new([
        Bytes::from(before),
        Bytes::from_owner(AccessToken(answer.claims.clone())),
        Bytes::from_static(BETWEEN.as_bytes()),
        Bytes::from_owner(IdToken(answer.claims.clone())),
        Bytes::from(after),
    ]))
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
