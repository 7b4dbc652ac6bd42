//! The issuers' room: what the operator grants to single entries, the fetcher, and both rosters.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::StartError;
use super::rooms::Site;
use crate::clock::random;
use crate::config::{IssuerGrant, Settings};
use crate::directory::IssuerId;
use crate::issuers::fetch::{FetchLimits, Fetcher, LeaveError};
use crate::issuers::keys::key_actor::KeyContext;
use crate::issuers::keys::roster_actor::{ISSUER, RosterActor, RosterContext};
use crate::issuers::opaque::{Access, OpaqueContext, OpaqueRoster};
use crate::issuers::{Followed, IssuerRoster, KeyPolicy, Lanes, LastGood, Means};
use crate::supervision::OnExhausted;

/// What the operator grants to single entries.
pub(super) struct Grants {
    access: HashMap<IssuerId, Access>,
    last_good: Option<LastGood>,
}

impl Grants {
    /// Reads files of certificates. Blocking.
    pub(super) fn read(settings: &Settings) -> Result<Self, StartError> {
        let plaintext = &settings.insecure.plaintext_issuers;
        let named: BTreeSet<&String> = settings.issuer_grants.keys().chain(plaintext).collect();
        let nothing = IssuerGrant::default();
        let access = |id: &String| {
            let granted = settings.issuer_grants.get(id).unwrap_or(&nothing);
            Access::load(granted, plaintext.contains(id)).map(|access| (IssuerId::from(id.as_str()), access))
        };
        let access = named.into_iter().map(access).collect::<Result<_, LeaveError>>()?;
        Ok(Self { access, last_good: None })
    }

    /// The same, with the directory for keys, which is made if it is not there. Blocking.
    pub(super) fn with_directory(self, settings: &Settings) -> Result<Self, StartError> {
        let last_good = settings.issuers.keys_directory.as_deref().map(LastGood::within).transpose();
        Ok(Self { last_good: last_good.map_err(StartError::KeysDirectory)?, ..self })
    }
}

impl Site<'_> {
    /// Starts the roster of entries with keys, and the one of entries that are asked.
    pub(super) fn issuers(&self, grants: Grants) -> (IssuerRoster, Arc<OpaqueRoster>) {
        let settings = &self.settings.issuers;
        let limits = FetchLimits { total: settings.fetch_timeout, ..FetchLimits::default() };
        let fetcher = Fetcher::new(limits, Arc::clone(self.clock));
        let random = random();
        let Grants { access, last_good } = grants;
        let leaves = access.iter().map(|(id, access)| (id.clone(), access.leave.clone())).collect();
        let opaque = OpaqueRoster::new(OpaqueContext {
            supervisor: self.supervisor.clone(),
            policy: self.policy(OnExhausted::GiveUp),
            arbiters: self.threads.tenant_arbiters(),
            fetcher: fetcher.clone(),
            runtime: self.threads.issuers(),
            access,
            clock: Arc::clone(self.clock),
            random: Arc::clone(&random),
            metrics: self.metrics.opaque.clone(),
        });
        let means =
            Means { fetcher, lanes: Arc::new(Lanes::new(settings.max_fetches)), runtime: self.threads.issuers() };
        let issuer = KeyContext {
            clock: Arc::clone(self.clock),
            policy: KeyPolicy::from(settings),
            means,
            last_good,
            random,
            metrics: self.metrics.keys.clone(),
        };
        let followed = Arc::<Followed>::default();
        self.supervisor.declare(ISSUER);
        let context = RosterContext {
            followed: Arc::clone(&followed),
            supervisor: self.supervisor.clone(),
            policy: self.policy(OnExhausted::GiveUp),
            arbiters: self.threads.tenant_arbiters(),
            issuer,
            leaves: Arc::new(leaves),
        };
        let control = self.threads.control.handle();
        let actor = self.start("issuers", &control, move |lease| RosterActor::new(lease, context.clone()));
        (IssuerRoster::new(followed, actor), Arc::new(opaque))
    }
}
