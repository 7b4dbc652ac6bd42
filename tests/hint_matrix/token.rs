//! The tokens of the matrix: signed, by issuers that publish their keys.

use claimsmith::config::Settings;
use serde_json::json;

use super::row::{Row, Token, User};
use crate::support::identity_provider::{AUDIENCE, IdentityProvider, Issuer, reach};
use crate::support::postgres::TestDatabase;

/// The issuer of a row's token, if it has one.
pub(super) struct Issuers(Option<(IdentityProvider, Issuer)>);

impl Issuers {
    /// Puts the issuer that speaks in this row in the place of the directory's entry.
    pub(super) async fn of(row: &Row, database: &TestDatabase) -> Self {
        let User::Token(token) = row.user else { return Self(None) };
        let provider = IdentityProvider::start().await;
        let issuer = provider.issuer(token.issuer);
        let settings = json!({
            "algorithms": ["ES256"], "access_token": {"audiences": [AUDIENCE]}, "organization_claim": "org_id",
        });
        let (iss, id) = (&issuer.iss, token.issuer);
        let entry = format!("issuer = '{{{iss}}}', settings = '{settings}'");
        database.execute(&format!("UPDATE claimsmith_data.issuer SET {entry} WHERE id = '{id}'")).await;
        Self(Some((provider, issuer)))
    }

    /// Lets the service fetch their keys.
    pub(super) fn reach(settings: &mut Settings) {
        reach(settings, &["shared-idp", "globex-idp"]);
    }

    /// The token, about Alice.
    pub(super) fn sign(&self, says: &Token) -> String {
        let (_, issuer) = self.0.as_ref().unwrap();
        let mut audiences = vec![AUDIENCE];
        audiences.extend(says.audiences);
        let mut token = issuer.token("alice").claim("aud", audiences);
        if let Some(organization) = says.organization {
            token = token.claim("org_id", organization);
        }
        if let Some(client) = says.client {
            token = token.claim("client_id", client);
        }
        token.sign()
    }
}
