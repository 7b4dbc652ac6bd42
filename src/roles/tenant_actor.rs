//! The single writer of one tenant's role cache: coalesces misses, refuses what a change has overtaken, renders, drops what
//! changed.
//!
//! Rendering runs expressions that the tenant wrote, on a thread that tenants share. So a load is published in turns of a
//! few renderings each, and what others have to say to this thread is heard in between.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ActorContext, ActorFutureExt, AsyncContext, Context, Handler, WrapFuture};

use super::answer::{Content, Grant, Granted};
use super::answers::Answers;
use super::facts::Facts;
use super::messages::{Changed, Evict, Load, Loaded, Reply, Scope};
use super::slot::{Cached, Slot};
use crate::cache::coalescer::Coalescer;
use crate::cache::metrics::CacheMetrics;
use crate::cache::{CacheSettings, Unavailable, pause_after, source_after};
use crate::claims::Template;
use crate::clock::{Moment, SharedClock};
use crate::directory::{Directory, DirectoryError, Freshness, MembersLoad, Membership, Position, Role};
use crate::supervision::Lease;
use crate::tenancy::CatalogReader;
use crate::tenancy::catalog::Tenant;

/// Most renderings in one turn of the thread.
const RENDERINGS: usize = 4;
/// How often the actor looks whether anybody can still read what it writes.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What every incarnation needs, whatever the tenant.
#[derive(Clone)]
pub struct TenantContext {
    /// Where members come from.
    pub directory: Arc<Directory>,
    /// Where the tenant's claim template comes from.
    pub catalog: CatalogReader,
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
pub struct TenantActor {
    lease: Lease,
    context: TenantContext,
    slot: Arc<Slot>,
    answers: Answers,
    waiting: Coalescer<Reply>,
}

/// A load that has arrived and is being published.
struct Landing {
    head: Position,
    tenant: Arc<Tenant>,
    template: Arc<Template>,
    asked_at: Moment,
    roles: HashMap<String, Role>,
    members: std::vec::IntoIter<(Box<str>, Option<Membership>)>,
    refused: Vec<Box<str>>,
}

impl TenantActor {
    /// A writer whose loads must be at least as new as everything that is known by now.
    pub fn new(lease: Lease, context: TenantContext, slot: Arc<Slot>) -> Self {
        let waiting = Coalescer::at(context.freshness.seen());
        let answers = Answers::rebuild(Arc::clone(&slot));
        Self { lease, context, slot, answers, waiting }
    }

    fn start_load(&mut self, ctx: &mut Context<Self>) {
        let Some(users) = self.waiting.next_batch(self.context.settings.batch_max) else { return };
        let Some((tenant, template)) = self.tenant() else {
            // The tenant has left the catalog, or has no template that works, since the request looked.
            self.waiting.landed(Vec::new(), Reply::is_closed);
            self.answer_all(&Unavailable::Gone);
            return;
        };
        self.context.metrics.asked_for(users.len());
        let directory = Arc::clone(&self.context.directory);
        let (asked_at, source) = (self.context.clock.now(), source_after(self.waiting.refusals()));
        let load = async move {
            let outcome = directory.members(&tenant.id, &users, template.reads().attributes, source).await;
            (users, tenant, template, outcome)
        };
        ctx.spawn(load.into_actor(self).map(move |(users, tenant, template, outcome), actor, ctx| match outcome {
            Ok(load) => {
                let landing = Landing::of(users, load, tenant, template, asked_at);
                actor.publish(landing, ctx);
            }
            Err(error) => actor.failed(users, error, ctx),
        }));
    }

    fn tenant(&self) -> Option<(Arc<Tenant>, Arc<Template>)> {
        let catalog = self.context.catalog.current();
        let tenant = catalog.tenant(self.slot.tenant.as_str())?;
        Some((Arc::clone(tenant), Arc::clone(tenant.template.as_ref()?)))
    }

