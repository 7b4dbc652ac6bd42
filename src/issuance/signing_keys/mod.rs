//! The keys in force and what they come from; one turn reads the store, does what the schedule says, and publishes.
//!
//! What cannot be read changes nothing: keys that were in force stay, also those whose file has vanished, for as long as the
//! schedule wants them. A restart of the writer loses nothing, because everything it knows stands here.

use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use crate::clock::SharedClock;
use crate::config::{SigningAlgorithm, SigningKeysAt, Token};
use crate::issuance::key_directory::{Found, KeyDirectory, KeyNumber, NumberedKey};
use crate::issuance::key_file::{StoreError, read_key_file};
use crate::issuance::keys::{KeySet, PublishedKey, Role};
use crate::issuance::schedule::{Age, MARGIN, Plan, Rhythm, plan};
use crate::issuance::signer::SigningKey;
use crate::jose::Algorithm;

/// The keys in force, and the store they come from.
pub struct SigningKeys {
    published: ArcSwap<KeySet>,
    store: Store,
    known: Mutex<Known>,
    clock: SharedClock,
}

/// Where keys come from.
enum Store {
    Directory { directory: KeyDirectory, algorithm: SigningAlgorithm, rhythm: Rhythm },
    File(std::path::PathBuf),
}

/// What the last turn knew.
#[derive(Debug, Default)]
struct Known {
    /// Of the directory, in the order in which they were made.
    numbered: Vec<NumberedKey>,
    /// Of the file, with the moment at which a key that is not in it any more is dropped.
    filed: Vec<(PublishedKey, Option<i64>)>,
}

/// What a turn came to.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// Another key signs than before.
    pub(super) rotated: bool,
    /// What the store could not do.
    pub(super) failures: Vec<StoreError>,
    /// Files that are no keys.
    pub(super) broken: Vec<StoreError>,
    /// Keys that are in force although their file has vanished.
    pub(super) vanished: Vec<Box<str>>,
}

/// Why there is no key to start with.
#[derive(Debug, thiserror::Error)]
pub enum NoSigningKey {
    /// The store cannot be used.
    #[error("the key that signs tokens ([token]) cannot be had")]
    Store(#[source] StoreError),
    /// The store has none, and none could be made.
    #[error("there is no key that could sign tokens; see token.keys_directory")]
    None,
}

impl SigningKeys {
    /// Reads the store, and makes a first key where the service keeps them itself. Blocking.
    pub fn open(settings: &Token, clock: SharedClock) -> Result<Arc<Self>, NoSigningKey> {
        let store = Store::of(settings).map_err(NoSigningKey::Store)?;
        let (mut known, mut turn) = (Known::default(), Turn::default());
        let keys = store.take(&mut known, clock.unix_time(), &mut turn);
        let set = match (KeySet::of(keys), turn.failures.into_iter().chain(turn.broken).next()) {
            (Some(set), _) => set,
            (None, Some(error)) => return Err(NoSigningKey::Store(error)),
            (None, None) => return Err(NoSigningKey::None),
        };
        Ok(Arc::new(Self { published: ArcSwap::from_pointee(set), store, known: Mutex::new(known), clock }))
    }

    /// Finds the mistakes that [`SigningKeys::open`] would find, without making anything. Blocking.
    pub fn check(settings: &Token) -> Result<(), NoSigningKey> {
        match &settings.keys {
            SigningKeysAt::File(path) => read_key_file(path).map(drop).map_err(NoSigningKey::Store),
            SigningKeysAt::Directory(path) if path.exists() => {
                KeyDirectory::within(path).map(drop).map_err(NoSigningKey::Store)
            }
            SigningKeysAt::Directory(_) => Ok(()),
        }
    }

    /// The keys in force.
    pub(super) fn current(&self) -> Arc<KeySet> {
        self.published.load_full()
    }

    /// One turn. Blocking.
    pub(super) fn turn(&self) -> Turn {
        let mut turn = Turn::default();
        let mut known = self.known.lock();
        let keys = self.store.take(&mut known, self.clock.unix_time(), &mut turn);
        if let Some(set) = KeySet::of(keys) {
            let before = self.published.swap(Arc::new(set));
            turn.rotated = before.signing().kid() != self.published.load().signing().kid();
        }
        turn
    }
}

impl Store {
    fn of(settings: &Token) -> Result<Self, StoreError> {
        let seconds = |duration: std::time::Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        match &settings.keys {
            SigningKeysAt::File(path) => Ok(Self::File(path.clone())),
            SigningKeysAt::Directory(path) => Ok(Self::Directory {
                directory: KeyDirectory::within(path)?,
                algorithm: settings.algorithm,
                rhythm: Rhythm {
                    rotate_every: seconds(settings.rotate_every),
                    publish_ahead: seconds(settings.publish_ahead),
                    keep: keep(),
                },
            }),
        }
    }

