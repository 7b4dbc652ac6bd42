//! HTTP/1.1 by hand, because a server library would not send what some of these providers send.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::answer::Answer;
use super::site::Site;

/// How long a slow provider takes for a byte: each by itself is quick, the whole body never comes.
const DRIP: Duration = Duration::from_millis(50);

/// The head of a request; nobody sends bodies here.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) path: String,
    headers: Vec<(String, String)>,
}

impl Request {
    /// A header by its name in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Answers until the client has enough, or the answer is one that ends the connection.
pub(super) async fn serve(mut stream: TcpStream, site: Arc<Site>) {
    let mut received = Vec::new();
    while let Some(request) = read(&mut stream, &mut received).await {
        let answer = site.answer(&request).await;
        let lasts = matches!(answer, Answer::Whole { .. });
        if send(&mut stream, answer).await.is_err() || !lasts {
            return;
        }
    }
}

async fn read(stream: &mut TcpStream, received: &mut Vec<u8>) -> Option<Request> {
    loop {
        if let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") {
            let head: Vec<u8> = received.drain(..end + 4).collect();
            return parse(std::str::from_utf8(&head).ok()?);
        }
        if stream.read_buf(received).await.ok()? == 0 {
            return None;
        }
    }
}

fn parse(head: &str) -> Option<Request> {
    let mut lines = head.trim_end().split("\r\n");
    let path = lines.next()?.strip_prefix("GET ")?.strip_suffix(" HTTP/1.1")?.to_owned();
    let pairs = lines.filter_map(|line| line.split_once(':'));
    let headers = pairs.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    Some(Request { path, headers })
}

async fn send(stream: &mut TcpStream, answer: Answer) -> io::Result<()> {
    match answer {
        Answer::Whole { status, headers, body } => {
            let mut bytes = head(status, &headers, Some(body.len()));
            bytes.extend_from_slice(&body);
            stream.write_all(&bytes).await
        }
        Answer::Drips { body } => {
            stream.write_all(&head(200, &[], Some(body.len()))).await?;
            for byte in body {
                stream.write_all(&[byte]).await?;
                tokio::time::sleep(DRIP).await;
            }
            Ok(())
        }
        Answer::Endless { body } => {
            stream.write_all(&head(200, &[], None)).await?;
            loop {
                stream.write_all(&body).await?;
            }
        }
        Answer::Cut { body } => {
            stream.write_all(&head(200, &[], Some(body.len()))).await?;
            stream.write_all(&body[..body.len() / 2]).await
        }
        Answer::HangsUp => Ok(()),
    }
}

/// Without a length the body ends with the connection.
fn head(status: u16, headers: &[(String, String)], length: Option<usize>) -> Vec<u8> {
    let says_type = headers.iter().any(|(name, _)| name == "content-type");
    let kind = if says_type { "" } else { "content-type: application/json\r\n" };
    let lines: String = headers.iter().flat_map(|(name, value)| [name, ": ", value, "\r\n"]).collect();
    let frame = length.map_or("connection: close".to_owned(), |length| format!("content-length: {length}"));
    format!("HTTP/1.1 {status} x\r\n{kind}{lines}{frame}\r\n\r\n").into_bytes()
}
