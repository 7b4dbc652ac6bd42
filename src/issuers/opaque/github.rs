//! GitHub, which is no OpenID provider: its REST API says whose token it is ("Check a token").
//!
//! `POST {api}/applications/{client_id}/token`, with the application's own credentials, answers for tokens of that
//! application only. `GET /user` would answer for *any* token of GitHub, so that a token which a user gave to some other
//! application would log that application in here; it is never asked.
//!
//! The subject is the user's number. Names and e-mail addresses change hands.

use std::sync::Arc;

use super::introspected::{Introspected, Mismatch, Verdict};
use super::introspection::{DEPTH, Unreadable};
use super::judgement::{client, required};
use super::timestamp::parse_utc;
use crate::issuers::rules::{AudienceRule, Rules};
use crate::jose::{Json, Object, parse_object};

/// Where tokens of this application are checked, below an API such as `https://api.github.com`; `None` if the application's
/// identifier cannot be part of a path.
pub(super) fn url(api: &str, client_id: &str) -> Option<String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let is_identifier = client_id.bytes().all(is_plain) && client_id.bytes().any(|byte| byte.is_ascii_alphanumeric());
    is_identifier.then(|| format!("{}/applications/{client_id}/token", api.trim_end_matches('/')))
}

/// The body of the question.
pub(super) fn question(token: &str) -> serde_json::Value {
    serde_json::json!({ "access_token": token })
}

/// What a body of status 200 comes to.
pub(super) fn read(body: &[u8], client_id: &str, rules: &Rules, now: i64) -> Result<Verdict, Unreadable> {
    let answer = parse_object(body, DEPTH).map_err(|_| Unreadable::Malformed)?;
    let app = member(&answer, "app").and_then(Json::as_object).ok_or(Unreadable::Malformed)?;
    let app = app.get("client_id").and_then(Json::as_str).ok_or(Unreadable::Malformed)?;
    Ok(match judge(&answer, app, client_id, rules) {
        Ok(introspected) if introspected.expires_at.is_some_and(|end| end.saturating_add(rules.leeway) <= now) => {
            Verdict::Inactive
        }
        Ok(introspected) => Verdict::Active(Arc::new(introspected)),
        Err(mismatch) => Verdict::Mismatch(mismatch),
    })
}

fn judge(answer: &Object<'_>, app: &str, client_id: &str, rules: &Rules) -> Result<Introspected, Mismatch> {
    if app != client_id {
        return Err(Mismatch::Client);
    }
    let kind = rules.access.as_ref().ok_or(Mismatch::Kind)?;
    let (AudienceRule::AnyOf(accepted) | AudienceRule::Client(accepted)) = &kind.audience;
    if !accepted.iter().any(|accepted| **accepted == *app) {
        return Err(Mismatch::Audience);
    }
    client(Some(app), rules)?;
    required(answer, rules)?;
    Ok(Introspected {
        subject: subject(answer).ok_or(Mismatch::Subject)?,
        client: Some(app.into()),
        audiences: vec![app.into()],
        scope: scope(answer),
        organization: None,
        expires_at: expires_at(answer)?,
        not_before: None,
    })
}

fn member<'a>(answer: &'a Object<'a>, name: &str) -> Option<&'a Json<'a>> {
    answer.get(name).filter(|value| !value.is_null())
}

/// A token of an installation has no user.
fn subject(answer: &Object<'_>) -> Option<Box<str>> {
    let number = member(answer, "user")?.as_object()?.get("id")?.as_number()?.as_u64()?;
    (number > 0).then(|| number.to_string().into())
}

fn scope(answer: &Object<'_>) -> Option<Box<str>> {
    let scopes = member(answer, "scopes")?.as_array()?;
    let scopes: Vec<&str> = scopes.iter().filter_map(Json::as_str).collect();
    Some(scopes.join(" ").into())
}

