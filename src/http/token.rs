//! `POST /v1/token`: a token of our own for that of a client (RFC 8693).

use actix_web::http::header::{CONTENT_TYPE, HeaderValue, PRAGMA};
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use super::DataPlane;
use super::body::Body;
use super::caller::KnownCaller;
use super::client_authentication::client;
use super::oauth_refusal::OAuthRefused;
use super::refusal::Refused;
use super::respond::json;
use crate::enrichment::{Answer, Patience};
use crate::error::{Code, Refusal};
use crate::issuance::{InternalToken, Issuance, Transaction};
use crate::surfaces::oauth::error::{ErrorCode, OAuthError};
use crate::surfaces::oauth::exchange::{Exchange, Granted};
use crate::surfaces::oauth::response::Response;
use crate::surfaces::oauth::{Parameters, Requested};

/// The handler.
pub(super) async fn token(
    plane: Data<DataPlane>,
    request: HttpRequest,
    body: Result<Body, Refused>,
) -> Result<HttpResponse, actix_web::Error> {
    let Some(issuance) = &plane.issuance else { return Err(Refused::new(Code::NotFound.into(), &request).into()) };
    let mut response = match exchanged(&plane, issuance, &request, body).await {
        Ok(body) => json(body),
        Err(error) => OAuthRefused(error).error_response(),
    };
    // Beside `Cache-Control`, as RFC 6749 section 5.1 has it.
    response.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    Ok(response)
}

async fn exchanged(
    plane: &DataPlane,
    issuance: &Issuance,
    request: &HttpRequest,
    body: Result<Body, Refused>,
) -> Result<Vec<u8>, OAuthError> {
    let body = body.map_err(|refused| OAuthError::from(Refusal::from(refused.code())))?;
    let form = form(request, &body)?;
    let parameters = Parameters::of(&form)?;
    let client = client(&plane.callers, request, &parameters)?;
    let exchange = Exchange::parse(&parameters)?;
    let target = permitted_target(&client, exchange.target)?;
    let patience = Patience::of(plane.answer_deadline);
    let answer = plane.enrichment.answer(&exchange.question(), &client.rights, &patience).await?;
    plane.metrics.observe_age(&answer.reading, answer.stale);
    let brought = answer.token.as_deref().ok_or_else(|| OAuthError::invalid("the subject token could not be read"))?;
    if !exchange.subject_type.fits(brought) {
        return Err(Refusal::from(Code::TokenType).into());
    }
    let granted = exchange.granted(brought.scope.as_deref())?;
    let token = issued(issuance, &answer, &exchange, &granted, target, &client).map_err(Refusal::from)?;
    let scope = granted.scope.as_deref().filter(|_| granted.differs);
    let (kind, expires_in) = (exchange.requested, token.lifetime());
    Ok(Response { token: token.as_str(), kind, expires_in, scope }.body())
}

fn issued(
    issuance: &Issuance,
    answer: &Answer,
    exchange: &Exchange<'_>,
    granted: &Granted,
    target: &str,
    client: &KnownCaller,
) -> Result<InternalToken, crate::issuance::NotIssued> {
    if exchange.requested != Requested::Transaction {
        return issuance.exchange(answer, target, &client.name, granted.scope.as_deref());
    }
    let transaction = Transaction {
        scope: granted.scope.as_deref().unwrap_or_default(),
        workload: &client.name,
        context: exchange.context.as_ref(),
        details: exchange.details.as_ref(),
    };
    issuance.transaction(answer, target, &transaction)
}

/// The pairs of a form (RFC 8693 section 2.1).
fn form(request: &HttpRequest, body: &Body) -> Result<Vec<(String, String)>, OAuthError> {
    const FORM: &str = "application/x-www-form-urlencoded";
    let unreadable = || OAuthError::invalid("send the parameters as application/x-www-form-urlencoded");
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case(FORM) {
        return Err(unreadable());
    }
    let text = std::str::from_utf8(&body.0).map_err(|_| unreadable())?;
    Query::<Vec<(String, String)>>::from_query(text).map(Query::into_inner).map_err(|_| unreadable())
}

/// For whom: what was asked for, if the caller may have tokens for it, or else the first of those it may.
fn permitted_target<'a>(client: &'a KnownCaller, asked: Option<&'a str>) -> Result<&'a str, OAuthError> {
    let refused = || OAuthError::new(ErrorCode::InvalidTarget, "the caller may not have tokens for this target");
    let permitted = match asked {
        None => client.audiences.first(),
        Some(asked) => client.audiences.iter().find(|audience| ***audience == *asked),
    };
    permitted.map(AsRef::as_ref).ok_or_else(refused)
}
