//! A key set document (RFC 7517 section 5) → the keys by which an issuer's tokens are verified.
//!
//! One bad entry never spoils the set: it is dropped, and the reason is reported. A document without a single usable key is
//! refused as a whole, so that whoever holds the previous set can keep it. No document, however it is made, makes this panic.

use hashbrown::HashMap;

use super::algorithm::Family;
use super::drop_reason::DropReason;
use super::json::{Json, parse_object};
use super::jwk::{self, Jwk, KeyRules};
use super::key_set::Keys;
use super::verify_key::VerifyKey;

const LARGEST_DOCUMENT: usize = 512 * 1024;
const MOST_KEYS: usize = 1000;
const DEEPEST: usize = 8;

/// What became of a document.
#[derive(Debug)]
pub struct Ingested {
    /// The usable keys; at least one.
    pub keys: Keys,
    /// The entries that are not used, in the order of the document.
    pub dropped: Vec<Dropped>,
}

/// An entry that is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Its place in the document, from 0.
    pub index: usize,
    /// Its `kid` if it has one, escaped and cut at 64 characters.
    pub kid: Option<Box<str>>,
    /// Why.
    pub reason: DropReason,
}

/// A document that changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAKeySet {
    /// More than 512 KiB.
    #[error("the document has more than 512 KiB")]
    TooLarge,
    /// Not one JSON object, or one with a repeated member, or nested deeper than 8 levels.
    #[error("the document is not a JSON object with unique members, nested at most 8 deep")]
    NotJson,
    /// No array `keys`.
    #[error("the document has no array `keys`")]
    NoKeys,
    /// More than 1000 keys.
    #[error("the document has more than 1000 keys")]
    TooMany,
    /// Not one usable key.
    #[error("none of the {} keys in the document is usable", .0.len())]
    Unusable(Vec<Dropped>),
}

/// Reads a document.
pub fn ingest(document: &[u8], rules: &KeyRules<'_>) -> Result<Ingested, NotAKeySet> {
    if document.len() > LARGEST_DOCUMENT {
        return Err(NotAKeySet::TooLarge);
    }
    let document = parse_object(document, DEEPEST).map_err(|_| NotAKeySet::NotJson)?;
    let entries = document.get("keys").and_then(Json::as_array).ok_or(NotAKeySet::NoKeys)?;
    if entries.len() > MOST_KEYS {
        return Err(NotAKeySet::TooMany);
    }
    let mut candidates = Candidates::default();
    for (index, entry) in entries.iter().enumerate() {
        candidates.add(index, entry, rules);
    }
    candidates.settle()
}

/// The entries that are fine by themselves; whether they can stand side by side is seen at the end.
#[derive(Default)]
struct Candidates {
    by_kid: HashMap<Box<str>, Vec<Candidate>>,
    unnamed: Vec<Candidate>,
    dropped: Vec<Dropped>,
}

struct Candidate {
    index: usize,
    key: VerifyKey,
}

impl Candidates {
    fn add(&mut self, index: usize, entry: &Json<'_>, rules: &KeyRules<'_>) {
        let read = entry.as_object().ok_or(DropReason::NotAnObject).and_then(|jwk| jwk::read(jwk, rules));
        match read {
            Ok(Jwk { kid: Some(kid), key }) => join(self.by_kid.entry(kid).or_default(), index, key),
            Ok(Jwk { kid: None, key }) => join(&mut self.unnamed, index, key),
            Err(reason) => {
                let kid = entry.as_object().and_then(|jwk| jwk.get("kid")).and_then(Json::as_str).map(printable);
                self.dropped.push(Dropped { index, kid, reason });
            }
        }
    }

    fn settle(mut self) -> Result<Ingested, NotAKeySet> {
        let mut keys = Keys::default();
        for (kid, group) in self.by_kid {
            let (clashing, unique) = apart(group);
            for Candidate { index, .. } in &clashing {
                let kid = Some(printable(&kid));
                self.dropped.push(Dropped { index: *index, kid, reason: DropReason::AmbiguousKid });
            }
            keys.insert(kid, unique.into_iter().map(|candidate| candidate.key).collect(), !clashing.is_empty());
        }
        let mut unnamed = self.unnamed.into_iter();
        match (unnamed.next(), unnamed.len()) {
            (Some(only), 0) if keys.is_empty() => keys.insert_only(only.key),
            (first, _) => self.dropped.extend(first.into_iter().chain(unnamed).map(without_kid)),
        }
        self.dropped.sort_unstable_by_key(|dropped| dropped.index);
        if keys.is_empty() {
            Err(NotAKeySet::Unusable(self.dropped))
        } else {
            Ok(Ingested { keys, dropped: self.dropped })
        }
    }
}

/// Adds a key to those of its `kid`. The same key listed twice is one key.
fn join(group: &mut Vec<Candidate>, index: usize, key: VerifyKey) {
    let is_same =
        |known: &&mut Candidate| known.key.thumbprint() == key.thumbprint() && known.key.issuer() == key.issuer();
    match group.iter_mut().find(is_same) {
        Some(known) => known.key.absorb(key),
        None => group.push(Candidate { index, key }),
    }
}

/// Those of a `kid` that share their `kty` with another, and those that do not.
fn apart(group: Vec<Candidate>) -> (Vec<Candidate>, Vec<Candidate>) {
    let count = |wanted| group.iter().filter(|candidate| key_type(candidate) == wanted).count();
    let clashing = [KeyType::Rsa, KeyType::Ec, KeyType::Okp].map(|wanted| (wanted, count(wanted) > 1));
    group.into_iter().partition(|candidate| clashing.contains(&(key_type(candidate), true)))
}

/// What `kty` says. Both curves are one type here: a `kid` that names two EC keys was not meant to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum KeyType {
    Rsa,
    Ec,
    Okp,
}

const fn key_type(candidate: &Candidate) -> KeyType {
    match candidate.key.family() {
        Family::Rsa => KeyType::Rsa,
        Family::P256 | Family::P384 => KeyType::Ec,
        Family::Ed25519 => KeyType::Okp,
    }
}

fn without_kid(Candidate { index, .. }: Candidate) -> Dropped {
    Dropped { index, kid: None, reason: DropReason::NoKid }
}

fn printable(kid: &str) -> Box<str> {
    kid.escape_debug().take(64).collect::<String>().into_boxed_str()
}
