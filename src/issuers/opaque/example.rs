//! Rules for the tests of this folder.

use crate::issuers::rules::{AudienceRule, Issuers, KindRule, Rules};

/// Access tokens of one issuer for one API.
pub(super) fn rules() -> Rules {
    let audience = AudienceRule::AnyOf(Box::new(["https://api.example".into()]));
    Rules {
        access: Some(KindRule { typ: Box::default(), audience, values: Box::default() }),
        client_claims: Box::new(["azp".into(), "client_id".into()]),
        leeway: 30,
        organization: Some("org_id".into()),
        ..Rules::nothing(Issuers::Exact(Box::new(["https://issuer.example".into()])))
    }
}
