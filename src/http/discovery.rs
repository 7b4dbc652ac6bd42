//! `GET /v1/discovery`.
//!
//! The only endpoint that may be open to everybody. It is asked before anybody has logged in, so what it says about a tenant
//! that there is not must look like what it says about any other, and it must not be asked faster than people log in.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{Data, Query};
use actix_web::{FromRequest, HttpRequest, HttpResponse};

use super::DataPlane;
use super::caller::{Caller, On};
use super::rate_limit::RateLimit;
use super::refusal::Refused;
use super::respond::json;
use crate::config::{self, Surface};
use crate::directory::IssuerId;
use crate::enrichment::{Ages, Rights};
use crate::error::{Code, Refusal};
use crate::surfaces::core::discovery::{Request, render};
use crate::tenancy::HintKind;

/// What the endpoint is configured to do.
#[derive(Debug)]
pub struct DiscoverySettings {
    /// What those may ask who have no key; `None` if they may not.
    public: Option<Rights>,
    fallback: Option<IssuerId>,
    limit: RateLimit,
}

impl DiscoverySettings {
    /// From the configuration.
    pub fn from_settings(settings: &config::Settings) -> Self {
        let hints = vec![HintKind::Host, HintKind::Tenant, HintKind::LoginHint];
        let everything = Rights { tenants: None, hints, ages: Ages::up_to(settings.freshness.max_age) };
        Self {
            public: settings.discovery.public.then_some(everything),
            fallback: settings.discovery.fallback_issuer.as_deref().map(IssuerId::from),
            limit: RateLimit::from_settings(settings),
        }
    }
}

/// `GET /v1/discovery`.
#[derive(Debug)]
pub(super) struct Discovery;

impl On for Discovery {
    const SURFACE: Surface = Surface::Discovery;
}

/// Who asks: a known caller, or anybody where that is allowed. A key that is sent must be a good one.
pub(super) struct Visitor(Option<Caller<Discovery>>);

impl FromRequest for Visitor {
    type Error = Refused;
    type Future = Ready<Result<Self, Refused>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_public = request.app_data::<Data<DataPlane>>().is_some_and(|plane| plane.discovery.public.is_some());
        if is_public && !request.headers().contains_key(AUTHORIZATION) {
            return ready(Ok(Self(None)));
        }
        ready(Caller::from_request(request, payload).into_inner().map(|caller| Self(Some(caller))))
    }
}

/// The handler.
pub(super) async fn discovery(
    visitor: Visitor,
    plane: Data<DataPlane>,
    request: HttpRequest,
) -> Result<HttpResponse, Refused> {
    answer(&visitor, &plane, request.query_string()).map_err(|refusal| Refused::new(refusal, &request))
}

fn answer(Visitor(caller): &Visitor, plane: &DataPlane, query: &str) -> Result<HttpResponse, Refusal> {
    let settings = &plane.discovery;
    settings.limit.admit(caller.as_ref().map(|caller| &*caller.name), plane.clock.now())?;
    let rights = caller.as_ref().map(|caller| &caller.rights).or(settings.public.as_ref());
    let rights = rights.ok_or(Code::CallerUnauthenticated)?;
    let asked = Query::<Request>::from_query(query)
        .map_err(|_| Refusal::new(Code::InvalidRequest, "the query has an unknown or repeated parameter"))?;
    let logins = plane.enrichment.logins(&asked.hints()?, rights, settings.fallback.as_ref())?;
    let body = render(&logins).map_err(|_| Code::DirectoryUnavailable)?;
    // Not to be kept: a copy would send users to an issuer that the tenant has left, and tell by its speed who was asked about.
    Ok(json(body))
}
