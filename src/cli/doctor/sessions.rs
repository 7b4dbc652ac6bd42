//! The connections that are examined: one as the loads have it, one as the change feed has it.
//!
//! Deliberately absent: the pool. It would hide which of its connections answered.

use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_postgres::{AsyncMessage, Client};

use crate::directory::connection::{ConnectError, connect, drive};
use crate::directory::dsn::Dsn;

/// A connection that is driven for as long as it lives.
pub(super) struct Session {
    pub(super) client: Client,
    driver: JoinHandle<()>,
}

impl Session {
    pub(super) async fn open(dsn: &Dsn) -> Result<Self, ConnectError> {
        let (client, messages) = Box::pin(connect(dsn)).await?;
        Ok(Self { client, driver: actix_rt::spawn(drive(messages)) })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// A connection whose notifications are kept.
pub(super) struct Listener {
    pub(super) session: Session,
    /// The payloads, in order.
    pub(super) heard: mpsc::UnboundedReceiver<String>,
}

impl Listener {
    pub(super) async fn open(dsn: &Dsn) -> Result<Self, ConnectError> {
        let (client, mut messages) = Box::pin(connect(dsn)).await?;
        let (sender, heard) = mpsc::unbounded_channel();
        let driver = actix_rt::spawn(async move {
            while let Some(Ok(message)) = messages.next().await {
                let AsyncMessage::Notification(note) = message else { continue };
                if sender.send(note.payload().to_owned()).is_err() {
                    return;
                }
            }
        });
        Ok(Self { session: Session { client, driver }, heard })
    }
}
