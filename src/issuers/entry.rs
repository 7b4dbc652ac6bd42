//! One entry of the issuer catalog, compiled: what its tokens have to be, and where what proves them comes from.
//!
//! An entry is made from its row alone, so every replica decides alike, after a restart too. A row that says nothing about
//! tokens makes an entry that accepts none ([`Source::None`]): it names subjects for those who bring `subject.issuer`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::keys::{KeyOrigin, KeySlot};
use super::presets;
use super::rules::{Issuers, Rules};
use super::settings::{self, Settings, SettingsProblems};
use crate::directory::{IssuerId, IssuerRow};

/// One entry of the issuer catalog.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Which.
    pub id: IssuerId,
    /// The first spelling of `iss`, or the template.
    pub canonical: Box<str>,
    /// What its tokens have to be.
    pub rules: Rules,
    /// Where what proves them comes from.
    pub source: Source,
    /// What a login page needs.
    pub login: Login,
    /// Where its keys are published, if it has any and is in a table.
    pub slot: Option<Arc<KeySlot>>,
    /// Changes when the rules or the source do; never the same for two sets of rules in the life of the process.
    pub version: u64,
}

/// Where what proves a token comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nowhere: no token is accepted.
    None,
    /// The issuer's keys.
    Keys(KeySource),
    /// An answer of the issuer (RFC 7662).
    Introspection(Introspection),
    /// An answer of GitHub.
    GitHub(GitHub),
}

impl Source {
    /// Whether the issuer is asked about each token.
    pub const fn is_asked(&self) -> bool {
        matches!(self, Self::Introspection(_) | Self::GitHub(_))
    }

    /// How the tokens begin that it is asked about.
    pub(super) fn prefixes(&self) -> Option<&[Box<str>]> {
        match self {
            Self::Introspection(introspection) => Some(&introspection.prefixes),
            Self::GitHub(github) => Some(&github.prefixes),
            Self::None | Self::Keys(_) => None,
        }
    }
}

/// Where keys are found. While it stays equal, the keys that were fetched are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySource {
    /// The discovery document.
    pub discovery: Option<Box<str>>,
    /// The key set; counts more than what the discovery document says.
    pub jwks_uri: Option<Box<str>>,
    /// A key set that stands in the row.
    pub inline: Option<Box<[u8]>>,
    /// Hosts, beside the issuer's own, that the discovery document may name for keys.
    pub jwks_hosts: Box<[Box<str>]>,
    /// How long keys count while the issuer does not answer; `None` is what the service says.
    pub max_stale: Option<Duration>,
}

/// How the issuer is asked (RFC 7662). With which credentials is for the operator's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Introspection {
    /// Where.
    pub endpoint: Box<str>,
    /// Only tokens that begin with one of these are sent; empty is any.
    pub prefixes: Box<[Box<str>]>,
    /// How long an answer counts.
    pub cache: Duration,
}

/// How GitHub is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitHub {
    /// The base of the API, without a final slash.
    pub api: Box<str>,
    /// Only tokens that begin with one of these are sent.
    pub prefixes: Box<[Box<str>]>,
}

/// What a login page needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Login {
    /// The client that logs in.
    pub client_id: Option<Box<str>>,
    /// The provider's name for where the user is found (`connection` of Auth0).
    pub connection: Option<Box<str>>,
}

impl Entry {
    /// The entry that this row describes, or everything that is wrong with the row. Whether it is enabled is not asked.
    pub fn compile(row: &IssuerRow) -> Result<Self, SettingsProblems> {
        let mut problems = SettingsProblems::default();
        let spellings = spellings(row, &mut problems);
        let nothing = Value::Object(serde_json::Map::new());
        let column = row.settings.as_ref().filter(|column| !column.is_null()).unwrap_or(&nothing);
        let mut settings = settings::read(column, &mut problems);
        let (rules, source) = if settings.says_nothing {
            (Rules::nothing(exactly(spellings)), Source::None)
        } else {
            presets::fill(spellings, &mut settings, &mut problems);
            settings::compile(spellings, &settings, &mut problems)
        };
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            id: row.id(),
            canonical: spellings.first().map_or("", String::as_str).into(),
            login: login(settings, &rules),
            rules,
            source,
            slot: None,
            version: 0,
        })
    }

    /// The entry in a table, with the keys that it had before, if they come from the same place.
    pub(super) fn at(self, version: u64, before: Option<&Self>) -> Self {
        let Source::Keys(source) = &self.source else { return Self { version, slot: None, ..self } };
        let origin = KeyOrigin::new(&self.id, &self.canonical, source, &self.rules);
        let slot = KeySlot::kept(origin, before.and_then(|before| before.slot.as_ref()));
        Self { version, slot: Some(slot), ..self }
    }

    /// Whether its issuer may be asked about the token: it begins with a prefix that this entry lists, or the entry lists none.
    pub fn may_be_asked_about(&self, token: &str) -> bool {
        self.source.prefixes().is_some_and(|prefixes| prefixes.is_empty() || begins(token, prefixes))
    }

    /// Whether the token begins with a prefix that this entry lists.
    pub fn lists_prefix_of(&self, token: &str) -> bool {
        self.source.prefixes().is_some_and(|prefixes| begins(token, prefixes))
    }

    /// Whether it decides about tokens as the other does.
    pub(super) fn decides_like(&self, other: &Self) -> bool {
        self.rules == other.rules && self.source == other.source
    }
}

fn begins(token: &str, prefixes: &[Box<str>]) -> bool {
    prefixes.iter().any(|prefix| token.starts_with(&**prefix))
}

fn exactly(spellings: &[String]) -> Issuers {
    Issuers::Exact(spellings.iter().map(|iss| iss.as_str().into()).collect())
}

fn spellings<'row>(row: &'row IssuerRow, problems: &mut SettingsProblems) -> &'row [String] {
    let spellings = row.issuer.as_deref().unwrap_or_default();
    if spellings.is_empty() {
        problems.note("issuer", "is empty", "write every accepted spelling of iss, the usual one first");
    }
    for iss in spellings.iter().filter(|iss| iss.is_empty() || iss.contains(char::is_control)) {
        problems.note("issuer", format!("holds {iss:?}"), "write what tokens have as iss, to the letter");
    }
    spellings
}

/// If there is one client only, it is the one that logs in.
fn login(settings: Settings, rules: &Rules) -> Login {
    use super::rules::AudienceRule::{AnyOf, Client};
    let mut login = settings.login;
    if login.client_id.is_none() {
        let clients = match (&rules.id, &rules.access) {
            (Some(id), _) => Some(&id.audience),
            (None, Some(access)) => Some(&access.audience).filter(|audience| matches!(audience, Client(_))),
            (None, None) => None,
        };
        if let Some(AnyOf(clients) | Client(clients)) = clients
            && let [client] = &**clients
        {
            login.client_id = Some(client.clone());
        }
    }
    login
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Keys(_) => "keys",
            Self::Introspection(_) => "introspection",
            Self::GitHub(_) => "github",
        })
    }
}
