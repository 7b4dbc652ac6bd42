use super::*;
use proptest::prelude::*;

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const TXN_TOKEN: &str = "urn:ietf:params:oauth:token-type:txn_token";

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A good request, with more or other parameters; an empty value takes one away.
fn request(changed: &[(&str, &str)]) -> Vec<(String, String)> {
    let good = [("grant_type", GRANT_TYPE), ("subject_token", "a.b.c"), ("subject_token_type", ACCESS_TOKEN)];
    let kept = good.into_iter().filter(|(name, _)| changed.iter().all(|(other, _)| other != name));
    owned(&kept.chain(changed.iter().copied()).collect::<Vec<_>>())
}

fn error(changed: &[(&str, &str)]) -> ErrorCode {
    let form = request(changed);
    let refused = Parameters::of(&form).and_then(|form| Exchange::parse(&form).map(drop));
    refused.expect_err(&format!("{changed:?} is accepted")).code
}

#[test]
fn the_least_request_is_for_an_access_token_for_whomever_the_policy_says() {
    let form = request(&[]);
    let exchange = Exchange::parse(&Parameters::of(&form).unwrap()).unwrap();
    assert_eq!((exchange.subject_type, exchange.requested), (SubjectType::AccessToken, Requested::AccessToken));
    assert_eq!((exchange.target, exchange.question().at_least), (None, None));
    let granted = |brought| exchange.granted(brought).unwrap();
    assert_eq!(granted(None), Granted { scope: None, differs: false });
    assert_eq!(granted(Some("read")), Granted { scope: Some("read".into()), differs: true });
}

#[test]
fn each_mistake_has_the_error_that_the_standards_give_it() {
    use ErrorCode::{InvalidRequest, InvalidScope, InvalidTarget, UnsupportedGrantType};
    let cases: &[(ErrorCode, &[(&str, &str)])] = &[
        (InvalidRequest, &[("grant_type", "")]),
        (UnsupportedGrantType, &[("grant_type", "client_credentials")]),
        (UnsupportedGrantType, &[("grant_type", "urn:ietf:params:oauth:grant-type:Token-Exchange")]),
        (InvalidRequest, &[("subject_token", "")]),
        (InvalidRequest, &[("subject_token_type", "")]),
        (InvalidRequest, &[("subject_token_type", "access_token")]),
        (InvalidRequest, &[("subject_token_type", "urn:ietf:params:oauth:token-type:refresh_token")]),
        (InvalidRequest, &[("subject_token_type", "urn:ietf:params:oauth:token-type:saml2")]),
        (InvalidRequest, &[("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token")]),
        (InvalidRequest, &[("actor_token", "a.b.c"), ("actor_token_type", ACCESS_TOKEN)]),
        (InvalidRequest, &[("actor_token", "a.b.c")]),
        (InvalidRequest, &[("actor_token_type", ACCESS_TOKEN)]),
        (InvalidRequest, &[("subject_token", "a.b.c"), ("subject_token", "a.b.c")]),
        (InvalidRequest, &[("scope", "read"), ("scope", "read")]),
        (InvalidRequest, &[("colour", "red"), ("colour", "red")]),
        (InvalidTarget, &[("resource", "orders")]),
        (InvalidTarget, &[("resource", "https://orders.internal/#top")]),
        (InvalidTarget, &[("resource", "/orders")]),
        (InvalidTarget, &[("audience", "a"), ("audience", "b")]),
        (InvalidTarget, &[("audience", "a"), ("resource", "https://orders.internal")]),
        (InvalidScope, &[("scope", "read  write")]),
        (InvalidRequest, &[("tenant", "a\0b")]),
        (InvalidRequest, &[("at_least", "-1")]),
        (InvalidRequest, &[("requested_token_type", TXN_TOKEN), ("scope", "pay")]),
        (InvalidRequest, &[("requested_token_type", TXN_TOKEN), ("resource", "urn:a:b"), ("scope", "pay")]),
        (InvalidRequest, &[("requested_token_type", TXN_TOKEN), ("audience", "a")]),
    ];
    for (expected, changed) in cases {
        assert_eq!(error(changed), *expected, "{changed:?}");
    }
    let txn = [("requested_token_type", TXN_TOKEN), ("audience", "a"), ("scope", "pay")];
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(LARGEST_CONTEXT));
    for context in ["[]", "1", "{", "{\"a\":1,\"a\":2}", large.as_str()] {
        for name in ["request_context", "request_details"] {
            assert_eq!(error(&[&txn[..], &[(name, context)]].concat()), InvalidRequest, "{name}={context}");
        }
    }
}

