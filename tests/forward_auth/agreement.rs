//! The same question over HTTP and over gRPC has the same answer.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use reqwest::Method;

use super::envoy::{Original, Told, ask, scene};
use super::{EDGE, FIELDS};
use crate::support::app::KEY;
use crate::support::identity_provider::OneIssuer;

const CASES: usize = 300;

/// A question in words; the tokens are made for it.
#[derive(Clone, Debug)]
struct Drawn {
    method: &'static str,
    target: String,
    token: &'static str,
    tenant: Option<&'static str>,
    preflight: bool,
    twice: bool,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let method = prop::sample::select(vec!["GET", "POST", "HEAD", "OPTIONS", "DELETE", "PROPFIND"]);
    let segment = prop::sample::select(vec!["a", "..", ".", "%2e%2e", "..%2fb", "b.c", "%252e.", "x%20y", "%00", "~"]);
    let query = prop::sample::select(vec!["", "?tenant=globex", "?a=../..", "?"]);
    let target =
        (prop::collection::vec(segment, 0..4), query).prop_map(|(path, query)| format!("/{}{query}", path.join("/")));
    let token = prop::sample::select(vec![
        "alice", "bob", "stranger", "expired", "foreign", "altered", "none", "empty", "basic", "joined", "garbage",
    ]);
    let tenant = prop::option::of(prop::sample::select(vec!["acme", "globex", "initech", "big", "nowhere"]));
    (method, target, token, tenant, any::<bool>(), any::<bool>()).prop_map(
        |(method, target, token, tenant, preflight, twice)| Drawn { method, target, token, tenant, preflight, twice },
    )
}

impl Drawn {
    fn authorization(&self, scene: &OneIssuer) -> Option<String> {
        let token = |sub: &str| scene.issuer.token(sub);
        let bearer = |token: String| Some(format!("Bearer {token}"));
        match self.token {
            "none" => None,
            "empty" => bearer(String::new()),
            "basic" => Some("Basic YWxpY2U6c2VjcmV0".to_owned()),
            "garbage" => bearer("a.b.c".to_owned()),
            "joined" => bearer(format!("{},Bearer x", token("alice").sign())),
            "expired" => bearer(token("alice").expires_in(-3_600).sign()),
            "foreign" => bearer(token("alice").audience("https://other.example").sign()),
            "altered" => bearer(token("alice").sign().replacen('.', ".e", 1)),
            sub => bearer(token(sub).sign()),
        }
    }

    fn original(&self, scene: &OneIssuer) -> Original {
        let mut headers: Vec<(String, String)> = Vec::new();
        let mut add = |name: &str, value: &str| headers.push((name.to_owned(), value.to_owned()));
        add("x-request-id", "r-1");
        if let Some(authorization) = self.authorization(scene) {
            add("authorization", &authorization);
            if self.twice {
                add("authorization", &authorization);
            }
        }
        if let Some(tenant) = self.tenant {
            add("x-tenant", tenant);
        }
        if self.preflight {
            add("origin", "https://app.example");
            add("access-control-request-method", "PUT");
        }
        Original { method: self.method.to_owned(), target: self.target.clone(), headers, extensions: Vec::new() }
    }
}

/// As Envoy asks over HTTP, and what it makes of the answer.
async fn ask_over_http(scene: &OneIssuer, original: &Original) -> Told {
    let address = scene.app.addresses.gateway.unwrap();
    let mut lines = format!(
        "{} /v1/authz/{EDGE}{} HTTP/1.1\r\nhost: app.example\r\nx-gateway-key: {KEY}\r\n",
        original.method, original.target
    );
    lines.extend(original.joined().iter().map(|(name, value)| format!("{name}: {value}\r\n")));
    let answer = crate::support::raw::exchange(address, format!("{lines}\r\n").as_bytes()).await;
    let is_told = |name: &str| FIELDS.contains(&name) || TOLD_WITH_A_NO.contains(&name);
    let pairs = answer.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let removed = answer.header("x-envoy-auth-headers-to-remove").unwrap_or_default();
    Told {
        status: answer.status.as_u16(),
        headers: sorted(pairs.filter(|(name, _)| is_told(name)).collect()),
        removed: removed.split(", ").filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        body: if answer.body.is_object() { answer.body.to_string() } else { String::new() },
    }
}

const TOLD_WITH_A_NO: [&str; 3] = ["x-auth-error", "www-authenticate", "retry-after"];

fn sorted(mut headers: Vec<(String, String)>) -> Vec<(String, String)> {
    headers.sort();
    headers
}

/// Without what only one of the transports has: the length of a body, and the position, which time moves.
fn comparable(told: Told, is_head: bool) -> Told {
    let is_told = |name: &str| FIELDS.contains(&name) || TOLD_WITH_A_NO.contains(&name);
    let body = serde_json::from_str(&told.body).map_or(String::new(), |body: serde_json::Value| body.to_string());
    Told {
        headers: sorted(told.headers.into_iter().filter(|(name, _)| is_told(name)).collect()),
        body: if is_head { String::new() } else { body },
        ..told
    }
}

#[actix_rt::test]
async fn http_and_grpc_agree() {
    let scene = scene().await;
    let mut runner = TestRunner::deterministic();
    let mut statuses = std::collections::BTreeMap::<u16, usize>::new();
    for _ in 0..CASES {
        let drawn = drawn().new_tree(&mut runner).unwrap().current();
        let original = drawn.original(&scene);
        let is_head = Method::HEAD.as_str() == drawn.method;
        let over_grpc = comparable(ask(&scene, &original).await, is_head);
        let over_http = comparable(ask_over_http(&scene, &original).await, is_head);
        assert_eq!(over_http, over_grpc, "{drawn:?}");
        *statuses.entry(over_http.status).or_default() += 1;
    }
    // A test of refusals alone would show little.
    assert!(
        [200, 401, 403].iter().all(|status| statuses.get(status).is_some_and(|count| *count > CASES / 50)),
        "{statuses:?}"
    );
    scene.app.stop().await;
}
