//! Where what proves a token comes from: keys, or an answer of the issuer.

use std::time::Duration;

use super::problems::SettingsProblems;
use super::url::check_url;
use super::{Discovery, KeySettings, Kind, Settings};
use crate::issuers::entry::{GitHub, Introspection, KeySource, Source};
use crate::issuers::fetch::discovery::default_url;
use crate::issuers::fetch::host_of;
use crate::jose::{Algorithm, KeyRules, NotAKeySet, ingest};

const GITHUB_API: &str = "https://api.github.com";
/// What GitHub gives to OAuth apps and to GitHub Apps for a user. Other tokens are not one app's to ask about.
const GITHUB_PREFIXES: &[&str] = &["gho_", "ghu_"];
/// What nearly all providers sign with.
pub(super) const DEFAULT_ALGORITHMS: &[Algorithm] = &[Algorithm::RS256];
/// How long an answer counts if the row does not say.
const CACHE_SECONDS: i64 = 30;

/// The source, and what is wrong with it.
pub(super) fn source(canonical: &str, settings: &Settings, problems: &mut SettingsProblems) -> Source {
    misplaced(settings, problems);
    match settings.kind {
        Kind::Jwt => Source::Keys(keys(canonical, settings, problems)),
        Kind::Introspection => Source::Introspection(introspection(settings, problems)),
        Kind::GitHub => Source::GitHub(GitHub {
            api: settings.github_api.as_deref().unwrap_or(GITHUB_API).trim_end_matches('/').into(),
            prefixes: prefixes(settings, GITHUB_PREFIXES),
        }),
    }
}

/// What belongs to another kind is a misunderstanding, and not to be passed over.
fn misplaced(settings: &Settings, problems: &mut SettingsProblems) {
    let keys = &settings.keys;
    let jwt = settings.kind == Kind::Jwt;
    let of_jwt = [
        ("discovery", keys.discovery.is_some()),
        ("jwks_uri", keys.jwks_uri.is_some()),
        ("jwks", keys.jwks.is_some()),
        ("algorithms", settings.algorithms.is_some()),
    ];
    for (member, _) in of_jwt.iter().filter(|(_, given)| *given && !jwt) {
        problems.note(format!("settings.{member}"), "is for kind jwt, which has keys", "remove it, or the other kind");
    }
    let of_others = [
        ("introspection", Kind::Introspection, settings.endpoint.is_some(), "write \"kind\": \"introspection\" too"),
        ("github_api", Kind::GitHub, settings.github_api.is_some(), "write \"preset\": \"github\" too"),
    ];
    for (member, _, _, remedy) in of_others.iter().filter(|(_, kind, given, _)| *given && *kind != settings.kind) {
        problems.note(format!("settings.{member}"), "is for another kind of entry", *remedy);
    }
    if jwt && settings.token_prefixes.is_some() {
        let remedy = "remove it, or write \"kind\": \"introspection\"";
        problems.note("settings.token_prefixes", "is for tokens about which the issuer is asked", remedy);
    }
}

fn keys(canonical: &str, settings: &Settings, problems: &mut SettingsProblems) -> KeySource {
    let given = &settings.keys;
    let inline = given.jwks.as_ref().map(|document| document.to_string().into_bytes());
    if let Some(document) = &inline {
        check_inline(document, settings, problems);
    }
    for host in &given.jwks_hosts {
        if host_of(&format!("https://{host}/")).as_deref() != Some(host.as_str()) {
            problems.note(
                "settings.jwks_hosts",
                format!("{host} is no host name"),
                "write host names in small letters",
            );
        }
    }
    KeySource {
        discovery: discovery(canonical, given, problems),
        jwks_uri: given.jwks_uri.as_deref().map(Box::from),
        inline: inline.map(Vec::into_boxed_slice),
        jwks_hosts: given.jwks_hosts.iter().map(|host| host.as_str().into()).collect(),
        max_stale: given.max_stale.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs),
    }
}

/// Keys that are written down need no document that says where they are.
fn discovery(canonical: &str, given: &KeySettings, problems: &mut SettingsProblems) -> Option<Box<str>> {
    let found = given.jwks_uri.is_some() || given.jwks.is_some();
    match &given.discovery {
        Some(Discovery::At(url)) => Some(url.as_str().into()),
        None | Some(Discovery::Off) if found => None,
        None if host_of(canonical).is_some() => {
            check_url("issuer", canonical, problems);
            Some(default_url(canonical).into())
        }
        None | Some(Discovery::Off) => {
            if !problems.concern("jwks_uri") && !problems.concern("discovery") {
                problems.note("settings.jwks_uri", "is missing, and nothing else says where keys are", "write the URL");
            }
            None
        }
    }
}

fn check_inline(document: &[u8], settings: &Settings, problems: &mut SettingsProblems) {
    let given = &settings.keys;
    if given.jwks_uri.is_some() || matches!(given.discovery, Some(Discovery::At(_))) {
        problems.note("settings.jwks", "is there, and a URL for keys too", "keep one of the two");
    }
    let algorithms = settings.algorithms.as_deref().unwrap_or(DEFAULT_ALGORITHMS);
    let rules = KeyRules { algorithms, require_issuer: settings.key_issuer_check.unwrap_or(false) };
    let dropped = match ingest(document, &rules) {
        Ok(ingested) => ingested.dropped,
        Err(NotAKeySet::Unusable(dropped)) => {
            let remedy = "write {\"keys\": [key, …]} with a public key for one of the algorithms";
            problems.note("settings.jwks", "has no usable key", remedy);
            dropped
        }
        Err(other) => return problems.note("settings.jwks", other.to_string(), "write {\"keys\": [key, …]}"),
    };
    // Nobody watches these keys later, so each that does not count is told here.
    for key in dropped {
        let what = format!("is not usable ({})", key.reason.label());
        problems.note(format!("settings.jwks.keys.{}", key.index), what, key.reason.sentence());
    }
}

fn introspection(settings: &Settings, problems: &mut SettingsProblems) -> Introspection {
    if settings.endpoint.is_none() && !problems.concern("introspection") {
        let remedy = "write the URL that the issuer calls introspection_endpoint";
        problems.note("settings.introspection.endpoint", "is missing", remedy);
    }
    let seconds = settings.cache_seconds.unwrap_or(CACHE_SECONDS);
    Introspection {
        endpoint: settings.endpoint.as_deref().unwrap_or_default().into(),
        prefixes: prefixes(settings, &[]),
        cache: Duration::from_secs(u64::try_from(seconds).unwrap_or_default()),
    }
}

fn prefixes(settings: &Settings, default: &[&str]) -> Box<[Box<str>]> {
    match &settings.token_prefixes {
        Some(given) => given.iter().map(|prefix| prefix.as_str().into()).collect(),
        None => default.iter().map(|&prefix| prefix.into()).collect(),
    }
}
