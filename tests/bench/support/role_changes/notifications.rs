//! How many notifications one transaction sends, counted by somebody who listens.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio_postgres::tls::NoTlsStream;
use tokio_postgres::{AsyncMessage, Client, Connection, NoTls, Socket};

use super::server::{Server, Variant};
use super::write::Write;
use crate::support::report::{Failure, say};

/// The channel on which the counted transaction is followed by a full stop: notifications come in the order of commits.
const FULL_STOP: &str = "full_stop";

struct Listener {
    received: Arc<AtomicU64>,
    full_stops: UnboundedReceiver<()>,
    driver: JoinHandle<()>,
    _client: Client,
}

/// Counts for each kind of write, and prints the table.
pub(crate) async fn count(server: &Server) -> Result<(), Failure> {
    say("\nNotifications that one transaction sends to every listener\n")?;
    say("| write | rows | watched | naive |")?;
    say("| --- | ---: | ---: | ---: |")?;
    for write in [Write::OneRow, Write::OneTenant, Write::Tenth] {
        let (rows, watched) = received(server, Variant::Watched, write).await?;
        let (_, naive) = received(server, Variant::Naive, write).await?;
        say(&format!("| {} | {rows} | {watched} | {naive} |", write.name()))?;
    }
    Ok(())
}

/// The rows that the write has changed, and the notifications that it has sent.
async fn received(server: &Server, variant: Variant, write: Write) -> Result<(u64, u64), Failure> {
    let mut listener = Listener::start(&server.url(variant)).await?;
    let writer = server.connect(variant).await?;
    let prepared = write.prepare(&writer, server).await?;
    let rows = prepared.run(&writer, &server.members, 0).await?;
    writer.client.batch_execute(&format!("NOTIFY {FULL_STOP}")).await?;
    listener.full_stops.recv().await.ok_or("the listener has lost its connection")?;
    Ok((rows, listener.received.load(Ordering::Relaxed)))
}

impl Listener {
    async fn start(url: &str) -> Result<Self, Failure> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        let (stop, full_stops) = unbounded_channel();
        let received = Arc::new(AtomicU64::new(0));
        let driver = tokio::spawn(listen(connection, Arc::clone(&received), stop));
        client.batch_execute(&format!("LISTEN claimsmith; LISTEN naive; LISTEN {FULL_STOP}")).await?;
        Ok(Self { received, full_stops, driver, _client: client })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

async fn listen(
    mut connection: Connection<Socket, NoTlsStream>,
    received: Arc<AtomicU64>,
    full_stop: UnboundedSender<()>,
) {
    while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
        match message {
            AsyncMessage::Notification(notification) if notification.channel() == FULL_STOP => {
                // Whoever waited for it may be gone.
                let _ = full_stop.send(());
            }
            AsyncMessage::Notification(_) => {
                received.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
    }
}
