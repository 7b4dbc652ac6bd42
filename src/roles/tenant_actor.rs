//! The single writer of one tenant's role cache: coalesces misses, fences loads, renders, drops what changed.

use std::collections::HashMap;
use std::sync::Arc;

use actix::{Actor, ActorContext, ActorFutureExt, AsyncContext, Context, Handler, Message, WrapFuture};
use tokio::sync::oneshot;

use super::answer::{Content, Grant};
use super::answers::Answers;
use super::facts::Facts;
use super::slot::Slot;
use crate::cache::coalescer::Coalescer;
use crate::cache::fence::Fence;
use crate::cache::metrics::CacheMetrics;
use crate::cache::{CacheSettings, Unavailable};
use crate::claims::{RenderError, Template};
use crate::clock::{Moment, SharedClock};
use crate::directory::{Directory, DirectoryError, Freshness, MembersLoad, Membership, Position, Role};
use crate::supervision::Lease;
use crate::tenancy::CatalogReader;
use crate::tenancy::catalog::Tenant;

/// What a load found.
#[derive(Clone, Debug)]
pub enum Loaded {
    /// A member, and what that comes to.
    Member(Arc<Content>),
    /// No member.
    NotAMember,
    /// A member for whom the tenant's claim template fails.
    Unrenderable(RenderError),
}

type Reply = oneshot::Sender<Result<Loaded, Unavailable>>;

/// Somebody waits for a user.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Load {
    /// Who.
    pub user: Box<str>,
    /// Where the answer goes.
    pub reply: Reply,
}

/// What has changed in the tenant.
#[derive(Clone, Debug)]
pub enum Scope {
    /// What these users are granted.
    Users(Vec<Box<str>>),
    /// What these roles mean.
    Roles(Vec<Box<str>>),
    /// What every role means.
    EveryRole,
    /// Anything, the way claims are made included.
    Everything,
}

/// Something in the tenant has changed.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Changed {
    /// Up to here.
    pub position: Position,
    /// What.
    pub scope: Scope,
    /// Told when no reader can see anything older.
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

/// The slot is not read any more.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Retire;

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
    fence: Fence,
    waiting: Coalescer<Reply>,
}

fn text_of(attributes: &serde_json::Value) -> Box<str> {
    attributes.to_string().into()
}

/// What a query was started with; its answer counts only under the same template.
struct Asked {
    users: Vec<Box<str>>,
    tenant: Arc<Tenant>,
    template: Arc<Template>,
    at: Moment,
}

impl TenantActor {
    /// A writer whose loads must be at least as new as everything that is known by now.
    pub fn new(lease: Lease, context: TenantContext, slot: Arc<Slot>) -> Self {
        let fence = Fence::at(context.freshness.seen());
        let answers = Answers::rebuild(Arc::clone(&slot));
        Self { lease, context, slot, answers, fence, waiting: Coalescer::default() }
    }

    fn start_load(&mut self, ctx: &mut Context<Self>) {
        let Some(users) = self.waiting.next_batch(self.context.settings.batch_max) else { return };
        let Some((tenant, template)) = self.tenant() else {
            self.waiting.finished();
            self.answer_all(&Unavailable::Dropped);
            return;
        };
        self.context.metrics.asked_for(users.len());
        let directory = Arc::clone(&self.context.directory);
        let asked = Asked { users, tenant, template, at: self.context.clock.now() };
        let load = async move {
            let attributes = asked.template.reads().attributes;
            let outcome = directory.members(&asked.tenant.id, &asked.users, attributes).await;
            (asked, outcome)
        };
        ctx.spawn(load.into_actor(self).map(|(asked, outcome), actor, ctx| actor.loaded(asked, outcome, ctx)));
    }

    fn tenant(&self) -> Option<(Arc<Tenant>, Arc<Template>)> {
        let catalog = self.context.catalog.current();
        let tenant = catalog.tenant(self.slot.tenant.as_str())?;
        Some((Arc::clone(tenant), Arc::clone(tenant.template.as_ref()?)))
    }

    fn loaded(&mut self, asked: Asked, outcome: Result<MembersLoad, DirectoryError>, ctx: &mut Context<Self>) {
        self.lease.progress();
        self.waiting.finished();
        if self.slot.is_revoked() || !self.lease.is_current() {
            self.answer_all(&Unavailable::Dropped);
            return;
        }
        match outcome {
            Ok(load) if self.fence.admits(load.head) && self.is_in_force(&asked) => {
                self.context.metrics.load_published.inc();
                self.publish(asked, load);
            }
            Ok(_) => {
                self.context.metrics.load_fenced.inc();
                self.waiting.requeue(asked.users);
            }
            Err(error) => {
                self.context.metrics.load_failed.inc();
                let error = Unavailable::Directory(Arc::new(error));
                for user in &asked.users {
                    self.answer(user, &Err(error.clone()));
                }
            }
        }
        self.start_load(ctx);
    }

