//! Telling apart entries that share an `iss`, by the value of one claim.

use std::collections::BTreeSet;
use std::sync::Arc;

use hashbrown::HashMap;

use crate::directory::IssuerId;
use crate::issuers::entry::Entry;
use crate::issuers::rules::{ClaimPath, Issuers, RequiredValue};
use crate::jose::{Json, Object};

/// How many claims are tried; entries require few.
const MOST_CLAIMS: usize = 16;

/// Which of several entries a token is for.
#[derive(Debug)]
pub(super) struct Selector {
    claim: ClaimPath,
    /// `None` where several entries require the same value.
    owners: HashMap<Box<str>, Option<IssuerId>>,
}

/// Whom a value belongs to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Chosen<'selector> {
    /// This entry.
    One(&'selector IssuerId),
    /// Several entries want it, so it is nobody's.
    Contested,
    /// No entry.
    Nobody,
}

impl Selector {
    /// By the claim that tells most of these entries apart, and the entries that it does not tell apart. `None` if no claim
    /// tells any.
    pub(super) fn among(entries: &[&Arc<Entry>]) -> Option<(Self, Vec<IssuerId>)> {
        let claims: BTreeSet<&str> = entries.iter().flat_map(|entry| required(entry)).map(|(claim, _)| claim).collect();
        let found = claims.into_iter().take(MOST_CLAIMS).map(|claim| Self::by(claim, entries));
        found.min_by_key(|(_, losers)| losers.len()).filter(|(_, losers)| losers.len() < entries.len())
    }

    fn by(claim: &str, entries: &[&Arc<Entry>]) -> (Self, Vec<IssuerId>) {
        let mut owners: HashMap<Box<str>, Option<IssuerId>> = HashMap::new();
        for entry in entries {
            for value in values_of(claim, entry).into_iter().flatten() {
                let own = Some(entry.id.clone());
                owners.entry(value.clone()).and_modify(|owner| *owner = None).or_insert(own);
            }
        }
        let is_told_apart = |entry: &&&Arc<Entry>| {
            values_of(claim, entry)
                .is_some_and(|values| values.iter().all(|value| matches!(owners.get(value), Some(Some(_)))))
        };
        let losers: Vec<IssuerId> =
            entries.iter().filter(|entry| !is_told_apart(entry)).map(|entry| entry.id.clone()).collect();
        // What a loser has alone is nobody's either: it is out of force.
        for owner in owners.values_mut().filter(|owner| owner.as_ref().is_some_and(|owner| losers.contains(owner))) {
            *owner = None;
        }
        (Self { claim: ClaimPath(claim.into()), owners }, losers)
    }

    /// The entry that this token is for.
    pub(super) fn choose(&self, claims: &Object<'_>) -> Chosen<'_> {
        self.claim.find(claims).and_then(Json::as_str).map_or(Chosen::Nobody, |value| self.owner_of(value))
    }

    /// The entry that this value belongs to.
    pub(super) fn owner_of(&self, value: &str) -> Chosen<'_> {
        match self.owners.get(value) {
            None => Chosen::Nobody,
            Some(None) => Chosen::Contested,
            Some(Some(owner)) => Chosen::One(owner),
        }
    }

    /// The claim that chooses.
    pub(super) fn claim(&self) -> &str {
        &self.claim.0
    }
}

fn values_of<'entry>(claim: &str, entry: &'entry Entry) -> Option<&'entry [Box<str>]> {
    required(entry).into_iter().find(|(own, _)| *own == claim).map(|(_, values)| values)
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
