//! HTTP on a kept connection, read only as far as the checker needs it: a million answers are to be read.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::checker::Shown;
use super::world::Subject;
use crate::support::app::KEY;

const PATIENCE: Duration = Duration::from_secs(30);

/// A kept connection.
pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What the service said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Claims, with position and age bound.
    Claims { shown: Shown, position: u64, age: Duration },
    /// No member.
    NotAMember,
    /// Nothing, by this code.
    Refused(String),
}

impl Connection {
    pub(super) fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, buffer: Vec::new() })
    }

    /// Asks, and reads the whole answer. What cannot be understood is a failed test.
    pub(super) fn ask(&mut self, subject: Subject, at_least: u64) -> io::Result<Said> {
        self.stream.write_all(request(subject, at_least).as_bytes())?;
        let (status, body) = self.receive()?;
        Ok(said(status, body, subject).unwrap_or_else(|| panic!("not understood: {status} {body}")))
    }

    fn receive(&mut self) -> io::Result<(u16, &str)> {
        self.buffer.clear();
        let (head, length) = loop {
            self.read_more()?;
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
                break (head, end + 4);
            }
        };
        let status = number(head.get(9..).unwrap_or_default()).and_then(|status| u16::try_from(status).ok());
        let body = after(&head, "content-length: ").and_then(number).and_then(|body| usize::try_from(body).ok());
        let (Some(status), Some(body)) = (status, body) else { return Err(io::ErrorKind::InvalidData.into()) };
        while self.buffer.len() < length + body {
            self.read_more()?;
        }
        let text = std::str::from_utf8(&self.buffer[length..]).map_err(io::Error::other)?;
        Ok((status, text))
    }

    fn read_more(&mut self) -> io::Result<()> {
        let mut piece = [0; 4096];
        let read = self.stream.read(&mut piece)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.buffer.extend_from_slice(&piece[..read]);
        Ok(())
    }
}

fn request(Subject { tenant, user }: Subject, at_least: u64) -> String {
    let wanted = if at_least > 0 { format!(r#","at_least":"{at_least}""#) } else { String::new() };
    let body = format!(r#"{{"user":"u{user}","tenant":"t{tenant}"{wanted}}}"#);
    let length = body.len();
    format!(
        "POST /v1/claims HTTP/1.1\r\nhost: claimsmith\r\nauthorization: Bearer {KEY}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// `None` for what is neither an answer about this subject nor a refusal that an outage explains.
fn said(status: u16, body: &str, subject: Subject) -> Option<Said> {
    if status == 200 {
        return claims(body, subject);
    }
    let code = after(body, r#""code":""#)?.split('"').next()?;
    match (status, code) {
        (403, "not_a_member") => Some(Said::NotAMember),
        (503, _) | (404, "tenant_unknown") | (409, "position_foreign") => Some(Said::Refused(code.to_owned())),
        _ => None,
    }
}

fn claims(body: &str, Subject { tenant, user }: Subject) -> Option<Said> {
    let whose = format!(r#"{{"tenant":"t{tenant}","tenant_source":"explicit","user":"u{user}","#);
    body.strip_prefix(&whose)?;
    let shown = Shown::Member {
        mark: number(after(body, r#"/v":"#)?)?,
        role: usize::try_from(number(after(body, r#"/roles":["r"#)?)?).ok()?,
        meaning: number(after(body, r#"/permissions":["v:"#)?)?,
    };
    let position = number(after(body, r#""position":""#)?)?;
    let age = Duration::from_millis(number(after(body, r#""age_bound_ms":"#)?)?);
    Some(Said::Claims { shown, position, age })
}

fn after<'text>(text: &'text str, mark: &str) -> Option<&'text str> {
    text.find(mark).map(|at| &text[at + mark.len()..])
}

fn number(text: &str) -> Option<u64> {
    let digits = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text[..digits].parse().ok()
}

#[test]
fn an_answer_is_read_and_one_about_somebody_else_is_not() {
    let body = r#"{"tenant":"t1","tenant_source":"explicit","user":"u2","claims":{"https://claims.example.com/permissions":["v:7"],"https://claims.example.com/roles":["r2"],"https://claims.example.com/v":31},"id_token_claims":{},"position":"44","age_bound_ms":12,"stale":false}"#;
    let shown = Shown::Member { mark: 31, role: 2, meaning: 7 };
    let read = Said::Claims { shown, position: 44, age: Duration::from_millis(12) };
    assert_eq!(said(200, body, Subject { tenant: 1, user: 2 }), Some(read));
    assert_eq!(said(200, body, Subject { tenant: 1, user: 3 }), None);
    let refused = r#"{"status":403,"code":"not_a_member"}"#;
    assert_eq!(said(403, refused, Subject { tenant: 1, user: 2 }), Some(Said::NotAMember));
    assert_eq!(said(500, refused, Subject { tenant: 1, user: 2 }), None);
}
