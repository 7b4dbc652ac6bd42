//! `ANY /v1/authz/{profile}[/…]`.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, VARY, WWW_AUTHENTICATE,
};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};

use super::decision::Yes;
use super::profiles::Served;
use super::question::HttpQuestion;
use super::{GatewayPlane, KEY};
use crate::error::{Code, Refusal};
use crate::http::refusal::{PROBLEM_JSON, RefusedWith, challenge, say_when_again};
use crate::http::request_id::RequestId;
use crate::http::respond::{NO_STORE, say_how_new, say_stale};
use crate::surfaces::gateway::{Incoming as _, max_age, render_problem, status};

const ERROR: HeaderName = HeaderName::from_static("x-auth-error");
const TO_REMOVE: HeaderName = HeaderName::from_static("x-envoy-auth-headers-to-remove");

/// The handler. It takes no body: what a client has announced may never arrive.
pub(super) async fn authz(plane: Data<GatewayPlane>, request: HttpRequest) -> HttpResponse {
    let Some(question) = HttpQuestion::read(&request) else { return no(&Code::NotFound.into(), &request) };
    let Some(served) = plane.profiles.by_name(question.profile) else {
        return no(&Code::ProfileUnknown.into(), &request);
    };
    match plane.decide(served, question.field(&KEY), &question).await {
        Ok(decided) => yes(&plane, served, decided),
        Err(refusal) => no(&refusal, &request),
    }
}

fn yes(plane: &GatewayPlane, served: &Served, decided: Yes) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    if let Some(answer) = &decided.answer {
        say_how_new(&mut response, &answer.reading);
        say_stale(&mut response, answer.stale);
        let now = plane.data.clock.unix_time();
        let seconds = max_age(&served.profile, answer.stale, decided.expires_at, now);
        say_how_long(&mut response, served, seconds);
    } else {
        say_how_long(&mut response, served, None);
    }
    if let Some(names) = &served.to_remove {
        response.insert_header((TO_REMOVE, names.clone()));
    }
    let mut response = response.finish();
    let headers = response.headers_mut();
    for (field, value) in served.profile.fields.iter().zip(decided.values) {
        // Values are visible ASCII.
        headers
            .insert(field.name.clone(), HeaderValue::from_maybe_shared(value).unwrap_or(HeaderValue::from_static("")));
    }
    response
}

fn say_how_long(response: &mut HttpResponseBuilder, served: &Served, seconds: Option<u64>) {
    match seconds {
        None => response.insert_header((CACHE_CONTROL, NO_STORE)),
        Some(seconds) => response
            .insert_header((CACHE_CONTROL, format!("max-age={seconds}")))
            .insert_header((VARY, served.vary.clone())),
    };
}

fn no(refusal: &Refusal, request: &HttpRequest) -> HttpResponse {
    let status = status(refusal.code);
    let mut response = HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN));
    response.insert_header((CONTENT_TYPE, PROBLEM_JSON)).insert_header((CACHE_CONTROL, NO_STORE));
    response.insert_header((ERROR, HeaderValue::from_static(refusal.code.label())));
    if status == 401
        && let Some(challenge) = challenge(refusal.code)
    {
        response.insert_header((WWW_AUTHENTICATE, challenge));
    }
    if let Some(pause) = refusal.retry_after {
        response.insert_header((RETRY_AFTER, say_when_again(pause)));
    }
    if let Some(reading) = refusal.reading.as_ref().filter(|reading| reading.age_bound.is_some()) {
        say_how_new(&mut response, reading);
    }
    response.extensions_mut().insert(RefusedWith(refusal.code));
    if request.method() == Method::HEAD {
        // Some who ask with HEAD wait for the body that a length announces.
        return response.finish();
    }
    response.body(render_problem(refusal, RequestId::of(request).as_str()))
}
