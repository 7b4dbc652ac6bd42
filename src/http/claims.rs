//! `POST /v1/claims`.

use actix_web::body::BoxBody;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::DataPlane;
use super::body::{Body, Pieces};
use super::caller::{Caller, On};
use super::refusal::Refused;
use super::respond::json_as_of;
use crate::config::Surface;
use crate::enrichment::{Answer, Patience};
use crate::error::Code;
use crate::roles;
use crate::surfaces::core::claims::{BETWEEN, parse, render_after, render_before};

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
    plane.metrics.observe_age(&answer.reading, answer.stale);
    let body = written(&answer).ok_or_else(|| refused(Code::DirectoryUnavailable.into()))?;
    Ok(json_as_of(&answer.reading, answer.stale, body))
}

/// In one piece if it is small, so that it is one allocation and one chunk; else the claims are sent from where they are.
fn written(answer: &Answer) -> Option<BoxBody> {
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
