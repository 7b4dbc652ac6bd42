use serde_json::{Value, json};

use crate::directory::IssuerRow;
use crate::issuers::entry::{Entry, Source};
use crate::issuers::presets::testing::{access, assert_refused, entry, id, keys};
use crate::issuers::rules::{AudienceRule, Issuers};
use crate::jose::Algorithm;

const ISS: &str = "https://id.example";

fn with(more: &Value) -> Value {
    let mut settings = json!({"audiences": ["api"]});
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    settings
}

fn refused(settings: &Value) -> String {
    entry(&[ISS], settings.clone()).expect_err(&settings.to_string())
}

#[test]
fn an_audience_is_all_that_a_row_has_to_say() {
    let entry = entry(&[ISS, "https://id.example/"], json!({"audiences": ["api"]})).unwrap();
    assert_eq!(&*entry.canonical, ISS);
    let discovery = "https://id.example/.well-known/openid-configuration";
    assert_eq!(keys(&entry).discovery.as_deref(), Some(discovery));
    assert_eq!(keys(&entry).jwks_uri, None);
    let rules = &entry.rules;
    assert_eq!(rules.issuers, Issuers::Exact([ISS.into(), "https://id.example/".into()].into()));
    assert_eq!(*rules.algorithms, [Algorithm::RS256]);
    assert_eq!((rules.leeway, rules.max_token_age, rules.key_issuer_check), (60, None, false));
    assert_eq!((&*rules.subject, rules.accept_sender_constrained), (&["sub".into()][..], false));
    assert_eq!(*rules.client_claims, ["azp".into(), "client_id".into()]);
    assert_eq!((&rules.id, &rules.authorized_parties, &rules.organization), (&None, &None, &None));
    assert!(access(&entry).typ.is_empty() && access(&entry).values.is_empty());
}

#[test]
fn a_final_slash_is_not_doubled_in_the_address_of_discovery() {
    let entry = entry(&["https://id.example/x/"], json!({"audiences": ["api"]})).unwrap();
    let discovery = "https://id.example/x/.well-known/openid-configuration";
    assert_eq!(keys(&entry).discovery.as_deref(), Some(discovery));
}

#[test]
fn every_member_is_read() {
    let settings = json!({
        "discovery": "https://id.example/d", "jwks_hosts": ["keys.example"], "max_stale_seconds": 3600,
        "algorithms": ["ES256", "EdDSA"],
        "access_token": {"audiences": ["api"], "typ": ["application/at+JWT"], "values": {"kind": ["access"]}},
        "id_token": {"client_ids": ["web"], "typ": ["JWT"], "values": {"kind": ["id"]}},
        "authorized_parties": ["web"], "client_claims": ["client"], "required_claims": ["jti"],
        "required_values": {"/a/b": ["c"]}, "key_issuer_check": true, "leeway_seconds": 5,
        "max_token_age_seconds": 600, "sender_constrained": "accept_as_bearer", "subject": ["tid", "oid"],
        "organization_claim": "org", "login": {"client_id": "spa", "connection": "staff"}
    });
    let entry = entry(&[ISS], settings).unwrap();
    let source = keys(&entry);
    assert_eq!((&*source.jwks_hosts, source.max_stale.unwrap().as_secs()), (&["keys.example".into()][..], 3600));
    assert_eq!(source.discovery.as_deref(), Some("https://id.example/d"));
    assert_eq!((&*access(&entry).typ, &*id(&entry).typ), (&["at+jwt".into()][..], &["jwt".into()][..]));
    let rules = &entry.rules;
    assert_eq!(*rules.algorithms, [Algorithm::ES256, Algorithm::EdDSA]);
    assert_eq!(rules.authorized_parties.as_deref(), Some(&["web".into()][..]));
    assert_eq!((&*rules.client_claims, &*rules.required_claims[0].0), (&["client".into()][..], "jti"));
    assert_eq!((&*rules.required_values[0].claim.0, &*rules.required_values[0].any_of[0]), ("/a/b", "c"));
    assert_eq!((rules.leeway, rules.max_token_age), (5, Some(600)));
    assert!(rules.key_issuer_check && rules.accept_sender_constrained);
    assert_eq!((rules.subject.len(), rules.organization.as_deref()), (2, Some("org")));
    assert_eq!((entry.login.client_id.as_deref(), entry.login.connection.as_deref()), (Some("spa"), Some("staff")));
}

