//! The single writer of the identity cache: loads links in batches, fences them, drops what changed.

use std::sync::Arc;

use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, WrapFuture};
use tokio::sync::oneshot;

use super::{PublishedIdentities, key};
use crate::cache::coalescer::Coalescer;
use crate::cache::metrics::CacheMetrics;
use crate::cache::{CacheSettings, Unavailable, pause_after, source_after};
use crate::clock::SharedClock;
use crate::directory::{Directory, DirectoryError, Freshness, IdentitiesLoad, IssuerId, Position, UserId};
use crate::supervision::Lease;

type Reply = oneshot::Sender<Result<Option<UserId>, Unavailable>>;

/// Somebody waits for a link.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Load {
    /// The issuer entry.
    pub issuer: IssuerId,
    /// The issuer's name for the user.
    pub subject: Box<str>,
    /// Where the answer goes.
    pub reply: Reply,
}

/// Which links have changed.
#[derive(Clone, Debug)]
pub enum Scope {
    /// Those of these subjects, whatever the issuer.
    Subjects(Vec<Box<str>>),
    /// All of them.
    All,
    /// All of them, and what was known of the server's history does not hold any more.
    History,
}

/// Links have changed.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Changed {
    /// Up to here.
    pub position: Position,
    /// Which of them.
    pub scope: Scope,
    /// Told when no reader can see an older link.
    pub done: oneshot::Sender<()>,
}

/// Memory is wanted.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Evict {
    /// Entries not used after this second may go.
    pub second: u32,
    /// At most so many.
    pub most: usize,
}

/// What every incarnation needs.
#[derive(Clone)]
pub struct IdentityContext {
    /// What readers see.
    pub published: Arc<PublishedIdentities>,
    /// Where links come from.
    pub directory: Arc<Directory>,
    /// What is known to have changed.
    pub freshness: Arc<Freshness>,
    /// The time.
    pub clock: SharedClock,
    /// How to behave.
    pub settings: CacheSettings,
    /// Series of this cache.
    pub metrics: CacheMetrics,
}

/// One incarnation of the writer.
pub struct IdentityActor {
    lease: Lease,
    context: IdentityContext,
    waiting: Coalescer<Reply>,
}

impl IdentityActor {
    /// A writer whose loads must be at least as new as everything that is known by now.
    pub fn new(lease: Lease, context: IdentityContext) -> Self {
        let waiting = Coalescer::at(context.freshness.seen());
        Self { lease, context, waiting }
    }

    fn start_load(&mut self, ctx: &mut Context<Self>) {
        let Some(keys) = self.waiting.next_batch(self.context.settings.batch_max) else { return };
        self.context.metrics.asked_for(keys.len());
        let directory = Arc::clone(&self.context.directory);
        let source = source_after(self.waiting.refusals());
        let load = async move {
            let (issuers, subjects): (Vec<&str>, Vec<&str>) =
                keys.iter().filter_map(|key| key.split_once('\0')).unzip();
            let outcome = directory.identities(&issuers, &subjects, source).await;
            (keys, outcome)
        };
        ctx.spawn(load.into_actor(self).map(|(keys, outcome), actor, ctx| match outcome {
            Ok(load) => actor.loaded(keys, load, ctx),
            Err(error) => actor.failed(keys, error, ctx),
        }));
    }

    fn loaded(&mut self, keys: Vec<Box<str>>, load: IdentitiesLoad, ctx: &mut Context<Self>) {
        let mut refused = Vec::new();
        for (key, user) in keys.into_iter().zip(load.users) {
            if self.lease.is_current() && self.waiting.admits(&key, load.head) {
                self.publish(&key, user);
            } else {
                refused.push(key);
            }
        }
        let metrics = &self.context.metrics;
        let outcome = if refused.is_empty() { &metrics.load_published } else { &metrics.load_fenced };
        outcome.inc();
        self.waiting.landed(refused, |reply| !reply.is_closed());
        match pause_after(self.waiting.refusals()) {
            None => self.start_load(ctx),
            Some(pause) => {
                ctx.run_later(pause, Self::start_load);
            }
        }
    }

