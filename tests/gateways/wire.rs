//! HTTP/1.1 as it is on the wire: names in the spelling that arrived, in the order that arrived.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};

/// The head of a request or of an answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    pub(crate) start: String,
    pub(crate) lines: Vec<(String, String)>,
}

impl Head {
    /// `None` if the other side ends before it begins one.
    pub(crate) async fn read(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Self>> {
        let Some(start) = line(from).await? else { return Ok(None) };
        Ok(Some(Self { start, lines: lines(from).await? }))
    }

    /// The part of the first line with this number.
    pub(crate) fn word(&self, number: usize) -> &str {
        self.start.split(' ').nth(number).unwrap_or_default()
    }

    /// Every value under this name.
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        let lines = self.lines.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
        lines.map(|(_, value)| value.as_str()).collect()
    }

    /// The value under this name, if there is exactly one.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        if let [value] = self.values(name)[..] { Some(value) } else { None }
    }

    /// How long the body is, as the head has it.
    pub(crate) fn framing(&self) -> Framing {
        if self.values("transfer-encoding").iter().any(|coding| coding.eq_ignore_ascii_case("chunked")) {
            return Framing::Chunked;
        }
        self.value("content-length").and_then(|length| length.parse().ok()).map_or(Framing::Unsaid, Framing::Length)
    }
}

/// Where a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    Length(usize),
    Chunked,
    Unsaid,
}

/// A body.
#[derive(Clone, Debug, Default)]
pub(crate) struct Body {
    pub(crate) bytes: Vec<u8>,
    /// What follows the last chunk.
    pub(crate) trailers: Vec<(String, String)>,
}

impl Body {
    /// `Unsaid` is nothing: whoever reads to the end of a connection says so.
    pub(crate) async fn read(from: &mut (impl AsyncBufRead + Unpin), framing: Framing) -> io::Result<Self> {
        let mut body = Self::default();
        match framing {
            Framing::Unsaid => {}
            Framing::Length(length) => {
                body.bytes.resize(length, 0);
                from.read_exact(&mut body.bytes).await?;
            }
            Framing::Chunked => {
                while let length @ 1.. = chunk_length(from).await? {
                    let start = body.bytes.len();
                    body.bytes.resize(start + length, 0);
                    from.read_exact(&mut body.bytes[start..]).await?;
                    line(from).await?;
                }
                body.trailers = lines(from).await?;
            }
        }
        Ok(body)
    }
}

async fn chunk_length(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<usize> {
    let line = line(from).await?.unwrap_or_default();
    let digits = line.split(';').next().unwrap_or_default().trim();
    usize::from_str_radix(digits, 16).map_err(|_| io::Error::other(format!("{line:?} is no length of a chunk")))
}

/// Header fields up to the empty line.
async fn lines(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Vec<(String, String)>> {
    let mut lines = Vec::new();
    loop {
        let line = line(from).await?.ok_or(io::ErrorKind::UnexpectedEof)?;
        if line.is_empty() {
            return Ok(lines);
        }
        let (name, value) = line.split_once(':').ok_or_else(|| io::Error::other(format!("{line:?} is no field")))?;
        lines.push((name.to_owned(), value.trim_matches([' ', '\t']).to_owned()));
    }
}

/// A line without its end; `None` if nothing comes any more.
async fn line(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    if from.read_until(b'\n', &mut bytes).await? == 0 {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&bytes);
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}
