//! Envoy's question over gRPC, put as Envoy puts it.

use std::collections::HashMap;

use claimsmith::config::{GatewayKind, Grpc};
use envoy_types::ext_authz::v3::pb::{CheckRequest, CheckResponse, HeaderValueOption, HttpResponse};
use envoy_types::pb::envoy::service::auth::v3::authorization_client::AuthorizationClient;
use envoy_types::pb::envoy::service::auth::v3::{AttributeContext, attribute_context};
use envoy_types::pb::google::protobuf::value::Kind;
use tonic::transport::Channel;

use super::{EDGE, profile};
use crate::support::app::KEY;
use crate::support::identity_provider::OneIssuer;

/// A service that is asked over gRPC, with the profile of the HTTP tests as the one for those who name none.
pub(super) async fn scene() -> OneIssuer {
    super::scene_with(
        |edge| *edge = profile(GatewayKind::Envoy, |edge| edge.preflight = true),
        |settings| {
            let bind = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
            settings.grpc = Some(Grpc { bind, profile: Some(EDGE.to_owned()) });
        },
    )
    .await
}

/// A request of a client, as Envoy has it.
#[derive(Clone, Debug, Default)]
pub(super) struct Original {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: Vec<(String, String)>,
    /// What the route adds.
    pub(super) extensions: Vec<(&'static str, &'static str)>,
}

impl Original {
    pub(super) fn get(target: &str, headers: &[(&str, &str)]) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { method: "GET".to_owned(), target: target.to_owned(), headers, ..Self::default() }
    }

    /// The header fields as Envoy sends them on: those of one name joined.
    pub(super) fn joined(&self) -> HashMap<String, String> {
        let mut joined = HashMap::<String, String>::new();
        for (name, value) in &self.headers {
            joined.entry(name.clone()).and_modify(|all| *all = format!("{all},{value}")).or_insert(value.clone());
        }
        joined
    }

    fn request(&self) -> CheckRequest {
        let headers = self.joined();
        let http = attribute_context::HttpRequest {
            method: self.method.clone(),
            path: self.target.clone(),
            host: "app.example".to_owned(),
            headers,
            ..attribute_context::HttpRequest::default()
        };
        let extensions = self.extensions.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        CheckRequest {
            attributes: Some(AttributeContext {
                request: Some(attribute_context::Request { http: Some(http), ..attribute_context::Request::default() }),
                context_extensions: extensions.collect(),
                ..AttributeContext::default()
            }),
        }
    }
}

/// What Envoy makes of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) removed: Vec<String>,
    pub(super) body: String,
}

impl Told {
    pub(super) fn field(&self, name: &str) -> &str {
        let mut values = self.headers.iter().filter(|(field, _)| field == name).map(|(_, value)| value.as_str());
        let value = values.next().unwrap_or_else(|| panic!("there is no {name}: {self:?}"));
        assert_eq!(values.next(), None, "{name} came twice");
        value
    }
}

fn told(response: CheckResponse) -> Told {
    let pairs = |options: Vec<HeaderValueOption>| {
        options.into_iter().map(|option| option.header.map(|header| (header.key, header.value)).unwrap()).collect()
    };
    let code = response.status.unwrap().code;
    match response.http_response.unwrap() {
        HttpResponse::OkResponse(ok) => {
            assert_eq!(code, 0);
            Told { status: 200, headers: pairs(ok.headers), removed: ok.headers_to_remove, body: String::new() }
        }
        HttpResponse::DeniedResponse(answer) | HttpResponse::ErrorResponse(answer) => {
            assert_ne!(code, 0);
            let status = u16::try_from(answer.status.unwrap().code).unwrap();
            Told { status, headers: pairs(answer.headers), removed: Vec::new(), body: answer.body }
        }
    }
}

async fn channel(scene: &OneIssuer) -> Channel {
    let address = scene.app.addresses.grpc.unwrap();
    Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap()
}

