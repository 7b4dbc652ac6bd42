//! The service behind the gateway: it keeps what arrives, as it arrives.

use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

use crate::support::port::Port;
use crate::wire::{Body, Head};

/// A header field of every answer, by which it is told from the gateway's own.
pub(crate) const SIGN: &str = "x-back-end";
/// A target that ends so is answered with the status that follows.
const STATUS: &str = "/status/";

/// A request that has arrived.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub(crate) head: Head,
    pub(crate) body: Body,
}

/// The listening back-end. It ends with its owner.
pub(crate) struct BackEnd {
    port: Port,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    _serving: AbortOnDropHandle<()>,
}

impl BackEnd {
    pub(crate) fn start() -> Self {
        let (port, arrived) = (Port::reserve(), Arc::default());
        let serving = tokio::spawn(accept(port.listen(), Arc::clone(&arrived)));
        Self { port, arrived, _serving: AbortOnDropHandle::new(serving) }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.port.address
    }

    /// What has arrived since this was last asked.
    pub(crate) fn take(&self) -> Vec<Arrived> {
        std::mem::take(&mut self.arrived.lock())
    }
}

async fn accept(listener: TcpListener, arrived: Arc<Mutex<Vec<Arrived>>>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let arrived = Arc::clone(&arrived);
        connections.spawn(async move {
            // A connection that breaks is the gateway's affair.
            let _ = serve(stream, &arrived).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, arrived: &Mutex<Vec<Arrived>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some(head) = Head::read(&mut stream).await? {
        if head.value("expect").is_some() {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        let body = Body::read(&mut stream, head.framing()).await?;
        let answer = answer(&head);
        arrived.lock().push(Arrived { head, body });
        stream.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

fn answer(head: &Head) -> String {
    let status = head.word(1).rsplit_once(STATUS).map_or("200", |(_, status)| status);
    let body = if head.word(0) == "HEAD" { "" } else { "here" };
    format!("HTTP/1.1 {status} Status\r\n{SIGN}: yes\r\ncontent-length: 4\r\n\r\n{body}")
}
