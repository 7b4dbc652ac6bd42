//! Making an issuer known to the directory, and asking the service with its tokens.

use claimsmith::config::Settings;
use claimsmith::error::Code;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::issuer::Issuer;
use super::token::AUDIENCE;
use crate::support::app::{Answer, TestApp};
use crate::support::postgres::TestDatabase;
use crate::support::wait::until;

impl Issuer {
    /// Makes this an entry of the directory: acme and globex trust it, and it calls the users alice and bob by those names.
    pub(crate) async fn register(&self, database: &TestDatabase, id: &str) {
        self.register_with(database, id, json!({})).await;
    }

    /// The same, with settings of the test's own instead of or beside the usual ones.
    pub(crate) async fn register_with(&self, database: &TestDatabase, id: &str, settings: Value) {
        database.execute(&registered(id, &self.iss, &settings)).await;
    }
}

/// The SQL that makes `iss` an entry that acme and globex trust.
pub(crate) fn registered(id: &str, iss: &str, settings: &Value) -> String {
    let mut all = entry_settings();
    all.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    format!(
        "INSERT INTO claimsmith_data.issuer (id, issuer, settings) VALUES ('{id}', '{{{iss}}}', '{all}');
         INSERT INTO claimsmith_data.identity VALUES ('{id}', 'alice', 'alice'), ('{id}', 'bob', 'bob');
         UPDATE claimsmith_data.tenant SET trusted_issuers = trusted_issuers || '{id}'::text WHERE id IN ('acme', 'globex')"
    )
}

/// The usual settings of an entry: any of the algorithms that the keys of tests have, access tokens for one API.
fn entry_settings() -> Value {
    json!({"algorithms": ["RS256", "PS256", "ES256", "ES384", "EdDSA"], "access_token": {"audiences": [AUDIENCE]}})
}

/// Lets the service speak to the providers behind these entries, which are on loopback and have no certificates.
pub(crate) fn reach(settings: &mut Settings, ids: &[&str]) {
    settings.insecure.plaintext_issuers.extend(ids.iter().map(ToString::to_string));
}

impl TestApp {
    /// `POST /v1/claims` with a token, for this tenant.
    pub(crate) async fn by_token(&self, token: &str, tenant: &str) -> Answer {
        self.claims(&json!({"token": token, "tenant": tenant})).await
    }

    /// Waits until a token is answered with claims, as it is when its issuer's keys have arrived.
    #[track_caller]
    pub(crate) fn accepts(&self, token: &str) -> impl Future<Output = Answer> {
        until("the token is accepted", move || async move {
            let answer = self.by_token(token, "acme").await;
            (answer.status == StatusCode::OK).then_some(answer)
        })
    }

    /// Waits until a token is refused with this code.
    #[track_caller]
    pub(crate) fn refuses(&self, token: &str, code: Code) -> impl Future<Output = ()> {
        until("the token is refused", move || async move {
            let answer = self.by_token(token, "acme").await;
            (answer.code() == code.label()).then(|| {
                answer.assert_refused(code);
            })
        })
    }
}
