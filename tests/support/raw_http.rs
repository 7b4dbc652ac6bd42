//! A client that tells an answer that never came from one that was never asked for.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::app::KEY;

/// One connection. A request that is not answered whole is an error.
pub(crate) struct RawConnection {
    stream: TcpStream,
}

/// What came back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RawAnswer {
    pub(crate) status: u16,
    /// Whether the server announced that it closes the connection.
    pub(crate) closes: bool,
}

impl RawConnection {
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        Ok(Self { stream: TcpStream::connect(address).await? })
    }

    /// `POST /v1/claims`, and the whole answer to it.
    pub(crate) async fn claims(&mut self, user: &str, tenant: &str) -> io::Result<RawAnswer> {
        let body = format!("{{\"user\":\"{user}\",\"tenant\":\"{tenant}\"}}");
        let request = format!(
            "POST /v1/claims HTTP/1.1\r\nhost: claimsmith\r\nauthorization: Bearer {KEY}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        self.answer().await
    }

    /// Waits until the server closes the connection without a word.
    pub(crate) async fn is_closed(&mut self) -> bool {
        matches!(self.stream.read(&mut [0]).await, Ok(0) | Err(_))
    }

    async fn answer(&mut self) -> io::Result<RawAnswer> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await?);
        }
        let head = String::from_utf8(head).map_err(io::Error::other)?.to_ascii_lowercase();
        let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        self.stream.read_exact(&mut vec![0; length]).await?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Ok(RawAnswer { status, closes: header("connection") == Some("close") })
    }
}
