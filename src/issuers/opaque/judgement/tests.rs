use super::*;
use crate::issuers::opaque::example::rules;
use crate::issuers::rules::{AudienceRule, ClaimPath, RequiredValue};
use crate::jose::parse_object;
use serde_json::{Value, json};

const NOW: i64 = 1_800_000_000;

fn good() -> Value {
    json!({
        "active": true, "iss": "https://issuer.example", "sub": "248289761001", "aud": "https://api.example",
        "client_id": "spa-1", "username": "jdoe", "scope": "read write", "exp": NOW + 600, "iat": NOW - 60,
        "nbf": NOW - 60, "token_type": "Bearer", "org_id": "org_9"
    })
}

fn verdict(answer: &Value, rules: &Rules) -> Verdict {
    let text = answer.to_string();
    judge(&parse_object(text.as_bytes(), 32).unwrap(), rules, NOW)
}

fn with(name: &str, value: Value) -> Verdict {
    let mut answer = good();
    answer[name] = value;
    verdict(&answer, &rules())
}

fn without(name: &str) -> Value {
    let mut answer = good();
    answer.as_object_mut().unwrap().remove(name);
    answer
}

#[test]
fn an_answer_that_satisfies_every_rule_is_taken_over() {
    let Verdict::Active(introspected) = verdict(&good(), &rules()) else { panic!("refused") };
    assert_eq!(*introspected.subject, *"248289761001");
    assert_eq!(introspected.client.as_deref(), Some("spa-1"));
    assert_eq!(introspected.audiences, ["https://api.example".into()]);
    assert_eq!(introspected.scope.as_deref(), Some("read write"));
    assert_eq!(introspected.organization.as_deref(), Some("org_9"));
    assert_eq!((introspected.expires_at, introspected.not_before), (Some(NOW + 600), Some(NOW - 60)));
}

#[test]
fn the_issuer_may_be_left_out_but_must_not_be_another() {
    assert!(matches!(verdict(&without("iss"), &rules()), Verdict::Active(_)));
    for other in [json!("https://evil.example"), json!("https://issuer.example/"), json!(["https://issuer.example"])] {
        assert_eq!(with("iss", other), Verdict::Mismatch(Mismatch::Issuer));
    }
}

#[test]
fn the_audience_rule_has_to_be_satisfied() {
    assert!(matches!(with("aud", json!(["x", "https://api.example"])), Verdict::Active(_)));
    for other in [json!("https://other.example"), json!([]), json!(["https://api.example", 1]), json!({"a": 1})] {
        assert_eq!(with("aud", other), Verdict::Mismatch(Mismatch::Audience));
    }
    assert_eq!(verdict(&without("aud"), &rules()), Verdict::Mismatch(Mismatch::Audience), "not even with a client");
    let by_client = || {
        let mut rules = rules();
        rules.access.as_mut().unwrap().audience = AudienceRule::Client(Box::new(["spa-1".into()]));
        rules
    };
    assert!(matches!(verdict(&without("aud"), &by_client()), Verdict::Active(_)));
    assert_eq!(verdict(&without("client_id"), &by_client()), Verdict::Mismatch(Mismatch::Audience));
}

#[test]
fn a_name_never_stands_in_for_the_subject() {
    assert_eq!(verdict(&without("sub"), &rules()), Verdict::Mismatch(Mismatch::Subject));
    for bad in [json!(""), json!(7), json!(null), json!("a\u{0}b"), json!("a\nb"), json!(["248289761001"])] {
        assert_eq!(with("sub", bad), Verdict::Mismatch(Mismatch::Subject));
    }
}

#[test]
fn a_subject_of_several_claims_is_never_ambiguous() {
    let rules = Rules { subject: ["tid", "oid"].map(Into::into).into(), ..rules() };
    let subject = |tid: &str, oid: &str| {
        let mut answer = good();
        (answer["tid"], answer["oid"]) = (json!(tid), json!(oid));
        verdict(&answer, &rules)
    };
    let Verdict::Active(introspected) = subject("a", "b:c") else { panic!("refused") };
    assert_eq!(*introspected.subject, *"a:b:c");
    assert_eq!(subject("a:b", "c"), Verdict::Mismatch(Mismatch::Subject));
}

#[test]
fn an_organization_that_is_no_text_is_not_taken_for_none() {
    for org in [json!(7), json!(""), json!(["org_9"]), json!({})] {
        assert_eq!(with("org_id", org.clone()), Verdict::Mismatch(Mismatch::Value), "{org}");
    }
    for answer in [with("org_id", json!(null)), verdict(&without("org_id"), &rules())] {
        let Verdict::Active(introspected) = answer else { panic!("refused") };
        assert_eq!(introspected.organization, None);
    }
}