    fn failed(&mut self, users: Vec<Box<str>>, error: DirectoryError, ctx: &mut Context<Self>) {
        self.context.metrics.load_failed.inc();
        tracing::debug!(cause = error.label(), "users of a tenant could not be loaded");
        let error = Unavailable::Directory(Arc::new(error));
        for user in users {
            self.answer(&user, &Err(error.clone()));
        }
        self.waiting.landed(Vec::new(), Reply::is_closed);
        self.start_load(ctx);
    }

    /// Publishes what may be published, a turn at a time. What holds is asked again in each turn.
    fn publish(&mut self, mut landing: Landing, ctx: &mut Context<Self>) {
        if self.slot.is_revoked() || !self.lease.is_current() {
            self.answer_all(&Unavailable::Dropped);
            return;
        }
        let in_force = self.is_in_force(&landing);
        let mut renderings = 0;
        while renderings < RENDERINGS {
            let Some((user, membership)) = landing.members.next() else { return self.landed(landing.refused, ctx) };
            if !in_force || !self.waiting.admits(&user, landing.head) {
                landing.refused.push(user);
                continue;
            }
            let loaded = match membership {
                None => self.publish_stranger(&user),
                Some(membership) => self.publish_member(&user, membership, &landing, &mut renderings),
            };
            self.answer(&user, &Ok(loaded));
        }
        let turn = tokio::task::yield_now().into_actor(self);
        ctx.spawn(turn.map(move |(), actor, ctx| actor.publish(landing, ctx)));
    }

    fn is_in_force(&self, landing: &Landing) -> bool {
        self.tenant().is_some_and(|(tenant, template)| {
            Arc::ptr_eq(&template, &landing.template) && tenant.name == landing.tenant.name
        })
    }

    fn landed(&mut self, refused: Vec<Box<str>>, ctx: &mut Context<Self>) {
        let outcome =
            if refused.is_empty() { &self.context.metrics.load_published } else { &self.context.metrics.load_fenced };
        outcome.inc();
        self.waiting.landed(refused, |reply| !reply.is_closed());
        match pause_after(self.waiting.refusals()) {
            None => self.start_load(ctx),
            Some(pause) => {
                ctx.run_later(pause, Self::start_load);
            }
        }
    }

    fn published(&self, user: &str) -> Option<Loaded> {
        match self.slot.look_up(user, self.context.clock.now()) {
            Cached::Member(granted) => Some(Loaded::Member(granted)),
            Cached::NotAMember => Some(Loaded::NotAMember),
            Cached::Unknown => None,
        }
    }

    fn publish_stranger(&mut self, user: &str) -> Loaded {
        self.answers.publish_stranger(user.into(), self.context.clock.now().as_coarse_seconds());
        Loaded::NotAMember
    }

    fn publish_member(
        &mut self,
        user: &str,
        membership: Membership,
        landing: &Landing,
        renderings: &mut usize,
    ) -> Loaded {
        let grant = grant_of(user, &membership, landing);
        // Everybody with the same grant gets the same bytes: work them out once, unless a role has changed its meaning.
        let content = self.answers.content_of(&grant).unwrap_or_else(|| {
            *renderings += 1;
            let facts = Facts::of(user, &membership.roles, &landing.roles, membership.attributes.unwrap_or_default());
            Arc::new(Content::work_out(&landing.tenant, &landing.template, facts))
        });
        let second = self.context.clock.now().as_coarse_seconds();
        let granted = Granted { content: Arc::clone(&content), lapses_at: grant.lapses_at };
        self.answers.publish_member(user.into(), grant, content, second);
        Loaded::Member(granted)
    }

    fn answer(&mut self, user: &str, answer: &Result<Loaded, Unavailable>) {
        for reply in self.waiting.settle(user) {
            // A waiter that has given up meanwhile is nobody's loss.
            let _ = reply.send(answer.clone());
        }
    }

