//! What an incarnation holds as long as it may act for its actor.
//!
//! The lease is dropped with the actor, however it ends, and the drop tells the guardian: death is noticed without polling.

use std::sync::Arc;

use actix::fut::{ActorFutureExt, wrap_future};
use actix::{Actor, ActorContext, AsyncContext, Context};
use tokio::sync::oneshot;
use tokio::time::{MissedTickBehavior, interval};

use super::ward::{Order, Ward};

/// How an incarnation ended, in its own words.
#[derive(Debug, Default)]
pub(super) enum Ending {
    /// It said nothing.
    #[default]
    Silent,
    /// It had done its work.
    Finished,
    /// It could not go on, for this reason.
    Failed(String),
}

/// One incarnation's right to act for its actor.
///
/// The factory receives it by value; the actor stores it and lets it go only by ending.
pub struct Lease {
    ward: Arc<Ward>,
    generation: u64,
    ending: Ending,
    ended: Option<oneshot::Sender<Ending>>,
    attachment: Option<Attachment>,
}

/// What becomes part of the actor's context.
struct Attachment {
    orders: oneshot::Receiver<Order>,
    attached: oneshot::Sender<()>,
}

/// The guardian's ends of a lease.
pub(super) struct Counterpart {
    /// Resolves when the lease is dropped.
    pub(super) ended: oneshot::Receiver<Ending>,
    /// Resolves when the actor's context has turned for the first time after `started`.
    pub(super) attached: oneshot::Receiver<()>,
}

impl Lease {
    /// Opens a new generation of `ward`.
    pub(super) fn issue(ward: &Arc<Ward>) -> (Self, Counterpart) {
        let (generation, orders) = ward.open_generation();
        let (ended_sender, ended) = oneshot::channel();
        let (attached_sender, attached) = oneshot::channel();
        let lease = Self {
            ward: Arc::clone(ward),
            generation,
            ending: Ending::Silent,
            ended: Some(ended_sender),
            attachment: Some(Attachment { orders, attached: attached_sender }),
        };
        (lease, Counterpart { ended, attached })
    }

    /// Ties the actor's context to its guardian: it shows that it turns, and obeys orders. Call it in `started`.
    ///
    /// An actor that never attaches is taken for frozen. A second call does nothing.
    pub fn attach<A>(&mut self, ctx: &mut Context<A>)
    where
        A: Actor<Context = Context<A>>,
    {
        let Some(attachment) = self.attachment.take() else { return };
        let beating = beat_until_ordered(Arc::clone(&self.ward), self.generation, attachment);
        ctx.spawn(wrap_future::<_, A>(beating).map(|order, _actor, context| obey(order, context)));
    }

    /// Whether this incarnation still acts for its actor. Ask right before publishing anything.
    ///
    /// Once `false`, it stays `false`: a successor is at work, or soon will be. An incarnation can freeze between the question
    /// and the publishing, so what is published should carry an order of its own (a position, a generation).
    pub fn is_current(&self) -> bool {
        self.ward.is_current(self.generation)
    }

    /// Shows that the actor makes progress, beyond what its context shows by turning.
    pub fn progress(&self) {
        self.ward.beat(self.generation);
    }

    /// Sets what `/status` says about the actor, such as `reconnecting, attempt 3`. No secrets, no user data.
    pub fn note(&self, note: impl Into<String>) {
        self.ward.annotate(self.generation, note.into());
    }

    /// The work is done: when the actor now stops, it is not restarted.
    pub fn finish(&mut self) {
        self.ending = Ending::Finished;
    }

    /// The actor cannot go on: when it now stops, it is restarted, and the cause counts as an error.
    ///
    /// `reason` goes to the log and to `/status`: no secrets, no user data.
    pub fn fail(&mut self, reason: impl Into<String>) {
        self.ending = Ending::Failed(reason.into());
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(ended) = self.ended.take() else { return };
        // Nobody listens when this incarnation was replaced before it ended.
        drop(ended.send(std::mem::take(&mut self.ending)));
    }
}

/// Shows signs of life until an order arrives. A guardian that hung up means: stop.
async fn beat_until_ordered(ward: Arc<Ward>, generation: u64, attachment: Attachment) -> Order {
    let Attachment { mut orders, attached } = attachment;
    // Here and not in `attach`: an actor whose `started` panics after attaching has proved nothing.
    let _guardian_gone = attached.send(());
    let mut beat = interval(ward.beat_every);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            order = &mut orders => return order.unwrap_or(Order::Stop),
            _ = beat.tick() => ward.beat(generation),
        }
    }
}

/// Carries out an order inside the actor's context.
#[expect(clippy::panic, reason = "a drill has to take the same way as a real panic")]
fn obey<A>(order: Order, ctx: &mut Context<A>)
where
    A: Actor<Context = Context<A>>,
{
    match order {
        Order::Stop => ctx.stop(),
        Order::Panic => panic!("this panic was ordered by fault injection"),
    }
}
