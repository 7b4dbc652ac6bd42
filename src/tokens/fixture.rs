//! The rules that the unit tests of this room start from: RS256 access tokens for `api`.

use crate::issuers::{AudienceRule, ClaimPath, Issuers, KindRule, RequiredValue, Rules};
use crate::jose::Algorithm;

pub(super) fn rules() -> Rules {
    Rules {
        algorithms: [Algorithm::RS256].into(),
        access: Some(kind_rule(&["api"])),
        client_claims: ["azp", "client_id"].map(Box::from).into(),
        leeway: 60,
        organization: Some("org_id".into()),
        ..Rules::nothing(Issuers::Exact([Box::from("https://issuer.example/")].into()))
    }
}

pub(super) fn kind_rule(audiences: &[&str]) -> KindRule {
    let audiences = audiences.iter().map(|audience| Box::from(*audience)).collect();
    KindRule { typ: [].into(), audience: AudienceRule::AnyOf(audiences), values: [].into() }
}

pub(super) fn required_value(claim: &str, any_of: &[&str]) -> RequiredValue {
    let any_of = any_of.iter().map(|value| Box::from(*value)).collect();
    RequiredValue { claim: ClaimPath(claim.into()), any_of }
}
