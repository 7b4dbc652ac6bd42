//! Asks for one document and reports how that went: reached or not, redirected, of which content type.

use super::remedy;
use super::report::{Report, printable};
use crate::directory::IssuerId;
use crate::issuers::KeyPolicy;
use crate::issuers::fetch::{FetchRequest, Fetched, Fetcher, Freshness, Leave, check_url};

/// Whoever can grant more leave, so that a remedy names the right place.
#[derive(Clone, Copy, Debug)]
pub enum GrantedBy<'c> {
    /// The options of the command.
    Options,
    /// The configuration, for this entry.
    Configuration(&'c IssuerId),
}

/// How documents are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Inquirer<'c> {
    /// Speaks HTTP.
    pub fetcher: &'c Fetcher,
    /// What may be asked for.
    pub leave: &'c Leave,
    /// How the service would keep the keys.
    pub policy: &'c KeyPolicy,
    /// Who can grant more.
    pub granted_by: GrantedBy<'c>,
}

/// A document that has come.
pub(super) struct Answer {
    pub(super) body: Vec<u8>,
    pub(super) freshness: Freshness,
}

impl Inquirer<'_> {
    /// The document, if it can be had. `what` is what people call it.
    pub(super) async fn get(&self, what: &str, url: &str, accept: &'static str, report: &mut Report) -> Option<Answer> {
        let request = FetchRequest { url, accept, conditional: None, leave: self.leave };
        let place = printable(url);
        match self.fetcher.get(&request).await {
            Err(error) => {
                let remedy = remedy::of(error.fault(), self.granted_by);
                report.problem(error.class(), format!("the {what} at {place} cannot be had: {error}"), remedy);
                None
            }
            Ok(Fetched::NotModified { .. }) => None,
            Ok(Fetched::Document { body, freshness, odd_type, .. }) => {
                report.ok("reached", format!("the {what} is at {place}"));
                if let Some(odd) = odd_type {
                    odd_content_type(what, &odd, accept, report);
                }
                if self.is_plaintext(url) {
                    let text = format!("the {what} comes without TLS: whoever is on the way can forge it");
                    report.warn("plaintext", text, "use this for tests on one machine only");
                }
                Some(Answer { body, freshness })
            }
        }
    }

    /// Every relaxation that is in force, by its name.
    pub(super) fn report_leave(&self, report: &mut Report) {
        let (plaintext, private, ca) = match self.granted_by {
            GrantedBy::Options => ("--plaintext", "--allow-private-addresses", "--ca-file"),
            GrantedBy::Configuration(_) => ("insecure.plaintext_issuers", "allow_private_addresses", "ca_file"),
        };
        if self.leave.plaintext {
            let text = format!("{plaintext} is in force: http, private addresses and any port are let through");
            report.warn("relaxed_plaintext", text, "do without it before the issuer goes live");
        }
        if self.leave.private_addresses {
            let text = format!("{private} is in force: private addresses and any port are let through");
            report.warn("relaxed_private_addresses", text, "keep it only for an issuer that is meant to be inside");
        }
        if self.leave.ca.is_some() {
            report.ok("own_authorities", format!("{ca} is in force: only its authorities are trusted"));
        }
    }

    fn is_plaintext(&self, url: &str) -> bool {
        check_url(url, self.leave).is_ok_and(|url| url.scheme() == "http")
    }
}

fn odd_content_type(what: &str, odd: &str, accept: &str, report: &mut Report) {
    let found = if odd.is_empty() { "no content type".to_owned() } else { format!("content type {odd}") };
    let text = format!("the {what} has {found}, not {}", accept.replace(", ", " or "));
    report.warn(
        "content_type",
        text,
        "have the issuer's operator correct it; the service reads the document all the same",
    );
}
