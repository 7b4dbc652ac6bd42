//! A server that answers with the bytes it was given, or never stops.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What a server does with one request.
#[derive(Clone, Debug)]
pub(super) enum Script {
    /// Sends this and closes the connection.
    Answer(Vec<u8>),
    /// Sends this, and then a byte at a time for ever.
    Drip(Vec<u8>),
    /// Sends this, and then as much as it can for ever.
    Flood(Vec<u8>),
}

impl Script {
    /// A complete answer. Each of `headers` ends its line.
    pub(super) fn answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n", body.len());
        Self::Answer([head.as_bytes(), body].concat())
    }

    /// A success with this JSON.
    pub(super) fn json(headers: &str, body: &str) -> Self {
        Self::answer("200 OK", &format!("content-type: application/json\r\n{headers}"), body)
    }
}

/// What a server has seen and done.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) requests: Mutex<Vec<String>>,
    /// Bytes that the client took.
    pub(super) sent: AtomicUsize,
    /// Whether the client hung up in the middle.
    pub(super) hung_up: AtomicBool,
}

/// A server on loopback, which stops when it is dropped.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) seen: Arc<Seen>,
    task: JoinHandle<()>,
}

impl Server {
    /// One that does the same for every request.
    pub(super) async fn always(script: Script) -> Self {
        Self::with(vec![script]).await
    }

    /// One that follows `scripts` in turn; the last one stays.
    pub(super) async fn with(scripts: Vec<Script>) -> Self {
        Self::on("127.0.0.1:0", scripts).await
    }

    pub(super) async fn on(address: &str, scripts: Vec<Script>) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let (address, seen) = (listener.local_addr().unwrap(), Arc::new(Seen::default()));
        let task = tokio::spawn(serve(listener, scripts, Arc::clone(&seen)));
        Self { address, seen, task }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Head and body of every request so far.
    pub(super) fn requests(&self) -> Vec<String> {
        self.seen.requests.lock().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, scripts: Vec<Script>, seen: Arc<Seen>) {
    let mut turn = 0;
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = read_request(&mut stream).await;
        seen.requests.lock().push(request);
        let script = scripts[turn.min(scripts.len() - 1)].clone();
        turn += 1;
        play(stream, script, &seen).await;
    }
}

async fn play(mut stream: TcpStream, script: Script, seen: &Seen) {
    let (head, chunk, pause) = match script {
        // The client may have hung up already, which is its right.
        Script::Answer(bytes) => return drop(stream.write_all(&bytes).await),
        Script::Drip(head) => (head, 1, Duration::from_millis(2)),
        Script::Flood(head) => (head, 64 * 1024, Duration::ZERO),
    };
    let chunk = vec![b' '; chunk];
    let mut sending = stream.write_all(&head).await;
    while sending.is_ok() {
        sending = stream.write_all(&chunk).await;
        seen.sent.fetch_add(chunk.len(), Ordering::SeqCst);
        // This is how such a server behaves; nothing waits for it.
        tokio::time::sleep(pause).await;
    }
    seen.hung_up.store(true, Ordering::SeqCst);
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut received = Vec::new();
    while !is_complete(&received) {
        if stream.read_buf(&mut received).await.unwrap_or(0) == 0 {
            break;
        }
    }
    String::from_utf8_lossy(&received).into_owned()
}

fn is_complete(received: &[u8]) -> bool {
    let text = String::from_utf8_lossy(received).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}
