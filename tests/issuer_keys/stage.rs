//! What a test needs: a provider, a clock that can be put forward, and the roster with its actors.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use actix_rt::Arbiter;
use claimsmith::clock::{Clock, Moment, SharedClock, SystemClock};
use claimsmith::directory::{IssuerId, IssuerRow};
use claimsmith::issuers::fetch::{FetchLimits, Fetcher, Leave};
use claimsmith::issuers::keys::Refresh;
use claimsmith::issuers::keys::key_actor::KeyContext;
use claimsmith::issuers::keys::roster_actor::{RosterActor, RosterContext};
use claimsmith::issuers::{
    Backoff, Entry, Followed, IssuerRoster, KeyMetrics, KeyOrigin, KeyPolicy, KeySlot, KeyState, KeyStatus, Lanes,
    LastGood, Lookup, Means, Miss, Source,
};
use claimsmith::jose::{Algorithm, Thumbprint};
use claimsmith::supervision::{OnExhausted, Policy, Spec, Supervisor};
use prometheus::{Registry, TextEncoder};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::identity_provider::{Endpoint, Issuer};
use crate::support::wait::{LONG, until};

/// The machine's clock, and what the test has put it forward by.
#[derive(Debug)]
pub(crate) struct Leaping {
    real: SharedClock,
    by: AtomicU64,
}

impl Leaping {
    pub(crate) fn shared() -> Arc<Self> {
        Arc::new(Self { real: SystemClock::shared(), by: AtomicU64::new(0) })
    }

    pub(crate) fn leap(&self, by: Duration) {
        self.by.fetch_add(u64::try_from(by.as_micros()).unwrap(), Ordering::SeqCst);
    }

    fn leapt(&self) -> Duration {
        Duration::from_micros(self.by.load(Ordering::SeqCst))
    }
}

impl Clock for Leaping {
    fn now(&self) -> Moment {
        self.real.now().plus(self.leapt())
    }

    fn wall(&self) -> SystemTime {
        self.real.wall() + self.leapt()
    }
}

/// Roster and actors, without the rest of the service.
pub(crate) struct Stage {
    pub(crate) clock: Arc<Leaping>,
    pub(crate) supervisor: Supervisor,
    pub(crate) roster: IssuerRoster,
    series: Registry,
    _arbiter: Arbiter,
}

/// The numbers of the service, but for those that only make a test slow.
pub(crate) fn policy() -> KeyPolicy {
    KeyPolicy {
        first_within: Duration::from_millis(20),
        wait: LONG,
        backoff: Backoff {
            unit: Duration::from_millis(20),
            least: Duration::from_millis(5),
            most: Duration::from_millis(200),
            most_while_cold: Duration::from_millis(200),
        },
        ..KeyPolicy::default()
    }
}

impl Stage {
    pub(crate) fn set() -> Self {
        Self::with(policy(), Leaping::shared(), None)
    }

