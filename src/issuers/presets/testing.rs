//! Rows for the tests of the presets.

use serde_json::Value;

use crate::directory::IssuerRow;
use crate::issuers::entry::{Entry, KeySource, Source};
use crate::issuers::rules::{KindRule, RequiredValue};

/// The entry of a row, or its problems as text.
pub(crate) fn entry(issuers: &[&str], settings: Value) -> Result<Entry, String> {
    Entry::compile(&row("entry", issuers, settings)).map_err(|problems| problems.to_string())
}

/// An enabled row.
pub(crate) fn row(id: &str, issuers: &[&str], settings: Value) -> IssuerRow {
    IssuerRow {
        issuer_id: id.to_owned(),
        issuer: Some(issuers.iter().map(|&iss| iss.to_owned()).collect()),
        enabled: Some(true),
        settings: Some(settings),
    }
}

/// Every one of these rows is refused, with a report that has this in it.
pub(crate) fn assert_refused(cases: &[(&str, Value, &str)]) {
    for (iss, settings, expected) in cases {
        let report = entry(&[iss], settings.clone()).expect_err(&format!("{iss} {settings} was accepted"));
        assert!(report.contains(expected), "{iss} {settings}: {report}");
        assert!(report.contains("; "), "no remedy: {report}");
    }
}

pub(crate) fn keys(entry: &Entry) -> &KeySource {
    let Source::Keys(keys) = &entry.source else { panic!("{} has no keys", entry.id) };
    keys
}

pub(crate) fn access(entry: &Entry) -> &KindRule {
    entry.rules.access.as_ref().expect("no access tokens")
}

pub(crate) fn id(entry: &Entry) -> &KindRule {
    entry.rules.id.as_ref().expect("no ID tokens")
}

/// Required values as `claim=one|two`.
pub(crate) fn texts(values: &[RequiredValue]) -> Vec<String> {
    values.iter().map(|value| format!("{}={}", value.claim.0, value.any_of.join("|"))).collect()
}