async fn check(scene: &OneIssuer, key: Option<&str>, original: &Original) -> CheckResponse {
    let mut request = tonic::Request::new(original.request());
    if let Some(key) = key {
        request.metadata_mut().insert("x-gateway-key", key.parse().unwrap());
    }
    AuthorizationClient::new(channel(scene).await).check(request).await.unwrap().into_inner()
}

pub(super) async fn ask(scene: &OneIssuer, original: &Original) -> Told {
    told(check(scene, Some(KEY), original).await)
}

#[actix_rt::test]
async fn a_yes_says_who_the_client_is_and_what_to_strip() {
    let scene = scene().await;
    let bearer = format!("Bearer {}", scene.issuer.token("alice").sign());
    let told =
        ask(&scene, &Original::get("/api?tenant=globex", &[("authorization", &bearer), ("x-tenant", "acme")])).await;
    assert_eq!(told.status, 200, "{told:?}");
    let values = ["x-auth-user", "x-auth-tenant", "x-auth-roles", "x-auth-permissions", "x-auth-truncated"];
    assert_eq!(values.map(|name| told.field(name)), ["alice", "acme", "admin", "doc:read,doc:write", ""]);
    for name in ["authorization", "x-tenant", "x_auth_roles", "x.auth.roles"] {
        assert!(told.removed.iter().any(|removed| removed == name), "{told:?}");
    }
    scene.app.stop().await;
}

