//! HTTP as little as a load generator needs, so that the load costs less than what is measured.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The key of the only caller.
pub(crate) const KEY: &str = "cs_bench";
const PATIENCE: Duration = Duration::from_mins(1);

/// A keep-alive connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

/// An answer, borrowed from its connection.
pub(crate) struct Answer<'connection> {
    pub(crate) status: u16,
    /// The header section, without the status line.
    pub(crate) headers: &'connection str,
    pub(crate) body: &'connection [u8],
}

/// `POST /v1/claims` with this body, ready to be sent.
pub(crate) fn post_claims(key: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST /v1/claims HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, buffer: vec![0; 65_536], filled: 0 })
    }

    pub(crate) fn send(&mut self, request: &[u8]) -> io::Result<()> {
        self.stream.write_all(request)
    }

    /// The answer to the one request that is under way.
    pub(crate) fn receive(&mut self) -> io::Result<Answer<'_>> {
        self.filled = 0;
        let (head, length) = loop {
            self.read_more()?;
            if let Some(head) = head_end(self.read()) {
                break (head, content_length(self.read(), head)?);
            }
        };
        while self.filled < head + length {
            self.read_more()?;
        }
        let (head, body) = self.read().split_at(head);
        let head = std::str::from_utf8(head).map_err(|_| malformed())?;
        let (status, headers) = head.split_once("\r\n").ok_or_else(malformed)?;
        let status = status.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(malformed)?;
        Ok(Answer { status, headers, body })
    }

    fn read(&self) -> &[u8] {
        self.buffer.get(..self.filled).unwrap_or_default()
    }

    fn read_more(&mut self) -> io::Result<()> {
        if self.filled == self.buffer.len() {
            self.buffer.resize(2 * self.filled, 0);
        }
        let free = self.buffer.get_mut(self.filled..).unwrap_or_default();
        match self.stream.read(free)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            more => {
                self.filled += more;
                Ok(())
            }
        }
    }
}

fn head_end(read: &[u8]) -> Option<usize> {
    const END: &[u8] = b"\r\n\r\n";
    read.windows(END.len()).position(|window| window == END).map(|at| at + END.len())
}

fn content_length(read: &[u8], head: usize) -> io::Result<usize> {
    const NAME: &[u8] = b"content-length: ";
    let head = read.get(..head).unwrap_or_default();
    let at = head.windows(NAME.len()).position(|window| window == NAME).ok_or_else(malformed)?;
    let digits = head.iter().skip(at + NAME.len()).take_while(|byte| byte.is_ascii_digit());
    Ok(digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0')))
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "this is no HTTP answer")
}
