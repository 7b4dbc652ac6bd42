//! Telling apart entries that share an `iss`, by the value of one claim.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::directory::IssuerId;
use crate::issuers::entry::Entry;
use crate::issuers::rules::{ClaimPath, Issuers, RequiredValue};
use crate::jose::{Json, Object};

/// Which of several entries a token is for.
#[derive(Debug)]
pub(super) struct Selector {
    claim: ClaimPath,
    owners: HashMap<Box<str>, IssuerId>,
}

impl Selector {
    /// By the first claim of which each of these entries requires values that no other has, if there is one.
    pub(super) fn among(entries: &[&Arc<Entry>]) -> Option<Self> {
        let first = entries.first()?;
        required(first).into_iter().find_map(|(claim, _)| Self::by(claim, entries))
    }

    fn by(claim: &str, entries: &[&Arc<Entry>]) -> Option<Self> {
        let mut owners = HashMap::new();
        for entry in entries {
            let (_, values) = required(entry).into_iter().find(|(own, _)| *own == claim)?;
            for value in values {
                if owners.insert(value.clone(), entry.id.clone()).is_some() {
                    return None;
                }
            }
        }
        Some(Self { claim: ClaimPath(claim.into()), owners })
    }

    /// The entry that this token is for.
    pub(super) fn choose(&self, claims: &Object<'_>) -> Option<&IssuerId> {
        self.owners.get(self.claim.find(claims).and_then(Json::as_str)?)
    }

    /// The claim that chooses.
    pub(super) fn claim(&self) -> &str {
        &self.claim.0
    }
}

/// The values that every token of an entry has to have.
fn required(entry: &Entry) -> Vec<(&str, &[Box<str>])> {
    let rules = &entry.rules;
    let of_the_only_kind = match (&rules.access, &rules.id) {
        (Some(only), None) | (None, Some(only)) => &*only.values,
        _ => &[],
    };
    let tenants = match &rules.issuers {
        Issuers::Template { tenants: Some(tenants), .. } => Some(("tid", &**tenants)),
        _ => None,
    };
    tenants.into_iter().chain(rules.required_values.iter().chain(of_the_only_kind).map(pair)).collect()
}

fn pair(value: &RequiredValue) -> (&str, &[Box<str>]) {
    (&value.claim.0, &value.any_of)
}
