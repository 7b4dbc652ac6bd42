//! Access tokens and ID tokens: whom each must be for, and how the two are told apart.

use super::members::Values;
use super::problems::SettingsProblems;
use super::{Kind, KindSettings, Settings};
use crate::issuers::rules::{AudienceRule, ClaimPath, KindRule, RequiredValue};

/// The rules of both kinds.
pub(super) fn kinds(settings: &Settings, problems: &mut SettingsProblems) -> (Option<KindRule>, Option<KindRule>) {
    let access = accepted(&settings.access, |given| audience_of_access(given, settings.kind, problems));
    let id = accepted(&settings.id, |given| audience_of_id(given, problems));
    let unsaid = !settings.access.is_accepted() && !settings.id.is_accepted();
    let explained = ["audiences", "client_ids", "access_token", "id_token", "preset"];
    if unsaid && !explained.iter().any(|member| problems.concern(member)) {
        let remedy = "write audiences for access tokens, client_ids for ID tokens, or both";
        problems.note("settings", "says for whom tokens must be neither of access tokens nor of ID tokens", remedy);
    }
    if let (Some(access), Some(id)) = (&access, &id)
        && !are_told_apart(access, id)
    {
        let what = "could be an ID token as well: nothing in the settings tells the two apart";
        let remedy = "accept one of the two, give them different audiences, or write typ or values that differ";
        problems.note("settings.access_token", what, remedy);
    }
    (access, id)
}

fn accepted(given: &KindSettings, audience: impl FnOnce(&KindSettings) -> Option<AudienceRule>) -> Option<KindRule> {
    let audience = given.is_accepted().then(|| audience(given))??;
    let typ = given.typ.as_deref().unwrap_or_default();
    Some(KindRule { typ: boxed(typ), audience, values: required(&given.values) })
}

fn audience_of_access(given: &KindSettings, kind: Kind, problems: &mut SettingsProblems) -> Option<AudienceRule> {
    match (given.audiences.as_slice(), given.client_ids.as_slice()) {
        ([], []) => {
            if !problems.concern("access_token") && !problems.concern("audiences") {
                let remedy = "write the identifiers of your API as audiences";
                problems.note("settings.access_token.audiences", "is missing: tokens for anybody would do", remedy);
            }
            None
        }
        (audiences, []) => Some(AudienceRule::AnyOf(boxed(audiences))),
        ([], clients) => {
            if given.values.is_empty() && kind == Kind::Jwt {
                let what = "without audiences do not tell an access token from an ID token";
                let remedy = "write audiences, or values such as {\"token_use\": [\"access\"]}";
                problems.note("settings.access_token.client_ids", what, remedy);
            }
            Some(AudienceRule::Client(boxed(clients)))
        }
        _ => {
            let remedy = "keep audiences, and name the clients in authorized_parties";
            problems.note("settings.access_token.client_ids", "is for tokens that have no aud", remedy);
            None
        }
    }
}

fn audience_of_id(given: &KindSettings, problems: &mut SettingsProblems) -> Option<AudienceRule> {
    if given.client_ids.is_empty() {
        if !problems.concern("id_token") && !problems.concern("client_ids") {
            let remedy = "write the ids of your clients as client_ids";
            problems.note("settings.id_token.client_ids", "is missing: tokens for anybody would do", remedy);
        }
        return None;
    }
    Some(AudienceRule::AnyOf(boxed(&given.client_ids)))
}

fn are_told_apart(access: &KindRule, id: &KindRule) -> bool {
    let by_audience = match (&access.audience, &id.audience) {
        (AudienceRule::AnyOf(access), AudienceRule::AnyOf(id)) => are_disjoint(access, id),
        _ => false,
    };
    let by_value = access.values.iter().any(|value| {
        id.values.iter().any(|other| value.claim == other.claim && are_disjoint(&value.any_of, &other.any_of))
    });
    by_audience || by_value || have_other_types(access, id)
}

/// `at+jwt` is never an ID token; without a list, `jwt` and none at all may be either.
fn have_other_types(access: &KindRule, id: &KindRule) -> bool {
    let listed = |typ: &str| if id.typ.is_empty() { typ == "jwt" } else { id.typ.iter().any(|other| **other == *typ) };
    !access.typ.is_empty() && !access.typ.iter().any(|typ| **typ != *"at+jwt" && listed(typ))
}

fn are_disjoint(one: &[Box<str>], other: &[Box<str>]) -> bool {
    !one.iter().any(|value| other.contains(value))
}

pub(super) fn required(values: &Values) -> Box<[RequiredValue]> {
    values.iter().map(|(claim, any_of)| RequiredValue { claim: path(claim), any_of: boxed(any_of) }).collect()
}

pub(super) fn path(claim: &str) -> ClaimPath {
    ClaimPath(claim.into())
}

pub(super) fn boxed(texts: &[String]) -> Box<[Box<str>]> {
    texts.iter().map(|text| text.as_str().into()).collect()
}
