//! `POST /refresh-keys?issuer=ID`: fetches an issuer's keys now, as after an emergency rotation.
//!
//! The answer tells whether the fetch begins, and not what it brings: that is in `GET /status`. Each replica keeps keys of
//! its own, so each is to be asked.

use actix_web::HttpResponse;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::{Data, Query};
use serde::{Deserialize, Serialize};

use super::OpsPlane;
use crate::directory::IssuerId;
use crate::issuers::keys::Refresh;

#[derive(Deserialize)]
pub(super) struct Wanted {
    issuer: String,
}

#[derive(Serialize)]
struct Body<'wanted> {
    issuer: &'wanted str,
    result: &'static str,
    title: &'static str,
}

pub(super) async fn refresh_keys(plane: Data<OpsPlane>, Query(wanted): Query<Wanted>) -> HttpResponse {
    let issuer = wanted.issuer.as_str();
    let (mut answer, result, title) = match plane.issuers.refresh(&IssuerId::from(issuer)) {
        Refresh::Started => {
            tracing::info!(issuer, "an operator has the issuer's keys fetched");
            (HttpResponse::Accepted(), "started", "The keys are being fetched; see GET /status.")
        }
        Refresh::Unknown => {
            (HttpResponse::NotFound(), "unknown", "No enabled issuer with keys has this id; see GET /status.")
        }
        Refresh::TooSoon { retry_after } => {
            let mut answer = HttpResponse::TooManyRequests();
            answer.insert_header((RETRY_AFTER, retry_after.as_secs() + 1));
            (answer, "too_soon", "The keys were fetched for an operator a moment ago.")
        }
        Refresh::NeverFetched => {
            (HttpResponse::Conflict(), "never_fetched", "The keys stand in the issuer's row: change them there.")
        }
    };
    answer.json(Body { issuer, result, title })
}
