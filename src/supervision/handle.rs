//! How the rest of the service reaches an actor: never through an `Addr`, which dies with its incarnation.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actix::dev::SendError;
use actix::{Actor, Addr, Context, Handler, Message};
use arc_swap::ArcSwapOption;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout_at};

use super::status::State;
use super::ward::Ward;

/// How long [`Handle::insist`] waits for one incarnation to come up.
const ATTEMPT: Duration = Duration::from_secs(1);
/// Between two attempts of [`Handle::insist`].
const PAUSE: Duration = Duration::from_millis(5);

/// A message that was not accepted, given back.
#[derive(thiserror::Error)]
pub enum Undelivered<M> {
    /// The mailbox is full: shed load.
    #[error("the mailbox of the actor is full, try again later")]
    Busy(M),
    /// No incarnation is at work: try again, or [`deliver`](Handle::deliver).
    #[error("the actor is down, wait for its restart")]
    Down(M),
}

// By hand: a message may carry what must not be logged.
impl<M> fmt::Debug for Undelivered<M> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy(_) => formatter.write_str("Busy(..)"),
            Self::Down(_) => formatter.write_str("Down(..)"),
        }
    }
}

/// Why a message was not accepted in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDelivered {
    /// The mailbox is full.
    #[error("the mailbox of the actor is full, try again later")]
    Busy,
    /// The actor did not come back before the deadline.
    #[error("the actor did not restart in time, try again later")]
    DeadlinePassed,
    /// The actor died too often and is not restarted.
    #[error("the actor was given up, see the log for the cause")]
    GaveUp,
    /// The actor finished or was stopped; start it anew if it is needed.
    #[error("the actor has stopped")]
    Stopped,
}

/// Where the guardian leaves the current address.
pub(super) struct Slot<A: Actor> {
    pub(super) ward: Arc<Ward>,
    address: ArcSwapOption<Addr<A>>,
}

impl<A: Actor> Slot<A> {
    /// A slot without an address.
    pub(super) fn new(ward: Arc<Ward>) -> Self {
        Self { ward, address: ArcSwapOption::empty() }
    }

    /// Leaves an address, then says that the actor runs: who waits for the state finds the address.
    pub(super) fn publish(&self, address: Addr<A>) {
        self.address.store(Some(Arc::new(address)));
        self.ward.enter(State::Running, None);
    }

    /// Takes the address away.
    pub(super) fn clear(&self) {
        self.address.store(None);
    }
}

/// A way to an actor that survives its restarts. Clones lead to the same actor.
pub struct Handle<A: Actor> {
    pub(super) slot: Arc<Slot<A>>,
}

// By hand: deriving would ask for `A: Clone`.
impl<A: Actor> Clone for Handle<A> {
    fn clone(&self) -> Self {
        Self { slot: Arc::clone(&self.slot) }
    }
}

impl<A: Actor<Context = Context<A>>> Handle<A> {
    pub(super) fn new(slot: Arc<Slot<A>>) -> Self {
        Self { slot }
    }

    /// Where the actor stands.
    pub fn state(&self) -> State {
        self.slot.ward.state()
    }

    /// Puts a message into the actor's mailbox, now or not at all.
    ///
    /// Accepted does not mean handled: the actor may die first. An answer travels in a channel inside the message, and that
    /// channel closes when the message is lost.
    ///
    /// # Errors
    ///
    /// Gives the message back when the mailbox is full or no incarnation is at work.
    pub fn tell<M>(&self, message: M) -> Result<(), Undelivered<M>>
    where
        M: Message<Result = ()> + Send + 'static,
        A: Handler<M>,
    {
        let loaded = self.slot.address.load();
        let Some(address) = loaded.as_ref() else { return Err(Undelivered::Down(message)) };
        match address.try_send(message) {
            Ok(()) => Ok(()),
            // A dead mailbox that was full goes on answering "full".
            Err(SendError::Full(returned)) if address.connected() => Err(Undelivered::Busy(returned)),
            Err(SendError::Full(returned) | SendError::Closed(returned)) => Err(Undelivered::Down(returned)),
        }
    }

    /// Puts a message into the actor's mailbox; while the actor is down, waits for its next incarnation.
    ///
    /// Accepted does not mean handled, as with [`tell`](Self::tell).
    ///
    /// # Errors
    ///
    /// At once when the mailbox is full or the actor will not come back; otherwise when `deadline` passes.
    pub async fn deliver<M>(&self, message: M, deadline: Instant) -> Result<(), NotDelivered>
    where
        M: Message<Result = ()> + Send + 'static,
        A: Handler<M>,
    {
        // Before the first try: a state entered after the try then counts as unseen, and no wake-up is lost.
        let mut states = self.slot.ward.follow_state();
        let mut pending = message;
        loop {
            pending = match self.tell(pending) {
                Ok(()) => return Ok(()),
                Err(Undelivered::Busy(_)) => return Err(NotDelivered::Busy),
                Err(Undelivered::Down(returned)) => returned,
            };
            match self.state() {
                State::GaveUp => return Err(NotDelivered::GaveUp),
                State::Stopped => return Err(NotDelivered::Stopped),
                State::Running | State::Restarting => {}
            }
            if timeout_at(deadline, states.changed()).await.is_err() {
                return Err(NotDelivered::DeadlinePassed);
            }
        }
    }

    /// Has an incarnation do something, however many it takes: the message is made anew until one says through the channel in
    /// it that it is done. The first attempt is made before this returns.
    ///
    /// Never gives up by itself: bound it, or let its not ending be what tells that something is wrong.
    pub fn insist<M>(
        &self,
        message: impl Fn(oneshot::Sender<()>) -> M + Send + Sync + 'static,
    ) -> impl Future<Output = ()> + Send + 'static
    where
        M: Message<Result = ()> + Send + 'static,
        A: Handler<M>,
    {
        let handle = self.clone();
        let (done, is_done) = oneshot::channel();
        let told = self.tell(message(done)).is_ok();
        async move {
            if told && is_done.await.is_ok() {
                return;
            }
            loop {
                // Full, or lost with its incarnation.
                sleep(PAUSE).await;
                let (done, is_done) = oneshot::channel();
                if handle.deliver(message(done), Instant::now() + ATTEMPT).await.is_ok() && is_done.await.is_ok() {
                    return;
                }
            }
        }
    }
}
