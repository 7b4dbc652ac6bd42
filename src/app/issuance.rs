//! The service's own tokens, if they are configured.

use std::sync::Arc;
use std::time::Duration;

use super::StartError;
use super::rooms::Site;
use crate::clock::{SharedClock, random};
use crate::config::{Settings, Token};
use crate::directory::Subscriber;
use crate::enrichment::Enrichment;
use crate::issuance::signing_keys_actor::{SIGNING_KEYS, SigningKeysActor};
use crate::issuance::{Issuance, IssuanceParts, LastChanges, SigningKeys};

/// For how long clocks of replicas may differ.
const MARGIN: Duration = Duration::from_mins(10);

/// What has to be there before a port is bound, and before the change feed starts.
pub(super) struct Signing {
    keys: Arc<SigningKeys>,
    changes: Arc<LastChanges>,
}

impl Signing {
    /// Reads the keys, or makes the first. Blocking.
    pub(super) fn open(settings: &Settings, clock: &SharedClock) -> Result<Option<Self>, StartError> {
        let Some(token) = &settings.token else { return Ok(None) };
        let keys = SigningKeys::open(token, Arc::clone(clock))?;
        // Of the longest life that can be configured: another replica may be configured otherwise.
        let changes = LastChanges::new(Token::LIFETIME_MOST + MARGIN, Arc::clone(clock));
        Ok(Some(Self { keys, changes: Arc::new(changes) }))
    }

    /// Finds the mistakes that [`Signing::open`] would find, without making anything. Blocking.
    pub(super) fn check(settings: &Settings) -> Result<(), StartError> {
        Ok(settings.token.as_ref().map(SigningKeys::check).transpose().map(drop)?)
    }

    /// Who wants to hear of changes.
    pub(super) fn subscriber(&self) -> Arc<dyn Subscriber> {
        Arc::clone(&self.changes) as Arc<dyn Subscriber>
    }
}

impl Site<'_> {
    /// Starts the writer of the keys; `None` while tokens are off.
    pub(super) fn issuance(&self, signing: Option<Signing>, enrichment: &Enrichment) -> Option<Issuance> {
        self.supervisor.declare(SIGNING_KEYS);
        let (settings, Signing { keys, changes }) = self.settings.token.as_ref().zip(signing)?;
        let parts = IssuanceParts {
            keys,
            changes,
            freshness: Arc::clone(&enrichment.freshness),
            clock: Arc::clone(self.clock),
            random: random(),
            metrics: self.metrics.issuance.clone(),
        };
        let issuance = Issuance::new(settings, parts);
        let written = issuance.clone();
        self.start(SIGNING_KEYS, &self.threads.control.handle(), move |lease| {
            SigningKeysActor::new(lease, written.clone())
        });
        Some(issuance)
    }
}
