//! An issuer that is known by its URL alone.

use super::discovery::{Said, Wanted, judge};
use super::inquirer::{Answer, Inquirer};
use super::report::Report;
use super::suggestion::{Learnt, Suggestion};
use super::{algorithms, keys, recognise, refresh, remedy};
use crate::issuers::fetch::discovery::default_url;
use crate::issuers::fetch::{ACCEPT_JSON, ACCEPT_KEYS, check_url};
use crate::jose::{Algorithm, KeyRules};

/// Where a discovery document is, below its issuer.
const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// Checks the issuer at this URL, which may also be the URL of its discovery document.
pub async fn by_url(given: &str, inquirer: &Inquirer<'_>) -> Report {
    let mut report = Report::of(given);
    inquirer.report_leave(&mut report);
    if !is_an_issuer(given, inquirer, &mut report) {
        return report;
    }
    let issuer = given.strip_suffix(WELL_KNOWN).unwrap_or(given);
    if recognise::preset(issuer) == Some("github") {
        report
            .ok("opaque", "log-ins with GitHub have opaque tokens: there is neither discovery nor a key set to check");
        report.suggestion = Some(Suggestion::of(issuer, &Learnt::default()));
        return report;
    }
    let Some(document) = inquirer.get("discovery document", &default_url(issuer), ACCEPT_JSON, &mut report).await
    else {
        report.suggestion = recognise::preset(issuer).map(|_| Suggestion::of(issuer, &Learnt::default()));
        return report;
    };
    let said = judge_discovery(&document, given, issuer, inquirer, &mut report);
    let learnt = judge_keys(&said, inquirer, &mut report).await;
    // What the issuer calls itself is what its tokens have as iss.
    report.suggestion = Some(Suggestion::of(said.issuer.as_deref().unwrap_or(issuer), &learnt));
    report
}

/// Whether the text is a URL below which a document can be.
fn is_an_issuer(given: &str, inquirer: &Inquirer<'_>, report: &mut Report) -> bool {
    match check_url(given, inquirer.leave) {
        Err(fault) => {
            report.problem("url", fault.to_string(), remedy::of(&fault.into(), inquirer.granted_by));
            false
        }
        Ok(url) if url.query().is_some() => {
            report.problem(
                "url",
                "the URL has a query, which an issuer has not",
                "write the issuer as tokens have it in iss",
            );
            false
        }
        Ok(_) => true,
    }
}

fn judge_discovery(document: &Answer, given: &str, issuer: &str, inquirer: &Inquirer<'_>, report: &mut Report) -> Said {
    // The URL of the document does not say whether the issuer ends in a slash; then either is right.
    let with_slash = format!("{issuer}/");
    let names_slash = || judge(&document.body, &wanted(&with_slash, inquirer), &mut Report::default()).issuer;
    let is_document = given.len() > issuer.len();
    let issuer = if is_document && names_slash().as_ref() == Some(&with_slash) { &with_slash } else { issuer };
    judge(&document.body, &wanted(issuer, inquirer), report)
}

fn wanted<'w>(issuer: &'w str, inquirer: &Inquirer<'w>) -> Wanted<'w> {
    Wanted { issuer, jwks_hosts: &[], leave: inquirer.leave, has_entry: false }
}

/// By any algorithm: there is no entry yet that would accept some and not others.
async fn judge_keys(said: &Said, inquirer: &Inquirer<'_>, report: &mut Report) -> Learnt {
    let mut learnt = Learnt { foreign_host: said.foreign_host.clone(), ..Learnt::default() };
    if let Some(url) = &said.jwks_uri
        && let Some(answer) = inquirer.get("key set", url, ACCEPT_KEYS, report).await
    {
        refresh::report(answer.freshness, inquirer.policy, report);
        let rules = KeyRules { algorithms: &Algorithm::EVERY, require_issuer: false };
        let found = keys::judge(&answer.body, &rules, report);
        learnt.algorithms = algorithms::chosen(&said.algorithms, &found);
    }
    if said.issuer.is_some() {
        algorithms::published(&said.algorithms, &Algorithm::EVERY, report);
    }
    learnt
}
