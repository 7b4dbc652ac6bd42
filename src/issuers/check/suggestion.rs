//! A row for an issuer that has none yet: what can be known is filled in, and the compiler of rows says what is missing.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::recognise;
use crate::directory::IssuerRow;
use crate::issuers::Entry;
use crate::jose::Algorithm;

/// A row for the directory, as far as it can be known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suggestion {
    /// `issuer_id`, `issuer` and `settings`.
    pub row: Value,
    /// What only its owner knows.
    pub missing: Vec<Missing>,
}

/// Something that is still to be filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Where in the row.
    pub path: String,
    /// What is wrong there now.
    pub what: String,
    /// What to write.
    pub remedy: String,
}

/// What a check has learnt about an issuer.
#[derive(Debug, Default)]
pub(super) struct Learnt {
    /// With what it signs.
    pub(super) algorithms: Vec<Algorithm>,
    /// Where its keys are, if not at its own host.
    pub(super) foreign_host: Option<String>,
}

impl Suggestion {
    /// A row for the issuer of this spelling.
    pub(super) fn of(issuer: &str, learnt: &Learnt) -> Self {
        let preset = recognise::preset(issuer);
        let mut settings = Map::new();
        if let Some(preset) = preset {
            settings.insert("preset".to_owned(), json!(preset));
        }
        // A row without a word about tokens would name subjects only; RS256 is what a preset takes for granted.
        let is_usual = learnt.algorithms.is_empty() || learnt.algorithms == [Algorithm::RS256];
        if preset.is_none() || !is_usual {
            settings.insert("algorithms".to_owned(), json!(names(&learnt.algorithms)));
        }
        if let (None, Some(host)) = (preset, &learnt.foreign_host) {
            settings.insert("jwks_hosts".to_owned(), json!([host]));
        }
        let row = row(preset, issuer, Value::Object(settings));
        Self { missing: missing(&row), row: written(&row) }
    }
}

fn names(algorithms: &[Algorithm]) -> Vec<&'static str> {
    let algorithms = if algorithms.is_empty() { &[Algorithm::RS256] } else { algorithms };
    algorithms.iter().map(|algorithm| algorithm.name()).collect()
}

fn row(preset: Option<&str>, issuer: &str, settings: Value) -> IssuerRow {
    let mut spellings = vec![issuer.to_owned()];
    if preset == Some("google") {
        // Google signs with either.
        spellings.push("accounts.google.com".to_owned());
    }
    let issuer_id = preset.map_or_else(|| "own".to_owned(), |preset| preset.replace('_', "-"));
    IssuerRow { issuer_id, issuer: Some(spellings), enabled: Some(true), settings: Some(settings) }
}

fn written(row: &IssuerRow) -> Value {
    json!({"issuer_id": row.issuer_id, "issuer": row.issuer, "settings": row.settings})
}

fn missing(row: &IssuerRow) -> Vec<Missing> {
    let Err(problems) = Entry::compile(row) else { return Vec::new() };
    let missing = problems.iter().map(|problem| Missing {
        path: problem.path.clone(),
        what: problem.what.clone(),
        remedy: problem.remedy.clone(),
    });
    missing.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggested(issuer: &str, learnt: &Learnt) -> Suggestion {
        Suggestion::of(issuer, learnt)
    }

    #[test]
    fn a_known_provider_gets_its_preset_and_what_it_lacks_is_named() {
        let Suggestion { row, missing } = suggested("https://acme.eu.auth0.com/", &Learnt::default());
        assert_eq!(row["issuer"], json!(["https://acme.eu.auth0.com/"]));
        assert_eq!(row["settings"], json!({"preset": "auth0"}));
        assert!(missing.iter().any(|missing| missing.remedy.contains("audiences")), "{missing:?}");
        let Suggestion { row, missing } = suggested("https://accounts.google.com", &Learnt::default());
        assert_eq!(row["issuer"], json!(["https://accounts.google.com", "accounts.google.com"]));
        assert!(missing.iter().any(|missing| missing.path == "settings.allowed_tenants"), "{missing:?}");
    }

    #[test]
    fn any_other_provider_gets_the_algorithms_and_hosts_that_were_found() {
        let learnt = Learnt { algorithms: vec![Algorithm::ES256], foreign_host: Some("keys.example".to_owned()) };
        let Suggestion { row, missing } = suggested("https://login.acme.example", &learnt);
        assert_eq!(row["settings"], json!({"algorithms": ["ES256"], "jwks_hosts": ["keys.example"]}));
        assert_eq!(missing.len(), 1, "{missing:?}");
        let row = suggested("https://login.acme.example", &Learnt::default()).row;
        assert_eq!(row["settings"], json!({"algorithms": ["RS256"]}), "an empty column would accept nothing");
    }
}
