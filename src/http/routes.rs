//! The whole route table.
//!
//! To add a route: its handler in a file of its own, its label in `metrics.rs`, its line here.

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::DataPlane;
use super::claims::claims;
use super::memberships::memberships;
use super::metrics::Route;
use super::observe::observe;
use super::refusal::Refused;
use crate::error::Code;

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
                .default_service(web::to(no_such_method)),
        )
        .service(
            web::resource("/v1/memberships")
                .wrap_fn(around(Route::Memberships))
                .route(web::get().to(memberships))
                .default_service(web::to(no_such_method)),
        )
        .service(
            web::resource("/{anything:.*}").wrap_fn(around(Route::Unmatched)).default_service(web::to(no_such_path)),
        );
}

async fn no_such_path(request: HttpRequest) -> Result<HttpResponse, Refused> {
    Err(Refused::new(Code::NotFound.into(), &request))
}

async fn no_such_method(request: HttpRequest) -> Result<HttpResponse, Refused> {
    Err(Refused::new(Code::MethodNotAllowed.into(), &request))
}