    fn is_in_force(&self, asked: &Asked) -> bool {
        self.tenant().is_some_and(|(tenant, template)| {
            Arc::ptr_eq(&template, &asked.template) && tenant.name == asked.tenant.name
        })
    }

    fn publish(&mut self, asked: Asked, load: MembersLoad) {
        let roles: HashMap<String, Role> = load.roles.into_iter().map(|role| (role.key.clone(), role)).collect();
        let second = self.context.clock.now().as_coarse_seconds();
        let Asked { users, tenant, template, at } = asked;
        for (user, membership) in users.into_iter().zip(load.members) {
            let loaded = match membership {
                None => {
                    self.answers.publish_stranger(user.clone(), second);
                    Loaded::NotAMember
                }
                Some(membership) => self.publish_member(&user, membership, &roles, (&tenant, &template), at),
            };
            self.answer(&user, &Ok(loaded));
        }
    }

    fn publish_member(
        &mut self,
        user: &str,
        membership: Membership,
        roles: &HashMap<String, Role>,
        (tenant, template): (&Tenant, &Template),
        asked_at: Moment,
    ) -> Loaded {
        let reads = template.reads();
        let grant = Grant {
            roles: membership.roles.iter().map(|role| Arc::from(role.as_str())).collect(),
            user: reads.user.then(|| user.into()),
            attributes: reads.attributes.then(|| membership.attributes.as_ref().map_or_else(|| "null".into(), text_of)),
            lapses_at: membership.lapses_in.map(|left| asked_at.plus(left)),
        };
        let facts = Facts::of(user, &membership.roles, roles, membership.attributes.unwrap_or_default());
        // Everybody with the same grant gets the same bytes: work them out once, unless a role has changed its meaning.
        let content = match self.answers.content_of(&grant) {
            Some(content) => content,
            None => match Content::work_out(tenant, template, facts) {
                Ok(content) => Arc::new(content),
                Err(error) => {
                    self.answers.forget(user);
                    return Loaded::Unrenderable(error);
                }
            },
        };
        let second = self.context.clock.now().as_coarse_seconds();
        self.answers.publish_member(user.into(), grant, Arc::clone(&content), second);
        Loaded::Member(content)
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

    fn take_in(&mut self, scope: Scope) {
        match scope {
            Scope::Users(users) => {
                self.context.metrics.invalidated_subjects.inc();
                for user in &users {
                    self.answers.forget(user);
                }
            }
            Scope::Roles(roles) => {
                self.context.metrics.invalidated_subjects.inc();
                self.answers
                    .empty_contents(|grant| roles.iter().any(|role| grant.roles.iter().any(|held| **held == **role)));
            }
            Scope::EveryRole => {
                self.context.metrics.invalidated_whole.inc();
                self.answers.empty_contents(|_| true);
            }
            Scope::Everything => {
                self.context.metrics.invalidated_whole.inc();
                self.answers.clear();
            }
        }
    }
}

impl Actor for TenantActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.lease.attach(ctx);
    }
}

impl Handler<Load> for TenantActor {
    type Result = ();

    fn handle(&mut self, load: Load, ctx: &mut Self::Context) {
        if self.slot.is_revoked() {
            let _ = load.reply.send(Err(Unavailable::Dropped));
            return;
        }
        if self.waiting.waiting() >= self.context.settings.max_waiting {
            let _ = load.reply.send(Err(Unavailable::Busy));
            return;
        }
        self.waiting.join(load.user, load.reply);
        self.start_load(ctx);
    }
}

impl Handler<Changed> for TenantActor {
    type Result = ();

    fn handle(&mut self, changed: Changed, _: &mut Self::Context) {
        self.fence.raise(changed.position);
        self.context.metrics.invalidated_passes.inc();
        self.take_in(changed.scope);
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

impl Handler<Retire> for TenantActor {
    type Result = ();

    fn handle(&mut self, _: Retire, ctx: &mut Self::Context) {
        self.answer_all(&Unavailable::Dropped);
        self.lease.finish();
        ctx.stop();
    }
}