    /// What is to be published now.
    fn take(&self, known: &mut Known, now: i64, turn: &mut Turn) -> Vec<PublishedKey> {
        match self {
            Self::File(path) => {
                match read_key_file(path) {
                    Ok(keys) => known.filed = after_reading(std::mem::take(&mut known.filed), keys, now),
                    Err(error) => turn.failures.push(error),
                }
                known.filed.iter().map(|(key, _)| key.clone()).collect()
            }
            Self::Directory { directory, algorithm, rhythm } => {
                let plan = |keys: &[NumberedKey]| plan(&ages(keys, *algorithm), now, *rhythm);
                match directory.read() {
                    Ok(found) => {
                        let next = known.next(&found);
                        known.merge(found, turn);
                        if plan(&known.numbered).make && known.may_have_another(turn) {
                            match directory.make(next, now, *algorithm).and_then(|_| directory.read()) {
                                Ok(found) => known.merge(found, turn),
                                Err(error) => turn.failures.push(error),
                            }
                        }
                    }
                    Err(error) => turn.failures.push(error),
                }
                let plan = plan(&known.numbered);
                let published = published(&known.numbered, &plan);
                turn.forgive(&known.numbered, &plan);
                for key in plan.dropped.iter().filter_map(|at| known.numbered.get(*at)) {
                    turn.failures.extend(directory.remove(key).err());
                }
                let dropped = |at: &usize| plan.dropped.contains(at);
                let kept = known.numbered.drain(..).enumerate().filter(|(at, _)| !dropped(at));
                known.numbered = kept.map(|(_, key)| key).collect::<Vec<_>>();
                published
            }
        }
    }
}

impl Known {
    /// What is known and what was found, in order.
    fn merge(&mut self, found: Found, turn: &mut Turn) {
        let mut keys = found.keys;
        turn.vanished.clear();
        for key in self.numbered.drain(..) {
            // A number may come again once its file has vanished: a key is itself by its name.
            if keys.iter().all(|other| other.key.kid() != key.key.kid()) {
                turn.vanished.push(key.key.kid().into());
                keys.push(key);
            }
        }
        // Not by their numbers, which begin anew when the directory was emptied.
        let order = |key: &NumberedKey| (key.made_at, key.number);
        keys.sort_by(|one, other| order(one).cmp(&order(other)).then_with(|| one.key.kid().cmp(other.key.kid())));
        self.numbered = keys;
        turn.broken = found.broken;
    }

    /// The number of a further key: that of none that is in force, although its file may have vanished.
    fn next(&self, found: &Found) -> KeyNumber {
        let known = self.numbered.iter().map(|key| key.number.next()).max();
        found.next.max(known).unwrap_or(KeyNumber::FIRST)
    }

    /// With nothing but broken files, somebody should look first: a key that is made now would sign at once, although other
    /// replicas may hold another.
    fn may_have_another(&self, turn: &Turn) -> bool {
        !self.numbered.is_empty() || turn.broken.is_empty()
    }
}

impl Turn {
    /// That a key has gone which nobody needs any more is nothing to tell: another replica was first.
    fn forgive(&mut self, keys: &[NumberedKey], plan: &Plan) {
        let over = plan.retired.iter().chain(&plan.dropped).filter_map(|at| keys.get(*at));
        let over: Vec<&str> = over.map(|key| key.key.kid()).collect();
        self.vanished.retain(|kid| !over.contains(&&**kid));
    }
}

const fn keep() -> i64 {
    // Of the longest life that can be configured, because it may have been shortened a moment ago.
    Token::LIFETIME_MOST.as_secs().cast_signed() + MARGIN
}

fn ages(keys: &[NumberedKey], algorithm: SigningAlgorithm) -> Vec<Age> {
    let preferred = match algorithm {
        SigningAlgorithm::Es256 => Algorithm::ES256,
        SigningAlgorithm::EdDsa => Algorithm::EdDSA,
    };
    let age = |key: &NumberedKey| Age {
        number: key.number.get(),
        made_at: key.made_at,
        preferred: key.key.algorithm() == preferred,
    };
    keys.iter().map(age).collect()
}

fn published(keys: &[NumberedKey], plan: &Plan) -> Vec<PublishedKey> {
    let kept = keys.iter().enumerate().filter(|(at, _)| !plan.dropped.contains(at));
    let published = kept.map(|(at, key)| {
        let role = match () {
            () if plan.signs == Some(at) => Role::Signs,
            () if plan.retired.contains(&at) => Role::Retired,
            () => Role::Waits,
        };
        PublishedKey { key: Arc::clone(&key.key), role, since: key.made_at }
    });
    published.collect()
}

/// The keys of the file as it is now, and those that were in it for as long as their tokens may be alive.
fn after_reading(
    before: Vec<(PublishedKey, Option<i64>)>,
    keys: Vec<SigningKey>,
    now: i64,
) -> Vec<(PublishedKey, Option<i64>)> {
    let since =
        |kid: &str| before.iter().find(|(known, _)| known.key.kid() == kid).map_or(now, |(known, _)| known.since);
    let mut after: Vec<(PublishedKey, Option<i64>)> = Vec::new();
    for key in keys {
        if after.iter().all(|(other, _)| other.key.kid() != key.kid()) {
            let role = if after.is_empty() { Role::Signs } else { Role::Waits };
            let since = since(key.kid());
            after.push((PublishedKey { key: Arc::new(key), role, since }, None));
        }
    }
    for (known, until) in before {
        let until = until.unwrap_or_else(|| now.saturating_add(keep()));
        if until > now && after.iter().all(|(other, _)| other.key.kid() != known.key.kid()) {
            after.push((PublishedKey { role: Role::Retired, ..known }, Some(until)));
        }
    }
    after
}

#[cfg(test)]
mod tests;