#[test]
fn all_mistakes_are_told_together_with_place_and_remedy() {
    let report = refused(&json!({
        "algorithms": ["HS256", "none", "RS256"], "audiences": "api", "leeway_seconds": 61, "jwks_uri": "http://u@h/",
        "audience": ["api"], "access_token": {"type": ["jwt"]}, "subject": ["email"], "sender_constrained": true
    }));
    let places: Vec<&str> = report.lines().map(|line| line.split(": ").next().unwrap()).collect();
    let expected = [
        "settings.jwks_uri",
        "settings.algorithms",
        "settings.algorithms",
        "settings.access_token.type",
        "settings.leeway_seconds",
        "settings.sender_constrained",
        "settings.audiences",
        "settings.audience",
        "settings.subject",
    ];
    assert_eq!(places, expected, "{report}");
    assert!(report.lines().all(|line| line.contains("; ")), "{report}");
}

#[test]
fn dangerous_combinations_are_refused() {
    assert_refused(&[
        (ISS, json!({"algorithms": ["RS256"]}), "write audiences for access tokens"),
        (ISS, json!({"preset": "auth0", "audiences": []}), "settings.audiences: is no list"),
        (ISS, json!({"access_token": {}}), "settings.access_token.audiences: is missing"),
        (ISS, json!({"id_token": {}}), "settings.id_token.client_ids: is missing"),
        (ISS, json!({"audiences": ["account"]}), "audience mapper"),
        (ISS, json!({"audiences": ["*"]}), "there are no patterns"),
        (ISS, json!({"client_ids": ["*"]}), "the id of each client"),
        (ISS, json!({"audiences": ["x"], "client_ids": ["x"]}), "tells the two apart"),
        (ISS, json!({"access_token": {"client_ids": ["x"]}}), "token_use"),
        (ISS, json!({"access_token": {"client_ids": ["x"], "audiences": ["api"]}}), "authorized_parties"),
        (ISS, with(&json!({"algorithms": ["HS512"]})), "could also sign"),
        (ISS, with(&json!({"algorithms": ["none"]})), "is no signature"),
        (ISS, with(&json!({"algorithms": ["rs256"]})), "spelt otherwise"),
        (ISS, with(&json!({"subject": ["preferred_username"]})), "somebody else's"),
        (ISS, with(&json!({"subject": ["org", "sub"]})), "run into each other"),
        (ISS, with(&json!({"required_values": {"/a//b": ["x"]}})), "names no claim"),
        (ISS, with(&json!({"leeway_seconds": 300})), "from 0 to 60"),
        (ISS, with(&json!({"allowed_tenants": ["x"]})), "has no meaning"),
        ("https://id.example/{tenantid}", with(&json!({})), "has braces"),
    ]);
}

#[test]
fn kinds_of_one_audience_may_differ_by_type_or_by_value() {
    let by_type = json!({"access_token": {"audiences": ["x"], "typ": ["at+jwt"]}, "client_ids": ["x"]});
    assert!(entry(&[ISS], by_type).is_ok());
    let value = |kind: &str| json!({"kind": [kind]});
    let by_value = json!({
        "access_token": {"audiences": ["x"], "values": value("a")}, "id_token": {"client_ids": ["x"], "values": value("i")}
    });
    assert!(entry(&[ISS], by_value).is_ok());
    let both_types = json!({"access_token": {"audiences": ["x"], "typ": ["at+jwt", "jwt"]}, "client_ids": ["x"]});
    assert!(entry(&[ISS], both_types).unwrap_err().contains("tells the two apart"));
}

