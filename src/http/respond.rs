//! What every good answer looks like.

use actix_web::body::MessageBody;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder};

use crate::directory::Reading;

pub(super) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const POSITION: HeaderName = HeaderName::from_static("claims-position");
const AGE_BOUND: HeaderName = HeaderName::from_static("claims-age-bound-ms");
const STALE: HeaderName = HeaderName::from_static("claims-stale");

/// 200 with a JSON body that nobody may keep: who a user is and what they may do changes.
pub(super) fn json(body: impl MessageBody + 'static) -> HttpResponse {
    ok().body(body)
}

/// 200 with a JSON body that everybody may keep for five minutes.
pub(super) fn public_json(body: impl MessageBody + 'static) -> HttpResponse {
    let mut response = ok();
    response.insert_header((CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")));
    response.body(body)
}

/// The same as [`json`], and how new it is; `claims-stale` only where that is older than the caller usually accepts.
pub(super) fn json_as_of(reading: &Reading, stale: bool, body: impl MessageBody + 'static) -> HttpResponse {
    let mut response = ok();
    say_how_new(&mut response, reading);
    say_stale(&mut response, stale);
    response.body(body)
}

/// The header that says so, if the answer is older than the caller usually accepts.
pub(super) fn say_stale(response: &mut HttpResponseBuilder, stale: bool) {
    if stale {
        response.insert_header((STALE, HeaderValue::from_static("true")));
    }
}

/// The headers that say how new the data behind an answer is, or behind a refusal.
pub(super) fn say_how_new(response: &mut HttpResponseBuilder, reading: &Reading) {
    response
        .insert_header((POSITION, HeaderValue::from(reading.position.get())))
        .insert_header((AGE_BOUND, HeaderValue::from(reading.age_bound_ms())));
}

fn ok() -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")))
        .insert_header((CACHE_CONTROL, NO_STORE));
    response
}
