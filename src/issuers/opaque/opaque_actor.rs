//! The one who asks an issuer about opaque tokens: one actor for each entry, the single writer of what is remembered.
//!
//! Requests with the same token share a question. So many questions are on their way at once, and no more; while the issuer
//! fails, none is. A question runs as a task of its own, so that a panic over an odd answer costs that answer only.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ActorContext, ActorFutureExt, AsyncContext, Context, Handler, Message, WrapFuture};
use tokio::sync::oneshot;
use tokio_util::task::AbortOnDropHandle;

use super::access::Access;
use super::breaker::{Change, Health, Permit};
use super::inquiry::{Failure, Inquiry};
use super::introspected::Verdict;
use super::line::Line;
use super::slot::{Hold, OpaqueSlot};
use crate::clock::{Moment, Random, SharedClock};
use crate::issuers::fetch::Fetcher;
use crate::supervision::Lease;

/// Questions on their way at once.
const MOST_IN_FLIGHT: usize = 16;
/// Requests that wait at once.
const MOST_WAITING: usize = 1_024;
/// When to try again if nothing better is known.
pub(super) const SOON: Duration = Duration::from_secs(1);

/// A verdict, or when to ask again.
pub(super) type Reply = oneshot::Sender<Result<Verdict, Duration>>;

/// Somebody brings a token of which nothing is remembered.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Ask {
    pub(super) token: Arc<str>,
    pub(super) reply: Reply,
}

/// What every incarnation needs.
#[derive(Clone)]
pub(super) struct ActorParts {
    pub(super) slot: Arc<OpaqueSlot>,
    pub(super) access: Access,
    pub(super) fetcher: Fetcher,
    pub(super) runtime: tokio::runtime::Handle,
    pub(super) clock: SharedClock,
    pub(super) random: Random,
}

/// One incarnation.
pub struct OpaqueActor {
    lease: Lease,
    slot: Arc<OpaqueSlot>,
    inquiry: Arc<Inquiry>,
    runtime: tokio::runtime::Handle,
    clock: SharedClock,
    random: Random,
    line: Line<Reply>,
    /// Whether a timer will look at the line again.
    will_look: bool,
}

/// A question on its way.
struct Question {
    token: Arc<str>,
    permit: Permit,
    asked_at: Moment,
}

impl OpaqueActor {
    pub(super) fn new(lease: Lease, parts: ActorParts) -> Self {
        let ActorParts { slot, access, fetcher, runtime, clock, random } = parts;
        slot.forget_questions(clock.now());
        let inquiry = Inquiry { entry: Arc::clone(&slot.entry), access, fetcher, clock: Arc::clone(&clock) };
        let inquiry = Arc::new(inquiry);
        Self { lease, slot, inquiry, runtime, clock, random, line: Line::new(), will_look: false }
    }

    fn work_off(&mut self, ctx: &mut Context<Self>) {
        while self.line.has_next(MOST_IN_FLIGHT, |reply| !reply.is_closed()) {
            let now = self.clock.now();
            match self.slot.admit(now) {
                Ok(permit) => {
                    let Some(token) = self.line.start() else { return };
                    self.ask(Question { token, permit, asked_at: now }, ctx);
                }
                Err(Hold::Down(pause)) => return self.send_home(pause),
                Err(Hold::Rate(wait)) => return self.look_again(wait, ctx),
            }
        }
    }

    fn look_again(&mut self, wait: Duration, ctx: &mut Context<Self>) {
        if !std::mem::replace(&mut self.will_look, true) {
            ctx.run_later(wait, |actor, ctx| {
                actor.will_look = false;
                actor.work_off(ctx);
            });
        }
    }

    fn send_home(&mut self, pause: Duration) {
        for reply in self.line.send_home() {
            self.slot.metrics.turned_away_down.inc();
            // A waiter that has given up meanwhile is nobody's loss.
            let _ = reply.send(Err(pause));
        }
    }

    fn ask(&self, question: Question, ctx: &mut Context<Self>) {
        let (inquiry, token) = (Arc::clone(&self.inquiry), Arc::clone(&question.token));
        // Away from this thread: what a hostile issuer answers takes its time to read.
        let asking = AbortOnDropHandle::new(self.runtime.spawn(async move { inquiry.ask(&token).await }));
        ctx.spawn(asking.into_actor(self).map(move |outcome, actor, ctx| {
            let outcome = outcome.unwrap_or(Err(Failure::Panicked));
            actor.answered(&question, &outcome, ctx);
        }));
    }

    fn answered(&mut self, question: &Question, outcome: &Result<Verdict, Failure>, ctx: &mut Context<Self>) {
        let now = self.clock.now();
        self.slot.metrics.answered(outcome);
        self.slot.metrics.duration.observe(now.since(question.asked_at).as_secs_f64());
        let health = outcome.as_ref().map_or_else(Failure::health, |_| Health::Well);
        let (change, failures) = self.slot.settle(&question.permit, health, now, (self.random)());
        self.tell(change, failures, outcome);
        let answer = match outcome {
            Ok(verdict) => {
                self.remember(question, verdict);
                Ok(verdict.clone())
            }
            Err(_) => Err(self.slot.pause(now).unwrap_or(SOON)),
        };
        for reply in self.line.land(&question.token) {
            let _ = reply.send(answer.clone());
        }
        self.work_off(ctx);
    }

    fn remember(&self, question: &Question, verdict: &Verdict) {
        if self.lease.is_current() && !self.slot.retired.is_cancelled() {
            let unix_now = self.clock.unix_time();
            self.slot.memory.remember(&question.token, verdict, question.asked_at, unix_now);
        }
    }

    /// Tells the operator of the first failure in a row that is ours to mend, and of every change of the breaker.
    fn tell(&self, change: Change, failures: u32, outcome: &Result<Verdict, Failure>) {
        let issuer = self.slot.entry.id.as_str();
        match (change, outcome) {
            (Change::Closed, _) => {
                self.lease.note("the issuer answers");
                tracing::info!(issuer, "the issuer of opaque tokens answers again");
            }
            (Change::Opened, Err(failure)) => {
                self.lease.note(format!("the issuer is left alone: {failure}"));
                tracing::warn!(issuer, cause = failure.label(), %failure, "an issuer of opaque tokens fails, and is left alone");
            }
            (_, Err(failure)) if failure.is_ours() && failures == 0 => {
                tracing::error!(issuer, %failure, "an issuer of opaque tokens cannot be asked");
            }
            (_, Err(failure)) => {
                tracing::debug!(issuer, cause = failure.label(), %failure, "a question about a token failed");
            }
            (_, Ok(_)) => {}
        }
    }
}

impl Actor for OpaqueActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.lease.attach(ctx);
        let retired = self.slot.retired.clone().cancelled_owned();
        // Whoever waits finds its reply closed, and looks for the entry as it is now.
        ctx.spawn(retired.into_actor(self).map(|(), actor, ctx| {
            actor.lease.finish();
            ctx.stop();
        }));
    }
}

impl Handler<Ask> for OpaqueActor {
    type Result = ();

    fn handle(&mut self, ask: Ask, ctx: &mut Self::Context) {
        let Ask { token, reply } = ask;
        // It may have been answered while the message was on its way.
        if let Some(verdict) = self.slot.memory.recall(&token, self.clock.now(), self.clock.unix_time()) {
            let _ = reply.send(Ok(verdict));
            return;
        }
        if self.line.waiting() >= MOST_WAITING {
            self.slot.metrics.turned_away_waiting.inc();
            let _ = reply.send(Err(SOON));
            return;
        }
        self.line.join(token, reply);
        self.work_off(ctx);
    }
}
