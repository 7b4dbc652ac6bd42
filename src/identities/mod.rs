//! Who is this: an issuer's subject → the directory's user.
//!
//! A link is explicit, a row of the `identity` view. An e-mail address, a name or a subject of another issuer never
//! stands in for it. Pairs that are linked to nobody are remembered too.
//!
//! Readers look into a [`Table`]; [`identity_actor::IdentityActor`] is its single writer.

pub mod identity_actor;
mod subscription;

pub use subscription::IdentitySubscription;

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::RwLock;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use crate::cache::Unavailable;
use crate::cache::metrics::CacheMetrics;
use crate::cache::table::Table;
use crate::clock::Moment;
use crate::directory::{Directory, IssuerId, Position, Source, UserId};
use crate::supervision::Handle;
use identity_actor::{IdentityActor, Load};

const SHARDS: usize = 16;

/// What readers and the actor share; it outlives the actor.
#[derive(Debug)]
pub struct PublishedIdentities {
    links: Table<Option<UserId>>,
    /// Issuer entries that have links here: a change names only the subject.
    issuers: RwLock<BTreeSet<IssuerId>>,
}

impl PublishedIdentities {
    /// Nobody is known.
    pub fn empty() -> Arc<Self> {
        Arc::new(Self { links: Table::new(SHARDS), issuers: RwLock::default() })
    }

    /// Entries in memory.
    pub fn len(&self) -> usize {
        self.links.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    /// Bytes that the entries take, estimated; user identifiers included.
    pub fn bytes(&self) -> usize {
        const USER_BYTES: usize = 48;
        self.links.bytes() + self.links.len() * USER_BYTES
    }

    /// When some of the entries were last used.
    pub fn sample_last_used(&self, most: usize, sample: &mut Vec<u32>) {
        self.links.sample_last_used(most, sample);
    }
}

/// What is known of an identity without asking anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// It is linked to this user.
    User(UserId),
    /// It is linked to nobody.
    Nobody,
    /// Ask.
    Unknown,
}

/// What the rest of the service holds.
#[derive(Clone)]
pub struct IdentityReader {
    published: Arc<PublishedIdentities>,
    actor: Handle<IdentityActor>,
    directory: Arc<Directory>,
    metrics: CacheMetrics,
}

impl IdentityReader {
    /// A reader of what this actor writes.
    pub fn new(
        published: Arc<PublishedIdentities>,
        actor: Handle<IdentityActor>,
        directory: Arc<Directory>,
        metrics: CacheMetrics,
    ) -> Self {
        Self { published, actor, directory, metrics }
    }

    /// Looks into memory.
    pub fn look_up(&self, issuer: &IssuerId, subject: &str, now: Moment) -> Known {
        match self.published.links.get(&key(issuer, subject), now.as_coarse_seconds()) {
            Some(Some(user)) => {
                self.metrics.hit.inc();
                Known::User(user)
            }
            Some(None) => {
                self.metrics.negative_hit.inc();
                Known::Nobody
            }
            None => {
                self.metrics.miss.inc();
                Known::Unknown
            }
        }
    }

    /// Asks the directory, together with whoever else asks now.
    pub async fn load(
        &self,
        issuer: &IssuerId,
        subject: &str,
        deadline: Instant,
    ) -> Result<Option<UserId>, Unavailable> {
        while Instant::now() < deadline {
            let (reply, answer) = oneshot::channel();
            let load = Load { issuer: issuer.clone(), subject: subject.into(), reply };
            self.actor.deliver(load, deadline).await?;
            match timeout_at(deadline, answer).await {
                Ok(Ok(Err(Unavailable::Dropped)) | Err(_)) => {}
                Ok(Ok(settled)) => return settled,
                Err(_) => return Err(Unavailable::Late),
            }
        }
        Err(Unavailable::Late)
    }

    /// Asks the primary, past memory; at least as new as `position`.
    pub async fn read_through(
        &self,
        issuer: &IssuerId,
        subject: &str,
        position: Position,
        deadline: Instant,
    ) -> Result<Option<UserId>, Unavailable> {
        let (issuers, subjects) = ([issuer.as_str()], [subject]);
        let asked = self.directory.identities(&issuers, &subjects, Source::Primary);
        let load = timeout_at(deadline, asked).await.map_err(|_| Unavailable::Late)?;
        let load = load.map_err(|error| Unavailable::Directory(Arc::new(error)))?;
        if load.snapshot < position {
            return Err(Unavailable::Behind);
        }
        Ok(load.users.into_iter().next().flatten())
    }
}

/// One identity as a cache key: neither part holds a NUL, which PostgreSQL's text cannot.
fn key(issuer: &IssuerId, subject: &str) -> String {
    let mut key = String::with_capacity(issuer.as_str().len() + subject.len() + 1);
    key.push_str(issuer.as_str());
    key.push('\0');
    key.push_str(subject);
    key
}
