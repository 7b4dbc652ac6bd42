//! The column `settings` of an issuer row: what may stand there, read into types. `sql/issuers.md` documents every member.
//!
//! The way of a row: it is read (`read`), a preset fills in what the row leaves open ([`super::presets`]), and what comes of
//! it is checked and made into rules (`compile`). Mistakes are collected on the way and told together. Nothing here asks
//! anybody anything: whether a URL answers is for the fetcher to find out.
//!
//! To add a member: a field of `Settings`, a line in `read` that fills it, its checks and its place in the rules in
//! `compile` (and in `danger`, if it can open a door), a case in `tests`, and a row in `sql/issuers.md`. If tokens are decided
//! by it, it is part of [`super::Rules`], so that an entry that changes it becomes a new version.
//!
//! Deliberately absent: `none` and the HMAC algorithms, patterns and wildcards, values that are no texts, and any way to
//! have the token say who verifies it.

mod compile;
mod danger;
mod kinds;
mod members;
mod problems;
mod read;
mod source;
mod url;

#[cfg(test)]
mod tests;

use serde_json::Value;

use super::entry::Login;
use super::presets::Preset;
use crate::jose::Algorithm;

pub(crate) use compile::compile;
pub(crate) use members::Values;
pub use problems::{SettingsProblem, SettingsProblems};
pub(crate) use read::read;

/// What a row says, before a preset has filled it in.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// Nothing is said about tokens: the entry is for naming subjects only.
    pub(crate) says_nothing: bool,
    pub(crate) preset: Option<Preset>,
    pub(crate) kind: Kind,
    pub(crate) keys: KeySettings,
    pub(crate) algorithms: Option<Vec<Algorithm>>,
    pub(crate) access: KindSettings,
    pub(crate) id: KindSettings,
    pub(crate) authorized_parties: Option<Vec<String>>,
    pub(crate) client_claims: Option<Vec<String>>,
    pub(crate) required_claims: Vec<String>,
    pub(crate) required_values: Values,
    pub(crate) allowed_tenants: Option<Tenants>,
    pub(crate) key_issuer_check: Option<bool>,
    pub(crate) leeway: Option<i64>,
    pub(crate) max_token_age: Option<i64>,
    pub(crate) accept_sender_constrained: bool,
    pub(crate) subject: Option<Vec<String>>,
    pub(crate) organization: Option<String>,
    pub(crate) endpoint: Option<String>,
    pub(crate) github_api: Option<String>,
    pub(crate) token_prefixes: Option<Vec<String>>,
    pub(crate) cache_seconds: Option<i64>,
    pub(crate) login: Login,
}

/// How tokens are verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    /// With the issuer's keys.
    #[default]
    Jwt,
    /// By asking the issuer (RFC 7662).
    Introspection,
    /// By asking GitHub.
    GitHub,
}

/// Where keys come from.
#[derive(Debug, Default)]
pub(crate) struct KeySettings {
    pub(crate) discovery: Option<Discovery>,
    pub(crate) jwks_uri: Option<String>,
    pub(crate) jwks: Option<Value>,
    pub(crate) jwks_hosts: Vec<String>,
    pub(crate) max_stale: Option<i64>,
}

/// Whether there is a discovery document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Discovery {
    /// Not to be asked for.
    Off,
    /// There.
    At(String),
}

/// One kind of token.
#[derive(Debug, Default)]
pub(crate) struct KindSettings {
    pub(crate) wish: Wish,
    pub(crate) audiences: Vec<String>,
    pub(crate) client_ids: Vec<String>,
    pub(crate) typ: Option<Vec<String>>,
    pub(crate) values: Values,
}

/// Whether a kind of token is accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Nothing is said, so it is not.
    #[default]
    Unsaid,
    /// `false` is written.
    Refused,
    /// It is.
    Accepted,
}

impl KindSettings {
    /// Whether tokens of this kind are accepted.
    pub(crate) fn is_accepted(&self) -> bool {
        self.wish == Wish::Accepted
    }
}

/// Which customers of a provider that signs for many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tenants {
    /// `"any"` is written.
    Any,
    /// These.
    These(Vec<String>),
}