    fn answer_all(&mut self, reason: &Unavailable) {
        for reply in self.waiting.settle_all() {
            let _ = reply.send(Err(reason.clone()));
        }
    }

    fn take_in(&mut self, position: Position, scope: &Scope) {
        let metrics = &self.context.metrics;
        match scope {
            Scope::Users(users) => {
                metrics.invalidated_subjects.inc();
                self.waiting.raise(position, |user| users.iter().any(|changed| **changed == *user));
                for user in users {
                    self.answers.forget(user);
                }
            }
            Scope::Roles(roles) => {
                metrics.invalidated_subjects.inc();
                self.waiting.raise(position, |_| true);
                self.answers.empty_contents(|grant| grant.holds_any(roles));
            }
            Scope::EveryRole => {
                metrics.invalidated_whole.inc();
                self.waiting.raise(position, |_| true);
                self.answers.empty_contents(|_| true);
            }
            Scope::Everything => {
                metrics.invalidated_whole.inc();
                self.waiting.raise(position, |_| true);
                self.answers.clear();
            }
        }
    }

    /// The end of a slot is a flag on it, so that it cannot get lost with a message.
    fn retire_when_revoked(&mut self, ctx: &mut Context<Self>) {
        if self.slot.is_revoked() {
            self.answer_all(&Unavailable::Dropped);
            self.lease.finish();
            ctx.stop();
        }
    }
}

impl Landing {
    fn of(
        users: Vec<Box<str>>,
        load: MembersLoad,
        tenant: Arc<Tenant>,
        template: Arc<Template>,
        asked_at: Moment,
    ) -> Self {
        let members: Vec<_> = users.into_iter().zip(load.members).collect();
        Self {
            head: load.head,
            tenant,
            template,
            asked_at,
            roles: load.roles.into_iter().map(|role| (role.key.clone(), role)).collect(),
            members: members.into_iter(),
            refused: Vec::new(),
        }
    }
}

fn grant_of(user: &str, membership: &Membership, landing: &Landing) -> Grant {
    let reads = landing.template.reads();
    let attributes = || membership.attributes.as_ref().map_or_else(|| "null".into(), |value| value.to_string().into());
    Grant {
        roles: membership.roles.iter().map(|role| Arc::from(role.as_str())).collect(),
        user: reads.user.then(|| user.into()),
        attributes: reads.attributes.then(attributes),
        lapses_at: membership.lapses_in.map(|left| landing.asked_at.plus(left)),
    }
}

impl Actor for TenantActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.lease.attach(ctx);
        ctx.run_interval(LOOK_EVERY, Self::retire_when_revoked);
    }
}

impl Handler<Load> for TenantActor {
    type Result = ();

    fn handle(&mut self, load: Load, ctx: &mut Self::Context) {
        if self.slot.is_revoked() {
            let _ = load.reply.send(Err(Unavailable::Dropped));
            return;
        }
        // It may have been published while the message was on its way.
        if let Some(loaded) = self.published(&load.user) {
            let _ = load.reply.send(Ok(loaded));
            return;
        }
        if self.waiting.waiting() >= self.context.settings.max_waiting {
            let _ = load.reply.send(Err(Unavailable::Busy));
            return;
        }
        self.waiting.join(load.user, load.reply);
        // After a refusal the next query waits for its pause.
        if self.waiting.refusals() == 0 {
            self.start_load(ctx);
        }
    }
}

impl Handler<Changed> for TenantActor {
    type Result = ();

    fn handle(&mut self, changed: Changed, _: &mut Self::Context) {
        self.context.metrics.invalidated_passes.inc();
        for scope in &changed.scopes {
            self.take_in(changed.position, scope);
        }
        let _ = changed.done.send(());
    }
}

impl Handler<Evict> for TenantActor {
    type Result = ();

    fn handle(&mut self, evict: Evict, _: &mut Self::Context) {
        let gone = self.answers.evict(evict.second, evict.most);
        self.context.metrics.evicted_memory.inc_by(gone as u64);
    }
}