#[actix_rt::test]
async fn claims_are_metadata_for_envoys_own_filters() {
    let scene = scene().await;
    let bearer = format!("Bearer {}", scene.issuer.token("alice").sign());
    let original = Original::get("/api", &[("authorization", &bearer), ("x-tenant", "acme")]);
    let mut fields = check(&scene, Some(KEY), &original).await.dynamic_metadata.unwrap().fields;
    let text = |value: Option<envoy_types::pb::google::protobuf::Value>| match value.unwrap().kind.unwrap() {
        Kind::StringValue(text) => text,
        other => panic!("{other:?}"),
    };
    assert_eq!(text(fields.remove("user")), "alice");
    assert_eq!(text(fields.remove("tenant")), "acme");
    assert_eq!(text(fields.remove("issuer")), scene.issuer.iss);
    let Some(Kind::StructValue(mut claims)) = fields.remove("claims").unwrap().kind else {
        panic!("claims are a struct")
    };
    let Some(Kind::ListValue(roles)) = claims.fields.remove("roles").unwrap().kind else { panic!("roles are a list") };
    assert_eq!(roles.values.into_iter().map(|role| text(Some(role))).collect::<Vec<_>>(), ["admin"]);
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_no_says_why_and_what_cannot_be_told_is_an_error() {
    let scene = scene().await;
    let missing = ask(&scene, &Original::get("/api", &[("x-tenant", "acme")])).await;
    assert_eq!((missing.status, missing.field("x-auth-error")), (401, "token_missing"));
    assert_eq!(missing.field("www-authenticate"), "Bearer realm=\"claimsmith\"");
    assert_eq!(missing.field("content-type"), "application/problem+json");
    let bearer = format!("Bearer {}", scene.issuer.token("bob").sign());
    let denied = ask(&scene, &Original::get("/api", &[("authorization", &bearer), ("x-tenant", "acme")])).await;
    assert_eq!((denied.status, denied.field("x-auth-error")), (403, "not_a_member"));
    scene.app.stop().await;

    let late = super::scene_with(
        |edge| {
            *edge = profile(GatewayKind::Envoy, |_| ());
            edge.answer_deadline = std::time::Duration::from_millis(50);
        },
        |settings| {
            settings.grpc =
                Some(Grpc { bind: std::net::SocketAddr::from(([127, 0, 0, 1], 0)), profile: Some(EDGE.to_owned()) });
        },
    )
    .await;
    let lock = late.app.database.session().await;
    lock.client.batch_execute("BEGIN; LOCK TABLE claimsmith_data.membership IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let bearer = format!("Bearer {}", late.issuer.token("bob").sign());
    let original = Original::get("/api", &[("authorization", &bearer), ("x-tenant", "globex")]);
    let response = check(&late, Some(KEY), &original).await;
    assert!(matches!(response.http_response, Some(HttpResponse::ErrorResponse(_))), "{response:?}");
    let told = told(response);
    assert_eq!(
        (told.status, told.field("x-auth-error"), told.field("retry-after")),
        (503, "directory_unavailable", "1")
    );
    drop(lock);
    late.app.stop().await;
}

#[actix_rt::test]
async fn the_key_is_the_gateways_and_not_the_clients() {
    let scene = scene().await;
    let bearer = format!("Bearer {}", scene.issuer.token("alice").sign());
    let original = Original::get("/api", &[("authorization", &bearer), ("x-tenant", "acme"), ("x-gateway-key", KEY)]);
    for key in [None, Some("wrong")] {
        let told = told(check(&scene, key, &original).await);
        assert_eq!((told.status, told.field("x-auth-error")), (403, "caller_unauthenticated"));
    }
    scene.app.stop().await;
}

#[actix_rt::test]
async fn what_a_client_says_of_its_request_is_not_believed() {
    let scene = super::scene_with(
        |edge| edge.preflight = true,
        |settings| {
            let bind = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
            settings.grpc = Some(Grpc { bind, profile: Some(EDGE.to_owned()) });
        },
    )
    .await;
    let described = [
        ("x-original-method", "OPTIONS"),
        ("x-original-uri", "/"),
        ("origin", "https://app.example"),
        ("access-control-request-method", "PUT"),
    ];
    let no_preflight = ask(&scene, &Original::get("/admin", &described)).await;
    assert_eq!((no_preflight.status, no_preflight.field("x-auth-error")), (401, "token_missing"));
    let climbing = ask(&scene, &Original::get("/a/../admin", &described)).await;
    assert_eq!((climbing.status, climbing.field("x-auth-error")), (403, "path_refused"));
    scene.app.stop().await;
}

#[actix_rt::test]
async fn the_route_names_profile_and_tenant_and_no_client_can() {
    let scene = scene().await;
    let bearer = format!("Bearer {}", scene.issuer.token("alice").sign());
    let routed = |extensions: &[(&'static str, &'static str)]| Original {
        extensions: extensions.to_vec(),
        ..Original::get("/api", &[("authorization", &bearer)])
    };
    assert_eq!(ask(&scene, &routed(&[("tenant", "globex")])).await.field("x-auth-tenant"), "globex");
    assert_eq!(ask(&scene, &routed(&[("profile", EDGE)])).await.field("x-auth-tenant"), "acme");
    let unknown = ask(&scene, &routed(&[("profile", "other")])).await;
    assert_eq!((unknown.status, unknown.field("x-auth-error")), (403, "profile_unknown"));
    scene.app.stop().await;
}

#[actix_rt::test]
async fn the_health_service_says_when_to_look_elsewhere() {
    use tonic_health::pb::health_client::HealthClient;
    use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus};
    let scene = scene().await;
    let mut health = HealthClient::new(channel(&scene).await);
    let request = || HealthCheckRequest { service: "envoy.service.auth.v3.Authorization".to_owned() };
    let mut watched = health.watch(request()).await.unwrap().into_inner();
    let first = watched.message().await.unwrap().unwrap().status();
    assert_eq!(first, ServingStatus::Serving);
    let shutdown = scene.app.shutdown.clone();
    shutdown.advance(claimsmith::supervision::shutdown::Stage::Draining);
    let next = tokio::time::timeout(crate::support::wait::LONG, watched.message()).await.expect("it is told");
    assert_eq!(next.unwrap().unwrap().status(), ServingStatus::NotServing);
    drop((watched, health));
    scene.app.stop().await;
}
