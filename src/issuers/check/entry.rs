//! What an entry's issuer says, by the entry's own rules.

use super::discovery::{Said, Wanted, judge};
use super::inquirer::Inquirer;
use super::report::Report;
use super::{algorithms, keys, refresh, remedy};
use crate::issuers::fetch::discovery::default_url;
use crate::issuers::fetch::{ACCEPT_JSON, ACCEPT_KEYS, check_url};
use crate::issuers::opaque::Access;
use crate::issuers::{Entry, KeySource, Source};
use crate::jose::KeyRules;

/// Entra's document for any tenant is that of no tenant in particular.
const TEMPLATE: (&str, &str) = ("{tenantid}", "organizations");

/// Asks what the service would ask.
pub(super) async fn check(entry: &Entry, access: &Access, inquirer: &Inquirer<'_>, report: &mut Report) {
    match &entry.source {
        Source::None => {
            let text = "the settings say nothing about tokens: the entry names subjects only, and accepts no token";
            report.warn("subjects_only", text, "write settings if its tokens are to be accepted");
        }
        Source::Keys(source) => check_keys(entry, source, inquirer, report).await,
        Source::Introspection(introspection) => {
            check_asked(&introspection.endpoint, entry, access, inquirer, report);
        }
        Source::GitHub(github) => check_asked(&github.api, entry, access, inquirer, report),
    }
}

/// The issuer is asked about each token; asking about none would tell nothing.
fn check_asked(url: &str, entry: &Entry, access: &Access, inquirer: &Inquirer<'_>, report: &mut Report) {
    match check_url(url, inquirer.leave) {
        Ok(_) => {
            let text = format!("the issuer is asked at {url} about each token; the check sends none there");
            report.ok("endpoint", text);
        }
        Err(fault) => {
            let remedy = remedy::of(&fault.into(), inquirer.granted_by);
            report.problem("url", format!("{url} cannot be asked: {fault}"), remedy);
        }
    }
    if access.credentials.is_none() {
        let remedy = format!("write client_id and client_secret_file under [issuer.{}]", entry.id);
        report.problem("credentials", "the configuration has no credentials with which to ask the issuer", remedy);
    }
}

async fn check_keys(entry: &Entry, source: &KeySource, inquirer: &Inquirer<'_>, report: &mut Report) {
    let rules = KeyRules { algorithms: &entry.rules.algorithms, require_issuer: entry.rules.key_issuer_check };
    if let Some(document) = &source.inline {
        report.ok("inline", "the keys stand in the row; nothing is fetched");
        let found = keys::judge(document, &rules, report);
        return algorithms::without_key(&entry.rules.algorithms, &found, report);
    }
    let said = discover(entry, source, inquirer, report).await;
    let Some(url) = source.jwks_uri.as_deref().or(said.jwks_uri.as_deref()) else { return };
    let Some(answer) = inquirer.get("key set", url, ACCEPT_KEYS, report).await else { return };
    refresh::report(answer.freshness, &inquirer.policy.with_max_stale(source.max_stale), report);
    let found = keys::judge(&answer.body, &rules, report);
    if !found.is_empty() {
        algorithms::without_key(&entry.rules.algorithms, &found, report);
    }
}

/// What discovery says. If the row says where the keys are, the service does not ask; how the issuer spells itself is worth
/// knowing all the same.
async fn discover(entry: &Entry, source: &KeySource, inquirer: &Inquirer<'_>, report: &mut Report) -> Said {
    if source.jwks_uri.is_none() {
        let default = || default_url(&entry.canonical);
        let url = source.discovery.as_deref().map_or_else(default, str::to_owned);
        return discovery_at(&url, entry, source, inquirer, report).await;
    }
    report.ok("jwks_uri", "the row or its preset says where the keys are: the service does not ask for discovery");
    if check_url(&entry.canonical, inquirer.leave).is_ok() {
        let url = default_url(&entry.canonical.replace(TEMPLATE.0, TEMPLATE.1));
        let mut advice = Report::default();
        discovery_at(&url, entry, source, inquirer, &mut advice).await;
        report.take_as_advice(advice);
    }
    Said::default()
}

async fn discovery_at(
    url: &str,
    entry: &Entry,
    source: &KeySource,
    inquirer: &Inquirer<'_>,
    report: &mut Report,
) -> Said {
    let Some(answer) = inquirer.get("discovery document", url, ACCEPT_JSON, report).await else {
        return Said::default();
    };
    let wanted = Wanted {
        issuer: &entry.canonical,
        jwks_hosts: &source.jwks_hosts,
        leave: inquirer.leave,
        has_entry: source.jwks_uri.is_none(),
    };
    let said = judge(&answer.body, &wanted, report);
    if said.issuer.is_some() {
        algorithms::published(&said.algorithms, &entry.rules.algorithms, report);
    }
    said
}
