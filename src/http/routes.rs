//! The whole route table.
//!
//! To add a route: its handler in a file of its own, its label in `metrics.rs`, its line here.

use std::future::ready;

use actix_web::body::BoxBody;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use super::DataPlane;
use super::claims::claims;
use super::discovery::discovery;
use super::introspect::introspect;
use super::key_set::key_set;
use super::memberships::memberships;
use super::metrics::Route;
use super::min_position::min_position;
use super::observe::observe;
use super::refusal::Refused;
use super::server_metadata::server_metadata;
use super::token::token;
use crate::error::Code;
use crate::surfaces::oauth::metadata::{KEY_SET_PATH, TOKEN_PATH};

/// The data plane.
pub(super) fn data_plane(config: &mut ServiceConfig, plane: &Data<DataPlane>) {
    let around = |route: Route| {
        let plane = plane.clone();
        move |request, service: &_| observe(route, &plane, request, service)
    };
    config
        .service(
            web::resource("/v1/claims")
                .wrap_fn(around(Route::Claims))
                .route(web::post().to(claims))
                .default_service(other_methods_than("POST")),
        )
        .service(
            web::resource("/v1/discovery")
                .wrap_fn(around(Route::Discovery))
                .route(web::get().to(discovery))
                .default_service(other_methods_than("GET")),
        )
        .service(
            web::resource("/v1/introspect")
                .wrap_fn(around(Route::Introspect))
                .route(web::post().to(introspect))
                .default_service(other_methods_than("POST")),
        )
        .service(
            web::resource("/v1/memberships")
                .wrap_fn(around(Route::Memberships))
                .route(web::get().to(memberships))
                .default_service(other_methods_than("GET")),
        )
        .service(
            web::resource("/v1/min-position")
                .wrap_fn(around(Route::MinPosition))
                .route(web::get().to(min_position))
                .default_service(other_methods_than("GET")),
        )
        .service(
            web::resource(TOKEN_PATH)
                .wrap_fn(around(Route::Token))
                .route(web::post().to(token))
                .default_service(other_methods_than("POST")),
        )
        .service(
            web::resource(KEY_SET_PATH)
                .wrap_fn(around(Route::WellKnown))
                .route(web::get().to(key_set))
                .default_service(other_methods_than("GET")),
        )
        .service(
            web::resource(["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"])
                .wrap_fn(around(Route::WellKnown))
                .route(web::get().to(server_metadata))
                .default_service(other_methods_than("GET")),
        )
        // Not a route for every path: `*` (RFC 9112 section 3.2.4) would not match it.
        .default_service(web::to(no_such_path).wrap(from_fn({
            let plane = plane.clone();
            move |request, next: Next<BoxBody>| observe(Route::Unmatched, &plane, request, &next)
        })));
}

async fn no_such_path(request: HttpRequest) -> Result<HttpResponse, Refused> {
    Err(Refused::new(Code::NotFound.into(), &request))
}

/// Refuses, and says which method there is (RFC 9110 section 15.5.6).
fn other_methods_than(allowed: &'static str) -> actix_web::Route {
    web::to(move |request: HttpRequest| {
        let mut response = Refused::new(Code::MethodNotAllowed.into(), &request).error_response();
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
        ready(response)
    })
}
