//! What goes wrong, by name. Each fault is held until the rest of the world has moved on by so many answers and commits,
//! or until its effect shows; nothing here waits for a time.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::chance::Chance;
use super::stage::{Replica, Stage};
use super::truth::{Era, Failover, Log};
use crate::support::fault_proxy::{Behaviour, FaultProxy};
use crate::support::wait::until;

/// Every kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    BackendTerminated,
    ConnectionCut,
    HalfOpenFeed,
    HalfOpenPool,
    NotificationsLost,
    NotificationsForged,
    ServerRestarted,
    ReplicaPaused,
    SlowNetwork,
    FailoverWithLoss,
    FeedActorPanic,
}

impl Fault {
    pub(super) const EVERY: [Self; 11] = [
        Self::BackendTerminated,
        Self::ConnectionCut,
        Self::HalfOpenFeed,
        Self::HalfOpenPool,
        Self::NotificationsLost,
        Self::NotificationsForged,
        Self::ServerRestarted,
        Self::ReplicaPaused,
        Self::SlowNetwork,
        Self::FailoverWithLoss,
        Self::FeedActorPanic,
    ];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::BackendTerminated => "backend_terminated",
            Self::ConnectionCut => "connection_cut",
            Self::HalfOpenFeed => "half_open_feed",
            Self::HalfOpenPool => "half_open_pool",
            Self::NotificationsLost => "notifications_lost",
            Self::NotificationsForged => "notifications_forged",
            Self::ServerRestarted => "server_restarted",
            Self::ReplicaPaused => "replica_paused",
            Self::SlowNetwork => "slow_network",
            Self::FailoverWithLoss => "failover_with_loss",
            Self::FeedActorPanic => "feed_actor_panic",
        }
    }
}

impl Stage {
    /// Inflicts a fault, ends it, and lets so many requests be answered in peace.
    pub(super) async fn suffer(&mut self, fault: Fault, calm: u64, chance: &mut Chance) {
        if chance.percent(70) {
            // Loads that take their time are what changes overtake.
            for replica in &self.replicas {
                replica.pool.behave(slow(chance, 40));
                replica.loads.behave(slow(chance, 40));
            }
        }
        if chance.percent(50) {
            // And a feed that takes its time is what answers overtake.
            self.some_replica(chance).feed.behave(slow(chance, 40));
        }
        match fault {
            Fault::BackendTerminated => self.terminate_backends(chance).await,
            Fault::ConnectionCut => self.cut_a_connection(chance).await,
            Fault::HalfOpenFeed => self.half_open(chance, |replica| &replica.feed).await,
            Fault::HalfOpenPool if chance.percent(30) => self.half_open(chance, |replica| &replica.loads).await,
            Fault::HalfOpenPool => self.half_open(chance, |replica| &replica.pool).await,
            Fault::NotificationsLost => self.lose_notifications().await,
            Fault::NotificationsForged => self.forge_notifications().await,
            Fault::ServerRestarted => self.restart(chance).await,
            Fault::ReplicaPaused => self.pause_standby().await,
            Fault::SlowNetwork => self.slow_down(chance).await,
            Fault::FailoverWithLoss => self.fail_over(chance).await,
            Fault::FeedActorPanic => self.panic_a_feed(chance).await,
        }
        self.heal();
        self.pass(calm, 5).await;
    }

    /// Waits until so many more requests were answered, refusals included, and so many more changes committed.
    pub(super) async fn pass(&self, answers: u64, commits: u64) {
        let answered = self.ledger.answered.load(Ordering::Relaxed) + answers;
        let committed = self.ledger.committed.load(Ordering::Relaxed) + commits;
        until("readers and writers get on", || async {
            let is_past = self.ledger.answered.load(Ordering::Relaxed) >= answered
                && self.ledger.committed.load(Ordering::Relaxed) >= committed;
            is_past.then_some(())
        })
        .await;
    }

    /// Waits until answers are refused for their age.
    async fn until_too_stale(&self) {
        let before = self.ledger.too_stale.load(Ordering::Relaxed);
        until("answers are too old", || async {
            (self.ledger.too_stale.load(Ordering::Relaxed) >= before + 10).then_some(())
        })
        .await;
    }

    fn some_replica(&self, chance: &mut Chance) -> &Replica {
        &self.replicas[chance.below(self.replicas.len())]
    }

    async fn terminate_backends(&self, chance: &mut Chance) {
        let which = chance.pick(&["true", "query LIKE '%claimsmith.since%'", "query NOT LIKE '%claimsmith.since%'"]);
        let terminate = format!(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE usename = 'claimsmith_service' AND {which}"
        );
        until("a backend is terminated", || async { (self.primary.value(&terminate).await != "0").then_some(()) })
            .await;
        self.pass(200, 8).await;
    }

