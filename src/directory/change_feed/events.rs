//! What the change feed's connection hears.

use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_postgres::AsyncMessage;

use crate::directory::connection::Messages;

/// Rung once per transaction that changed something watched.
pub(super) const CHANNEL: &str = "claimsmith";
/// Rung by ourselves, to learn whether a bell is heard at all.
pub(super) const PROBE_CHANNEL: &str = "claimsmith_probe";

/// A ring of our own that is expected.
pub(super) struct Probe {
    pub(super) nonce: String,
    pub(super) deadline: Instant,
}

pub(super) enum Event {
    Rung { payload: String },
    Probed { nonce: String },
    Failed(tokio_postgres::Error),
}

/// A task that belongs to a session and dies with it.
pub(super) struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Polls the connection and queues what it hears, without bound: a listener that stops reading would fill the server's
/// notification queue and with it fail every writer's COMMIT.
pub(super) fn drive(mut messages: Messages) -> (mpsc::UnboundedReceiver<Event>, Driver) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let task = tokio::spawn(async move {
        while let Some(message) = messages.next().await {
            let event = match message {
                Ok(AsyncMessage::Notification(note)) if note.channel() == PROBE_CHANNEL => {
                    Event::Probed { nonce: note.payload().to_owned() }
                }
                Ok(AsyncMessage::Notification(note)) => Event::Rung { payload: note.payload().to_owned() },
                Ok(_) => continue,
                Err(error) => Event::Failed(error),
            };
            if sender.send(event).is_err() {
                return;
            }
        }
    });
    (receiver, Driver(task))
}
