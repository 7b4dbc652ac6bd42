//! One fetch: a place, the discovery document if it is wanted, the keys, the parser. Runs as a task of its own, away from
//! the actor that waits for it.
//!
//! Each request has the fetcher's deadline. The parser runs on a thread for work that takes its time, and what it panics
//! over is one failed fetch.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use tokio::task::spawn_blocking;

use super::arrival::{Arrival, Brought, Document, Failure};
use super::key_set::Version;
use super::lanes::Lanes;
use super::location::{Move, step};
use super::schedule::FlightId;
use super::slot::KeySlot;
use crate::issuers::fetch::discovery::{self, DiscoveryError};
use crate::issuers::fetch::{ACCEPT_JSON, ACCEPT_KEYS, FetchRequest, Fetched, Fetcher, Leave, Validators};
use crate::jose::{Ingested, Keys, NotAKeySet, ingest};

/// What fetches are made with.
#[derive(Clone, Debug)]
pub struct Means {
    /// Speaks HTTP.
    pub fetcher: Fetcher,
    /// How many fetches are made at once.
    pub lanes: Arc<Lanes>,
    /// Where they run.
    pub runtime: tokio::runtime::Handle,
}

/// A fetch that is to be made.
pub(super) struct Flight {
    pub(super) id: FlightId,
    /// Whether somebody waits for it.
    pub(super) urgent: bool,
    /// Whether to ask for the discovery document first.
    pub(super) discover: bool,
    /// Where the keys were so far.
    pub(super) uri: Option<Box<str>>,
    /// Which document we hold.
    pub(super) held: Option<Version>,
}

/// A flight on its way: with what it is made, and for whom.
pub(super) struct Journey {
    pub(super) slot: Arc<KeySlot>,
    pub(super) means: Means,
    pub(super) leave: Leave,
}

impl Journey {
    /// Makes the fetch.
    pub(super) async fn make(self, flight: Flight) -> Arrival {
        let _lane = self.means.lanes.enter(flight.urgent, &self.slot.hurry).await;
        let discovery = if flight.discover { Some(self.discover().await) } else { None };
        let uri = match self.destination(flight.uri, discovery.as_ref()) {
            Ok(uri) => uri,
            Err(failure) => return Arrival { discovery, keys: Err(failure) },
        };
        let keys = self.fetch(uri, flight.held).await;
        Arrival { discovery, keys }
    }

    /// Where to ask for keys: where they were, unless discovery has moved them to where they may go.
    fn destination(
        &self,
        known: Option<Box<str>>,
        discovery: Option<&Result<Box<str>, Failure>>,
    ) -> Result<Box<str>, Failure> {
        let hosts = &self.slot.origin().source.jwks_hosts;
        match (known, discovery) {
            (known, Some(Ok(found))) if step(known.as_deref(), found, hosts) != Move::Refused => Ok(found.clone()),
            (Some(known), _) => Ok(known),
            (None, _) => Err(Failure::of("discovery", "it is not known where the keys are")),
        }
    }

    async fn discover(&self) -> Result<Box<str>, Failure> {
        let origin = self.slot.origin();
        let Some(url) = origin.source.discovery.as_deref() else {
            return Err(Failure::of("discovery", "the entry does not say where its discovery document is"));
        };
        let request = FetchRequest { url, accept: ACCEPT_JSON, conditional: None, leave: &self.leave };
        match self.means.fetcher.get(&request).await? {
            Fetched::NotModified { .. } => Err(Failure::of("not_modified", "discovery answers 304 to a plain request")),
            Fetched::Document { body, .. } => {
                Ok(discovery::check(&body, &origin.canonical, &origin.source.jwks_hosts, &self.leave)?)
            }
        }
    }

    async fn fetch(&self, uri: Box<str>, held: Option<Version>) -> Result<Brought, Failure> {
        let held = held.filter(|held| held.uri == uri);
        let conditional = held.as_ref().map(|held| held.validators.clone()).filter(|validators| !validators.is_empty());
        let request = FetchRequest { url: &uri, accept: ACCEPT_KEYS, conditional, leave: &self.leave };
        match self.means.fetcher.get(&request).await? {
            Fetched::NotModified { freshness } => Ok(Brought::Same { lifetime: freshness.ttl, version: None }),
            Fetched::Document { body, validators, freshness, odd_type } => {
                self.note_type(odd_type.as_deref());
                let version = version_of(uri, &body, validators);
                if held.is_some_and(|held| held.digest == version.digest) {
                    return Ok(Brought::Same { lifetime: freshness.ttl, version: Some(version) });
                }
                self.read(body, version, freshness.ttl).await
            }
        }
    }

    /// Many issuers serve keys as plain text or JSON of another kind. That is no reason to refuse them, but worth knowing
    /// when they are refused for another.
    fn note_type(&self, odd_type: Option<&str>) {
        if let Some(content_type) = odd_type {
            let issuer = self.slot.origin().issuer.as_str();
            tracing::debug!(issuer, content_type, "the issuer's keys have a content type that is not one for keys");
        }
    }

    async fn read(&self, body: Vec<u8>, version: Version, lifetime: Option<Duration>) -> Result<Brought, Failure> {
        let (body, ingested) = read(Arc::clone(&self.slot), body).await?;
        let Ingested { keys, dropped } = match ingested {
            Err(NotAKeySet::Unusable(dropped)) => Ingested { keys: Keys::default(), dropped },
            other => other?,
        };
        Ok(Brought::Document { lifetime, document: Document { keys, dropped, version, body } })
    }
}

/// Reads a key set document by the rules of the slot's entry, and gives the document back.
pub(super) async fn read(
    slot: Arc<KeySlot>,
    body: Vec<u8>,
) -> Result<(Vec<u8>, Result<Ingested, NotAKeySet>), Failure> {
    let reading = spawn_blocking(move || {
        let ingested = ingest(&body, &slot.origin().key_rules());
        (body, ingested)
    });
    reading.await.map_err(|_| Failure::of("parser_died", "reading the key set panicked; please report this"))
}

/// Which document this is.
pub(super) fn version_of(uri: Box<str>, body: &[u8], validators: Validators) -> Version {
    let mut sum = [0; 32];
    sum.iter_mut().zip(digest(&SHA256, body).as_ref()).for_each(|(to, from)| *to = *from);
    Version { uri, digest: sum, validators }
}

impl From<DiscoveryError> for Failure {
    fn from(error: DiscoveryError) -> Self {
        Self::of(error.class(), error.to_string())
    }
}
