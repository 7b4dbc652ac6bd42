//! Rules for the tests of this folder.

use crate::issuers::rules::{AudienceRule, Issuers, KindRule, Rules};

/// Access tokens of one issuer for one API.
pub(super) fn rules() -> Rules {
    let audience = AudienceRule::AnyOf(Box::new(["https://api.example".into()]));
    Rules {
        issuers: Issuers::Exact(Box::new(["https://issuer.example".into()])),
        algorithms: Box::default(),
        access: Some(KindRule { typ: Box::default(), audience, values: Box::default() }),
        id: None,
        authorized_parties: None,
        client_claims: Box::new(["azp".into(), "client_id".into()]),
        required_claims: Box::default(),
        required_values: Box::default(),
        key_issuer: false,
        leeway: 30,
        max_token_age: None,
        accept_sender_constrained: false,
        subject: Box::new(["sub".into()]),
        organization: Some("org_id".into()),
    }
}
