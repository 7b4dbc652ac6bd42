//! The key set: every key, usable or not, and why.

use super::algorithms::joined;
use super::report::{Report, Severity, printable};
use crate::jose::{Algorithm, DropReason, Dropped, Ingested, KeyRules, Keys, NotAKeySet, ingest};

/// Keys that are listed one by one.
const MOST_LISTED: usize = 30;

/// Reads a key set as the service would, and reports every key. Without a usable key there is none.
pub(super) fn judge(document: &[u8], rules: &KeyRules<'_>, report: &mut Report) -> Keys {
    match ingest(document, rules) {
        Ok(Ingested { keys, dropped }) => {
            report_usable(&keys, report);
            report_dropped(&dropped, report);
            keys
        }
        Err(error) => {
            let remedy = "have the issuer's operator correct it: tokens cannot be verified without a key";
            report.problem("no_usable_key", format!("the key set cannot be used: {error}"), remedy);
            if let NotAKeySet::Unusable(dropped) = &error {
                report_dropped(dropped, report);
            }
            Keys::default()
        }
    }
}

fn report_usable(keys: &Keys, report: &mut Report) {
    let mut named: Vec<String> = keys.kids().map(|kid| named(kid, keys)).collect();
    named.sort_unstable();
    let more = if named.len() > MOST_LISTED { ", …" } else { "" };
    named.truncate(MOST_LISTED);
    if named.is_empty() {
        let text = "the only key has no kid: as soon as there is a second one, no token can name either";
        report.warn("no_kid", text, "have the issuer's operator give it a kid before the first rotation");
    } else {
        let are = if keys.len() == 1 { "key is" } else { "keys are" };
        report.ok("keys", format!("{} {are} usable: {}{more}", keys.len(), named.join(", ")));
    }
}

fn named(kid: &str, keys: &Keys) -> String {
    let usable = Algorithm::EVERY.into_iter().filter(|algorithm| keys.find(Some(kid), *algorithm).is_ok());
    format!("{} ({})", printable(kid), joined(&usable.collect::<Vec<_>>()))
}

fn report_dropped(dropped: &[Dropped], report: &mut Report) {
    for Dropped { index, kid, reason } in dropped {
        let name = kid.as_deref().map(|kid| format!(" (kid {kid})")).unwrap_or_default();
        let alarm = if reason.is_security_warning() { "ALARM: " } else { "" };
        let (what, remedy) = reason.sentence().split_once("; ").unwrap_or((reason.sentence(), "look at the key"));
        let text = format!("{alarm}key {}{name} is not used: {what}", index + 1);
        report.add(severity(*reason), reason.label(), text, remedy.trim_end_matches('.'));
    }
}

/// A key for another purpose harms nobody; one that nobody can have meant to publish like this does.
const fn severity(reason: DropReason) -> Severity {
    match reason {
        DropReason::NotForSignatures => Severity::Ok,
        DropReason::KeyType | DropReason::Curve | DropReason::AlgorithmNotAllowed | DropReason::NoAlgorithm => {
            Severity::Warning
        }
        _ => Severity::Problem,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// RFC 8037 appendix A.2.
    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    fn judged(keys: &serde_json::Value) -> (Keys, Report) {
        let mut report = Report::default();
        let rules = KeyRules { algorithms: &Algorithm::EVERY, require_issuer: false };
        let keys = judge(json!({"keys": keys}).to_string().as_bytes(), &rules, &mut report);
        (keys, report)
    }

    fn ed25519(kid: &str) -> serde_json::Value {
        json!({"kty": "OKP", "crv": "Ed25519", "x": X, "kid": kid})
    }

    #[test]
    fn each_key_is_reported_with_its_place_and_what_to_do() {
        let mut leaked = ed25519("leaked");
        leaked["d"] = json!("AA");
        let mut encrypting = ed25519("enc");
        encrypting["use"] = json!("enc");
        let shared = json!({"kty": "oct", "kid": "shared", "k": "AAAA"});
        let (keys, report) = judged(&json!([ed25519("a"), leaked, encrypting, shared, {"kty": "AKP", "kid": "later"}]));
        assert_eq!(keys.len(), 1);
        let found: Vec<_> = report.findings.iter().map(|finding| (finding.severity, finding.code)).collect();
        let expected = [
            (Severity::Ok, "keys"),
            (Severity::Problem, "private_key"),
            (Severity::Ok, "not_for_signatures"),
            (Severity::Problem, "symmetric_key"),
            (Severity::Warning, "unsupported_kty"),
        ];
        assert_eq!(found, expected);
        assert!(report.findings[0].text.contains("1 key is usable: a (EdDSA)"), "{report:?}");
        assert!(report.findings[1].text.starts_with("ALARM: key 2 (kid leaked)"), "{report:?}");
        assert!(report.findings.iter().skip(1).all(|finding| finding.remedy.is_some()));
    }

    #[test]
    fn a_set_without_a_usable_key_is_a_problem_and_says_why() {
        let (keys, report) = judged(&json!([{"kty": "oct", "k": "AAAA"}]));
        assert!(keys.is_empty());
        assert_eq!(report.count(Severity::Problem), 2, "{report:?}");
        let (_, report) = judged(&json!([]));
        assert_eq!(report.count(Severity::Problem), 1, "{report:?}");
    }

    #[test]
    fn a_single_key_without_kid_works_until_the_first_rotation() {
        let key = json!({"kty": "OKP", "crv": "Ed25519", "x": X});
        let (keys, report) = judged(&json!([key]));
        assert_eq!((keys.len(), report.findings[0].code, report.is_sound()), (1, "no_kid", true));
    }
}
