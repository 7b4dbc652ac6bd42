//! One request to the service that the demo has started, over TCP, so that the first answer printed is a real one.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// `POST /v1/claims` with this body; returns the body of the answer.
pub(super) async fn post_claims(address: SocketAddr, key: &str, body: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let head = format!(
        "POST /v1/claims HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
    body.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the service gave no answer"))
}
