//! What would work, and let the wrong people in: refused when it is written, with what to write instead.

use super::Settings;
use super::problems::SettingsProblems;
use crate::issuers::rules::ClaimPath;

/// Claims that their owner, or an administrator of the provider, may set to what somebody else has.
const NOT_A_SUBJECT: &[&str] =
    &["email", "upn", "preferred_username", "unique_name", "username", "name", "nickname", "phone_number"];

/// Notes everything that must not be.
pub(super) fn check(settings: &Settings, problems: &mut SettingsProblems) {
    audiences(settings, problems);
    subject(settings, problems);
    claims(settings, problems);
}

fn audiences(settings: &Settings, problems: &mut SettingsProblems) {
    for audience in &settings.access.audiences {
        match audience.as_str() {
            "account" => problems.note(
                "settings.audiences",
                "holds account, which Keycloak puts into the tokens of every client",
                "add an audience mapper for your API to the client in Keycloak, and write that audience",
            ),
            "*" => problems.note("settings.audiences", "holds *, and there are no patterns", "write each audience"),
            _ => {}
        }
    }
    for client in settings.id.client_ids.iter().chain(&settings.access.client_ids) {
        if matches!(client.as_str(), "*" | "account") {
            problems.note("settings.client_ids", format!("holds {client}"), "write the id of each client");
        }
    }
}

fn subject(settings: &Settings, problems: &mut SettingsProblems) {
    let Some(subject) = &settings.subject else { return };
    for claim in subject.iter().filter(|claim| NOT_A_SUBJECT.contains(&claim.as_str())) {
        let what = format!("holds {claim}, which can be changed into somebody else's");
        problems.note("settings.subject", what, "write a claim that the provider never gives to another, such as sub");
    }
    // Only `tid`, a GUID, cannot run into what follows it.
    if subject.len() > 2 || subject.len() == 2 && subject.first().is_none_or(|first| first != "tid") {
        let what = "has several claims that could run into each other";
        problems.note("settings.subject", what, "write one claim, or tid and one other");
    }
}

fn claims(settings: &Settings, problems: &mut SettingsProblems) {
    let places = [
        ("settings.required_values", &settings.required_values),
        ("settings.access_token.values", &settings.access.values),
        ("settings.id_token.values", &settings.id.values),
    ];
    let named = places.iter().flat_map(|(place, values)| values.keys().map(move |claim| (*place, claim)));
    let required = settings.required_claims.iter().map(|claim| ("settings.required_claims", claim));
    for (place, claim) in named.chain(required) {
        if !ClaimPath::is_sound(claim) {
            let remedy = "write a claim's name, or /name/name for one inside another";
            problems.note(place, format!("{claim} names no claim"), remedy);
        }
    }
}
