//! From [`Settings`], filled in by a preset, to rules and a source.

use super::kinds::{boxed, kinds, path, required};
use super::problems::SettingsProblems;
use super::source::{DEFAULT_ALGORITHMS, source};
use super::{Settings, Tenants, danger};
use crate::issuers::entry::Source;
use crate::issuers::presets::Preset;
use crate::issuers::rules::{Issuers, Rules};
use crate::issuers::template::TENANT;

/// How wrong clocks may be, seconds.
const LEEWAY: i64 = 60;
/// Where the client stands, if nothing else is said.
const CLIENT_CLAIMS: &[&str] = &["azp", "client_id"];

/// The rules and the source of an entry with these spellings of `iss`; of no use if a problem was noted.
pub(crate) fn compile(issuers: &[String], settings: &Settings, problems: &mut SettingsProblems) -> (Rules, Source) {
    danger::check(settings, problems);
    let (access, id) = kinds(settings, problems);
    let canonical = issuers.first().map_or("", String::as_str);
    let source = source(canonical, settings, problems);
    let rules = Rules {
        issuers: self::issuers(issuers, settings, problems),
        algorithms: settings.algorithms.as_deref().unwrap_or(DEFAULT_ALGORITHMS).into(),
        access,
        id,
        authorized_parties: settings.authorized_parties.as_deref().map(boxed),
        client_claims: listed(settings.client_claims.as_deref(), CLIENT_CLAIMS),
        required_claims: settings.required_claims.iter().map(|claim| path(claim)).collect(),
        required_values: required(&settings.required_values),
        key_issuer_check: settings.key_issuer_check.unwrap_or(false),
        leeway: settings.leeway.unwrap_or(LEEWAY),
        max_token_age: settings.max_token_age,
        accept_sender_constrained: settings.accept_sender_constrained,
        subject: listed(settings.subject.as_deref(), &["sub"]),
        organization: settings.organization.as_deref().map(Box::from),
    };
    (rules, source)
}

fn issuers(spellings: &[String], settings: &Settings, problems: &mut SettingsProblems) -> Issuers {
    let templates = spellings.iter().filter(|iss| iss.contains(['{', '}'])).count();
    let is_multi_tenant = settings.preset == Some(Preset::EntraMultiTenant);
    if templates > 0 && !is_multi_tenant {
        problems.note("issuer", "has braces", "write preset entra_multi_tenant, or each spelling of iss in full");
    }
    match spellings {
        [template] if is_multi_tenant && template.matches(TENANT).count() == 1 => {
            Issuers::Template { template: template.as_str().into(), tenants: guids(settings) }
        }
        _ => Issuers::Exact(boxed(spellings)),
    }
}

fn guids(settings: &Settings) -> Option<Box<[Box<str>]>> {
    match &settings.allowed_tenants {
        Some(Tenants::These(tenants)) => Some(boxed(tenants)),
        Some(Tenants::Any) | None => None,
    }
}

fn listed(given: Option<&[String]>, default: &[&str]) -> Box<[Box<str>]> {
    given.map_or_else(|| default.iter().map(|&text| text.into()).collect(), boxed)
}