fn expires_at(answer: &Object<'_>) -> Result<Option<i64>, Mismatch> {
    let Some(value) = member(answer, "expires_at") else { return Ok(None) };
    value.as_str().and_then(parse_utc).map(Some).ok_or(Mismatch::Time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issuers::opaque::example;
    use serde_json::{Value, json};

    const API: &str = "https://api.github.com";
    const APP: &str = "Iv1.8a61f9b3a7aba766";
    /// Before the token of the example ends.
    const NOW: i64 = 1_315_502_000;

    fn rules() -> Rules {
        let mut rules = example::rules();
        rules.access.as_mut().unwrap().audience = AudienceRule::Client(Box::new([APP.into()]));
        rules
    }

    fn documented() -> Value {
        json!({
            "id": 1, "url": "https://api.github.com/authorizations/1", "scopes": ["public_repo", "user"],
            "token": "ghu_16C7e42F292c6912E7710c838347Ae178B4a", "token_last_eight": "Ae178B4a",
            "hashed_token": "25f94a2a5c7fbaf499c665bc73d67c1c87e496da8985131633ee0a95819db2e8",
            "app": {"url": "http://my-github-app.com", "name": "my github app", "client_id": APP},
            "note": "optional note", "note_url": "http://optional/note/url",
            "updated_at": "2011-09-06T20:39:23Z", "created_at": "2011-09-06T17:26:27Z",
            "fingerprint": "jklmnop12345678", "expires_at": "2011-09-08T17:26:27Z",
            "user": {"login": "octocat", "id": 1, "node_id": "MDQ6VXNlcjE=", "type": "User", "site_admin": false}
        })
    }

    fn verdict(answer: &Value) -> Result<Verdict, Unreadable> {
        read(answer.to_string().as_bytes(), APP, &rules(), NOW)
    }

    fn with(path: &str, value: Value) -> Result<Verdict, Unreadable> {
        let mut answer = documented();
        *answer.pointer_mut(path).unwrap() = value;
        verdict(&answer)
    }

    #[test]
    fn the_documented_answer_names_the_user_by_number() {
        let Ok(Verdict::Active(introspected)) = verdict(&documented()) else { panic!("refused") };
        assert_eq!(*introspected.subject, *"1");
        assert_eq!(introspected.client.as_deref(), Some(APP));
        assert_eq!(introspected.scope.as_deref(), Some("public_repo user"));
        assert_eq!(introspected.expires_at, Some(1_315_502_787));
        assert!(!format!("{introspected:?}").contains("octocat"));
        assert!(!format!("{introspected:?}").contains("16C7e42F292c6912E7710c838347Ae178B4a"));
    }

    #[test]
    fn a_token_of_another_application_is_refused() {
        assert_eq!(with("/app/client_id", json!("Iv1.other")), Ok(Verdict::Mismatch(Mismatch::Client)));
        let elsewhere = read(documented().to_string().as_bytes(), APP, &example::rules(), NOW);
        assert_eq!(elsewhere, Ok(Verdict::Mismatch(Mismatch::Audience)), "the entry is for another");
        assert_eq!(with("/app/client_id", json!(1)), Err(Unreadable::Malformed));
        assert_eq!(with("/app", json!(null)), Err(Unreadable::Malformed));
    }

    #[test]
    fn without_a_users_number_there_is_no_subject() {
        for user in [json!(null), json!({"login": "octocat"}), json!({"id": "1"}), json!({"id": 0}), json!({"id": 1.5})]
        {
            assert_eq!(with("/user", user.clone()), Ok(Verdict::Mismatch(Mismatch::Subject)), "{user}");
        }
    }

    #[test]
    fn the_end_of_a_token_counts_if_there_is_one() {
        let Ok(Verdict::Active(endless)) = with("/expires_at", json!(null)) else { panic!("refused") };
        assert_eq!(endless.expires_at, None);
        assert_eq!(with("/expires_at", json!("2011-09-08T16:26:27Z")), Ok(Verdict::Inactive));
        assert_eq!(with("/expires_at", json!("soon")), Ok(Verdict::Mismatch(Mismatch::Time)));
        assert_eq!(with("/expires_at", json!(1_315_502_787)), Ok(Verdict::Mismatch(Mismatch::Time)));
    }

    #[test]
    fn the_address_is_the_applications_own() {
        let path = "/applications/Iv1.8a61f9b3a7aba766/token";
        assert_eq!(url(API, APP), Some(format!("https://api.github.com{path}")));
        assert_eq!(url("https://ghe.example/api/v3/", APP), Some(format!("https://ghe.example/api/v3{path}")));
        for bad in ["", ".", "..", "a/b", "a?b", "a b", "%2e"] {
            assert_eq!(url(API, bad), None, "{bad}");
        }
    }
}
