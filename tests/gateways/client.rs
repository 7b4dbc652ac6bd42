//! A client that sends exactly the bytes that a test has in mind.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::wait::LONG;
use crate::wire::{Body, Framing, Head};

/// A request that is not sent yet.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) target: String,
    /// Header fields, without the end of the line.
    pub(crate) lines: Vec<String>,
    /// What the body says, and how that is written.
    pub(crate) content: Vec<u8>,
    body: Vec<u8>,
    /// Whether the body is sent only after 100 (Continue).
    waits: bool,
}

impl Request {
    pub(crate) fn new(method: &'static str, target: impl Into<String>) -> Self {
        let lines = vec!["Host: app.example".to_owned()];
        Self { method, target: target.into(), lines, content: Vec::new(), body: Vec::new(), waits: false }
    }

    pub(crate) fn method(self, method: &'static str) -> Self {
        Self { method, ..self }
    }

    pub(crate) fn to(self, target: impl Into<String>) -> Self {
        Self { target: target.into(), ..self }
    }

    /// Adds a header field at the end.
    pub(crate) fn line(mut self, line: impl Into<String>) -> Self {
        self.lines.push(line.into());
        self
    }

    /// With a body that is announced with its length.
    pub(crate) fn content(self, content: impl Into<Vec<u8>>) -> Self {
        let content = content.into();
        let length = format!("Content-Length: {}", content.len());
        Self { body: content.clone(), content, ..self.line(length) }
    }

    /// With a body in chunks, and these lines after the last of them.
    pub(crate) fn chunked(self, chunks: &[&str], trailers: &str) -> Self {
        let written: Vec<String> = chunks.iter().map(|chunk| format!("{:x}\r\n{chunk}\r\n", chunk.len())).collect();
        let body = format!("{}0\r\n{trailers}\r\n", written.concat());
        Self {
            body: body.into_bytes(),
            content: chunks.concat().into_bytes(),
            ..self.line("Transfer-Encoding: chunked")
        }
    }

    /// With another request behind the end of the body, for who believes this length.
    pub(crate) fn hiding(mut self, hidden: &str) -> Self {
        self.body.extend_from_slice(hidden.as_bytes());
        let length = format!("Content-Length: {}", self.body.len());
        self.line(length)
    }

    /// The body is sent when the server asks for it (RFC 9110 section 10.1.1).
    pub(crate) fn expecting(self) -> Self {
        Self { waits: true, ..self.line("Expect: 100-continue") }
    }

    /// The bearer token, if there is one and no other.
    pub(crate) fn token(&self) -> Option<&str> {
        let mut tokens = self.lines.iter().filter_map(|line| line.strip_prefix("Authorization: Bearer "));
        tokens.next().filter(|_| tokens.next().is_none())
    }

    fn head(&self) -> String {
        format!("{} {} HTTP/1.1\r\n{}\r\n\r\n", self.method, self.target, self.lines.join("\r\n"))
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = self.token().map_or_else(|| self.head(), |token| self.head().replace(token, "<token>"));
        write!(formatter, "{head:?} and a body of {}", self.body.len())
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: Head,
    pub(crate) body: String,
}

/// Sends it over a connection of its own and reads the answer.
pub(crate) async fn exchange(gateway: SocketAddr, request: &Request) -> Result<Answer, String> {
    match timeout(LONG, exchanged(gateway, request)).await {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err("no answer".to_owned()),
    }
}

async fn exchanged(gateway: SocketAddr, request: &Request) -> io::Result<Answer> {
    let (read, mut write) = TcpStream::connect(gateway).await?.into_split();
    let mut read = BufReader::new(read);
    // In one piece: who refuses the head and closes with a body unread takes its answer along.
    let mut bytes = request.head().into_bytes();
    if request.waits {
        write.write_all(&bytes).await?;
        let answer = next(&mut read).await?;
        if answer.word(1) != "100" {
            return whole(&mut read, answer, request).await;
        }
        bytes.clear();
    }
    bytes.extend_from_slice(&request.body);
    // Of a large body the rest need not be read.
    let sent = async {
        let _ = write.write_all(&bytes).await;
    };
    let received = async {
        loop {
            let head = next(&mut read).await?;
            if !head.word(1).starts_with('1') {
                return whole(&mut read, head, request).await;
            }
        }
    };
    let ((), answer) = tokio::join!(sent, received);
    answer
}

async fn next(read: &mut BufReader<tokio::net::tcp::OwnedReadHalf>) -> io::Result<Head> {
    Head::read(read).await?.ok_or_else(|| io::Error::other("closed without an answer"))
}

async fn whole(
    read: &mut BufReader<tokio::net::tcp::OwnedReadHalf>,
    head: Head,
    request: &Request,
) -> io::Result<Answer> {
    let status = head.word(1).parse().map_err(io::Error::other)?;
    let bytes = match head.framing() {
        _ if request.method == "HEAD" => Vec::new(),
        Framing::Unsaid => {
            let mut bytes = Vec::new();
            read.read_to_end(&mut bytes).await?;
            bytes
        }
        framing => Body::read(read, framing).await?.bytes,
    };
    Ok(Answer { status, head, body: String::from_utf8_lossy(&bytes).into_owned() })
}