#[test]
fn what_contradicts_itself_is_refused() {
    assert_refused(&[
        (ISS, json!({"audiences": ["a"], "access_token": {"audiences": ["b"]}}), "keep one of the two"),
        (ISS, json!({"audiences": ["a"], "access_token": false}), "contradicts \"access_token\": false"),
        (ISS, json!({"audiences": ["a"], "client_ids": ["b"], "id_token": false}), "contradicts \"id_token\": false"),
        (ISS, with(&json!({"token_prefixes": ["x"]})), "the issuer is asked"),
        (ISS, with(&json!({"introspection": {"endpoint": "https://a.example/"}})), "write \"kind\""),
        (ISS, with(&json!({"kind": "introspection"})), "settings.introspection.endpoint: is missing"),
        (ISS, with(&json!({"kind": "introspection", "preset": "auth0"})), "is for tokens that are JWTs"),
        (ISS, with(&json!({"discovery": false})), "settings.jwks_uri: is missing"),
        ("urn:issuer", with(&json!({})), "settings.jwks_uri: is missing"),
        ("https://user@id.example", with(&json!({})), "names a user"),
    ]);
}

#[test]
fn keys_in_the_row_are_looked_at_when_it_is_read() {
    let key = json!({"kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    let jwks = |keys: Value| json!({"audiences": ["api"], "algorithms": ["EdDSA"], "jwks": {"keys": keys}});
    let good = entry(&["urn:issuer"], jwks(json!([key]))).unwrap();
    assert!(keys(&good).inline.is_some() && keys(&good).discovery.is_none());
    let mut private = key.clone();
    private["d"] = json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
    assert!(refused(&jwks(json!([key, private]))).contains("settings.jwks.keys.1: is not usable (private"));
    let shared = json!({"kty": "oct", "k": "c2VjcmV0", "kid": "2"});
    assert!(refused(&jwks(json!([shared]))).contains("settings.jwks: has no usable key"));
    assert!(refused(&json!({"audiences": ["api"], "jwks": []})).contains("settings.jwks"));
    let twice = json!({"audiences": ["api"], "jwks": {"keys": [key]}, "algorithms": ["EdDSA"], "jwks_uri": "https://k.example/"});
    assert!(refused(&twice).contains("keep one of the two"));
}

#[test]
fn an_issuer_may_be_asked_about_each_token() {
    let introspection = json!({"endpoint": "https://id.example/introspect", "cache_seconds": 10});
    let settings = json!({
        "kind": "introspection", "introspection": introspection, "client_ids": ["web"], "token_prefixes": ["opq_"]
    });
    let entry = entry(&[ISS], settings).unwrap();
    let Source::Introspection(source) = &entry.source else { panic!("{}", entry.source) };
    assert_eq!((&*source.endpoint, source.cache.as_secs()), ("https://id.example/introspect", 10));
    assert_eq!(*source.prefixes, ["opq_".into()]);
    assert_eq!(access(&entry).audience, AudienceRule::Client(["web".into()].into()));
    assert!(entry.source.is_asked() && entry.rules.id.is_none());
    assert!(entry.may_be_asked_about("opq_1") && entry.lists_prefix_of("opq_1") && !entry.may_be_asked_about("gho_1"));
}

#[test]
fn a_row_without_an_iss_or_with_a_column_of_another_shape_is_refused() {
    let row = |issuer: Option<Vec<String>>, settings: Value| IssuerRow {
        issuer_id: "a".to_owned(),
        issuer,
        enabled: None,
        settings: Some(settings),
    };
    for issuer in [None, Some(vec![]), Some(vec![String::new()]), Some(vec!["a\n".to_owned()])] {
        let report = Entry::compile(&row(issuer, json!({}))).unwrap_err().to_string();
        assert!(report.starts_with("issuer: "), "{report}");
    }
    let report = Entry::compile(&row(Some(vec![ISS.to_owned()]), json!([]))).unwrap_err().to_string();
    assert!(report.contains("settings: is no object"), "{report}");
}