#[test]
fn what_is_empty_counts_as_absent_and_what_is_unknown_is_ignored() {
    let form = request(&[
        ("colour", "red"),
        ("audience", ""),
        ("actor_token", ""),
        ("scope", ""),
        ("scope", "read"),
        ("requested_token_type", ""),
        ("request_context", "not looked at"),
        ("tenant", ""),
    ]);
    let exchange = Exchange::parse(&Parameters::of(&form).unwrap()).unwrap();
    assert_eq!((exchange.target, exchange.question().hints.present().count()), (None, 0));
    assert_eq!(exchange.granted(Some("write read")), Ok(Granted { scope: Some("read".into()), differs: false }));
    assert_eq!(exchange.granted(Some("readers")), Err(NotGranted));
    assert_eq!(exchange.granted(None), Err(NotGranted));
}

#[test]
fn one_target_may_be_named_several_times_and_in_both_ways() {
    let orders = "https://orders.internal";
    let form = request(&[("audience", orders), ("audience", orders), ("resource", orders)]);
    assert_eq!(Exchange::parse(&Parameters::of(&form).unwrap()).unwrap().target, Some(orders));
    for resource in ["urn:example:orders", "https://orders.internal/a?b=c"] {
        let form = request(&[("resource", resource)]);
        assert_eq!(Exchange::parse(&Parameters::of(&form).unwrap()).unwrap().target, Some(resource));
    }
}

#[test]
fn a_transaction_token_takes_what_came_with_the_request() {
    let form = request(&[
        ("requested_token_type", TXN_TOKEN),
        ("audience", "trust.example"),
        ("scope", "pay"),
        ("request_context", "{\"req_ip\":\"192.0.2.1\"}"),
        ("request_details", "{\"order\":7}"),
    ]);
    let exchange = Exchange::parse(&Parameters::of(&form).unwrap()).unwrap();
    assert_eq!((exchange.requested, exchange.target), (Requested::Transaction, Some("trust.example")));
    assert_eq!(exchange.context, Some(serde_json::json!({"req_ip": "192.0.2.1"})));
    assert_eq!(exchange.details, Some(serde_json::json!({"order": 7})));
}

proptest! {
    /// Whatever is sent: no panic, an error of the standard, and nothing of what was sent in its description.
    #[test]
    fn no_form_is_quoted(
        pairs in prop::collection::vec(
            ("grant_type|subject_token|subject_token_type|audience|resource|scope|at_least|tenant|[a-z]{1,6}", "\\PC{0,12}"),
            0..8,
        ),
        secret in "[A-Z]{12}",
    ) {
        let mut form: Vec<(String, String)> = pairs;
        form.push(("subject_token".to_owned(), secret.clone()));
        let refused = Parameters::of(&form).and_then(|form| Exchange::parse(&form).map(drop));
        if let Err(error) = refused {
            prop_assert!(!error.description.contains(&secret));
            prop_assert!(error.description.bytes().all(|byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e)));
            prop_assert!(error.code.status() == 400);
        }
    }

    #[test]
    fn several_targets_are_one_only_if_they_are_the_same(targets in prop::collection::vec("[ab]", 1..4)) {
        let pairs: Vec<(&str, &str)> = targets.iter().map(|target| ("audience", target.as_str())).collect();
        let form = request(&pairs);
        let parsed = Exchange::parse(&Parameters::of(&form).unwrap()).map(|exchange| exchange.target.map(str::to_owned));
        let same = targets.iter().all(|target| *target == targets[0]);
        prop_assert_eq!(parsed.is_ok(), same);
    }
}