    async fn cut_a_connection(&self, chance: &mut Chance) {
        let replica = self.some_replica(chance);
        chance.pick(&[&replica.feed, &replica.pool, &replica.loads, &self.writing]).cut();
        self.pass(200, 8).await;
    }

    async fn half_open(&self, chance: &mut Chance, way: impl Fn(&Replica) -> &FaultProxy) {
        let proxy = way(self.some_replica(chance));
        let swallowed = proxy.swallowed();
        proxy.behave(dark(chance));
        until("bytes are swallowed", || async { (proxy.swallowed() > swallowed).then_some(()) }).await;
        self.pass(200, 10).await;
    }

    async fn lose_notifications(&self) {
        let dropped: Vec<u64> = self.replicas.iter().map(|replica| replica.feed.dropped()).collect();
        for replica in &self.replicas {
            replica.feed.behave(Behaviour { drops_notifications: true, ..Behaviour::default() });
        }
        until("notifications are lost", || async {
            let is_lost = |(replica, before): (&Replica, &u64)| replica.feed.dropped() >= before + 3;
            self.replicas.iter().zip(&dropped).all(is_lost).then_some(())
        })
        .await;
        self.pass(200, 10).await;
    }

    async fn forge_notifications(&self) {
        let forged = ["garbage", "", "-1", "0", "9223372036854775807", "18446744073709551615", "1e9"];
        let notify = |payload: &&str| format!("NOTIFY claimsmith, '{payload}'; NOTIFY claimsmith_probe, '{payload}'");
        self.primary.execute(&forged.iter().map(notify).collect::<Vec<_>>().join(";")).await;
        self.pass(200, 8).await;
    }

    async fn restart(&mut self, chance: &mut Chance) {
        self.primary.kill().await;
        if chance.percent(50) {
            self.until_too_stale().await;
        } else {
            self.pass(300, 0).await;
        }
        self.primary.resume().await;
        self.pass(300, 5).await;
    }

    async fn pause_standby(&self) {
        self.standby.execute("SELECT pg_wal_replay_pause()").await;
        self.pass(200, 10).await;
        self.standby.execute("SELECT pg_wal_replay_resume()").await;
    }

    /// A slow feed beside loads that are fast, half of the time: then what a change overtakes is in memory again at once.
    async fn slow_down(&self, chance: &mut Chance) {
        let most = chance.pick(&[4, 60]);
        for replica in &self.replicas {
            replica.pool.behave(slow(chance, most));
            replica.loads.behave(slow(chance, most));
            replica.feed.behave(slow(chance, 70));
        }
        self.pass(400, 40).await;
    }

    async fn panic_a_feed(&self, chance: &mut Chance) {
        assert_eq!(self.some_replica(chance).app.supervisor.inject_panic("change_feed"), 1);
        self.pass(200, 8).await;
    }

    /// The standby is cut off, writers go on, the primary dies, the standby takes over: what was written meanwhile is lost.
    async fn fail_over(&mut self, chance: &mut Chance) {
        self.replication.behave(Behaviour { dark_to_client: true, ..Behaviour::default() });
        if chance.percent(50) {
            // Loads see what is about to be lost, and the feed does not.
            self.some_replica(chance).feed.behave(dark(chance));
        }
        self.pass(200, 10).await;
        self.primary.kill().await;
        let killed = self.clock.now();
        if chance.percent(30) {
            self.until_too_stale().await;
        }
        let promoting = self.clock.now();
        self.standby.promote().await;
        self.lead_to(&self.standby.upstream());
        self.heal();
        self.replication.cut();
        self.replication.lead_to(self.standby.upstream());
        let former = self.succeed().await;
        self.eras.push(Era { log: former, end: Some(Failover { killed, promoting }) });
        self.pass(200, 10).await;
    }

    /// The standby becomes the primary and gets a standby of its own. Gives the log of the former primary: nobody reaches it
    /// any more, so all it can say is what had committed.
    async fn succeed(&mut self) -> Log {
        let next = self.standby.standby(self.replication.address);
        let former = async {
            self.primary.resume().await;
            self.primary.log().await
        };
        let (next, log) = tokio::join!(next, former);
        self.load_from(&next.upstream());
        let promoted = std::mem::replace(&mut self.standby, next);
        std::mem::replace(&mut self.primary, promoted).stop().await;
        log
    }
}

/// At least half of the most.
fn slow(chance: &mut Chance, most_millis: usize) -> Behaviour {
    let millis = most_millis / 2 + chance.below(most_millis / 2);
    Behaviour { delay: Duration::from_millis(millis as u64), ..Behaviour::default() }
}

/// Both directions, or one.
fn dark(chance: &mut Chance) -> Behaviour {
    let (dark_to_server, dark_to_client) = chance.pick(&[(true, true), (true, false), (false, true)]);
    Behaviour { dark_to_server, dark_to_client, ..Behaviour::default() }
}