    fn failed(&mut self, keys: Vec<Box<str>>, error: DirectoryError, ctx: &mut Context<Self>) {
        self.context.metrics.load_failed.inc();
        tracing::debug!(cause = error.label(), "identities could not be loaded");
        let error = Unavailable::Directory(Arc::new(error));
        for key in keys {
            self.answer(&key, &Err(error.clone()));
        }
        self.waiting.landed(Vec::new(), Reply::is_closed);
        self.start_load(ctx);
    }

    fn publish(&mut self, key: &str, user: Option<UserId>) {
        let answer = Ok(user.clone());
        if let Some((issuer, _)) = key.split_once('\0') {
            let issuer = IssuerId::from(issuer);
            if !self.context.published.issuers.read().contains(&issuer) {
                self.context.published.issuers.write().insert(issuer);
            }
        }
        self.context.published.links.insert(key.into(), user, self.context.clock.now().as_coarse_seconds());
        self.answer(key, &answer);
    }

    fn answer(&mut self, key: &str, answer: &Result<Option<UserId>, Unavailable>) {
        for reply in self.waiting.settle(key) {
            // A waiter that has given up meanwhile is nobody's loss.
            let _ = reply.send(answer.clone());
        }
    }

    fn drop_subjects(&self, subjects: &[Box<str>]) {
        let issuers = self.context.published.issuers.read();
        for issuer in issuers.iter() {
            for subject in subjects {
                self.context.published.links.remove(&key(issuer, subject));
            }
        }
    }
}

fn subject_of(key: &str) -> Option<&str> {
    key.split_once('\0').map(|(_, subject)| subject)
}

impl Actor for IdentityActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.lease.attach(ctx);
    }
}

impl Handler<Load> for IdentityActor {
    type Result = ();

    fn handle(&mut self, load: Load, ctx: &mut Self::Context) {
        let key = key(&load.issuer, &load.subject);
        // It may have been published while the message was on its way.
        if let Some(user) = self.context.published.links.get(&key, self.context.clock.now().as_coarse_seconds()) {
            let _ = load.reply.send(Ok(user));
            return;
        }
        if self.waiting.waiting() >= self.context.settings.max_waiting {
            let _ = load.reply.send(Err(Unavailable::Busy));
            return;
        }
        self.waiting.join(key.into(), load.reply);
        // After a refusal the next query waits for its pause.
        if self.waiting.refusals() == 0 {
            self.start_load(ctx);
        }
    }
}

impl Handler<Changed> for IdentityActor {
    type Result = ();

    fn handle(&mut self, changed: Changed, _: &mut Self::Context) {
        self.context.metrics.invalidated_passes.inc();
        match changed.scope {
            Scope::Subjects(subjects) => {
                self.context.metrics.invalidated_subjects.inc();
                let concerned =
                    |key: &str| subject_of(key).is_some_and(|sub| subjects.iter().any(|changed| **changed == *sub));
                self.waiting.raise(changed.position, concerned);
                self.drop_subjects(&subjects);
            }
            Scope::All => {
                self.context.metrics.invalidated_whole.inc();
                self.waiting.raise(changed.position, |_| true);
                self.context.published.links.clear();
            }
            Scope::History => {
                self.context.metrics.invalidated_whole.inc();
                // Told anew, the message may be late: what is known by now is the floor.
                self.waiting.new_history(self.context.freshness.seen());
                self.context.published.links.clear();
            }
        }
        let _ = changed.done.send(());
    }
}

impl Handler<Evict> for IdentityActor {
    type Result = ();

    fn handle(&mut self, evict: Evict, _: &mut Self::Context) {
        let gone = self.context.published.links.evict(evict.second, evict.most, drop);
        self.context.metrics.evicted_memory.inc_by(gone as u64);
    }
}
