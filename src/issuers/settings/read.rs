//! From JSON to [`Settings`], member by member.

use serde_json::Value;

use super::members::Members;
use super::problems::SettingsProblems;
use super::url::check_url;
use super::{Discovery, KeySettings, Kind, KindSettings, Settings, Tenants, Wish};
use crate::issuers::entry::Login;
use crate::issuers::presets::Preset;
use crate::jose::Algorithm;

/// A day, and a week, in seconds.
const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;
/// The longest answer of an issuer that is remembered: how long a token that was revoked may go on.
const LONGEST_ANSWER: i64 = 300;

/// `github` is not among them: the preset of that name says it.
const KINDS: &[(&str, Kind)] = &[("jwt", Kind::Jwt), ("introspection", Kind::Introspection)];
const SENDER_CONSTRAINED: &[(&str, bool)] = &[("refuse", false), ("accept_as_bearer", true)];

/// Reads the column; what is wrong is noted, and reads as if it were not there.
pub(crate) fn read(column: &Value, problems: &mut SettingsProblems) -> Settings {
    let mut members = Members::of("settings".to_owned(), column, problems);
    let settings = settings(&mut members, says_nothing(column));
    members.finish();
    settings
}

/// `login` says what a login page needs, and nothing about tokens.
fn says_nothing(column: &Value) -> bool {
    column.as_object().is_some_and(|members| members.keys().all(|name| name == "login"))
}

fn settings(members: &mut Members<'_>, says_nothing: bool) -> Settings {
    let mut settings = Settings {
        says_nothing,
        preset: members.word("preset", Preset::NAMES),
        kind: members.word("kind", KINDS).unwrap_or_default(),
        keys: keys(members),
        algorithms: algorithms(members),
        access: kind(members, "access_token", true),
        id: kind(members, "id_token", false),
        authorized_parties: members.list("authorized_parties"),
        client_claims: members.list("client_claims"),
        required_claims: members.list("required_claims").unwrap_or_default(),
        required_values: members.values("required_values").unwrap_or_default(),
        allowed_tenants: tenants(members),
        key_issuer_check: members.flag("key_issuer_check"),
        leeway: members.seconds("leeway_seconds", 0..=60),
        max_token_age: members.seconds("max_token_age_seconds", 1..=WEEK),
        accept_sender_constrained: members.word("sender_constrained", SENDER_CONSTRAINED).unwrap_or(false),
        subject: members.list("subject"),
        organization: members.text("organization_claim"),
        token_prefixes: members.list("token_prefixes"),
        github_api: members.url("github_api"),
        ..Settings::default()
    };
    introspection(members, &mut settings);
    settings.login = login(members);
    shorthands(members, &mut settings);
    settings
}

impl Members<'_> {
    fn url(&mut self, name: &'static str) -> Option<String> {
        let url = self.text(name)?;
        let path = self.path_of(name);
        check_url(&path, &url, self.problems);
        Some(url)
    }
}

fn keys(members: &mut Members<'_>) -> KeySettings {
    KeySettings {
        discovery: discovery(members),
        jwks_uri: members.url("jwks_uri"),
        jwks: members.take("jwks"),
        jwks_hosts: members.list("jwks_hosts").unwrap_or_default(),
        max_stale: members.seconds("max_stale_seconds", 60..=WEEK),
    }
}

fn discovery(members: &mut Members<'_>) -> Option<Discovery> {
    match members.take("discovery")? {
        Value::Bool(false) => Some(Discovery::Off),
        Value::String(url) => {
            let path = members.path_of("discovery");
            check_url(&path, &url, members.problems);
            Some(Discovery::At(url))
        }
        _ => {
            members.refuse(
                "discovery",
                "is neither a URL nor false",
                "write the URL of the discovery document, or false",
            );
            None
        }
    }
}

fn algorithms(members: &mut Members<'_>) -> Option<Vec<Algorithm>> {
    let names = members.list("algorithms")?;
    for name in &names {
        if Algorithm::named(name).is_none() {
            members.refuse("algorithms", format!("{name} {}", why_not(name)), remedy_for(name));
        }
    }
    Some(names.iter().filter_map(|name| Algorithm::named(name)).collect())
}

fn why_not(name: &str) -> &'static str {
    match name.to_ascii_uppercase().as_str() {
        "HS256" | "HS384" | "HS512" => "is a shared secret: whoever can verify could also sign",
        "NONE" => "is no signature",
        _ => "is not known, or spelt otherwise",
    }
}

