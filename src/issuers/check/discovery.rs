//! The discovery document, member by member: what is wrong with one is no reason not to look at the next.

use super::report::{Report, printable};
use crate::issuers::fetch::discovery::{self, DEEPEST};
use crate::issuers::fetch::{Leave, check_url};
use crate::jose::{Json, Object, parse_object};

/// What a document has to say.
pub(super) struct Wanted<'w> {
    /// Its issuer, to the letter.
    pub(super) issuer: &'w str,
    /// Hosts beside the issuer's own that it may name for keys.
    pub(super) jwks_hosts: &'w [Box<str>],
    /// Where it may send us.
    pub(super) leave: &'w Leave,
    /// Whether there is an entry, whose `jwks_hosts` are complete.
    pub(super) has_entry: bool,
}

/// What a document says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// The issuer as it spells itself.
    pub(super) issuer: Option<String>,
    /// Where keys are, if one may ask there.
    pub(super) jwks_uri: Option<String>,
    /// The host of the keys, if it is not the issuer's.
    pub(super) foreign_host: Option<String>,
    /// With what ID tokens are signed.
    pub(super) algorithms: Vec<Box<str>>,
}

/// Reads a document and reports everything about it.
pub(super) fn judge(document: &[u8], wanted: &Wanted<'_>, report: &mut Report) -> Said {
    let members = match parse_object(document, DEEPEST) {
        Ok(members) => members,
        Err(error) => {
            let remedy = "check the URL; if it is right, have the issuer's operator correct the document";
            report.problem("not_json", format!("the discovery document is not one: {error}"), remedy);
            return Said::default();
        }
    };
    let issuer = issuer(&members, wanted.issuer, report);
    let (jwks_uri, foreign_host) = keys(&members, wanted, report);
    Said { issuer, jwks_uri, foreign_host, algorithms: discovery::algorithms(&members).into_vec() }
}

fn issuer(members: &Object<'_>, wanted: &str, report: &mut Report) -> Option<String> {
    let Some(found) = members.get("issuer").and_then(Json::as_str) else {
        let text = "the discovery document has no issuer, or it is not a text";
        report.problem("issuer_missing", text, "have the issuer's operator correct the document");
        return None;
    };
    if found == wanted {
        report.ok("issuer", format!("the discovery document names the issuer {} to the letter", printable(found)));
    } else {
        let difference = difference(found, wanted);
        let (found, wanted) = (printable(found), printable(wanted));
        let text = format!("the discovery document names the issuer {found}, not {wanted}: {difference}");
        let remedy =
            format!("if {found} is the issuer that you mean, check that one, and write it into the row as it stands");
        report.problem("issuer_mismatch", text, remedy);
    }
    Some(found.to_owned())
}

fn difference(found: &str, wanted: &str) -> &'static str {
    if found.strip_suffix('/').unwrap_or(found) == wanted.strip_suffix('/').unwrap_or(wanted) {
        "the slash at the end counts"
    } else if found.eq_ignore_ascii_case(wanted) {
        "capitals count"
    } else {
        "iss is compared to the letter"
    }
}

/// Where keys may be asked for, and the host if it is another than the issuer's.
fn keys(members: &Object<'_>, wanted: &Wanted<'_>, report: &mut Report) -> (Option<String>, Option<String>) {
    let Some(jwks_uri) = members.get("jwks_uri").and_then(Json::as_str) else {
        let text = "the discovery document has no jwks_uri, or it is not a text";
        report.problem(
            "jwks_uri_missing",
            text,
            "have the issuer's operator add it, or write jwks_uri into the settings",
        );
        return (None, None);
    };
    let place = printable(jwks_uri);
    let url = match check_url(jwks_uri, wanted.leave) {
        Ok(url) => url,
        Err(fault) => {
            let remedy = "have the issuer's operator correct it, or write another jwks_uri into the settings";
            report.problem("jwks_uri", format!("jwks_uri of the discovery document is {place}: {fault}"), remedy);
            return (None, None);
        }
    };
    let host = url.host_str().unwrap_or_default();
    if discovery::is_known(host, wanted.issuer, wanted.jwks_hosts) {
        return (Some(jwks_uri.to_owned()), None);
    }
    let text = format!(
        "the keys are at {host}, which is not the issuer's host; the service asks there only by leave of the entry"
    );
    let remedy = format!("if {host} belongs to the issuer, list it in jwks_hosts of the settings");
    if wanted.has_entry {
        report.problem("jwks_host", text, remedy);
        // The service would not ask there, and so does not the check: the document may lead anywhere.
        return (None, Some(host.to_owned()));
    }
    report.warn("jwks_host", text, remedy);
    (Some(jwks_uri.to_owned()), Some(host.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::issuers::check::report::Severity;

    const ISSUER: &str = "https://login.example/";

    fn judged(document: &serde_json::Value, has_entry: bool) -> (Said, Report) {
        let (mut report, leave) = (Report::default(), Leave::default());
        let wanted = Wanted { issuer: ISSUER, jwks_hosts: &[], leave: &leave, has_entry };
        let said = judge(document.to_string().as_bytes(), &wanted, &mut report);
        (said, report)
    }

    fn codes(report: &Report, severity: Severity) -> Vec<&'static str> {
        report.findings.iter().filter(|finding| finding.severity == severity).map(|finding| finding.code).collect()
    }

    #[test]
    fn every_fault_of_a_document_is_told_at_once() {
        let (said, report) =
            judged(&json!({"issuer": "https://login.example", "jwks_uri": "http://login.example/k"}), false);
        assert_eq!(codes(&report, Severity::Problem), ["issuer_mismatch", "jwks_uri"]);
        assert!(report.findings.iter().any(|finding| finding.text.contains("the slash at the end counts")));
        assert_eq!((said.issuer.as_deref(), said.jwks_uri), (Some("https://login.example"), None));
        let (_, report) = judged(&json!({}), false);
        assert_eq!(codes(&report, Severity::Problem), ["issuer_missing", "jwks_uri_missing"]);
        let (_, report) = judged(&json!([]), false);
        assert_eq!(codes(&report, Severity::Problem), ["not_json"]);
    }

    #[test]
    fn keys_elsewhere_are_a_warning_before_there_is_an_entry_and_a_problem_of_one_that_does_not_list_the_host() {
        let document = json!({"issuer": ISSUER, "jwks_uri": "https://keys.example/k"});
        let (said, report) = judged(&document, false);
        assert_eq!((codes(&report, Severity::Warning), report.is_sound()), (vec!["jwks_host"], true));
        assert!(said.jwks_uri.is_some());
        let (said, report) = judged(&document, true);
        assert_eq!(codes(&report, Severity::Problem), ["jwks_host"]);
        assert_eq!((said.jwks_uri, said.foreign_host.as_deref()), (None, Some("keys.example")));
    }

    #[test]
    fn what_a_document_says_cannot_paint_the_screen() {
        let (_, report) = judged(&json!({"issuer": "\u{1b}[2J\nok", "jwks_uri": "\u{1b}]0;x"}), false);
        assert!(report.findings.iter().all(|finding| !finding.text.contains(char::is_control)), "{report:?}");
    }
}
