//! The way from the gateway to the service: it can be closed or go nowhere, and what passes is seen.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

use crate::support::port::Port;

/// What becomes of connections. A change ends those that are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passage {
    /// To the service.
    Open,
    /// Refused.
    Closed,
    /// Accepted, read, and never answered.
    Silent,
}

/// A relay in front of the service. It ends with its owner.
pub(crate) struct Way {
    pub(crate) address: SocketAddr,
    wanted: watch::Sender<Passage>,
    reached: watch::Receiver<Passage>,
    seen: Arc<Seen>,
    _relaying: AbortOnDropHandle<()>,
}

#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    /// What the gateway has sent.
    asked: Mutex<Vec<u8>>,
}

impl Way {
    /// An open way to there.
    pub(crate) fn to(service: SocketAddr) -> Self {
        let (port, seen) = (Port::reserve(), Arc::default());
        let address = port.address;
        let (wanted, wants) = watch::channel(Passage::Open);
        let (told, reached) = watch::channel(Passage::Closed);
        let relay = Relay { port, service, seen: Arc::clone(&seen) };
        let relaying = AbortOnDropHandle::new(tokio::spawn(relay.run(wants, told)));
        Self { address, wanted, reached, seen, _relaying: relaying }
    }

    /// Returns when it is so.
    pub(crate) async fn becomes(&self, passage: Passage) {
        self.wanted.send_replace(passage);
        self.reached.clone().wait_for(|reached| *reached == passage).await.unwrap();
    }

    /// How many connections the gateway has made so far.
    pub(crate) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::Relaxed)
    }

    /// What the gateway has sent since this was last asked.
    pub(crate) fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.seen.asked.lock())
    }
}

struct Relay {
    port: Port,
    service: SocketAddr,
    seen: Arc<Seen>,
}

impl Relay {
    async fn run(self, mut wants: watch::Receiver<Passage>, told: watch::Sender<Passage>) {
        loop {
            let passage = *wants.borrow_and_update();
            let listener = (passage != Passage::Closed).then(|| self.port.listen());
            told.send_replace(passage);
            let ended = tokio::select! {
                () = self.accept(listener, passage) => true,
                changed = wants.changed() => changed.is_err(),
            };
            if ended {
                return;
            }
        }
    }

    /// Until it is dropped, and the connections with it.
    async fn accept(&self, listener: Option<TcpListener>, passage: Passage) {
        let Some(listener) = listener else { return std::future::pending().await };
        let mut connections = JoinSet::new();
        loop {
            let Ok((gateway, _)) = listener.accept().await else { continue };
            self.seen.connections.fetch_add(1, Ordering::Relaxed);
            let (service, seen) = (self.service, Arc::clone(&self.seen));
            connections.spawn(async move {
                let service = if passage == Passage::Open { Some(service) } else { None };
                // A connection that breaks is the gateway's affair.
                let _ = carry(gateway, service, &seen).await;
            });
            while connections.try_join_next().is_some() {}
        }
    }
}

async fn carry(mut gateway: TcpStream, service: Option<SocketAddr>, seen: &Seen) -> std::io::Result<()> {
    let Some(service) = service else { return swallow(gateway).await };
    let mut service = TcpStream::connect(service).await?;
    service.set_nodelay(true)?;
    gateway.set_nodelay(true)?;
    let (mut from_gateway, mut to_gateway) = gateway.split();
    let (mut from_service, mut to_service) = service.split();
    let questions = async {
        let mut buffer = vec![0; 65_536];
        while let length @ 1.. = from_gateway.read(&mut buffer).await? {
            seen.asked.lock().extend_from_slice(&buffer[..length]);
            to_service.write_all(&buffer[..length]).await?;
        }
        std::io::Result::Ok(())
    };
    tokio::select! {
        ended = questions => ended,
        ended = copy(&mut from_service, &mut to_gateway) => ended.map(drop),
    }
}

async fn swallow(mut gateway: TcpStream) -> std::io::Result<()> {
    let mut buffer = vec![0; 4096];
    while gateway.read(&mut buffer).await? > 0 {}
    Ok(())
}