fn remedy_for(name: &str) -> String {
    let known = Algorithm::EVERY.map(Algorithm::name).join(", ");
    match name {
        "Ed25519" => "write EdDSA, which is what tokens say".to_owned(),
        _ if name.to_ascii_uppercase().starts_with("HS") => {
            format!("let the issuer sign with RS256 or ES256, and write one of {known}")
        }
        _ => format!("write one of {known}"),
    }
}

/// `audiences` are there for access tokens only: the audience of an ID token is a client.
fn kind(members: &mut Members<'_>, name: &'static str, has_audiences: bool) -> KindSettings {
    let Some(value) = members.take(name) else { return KindSettings::default() };
    if value == Value::Bool(false) {
        return KindSettings { wish: Wish::Refused, ..KindSettings::default() };
    }
    let mut inside = Members::of(members.path_of(name), &value, members.problems);
    let kind = KindSettings {
        wish: Wish::Accepted,
        audiences: if has_audiences { inside.list("audiences").unwrap_or_default() } else { Vec::new() },
        client_ids: inside.list("client_ids").unwrap_or_default(),
        typ: inside.list("typ").map(|types| types.iter().map(|typ| bare(typ)).collect()),
        values: inside.values("values").unwrap_or_default(),
    };
    inside.finish();
    kind
}

/// Media types are compared without case, and `application/` may be left out (RFC 7515 section 4.1.9).
fn bare(typ: &str) -> String {
    let typ = typ.to_ascii_lowercase();
    typ.strip_prefix("application/").unwrap_or(&typ).to_owned()
}

fn tenants(members: &mut Members<'_>) -> Option<Tenants> {
    let value = members.take("allowed_tenants")?;
    if value == "any" {
        return Some(Tenants::Any);
    }
    let list: Option<Vec<String>> = value.as_array().and_then(|list| {
        let texts = list.iter().map(|text| text.as_str().filter(|text| !text.is_empty()).map(str::to_owned));
        texts.collect()
    });
    let list = list.filter(|list| !list.is_empty());
    if list.is_none() {
        let remedy = "write a list of the provider's names for them, or \"any\"";
        members.refuse("allowed_tenants", "is neither a list of texts nor \"any\"", remedy);
    }
    list.map(Tenants::These)
}

fn introspection(members: &mut Members<'_>, settings: &mut Settings) {
    let Some(value) = members.take("introspection") else { return };
    let mut inside = Members::of(members.path_of("introspection"), &value, members.problems);
    settings.endpoint = inside.url("endpoint");
    settings.cache_seconds = inside.seconds("cache_seconds", 0..=LONGEST_ANSWER);
    inside.finish();
}

fn login(members: &mut Members<'_>) -> Login {
    let Some(value) = members.take("login") else { return Login::default() };
    let mut inside = Members::of(members.path_of("login"), &value, members.problems);
    let login = Login {
        client_id: inside.text("client_id").map(Box::from),
        connection: inside.text("connection").map(Box::from),
    };
    inside.finish();
    login
}

/// `audiences` and `client_ids` at the top are the same as inside `access_token` and `id_token`.
fn shorthands(members: &mut Members<'_>, settings: &mut Settings) {
    if let Some(audiences) = members.list("audiences") {
        let kind = &mut settings.access;
        shorthand(members, "audiences", "access_token", kind, audiences, |kind| &mut kind.audiences);
    }
    if let Some(clients) = members.list("client_ids") {
        let kind = &mut settings.id;
        shorthand(members, "client_ids", "id_token", kind, clients, |kind| &mut kind.client_ids);
    }
}

fn shorthand(
    members: &mut Members<'_>,
    name: &str,
    of: &str,
    kind: &mut KindSettings,
    given: Vec<String>,
    list: impl Fn(&mut KindSettings) -> &mut Vec<String>,
) {
    // `client_ids` beside `"id_token": false` is what a preset needs for access tokens without `aud`.
    if kind.wish == Wish::Refused && of == "access_token" {
        members.refuse(name, format!("contradicts \"{of}\": false"), "keep one of the two");
    }
    if !list(kind).is_empty() {
        members.refuse(name, format!("is the same as {of}.{name}, which is there too"), "keep one of the two");
    }
    if kind.wish == Wish::Unsaid {
        kind.wish = Wish::Accepted;
    }
    *list(kind) = given;
}
