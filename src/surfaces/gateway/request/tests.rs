use std::collections::BTreeMap;

use super::*;
use crate::config::{self, GatewayKind};

/// A question of a test's own.
#[derive(Default)]
struct Question {
    fields: BTreeMap<&'static str, &'static str>,
    twice: Option<&'static str>,
    method: &'static str,
    target: &'static str,
    tenant: Option<&'static str>,
}

impl Incoming for Question {
    fn field(&self, name: &HeaderName) -> Sent<'_> {
        match self.fields.get(name.as_str()) {
            _ if self.twice == Some(name.as_str()) => Sent::Unusable,
            Some(text) => Sent::Once(text),
            None => Sent::Absent,
        }
    }

    fn method(&self) -> &str {
        self.method
    }

    fn target(&self) -> &str {
        self.target
    }

    fn host(&self) -> Sent<'_> {
        self.field(&http::header::HOST)
    }

    fn tenant(&self) -> Sent<'_> {
        self.tenant.map_or(Sent::Absent, Sent::Once)
    }
}

const GOOD: [(&str, &str); 5] = [
    ("authorization", "Bearer t"),
    ("x-original-method", "GET"),
    ("x-original-uri", "/a?tenant=evil"),
    ("x-original-host", "acme.app.example"),
    ("x-tenant", "acme"),
];

fn settings() -> config::Profile {
    config::Profile { tenant_header: Some("x-tenant".to_owned()), ..config::Profile::of(GatewayKind::Nginx) }
}

fn question(changes: &[(&'static str, &'static str)]) -> Question {
    let mut fields = BTreeMap::from(GOOD);
    fields.extend(changes.iter().copied());
    fields.retain(|_, value| !value.is_empty());
    Question { fields, ..Question::default() }
}

/// `tenant host`, or `preflight`, or the code of the refusal.
fn told(settings: &config::Profile, question: &Question) -> String {
    match parse(&Profile::new(settings), question) {
        Ok(None) => "preflight".to_owned(),
        Ok(Some(asked)) => {
            format!("{} {}", asked.hints.tenant.unwrap_or("-"), asked.hints.host.unwrap_or("-"))
        }
        Err(refusal) => refusal.code.label().to_owned(),
    }
}

#[test]
fn the_profile_decides_what_names_the_tenant() {
    let mut settings = settings();
    assert_eq!(told(&settings, &question(&[])), "acme -");
    settings.host_names_tenant = true;
    assert_eq!(told(&settings, &question(&[])), "acme acme.app.example");
    settings.tenant_header = None;
    assert_eq!(told(&settings, &question(&[])), "- acme.app.example");
    settings.host_names_tenant = false;
    settings.tenant = Some("globex".to_owned());
    assert_eq!(told(&settings, &question(&[])), "globex -");
}

#[test]
fn tenants_that_are_named_must_agree() {
    let mut settings = settings();
    settings.tenant = Some("globex".to_owned());
    assert_eq!(told(&settings, &question(&[])), "tenant_conflict");
    assert_eq!(told(&settings, &question(&[("x-tenant", "globex")])), "globex -");
    assert_eq!(told(&settings, &question(&[("x-tenant", "")])), "globex -");
    let routed = Question { tenant: Some("initech"), ..question(&[("x-tenant", "")]) };
    assert_eq!(told(&settings, &routed), "tenant_conflict");
    settings.tenant = None;
    assert_eq!(told(&settings, &routed), "initech -");
}

#[test]
fn what_the_profile_needs_must_be_said_once() {
    let mut settings = settings();
    assert_eq!(told(&settings, &question(&[("x-original-uri", "")])), "invalid_request");
    settings.climbing_paths = true;
    assert_eq!(told(&settings, &question(&[("x-original-uri", "")])), "acme -");
    assert_eq!(told(&settings, &Question { twice: Some("x-tenant"), ..question(&[]) }), "invalid_request");
    settings.host_names_tenant = true;
    assert_eq!(told(&settings, &question(&[("x-original-host", "")])), "invalid_request");
    assert_eq!(told(&settings, &Question { twice: Some("authorization"), ..question(&[]) }), "token_malformed");
}

#[test]
fn a_path_that_climbs_is_refused_before_the_token_is_looked_at() {
    let climbing = question(&[("x-original-uri", "/api/%2e%2e/admin"), ("authorization", "")]);
    assert_eq!(told(&settings(), &climbing), "path_refused");
}

#[test]
fn a_preflight_passes_where_the_profile_lets_it_and_nothing_else_does() {
    let preflight = [
        ("authorization", ""),
        ("x-original-method", "OPTIONS"),
        ("origin", "https://app.example"),
        ("access-control-request-method", "PUT"),
    ];
    let mut settings = settings();
    assert_eq!(told(&settings, &question(&preflight)), "token_missing");
    settings.preflight = true;
    assert_eq!(told(&settings, &question(&preflight)), "preflight");
    for lacking in ["origin", "access-control-request-method"] {
        let mut question = question(&preflight);
        question.fields.remove(lacking);
        assert_eq!(told(&settings, &question), "token_missing", "{lacking}");
    }
    let mut other = question(&preflight);
    other.fields.insert("x-original-method", "GET");
    assert_eq!(told(&settings, &other), "token_missing");
    other.fields.remove("x-original-method");
    assert_eq!(told(&settings, &other), "invalid_request", "who does not say the method does not mean a preflight");
    let with_token = question(&[preflight[1], preflight[2], preflight[3]]);
    assert_eq!(told(&settings, &with_token), "acme -", "a token that is there is looked at");
}

#[test]
fn envoy_says_it_in_the_question_itself() {
    let settings = config::Profile { host_names_tenant: true, ..config::Profile::of(GatewayKind::Envoy) };
    let own = Question { method: "GET", target: "/a", ..question(&[("host", "acme.app.example")]) };
    assert_eq!(told(&settings, &own), "- acme.app.example");
    assert_eq!(told(&settings, &Question { target: "/a/../b", ..own }), "path_refused");
    let nowhere = Question { method: "GET", ..question(&[("host", "acme.app.example")]) };
    assert_eq!(told(&settings, &nowhere), "invalid_request");
}
