//! A TCP proxy between a client and PostgreSQL that does what networks do: it is slow, it cuts, and it goes dark.
//!
//! Everything is switched while connections are open, and what was done is counted, so that a test waits for the effect
//! and never for a time. A direction that has swallowed a byte stays dark for that connection, also after the fault has
//! ended, as it does when a firewall has forgotten a flow: bytes are late or missing, never out of order.

mod frames;
mod tests;

use std::future::pending;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, sink, split};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;

use self::frames::Frames;

/// Where the server is.
#[derive(Clone, Debug)]
pub(crate) enum Upstream {
    /// A Unix socket, the file itself.
    Socket(PathBuf),
    /// A port.
    Tcp(SocketAddr),
}

/// What happens to bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Behaviour {
    /// What the client sends does not arrive.
    pub(crate) dark_to_server: bool,
    /// What the server sends does not arrive.
    pub(crate) dark_to_client: bool,
    /// How long each piece takes, either way.
    pub(crate) delay: Duration,
    /// Notifications do not arrive; everything else does.
    pub(crate) drops_notifications: bool,
}

/// A listening proxy. Dropping it ends its connections.
pub(crate) struct FaultProxy {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    _accepting: AbortOnDropHandle<()>,
}

struct Shared {
    upstream: Mutex<Upstream>,
    behaviour: Mutex<Behaviour>,
    cuts: watch::Sender<u64>,
    swallowed: AtomicU64,
    dropped: AtomicU64,
}

#[derive(Clone, Copy)]
enum Direction {
    ToServer,
    ToClient,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl FaultProxy {
    /// On a free port of 127.0.0.1, doing nothing to what passes.
    pub(crate) async fn start(upstream: Upstream) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            upstream: Mutex::new(upstream),
            behaviour: Mutex::default(),
            cuts: watch::Sender::new(0),
            swallowed: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self { address, shared, _accepting: AbortOnDropHandle::new(accepting) }
    }

    /// Connections from now on go there. Those that are open stay where they are.
    pub(crate) fn lead_to(&self, upstream: Upstream) {
        *self.shared.upstream.lock() = upstream;
    }

    /// From now on, for open connections too.
    pub(crate) fn behave(&self, behaviour: Behaviour) {
        *self.shared.behaviour.lock() = behaviour;
    }

    /// Resets every open connection (RST to the client).
    pub(crate) fn cut(&self) {
        self.shared.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// How many pieces were swallowed so far.
    pub(crate) fn swallowed(&self) -> u64 {
        self.shared.swallowed.load(Ordering::Relaxed)
    }

    /// How many notifications were dropped so far.
    pub(crate) fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((client, _)) = listener.accept() => {
                connections.spawn(serve(client, Arc::clone(&shared), shared.cuts.subscribe()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(mut client: TcpStream, shared: Arc<Shared>, mut cuts: watch::Receiver<u64>) {
    let is_cut = tokio::select! {
        is_cut = shared.carry(&mut client) => is_cut,
        _ = cuts.changed() => true,
    };
    if is_cut {
        // A client that is gone already needs no reset.
        let _ = client.set_zero_linger();
    }
}

impl Upstream {
    async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match self {
            Self::Socket(path) => Box::new(UnixStream::connect(path).await?),
            Self::Tcp(address) => {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
        })
    }
}

impl Shared {
    /// Moves bytes both ways until one side ends; true if there is no server.
    async fn carry(&self, client: &mut TcpStream) -> bool {
        let (from_client, to_client) = client.split();
        if self.is_dark(Direction::ToServer) {
            // Not even the handshake arrives there.
            self.pump(from_client, sink(), Direction::ToServer).await;
            return false;
        }
        let upstream = self.upstream.lock().clone();
        let Ok(server) = upstream.connect().await else { return true };
        let (from_server, to_server) = split(server);
        tokio::select! {
            () = self.pump(from_client, to_server, Direction::ToServer) => false,
            () = self.pump(from_server, to_client, Direction::ToClient) => false,
        }
    }

    fn is_dark(&self, direction: Direction) -> bool {
        let behaviour = self.behaviour.lock();
        match direction {
            Direction::ToServer => behaviour.dark_to_server,
            Direction::ToClient => behaviour.dark_to_client,
        }
    }

    /// Moves bytes until one side ends. The end of a dark connection is not seen either.
    async fn pump(&self, mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, direction: Direction) {
        let (mut frames, mut buffer, mut is_dark) = (Frames::default(), vec![0; 8192], false);
        loop {
            let read = from.read(&mut buffer).await.unwrap_or(0);
            let delay = self.behaviour.lock().delay;
            if read > 0 && !delay.is_zero() {
                sleep(delay).await;
            }
            is_dark |= self.is_dark(direction);
            match (is_dark, read) {
                (true, 0) => pending().await,
                (false, 0) => return,
                (true, _) => drop(self.swallowed.fetch_add(1, Ordering::Relaxed)),
                (false, _) => {
                    let passed = self.filtered(&mut frames, &buffer[..read], direction);
                    if to.write_all(&passed).await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    fn filtered(&self, frames: &mut Frames, bytes: &[u8], direction: Direction) -> Vec<u8> {
        if matches!(direction, Direction::ToServer) {
            return bytes.to_vec();
        }
        let (passed, dropped) = frames.pass(bytes, self.behaviour.lock().drops_notifications);
        self.dropped.fetch_add(dropped, Ordering::Relaxed);
        passed
    }
}
