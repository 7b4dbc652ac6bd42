//! One token against what is known now: which entry, the checks that need no key, the key, the rest. Waits for nothing.

use std::sync::Arc;
use std::time::Duration;

use super::reject::{Class, NotVerified, Reject};
use super::unverified::{UnverifiedToken, decode};
use super::verified::VerifiedToken;
use super::{tenant, values};
use crate::clock::Moment;
use crate::issuers::{Entry, IssuerTable, KeySlot, Lookup, NoEntry};
use crate::jose::NoKey;

/// How far one gets without waiting.
#[derive(Debug)]
pub(super) enum Attempt {
    /// The token is good.
    Proven(Arc<VerifiedToken>),
    /// Its issuer publishes no keys and has to be asked about it.
    Ask(Arc<Entry>),
    /// Every check that needs no key was passed; the key may be had by a fetch.
    Fetch {
        /// Where the issuer's keys are published.
        slot: Arc<KeySlot>,
        /// Which key.
        kid: Option<Box<str>>,
        /// Whether there are keys, and this one is not among them. Else nobody knows.
        is_unknown: bool,
    },
}

fn fetch(slot: &Arc<KeySlot>, unverified: &UnverifiedToken<'_>, is_unknown: bool) -> Attempt {
    Attempt::Fetch { slot: Arc::clone(slot), kid: unverified.kid().map(Box::from), is_unknown }
}

/// Verifies a JWT with what is at hand: the table in force and the keys that its entries have published. `unix_now` is what
/// the token's times are compared with, `now` the age of the keys.
pub(super) fn attempt(token: &str, issuers: &IssuerTable, now: Moment, unix_now: i64) -> Result<Attempt, NotVerified> {
    let compact = decode(token)?;
    let unverified = UnverifiedToken::parse(&compact)?;
    let entry = issuers.entry(unverified.issuer(), unverified.claims()).map_err(|none| without_entry(&none))?;
    if entry.source.is_asked() {
        // Whoever is asked learns the token: not before it could be theirs.
        tenant::check_issuer(unverified.claims(), &entry.rules)?;
        values::check(unverified.claims(), &entry.rules)?;
        return Ok(Attempt::Ask(Arc::clone(entry)));
    }
    let admissible = unverified.check_without_key(&entry.rules, unix_now)?;
    let slot = entry.slot.as_ref().ok_or(Reject::by(9, Class::BadIssuer))?;
    match slot.find(unverified.kid(), unverified.algorithm(), now) {
        Lookup::Key(key) => {
            let verified = admissible.verify(&entry.id, &key)?;
            Ok(Attempt::Proven(Arc::new(verified)))
        }
        // Without a `kid` a fetch could not show more than is there.
        Lookup::NoKey(NoKey::Unknown) if unverified.kid().is_some() => Ok(fetch(slot, &unverified, true)),
        Lookup::NoKey(why) => Err(Reject::from(why).into()),
        Lookup::Cold => Ok(fetch(slot, &unverified, false)),
    }
}

fn without_entry(reason: &NoEntry) -> NotVerified {
    match reason {
        // Somebody's slip in a row is no reason to call a token bad: as soon as it is mended, the token may be good.
        NoEntry::Broken(_) | NoEntry::Contested => Reject::by(9, Class::KeysUnavailable).into(),
        NoEntry::Unknown | NoEntry::SubjectsOnly(_) | NoEntry::NoSelector(_) => Reject::by(9, Class::BadIssuer).into(),
    }
}

/// Nobody knows yet whether the token is good.
pub(super) fn unavailable(retry_after: Duration) -> NotVerified {
    NotVerified { reject: Reject::by(10, Class::KeysUnavailable), retry_after: Some(retry_after) }
}
