//! claimsmith answers one question, for identity providers and API gateways: **this user, in this tenant: which claims?**
//! It keeps the answer in memory, takes it from the adopter's own PostgreSQL tables, and never serves it after they changed.
//!
//! # The rooms
//!
//! | room | what it is for |
//! | --- | --- |
//! | [`http`] | the two listeners, who calls, how a refusal looks; one endpoint per file |
//! | [`surfaces`] | outward protocols: bytes → question, answer → bytes; one folder each |
//! | [`issuance`] | short tokens of our own for back-ends: their keys, and whether one lacks a change |
//! | [`probe`] | how soon does a change take effect here? measured with a canary |
//! | [`enrichment`] | the use case, from top to bottom |
//! | [`tokens`] | is this token good? the 24 checks, in their order |
//! | [`identities`] | issuer and subject → user |
//! | [`tenancy`] | hints → tenant; the catalog of tenants and issuers |
//! | [`issuers`] | who may sign: entries, presets, keys and how they are kept fresh; who is asked about opaque tokens |
//! | [`roles`] | user in tenant → what is granted; one cache and one actor per tenant |
//! | [`claims`] | what is granted → claims, by the tenant's template |
//! | [`cache`] | what both caches are built from: table, coalescer, fence |
//! | [`directory`] | PostgreSQL: loads, and the change feed |
//! | [`jose`] | signatures, keys and JSON as the JOSE RFCs have them |
//! | [`supervision`] | keeping actors alive, stopping them |
//! | [`error`] | the one table of refusals |
//! | [`config`], [`telemetry`], [`clock`] | used by all, using none of the rooms |
//! | [`app`], [`cli`], [`demo`] | put together, started, shown |
//!
//! # The way of a request
//!
//! ```text
//! http (route, caller) → surfaces (parse) → enrichment → tokens (issuers' keys) → identities → tenancy → roles → claims (bytes) → surfaces (render)
//! ```
//!
//! On a hit every room reads a published value. No mailbox, no query, no lock that is held across work. A miss asks the
//! actor that writes the value, which turns everybody who waits into one query, and every wait has a deadline.
//!
//! # The way of a change
//!
//! ```text
//! COMMIT → a row of the change log, one NOTIFY → directory::change_feed → tenant actor | identity actor | catalog actor (→ rosters of issuers) → new published value
//! ```
//!
//! Once per transaction, however many rows it touched. The way of a key, from its issuer to a token, is in [`issuers::keys`].
//!
//! # What holds everywhere
//!
//! - **Actors write, readers read what is published.** Only actors and `supervision` know an address of an actor; what readers
//!   need lives outside the actor, so a panic costs no hit.
//! - **Position decides.** Every change has a place in one commit-ordered log. Loads, caches and answers each say up to which
//!   position they are complete, so "is this new enough" is a comparison of integers ([`directory::Position`]).
//! - **Time and randomness are passed in** ([`clock`]). No task is without an owner.
//! - **What comes from outside is parsed into types or refused**, never indexed into or unwrapped.
//!
//! Imports go one way: http → surfaces, issuance, probe → enrichment → error → roles → identities, tenancy, tokens → issuers → claims,
//! cache → directory → supervision, telemetry → config, clock, jose. `tests/architecture/` holds the rooms to it.

pub mod app;
pub mod cache;
pub mod claims;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod directory;
pub mod enrichment;
pub mod error;
pub mod http;
pub mod identities;
pub mod issuance;
pub mod issuers;
pub mod jose;
pub mod probe;
pub mod roles;
pub mod supervision;
pub mod surfaces;
pub mod telemetry;
pub mod tenancy;
pub mod tokens;
