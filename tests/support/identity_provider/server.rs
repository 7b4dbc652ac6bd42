//! The listener, which can be stopped and started again without losing its port.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket};
use tokio::task::{JoinHandle, JoinSet};

use super::site::Site;
use super::wire::serve;

/// Connections that wait to be accepted; more than any test opens at once.
const BACKLOG: u32 = 1024;

/// Listens, or holds the port for later.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    accepting: Option<JoinHandle<()>>,
    /// Bound and not listening, so that connections are refused and nobody else gets the port.
    reserved: Option<TcpSocket>,
}

impl Server {
    pub(super) async fn start(site: Arc<Site>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        Self { address, accepting: Some(tokio::spawn(accept(listener, site))), reserved: None }
    }

    pub(super) async fn stop(&mut self) {
        let Some(accepting) = self.accepting.take() else { return };
        accepting.abort();
        let _ = accepting.await;
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(self.address).unwrap();
        self.reserved = Some(socket);
    }

    pub(super) fn start_again(&mut self, site: Arc<Site>) {
        let Some(socket) = self.reserved.take() else { return };
        let listener = socket.listen(BACKLOG).unwrap();
        self.accepting = Some(tokio::spawn(accept(listener, site)));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(accepting) = &self.accepting {
            accepting.abort();
        }
    }
}

/// The connections end with it.
async fn accept(listener: TcpListener, site: Arc<Site>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        site.connected();
        connections.spawn(serve(stream, Arc::clone(&site)));
        while connections.try_join_next().is_some() {}
    }
}
