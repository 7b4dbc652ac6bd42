//! With what the issuer signs, as far as it says so, against what is accepted.

use super::report::{Report, printable};
use crate::jose::{Algorithm, Keys};

/// Names of a list that is not endless.
const MOST_NAMES: usize = 20;

/// Reports on the algorithms that discovery lists (`id_token_signing_alg_values_supported`).
pub(super) fn published(listed: &[Box<str>], accepted: &[Algorithm], report: &mut Report) {
    if listed.is_empty() {
        return report.ok("algorithms", "the discovery document does not say with what the issuer signs");
    }
    let known: Vec<Algorithm> = listed.iter().filter_map(|name| Algorithm::named(name)).collect();
    let used = joined(known.iter().filter(|algorithm| accepted.contains(algorithm)));
    let left = joined(known.iter().filter(|algorithm| !accepted.contains(algorithm)));
    let never = listed.iter().filter(|name| Algorithm::named(name).is_none()).take(MOST_NAMES);
    let never: Vec<String> = never.map(|name| printable(name)).collect();
    if used.is_empty() {
        let text = format!("the issuer signs with none of {}", joined(accepted));
        let remedy = if left.is_empty() {
            "have the issuer sign with an asymmetric algorithm such as RS256".to_owned()
        } else {
            format!("write what it signs with into algorithms: {left}")
        };
        report.problem("algorithms", text, remedy);
    } else {
        report.ok("algorithms", format!("the issuer says that it signs with {used}"));
        if !left.is_empty() {
            let text = format!("the issuer says that it also signs with {left}, which the entry does not accept");
            report.warn("algorithms_left_out", text, "add it to algorithms if your tokens are signed with it");
        }
    }
    if !never.is_empty() {
        report.ok("algorithms_never", format!("it also lists {}, which are never accepted", never.join(", ")));
    }
}

/// Reports algorithms that are accepted and for which there is no key.
pub(super) fn without_key(accepted: &[Algorithm], keys: &Keys, report: &mut Report) {
    let missing = joined(accepted.iter().filter(|algorithm| !is_covered(**algorithm, keys)));
    if !missing.is_empty() {
        let text = format!("the entry accepts {missing}, for which the issuer has no key now");
        report.warn("algorithm_without_key", text, "remove it from algorithms unless the issuer is about to use it");
    }
}

/// What to accept: what there are keys for, and among that what the issuer says, or else the usual for each key.
pub(super) fn chosen(listed: &[Box<str>], keys: &Keys) -> Vec<Algorithm> {
    let covered = || Algorithm::EVERY.into_iter().filter(|algorithm| is_covered(*algorithm, keys));
    let named: Vec<Algorithm> =
        covered().filter(|algorithm| listed.iter().any(|name| **name == *algorithm.name())).collect();
    if !named.is_empty() {
        return named;
    }
    let usual = keys.iter().filter_map(|key| Algorithm::EVERY.into_iter().find(|algorithm| key.admits(*algorithm)));
    let usual: Vec<Algorithm> = usual.collect();
    covered().filter(|algorithm| usual.contains(algorithm)).collect()
}

fn is_covered(algorithm: Algorithm, keys: &Keys) -> bool {
    keys.iter().any(|key| key.admits(algorithm))
}

/// The names, with commas.
pub(super) fn joined<'a>(algorithms: impl IntoIterator<Item = &'a Algorithm>) -> String {
    algorithms.into_iter().map(|algorithm| algorithm.name()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issuers::check::report::Severity;

    fn found(listed: &[&str], accepted: &[Algorithm]) -> Vec<(Severity, &'static str)> {
        let listed: Vec<Box<str>> = listed.iter().map(|name| (*name).into()).collect();
        let mut report = Report::default();
        published(&listed, accepted, &mut report);
        report.findings.iter().map(|finding| (finding.severity, finding.code)).collect()
    }

    #[test]
    fn what_is_published_is_held_against_what_is_accepted() {
        let rs256 = &[Algorithm::RS256];
        assert_eq!(found(&["RS256"], rs256), [(Severity::Ok, "algorithms")]);
        let with_hmac = [(Severity::Ok, "algorithms"), (Severity::Ok, "algorithms_never")];
        assert_eq!(found(&["RS256", "HS256"], rs256), with_hmac);
        let more = [(Severity::Ok, "algorithms"), (Severity::Warning, "algorithms_left_out")];
        assert_eq!(found(&["RS256", "ES256"], rs256), more);
        assert_eq!(found(&["ES256"], rs256), [(Severity::Problem, "algorithms")]);
        let hmac_alone = [(Severity::Problem, "algorithms"), (Severity::Ok, "algorithms_never")];
        assert_eq!(found(&["HS256"], rs256), hmac_alone);
        assert_eq!(found(&[], rs256), [(Severity::Ok, "algorithms")]);
    }
}
