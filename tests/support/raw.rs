//! HTTP as bytes, for requests that no client library would send.

use std::net::SocketAddr;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::app::{Answer, TestApp};
use super::wait::LONG;

impl TestApp {
    /// Sends these bytes to the data plane, leaves the connection open, and reads one answer.
    pub(crate) async fn exchange(&self, request: &str) -> Answer {
        exchange(self.addresses.data, request.as_bytes()).await
    }
}

/// Sends these bytes there, leaves the connection open, and reads one answer.
pub(crate) async fn exchange(address: SocketAddr, request: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    let answer = timeout(LONG, read_answer(&mut stream)).await;
    answer.unwrap_or_else(|_| panic!("no answer to {:?}", String::from_utf8_lossy(request)))
}

async fn read_answer(stream: &mut TcpStream) -> Answer {
    let mut received = Vec::new();
    let (status, headers, start) = loop {
        if let Some(head) = head(&received) {
            break head;
        }
        assert_ne!(stream.read_buf(&mut received).await.unwrap(), 0, "closed in the head: {received:?}");
    };
    let length = headers.get("content-length").map_or(0, |length| length.to_str().unwrap().parse().unwrap());
    while received.len() < start + length {
        assert_ne!(stream.read_buf(&mut received).await.unwrap(), 0, "closed in the body: {received:?}");
    }
    let text = String::from_utf8(received[start..start + length].to_vec()).unwrap();
    Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
}

/// Status, headers and where the body starts, once the head is complete.
fn head(received: &[u8]) -> Option<(StatusCode, HeaderMap, usize)> {
    let end = received.windows(4).position(|four| four == b"\r\n\r\n")?;
    let text = std::str::from_utf8(&received[..end]).unwrap();
    let mut lines = text.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let pairs = lines.map(|line| line.split_once(": ").unwrap());
    let headers =
        pairs.map(|(name, value)| (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap()));
    Some((status, headers.collect(), end + 4))
}