#[test]
fn a_client_that_is_no_text_is_not_taken_for_none() {
    for (name, client) in [("azp", json!(7)), ("azp", json!(["spa-1"])), ("client_id", json!(""))] {
        assert_eq!(with(name, client.clone()), Verdict::Mismatch(Mismatch::Client), "{name} = {client}");
    }
}

#[test]
fn tokens_that_are_no_access_tokens_are_refused_though_active() {
    for (name, value) in [
        ("token_use", "refresh_token"),
        ("token_use", "id"),
        ("typ", "Refresh"),
        ("typ", "Offline"),
        ("typ", "ID"),
        ("token_type", "refresh_token"),
        ("token_type", "mac"),
    ] {
        assert_eq!(with(name, json!(value)), Verdict::Mismatch(Mismatch::Kind), "{name} = {value}");
    }
    assert_eq!(with("token_type", json!(1)), Verdict::Mismatch(Mismatch::Kind));
    assert!(matches!(with("token_use", json!("access_token")), Verdict::Active(_)));
    let no_access = Rules { access: None, ..rules() };
    assert_eq!(verdict(&good(), &no_access), Verdict::Mismatch(Mismatch::Kind));
}

#[test]
fn a_token_bound_to_its_sender_needs_the_entrys_leave() {
    for (name, value) in [("cnf", json!({"jkt": "x"})), ("token_type", json!("DPoP")), ("typ", json!("DPoP"))] {
        assert_eq!(with(name, value.clone()), Verdict::Mismatch(Mismatch::SenderConstrained), "{name}");
        let mut answer = good();
        answer[name] = value;
        let lenient = Rules { accept_sender_constrained: true, ..rules() };
        assert!(matches!(verdict(&answer, &lenient), Verdict::Active(_)), "{name}");
    }
}

#[test]
fn times_count_with_leeway_and_what_is_no_time_is_refused() {
    assert!(matches!(with("exp", json!(NOW - 29)), Verdict::Active(_)));
    assert_eq!(with("exp", json!(NOW - 30)), Verdict::Inactive);
    assert!(matches!(with("nbf", json!(NOW + 30)), Verdict::Active(_)));
    assert_eq!(with("nbf", json!(NOW + 31)), Verdict::Mismatch(Mismatch::NotYetValid));
    assert_eq!(with("iat", json!(NOW + 31)), Verdict::Mismatch(Mismatch::Time));
    for bad in [json!("1800000600"), json!(0), json!(-1), json!(1e300), json!(u64::MAX), json!([NOW])] {
        assert_eq!(with("exp", bad), Verdict::Mismatch(Mismatch::Time));
    }
    let Verdict::Active(endless) = verdict(&without("exp"), &rules()) else { panic!("refused") };
    assert_eq!(endless.expires_at, None);
}

#[test]
fn a_bound_on_the_age_ends_the_token() {
    let aged = |max_token_age| Rules { max_token_age: Some(max_token_age), ..rules() };
    let Verdict::Active(bounded) = verdict(&good(), &aged(100)) else { panic!("refused") };
    assert_eq!(bounded.expires_at, Some(NOW + 40));
    assert_eq!(verdict(&good(), &aged(30)), Verdict::Inactive);
    assert_eq!(verdict(&without("iat"), &aged(100)), Verdict::Mismatch(Mismatch::MissingClaim));
}

#[test]
fn clients_claims_and_values_that_the_entry_lists_are_required() {
    let parties = |listed: &str| Rules { authorized_parties: Some(Box::new([listed.into()])), ..rules() };
    assert!(matches!(verdict(&good(), &parties("spa-1")), Verdict::Active(_)));
    assert_eq!(verdict(&good(), &parties("other")), Verdict::Mismatch(Mismatch::Client));
    assert_eq!(verdict(&without("client_id"), &parties("spa-1")), Verdict::Mismatch(Mismatch::Client));
    let claims = Rules { required_claims: Box::new([ClaimPath("tier".into())]), ..rules() };
    assert_eq!(verdict(&good(), &claims), Verdict::Mismatch(Mismatch::MissingClaim));
    let value = RequiredValue { claim: ClaimPath("org_id".into()), any_of: Box::new(["org_1".into()]) };
    let values = Rules { required_values: Box::new([value]), ..rules() };
    assert_eq!(verdict(&good(), &values), Verdict::Mismatch(Mismatch::Value));
}
