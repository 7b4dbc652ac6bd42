//! What the demo's issuers serve: discovery, keys, and tokens for the asking.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::web::{self, Data, Path, Query};
use actix_web::{App, HttpResponse, HttpServer};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{AUDIENCE, Issuers};

const LIFETIME_SECONDS: i64 = 3_600;

pub(super) fn serve(listener: TcpListener, issuers: Arc<Issuers>) -> std::io::Result<Server> {
    let issuers = Data::from(issuers);
    let app = move || {
        App::new()
            .app_data(issuers.clone())
            .route("/{name}/.well-known/openid-configuration", web::get().to(discovery))
            .route("/{name}/jwks.json", web::get().to(keys))
            .route("/{name}/token", web::get().to(token))
    };
    Ok(HttpServer::new(app).workers(1).disable_signals().listen(listener)?.run())
}

/// `OpenID` Connect Discovery 1.0 section 3, what a verifier of tokens reads of it.
async fn discovery(name: Path<String>, issuers: Data<Issuers>) -> HttpResponse {
    if issuers.of(&name).is_none() {
        return HttpResponse::NotFound().finish();
    }
    let issuer = issuers.url(&name);
    let jwks_uri = format!("{issuer}/jwks.json");
    HttpResponse::Ok().json(json!({"issuer": issuer, "jwks_uri": jwks_uri}))
}

async fn keys(name: Path<String>, issuers: Data<Issuers>) -> HttpResponse {
    match issuers.of(&name) {
        Some(keys) => HttpResponse::Ok().json(keys.document()),
        None => HttpResponse::NotFound().finish(),
    }
}

#[derive(Deserialize)]
struct Wanted {
    sub: String,
}

#[derive(Serialize)]
struct Claims<'token> {
    iss: &'token str,
    sub: &'token str,
    aud: &'token str,
    client_id: &'token str,
    jti: &'token str,
    iat: i64,
    exp: i64,
}

async fn token(name: Path<String>, wanted: Query<Wanted>, issuers: Data<Issuers>) -> HttpResponse {
    let Some(keys) = issuers.of(&name) else { return HttpResponse::NotFound().finish() };
    let now = issuers.clock.unix_time();
    let claims = Claims {
        iss: &issuers.url(&name),
        sub: &wanted.sub,
        aud: AUDIENCE,
        client_id: "demo",
        jti: &format!("{now}"),
        iat: now,
        exp: now.saturating_add(LIFETIME_SECONDS),
    };
    match keys.sign(&claims) {
        Ok(token) => HttpResponse::Ok().body(token),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}