    pub(crate) fn with(policy: KeyPolicy, clock: Arc<Leaping>, keys_directory: Option<&Path>) -> Self {
        let (series, arbiter, runtime) = (Registry::new(), Arbiter::new(), tokio::runtime::Handle::current());
        let shared: SharedClock = Arc::<Leaping>::clone(&clock);
        let supervisor = Supervisor::new(Arc::clone(&shared), &series, runtime.clone()).unwrap();
        let limits = FetchLimits { connect: LONG, total: LONG, ..FetchLimits::default() };
        let means = Means {
            fetcher: Fetcher::new(limits, Arc::clone(&shared)),
            lanes: Arc::new(Lanes::new(16)),
            runtime: runtime.clone(),
        };
        let seed = AtomicU64::new(0);
        let issuer = KeyContext {
            clock: shared,
            policy,
            means,
            last_good: keys_directory.map(|directory| LastGood::within(directory).unwrap()),
            random: Arc::new(move || seed.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed)),
            metrics: KeyMetrics::register(&series).unwrap(),
        };
        let leave = Leave { plaintext: true, ..Leave::default() };
        let leaves: HashMap<_, _> = ["a", "b"].map(|id| (IssuerId::from(id), leave.clone())).into();
        let context = RosterContext {
            followed: Arc::<Followed>::default(),
            supervisor: supervisor.clone(),
            policy: restarts(),
            arbiters: [arbiter.handle()].into(),
            issuer,
            leaves: Arc::new(leaves),
        };
        let followed = Arc::clone(&context.followed);
        let spec = Spec {
            kind: "issuers",
            name: "issuers".to_owned(),
            arbiter: arbiter.handle(),
            mailbox: 16,
            policy: restarts(),
        };
        let actor = supervisor.supervise(spec, move |lease| RosterActor::new(lease, context.clone()));
        Self { clock, supervisor, roster: IssuerRoster::new(followed, actor), series, _arbiter: arbiter }
    }

    /// The entries of the catalog from now on.
    pub(crate) async fn follow(&self, slots: &[&Arc<KeySlot>]) {
        self.roster.follow(slots.iter().copied().map(Arc::clone)).await;
    }

    /// An entry `a` for this issuer, and its keys as soon as they are there.
    pub(crate) async fn taken_up(&self, issuer: &Issuer) -> Arc<KeySlot> {
        let slot = slot("a", issuer);
        self.follow(&[&slot]).await;
        self.find_in_time(&slot, &issuer.key().kid).await;
        slot
    }

    pub(crate) fn look(&self, slot: &KeySlot, kid: &str) -> Lookup {
        slot.find(Some(kid), Algorithm::ES256, self.clock.now())
    }

    pub(crate) fn has(&self, slot: &KeySlot, kid: &str) -> bool {
        matches!(self.look(slot, kid), Lookup::Key(_))
    }

    /// What a token with this `kid` waits for.
    pub(crate) async fn miss(&self, slot: &KeySlot, kid: &str) -> Miss {
        slot.fetch_for(Some(kid), Instant::now() + LONG).await
    }

    #[track_caller]
    pub(crate) fn find_in_time(&self, slot: &KeySlot, kid: &str) -> impl Future<Output = Thumbprint> {
        until("the key is found", move || async move {
            let Lookup::Key(key) = self.look(slot, kid) else { return None };
            Some(*key.thumbprint())
        })
    }

    /// Has the keys fetched, as an operator would, until the fetch has come to this.
    pub(crate) async fn refreshed(&self, slot: &KeySlot, result: &str) {
        let before = self.fetches(result);
        self.clock.leap(Duration::from_secs(5));
        assert_eq!(slot.refresh_now(), Refresh::Started);
        until("the keys are fetched", || async { (self.fetches(result) > before).then_some(()) }).await;
    }

    pub(crate) fn status(&self, slot: &KeySlot) -> KeyStatus {
        slot.status(self.clock.now())
    }

    pub(crate) fn state(&self, slot: &KeySlot) -> KeyState {
        slot.state(self.clock.now())
    }

    /// How many fetches of keys have come to this.
    pub(crate) fn fetches(&self, result: &str) -> u64 {
        self.count(&format!("claimsmith_issuer_fetches_total{{document=\"keys\",result=\"{result}\"}}"))
    }

    pub(crate) fn count(&self, series: &str) -> u64 {
        let text = TextEncoder::new().encode_to_string(&self.series.gather()).unwrap();
        let line = text.lines().find(|line| line.starts_with(series)).unwrap_or_else(|| panic!("{series} in {text}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }

    pub(crate) async fn end(&self) {
        self.supervisor.stop(LONG).await;
    }
}

fn restarts() -> Policy {
    Policy {
        restart_min: Duration::from_millis(10),
        restart_max: Duration::from_millis(100),
        budget: 20,
        window: Duration::from_mins(1),
        frozen_after: LONG,
        on_exhausted: OnExhausted::GiveUp,
    }
}

/// The slot of an entry for this issuer, whose keys are where the issuer says.
pub(crate) fn slot(id: &str, issuer: &Issuer) -> Arc<KeySlot> {
    slot_with(id, issuer, &json!({"jwks_uri": issuer.url(Endpoint::Keys)}))
}

/// The same with settings of the test's own.
pub(crate) fn slot_with(id: &str, issuer: &Issuer, settings: &Value) -> Arc<KeySlot> {
    KeySlot::new(origin(id, issuer, settings))
}

pub(crate) fn origin(id: &str, issuer: &Issuer, settings: &Value) -> KeyOrigin {
    let mut all = json!({"algorithms": ["ES256"], "access_token": {"audiences": ["https://api.example.com"]}});
    all.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    let row = IssuerRow {
        issuer_id: id.to_owned(),
        issuer: Some(vec![issuer.iss.clone()]),
        enabled: Some(true),
        settings: Some(all),
    };
    let entry = Entry::compile(&row).unwrap();
    let Source::Keys(source) = &entry.source else { panic!("{settings} are no settings for keys") };
    KeyOrigin::new(&entry.id, &entry.canonical, source, &entry.rules)
}
