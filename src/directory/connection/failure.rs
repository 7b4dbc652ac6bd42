//! Why a connection could not be opened.
//!
//! tokio-postgres keeps its kinds of error private, so they are told apart by cause and, where there is no other way,
//! by the text of the kind. The tests make tokio-postgres produce each of those texts.

use std::error::Error;
use std::io;

use crate::directory::tls::TlsError;

type Cause = Box<dyn Error + Send + Sync>;

/// Why a connection could not be opened. The text is for operators and holds nothing from the connection string; the
/// cause is kept as the source.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nobody listens there, the name has no address, or the server takes no connections now.
    #[error("the database cannot be reached: check host and port, and that the server accepts connections")]
    Unreachable(#[source] Cause),
    /// The server refused the login.
    #[error("the database refused the login: check user, password and the server's pg_hba.conf")]
    Authentication(#[source] Cause),
    /// No encrypted connection, or not with a server that can be trusted.
    #[error("no secure connection to the database: check sslmode, sslrootcert and the server's certificate")]
    Tls(#[source] Cause),
    /// No answer within `connect_timeout`.
    #[error("the database did not answer in time: check the network, or raise connect_timeout")]
    Timeout(#[source] Cause),
    /// The server works, but is a standby where a primary is wanted, or the reverse.
    #[error("the database server is not of the kind that target_session_attrs asks for: name the primary as well")]
    WrongRole(#[source] Cause),
    /// Anything else.
    #[error("connecting to the database failed")]
    Other(#[source] Cause),
}

impl ConnectError {
    /// The name of [`ConnectError::WrongRole`].
    pub(in crate::directory) const WRONG_ROLE: &'static str = "wrong_role";

    /// Every name that [`label`](Self::label) gives, for metrics that exist before the first failure.
    pub const LABELS: [&'static str; 6] =
        ["unreachable", "authentication", "tls", "timeout", Self::WRONG_ROLE, "other"];

    /// A stable name for metrics.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Authentication(_) => "authentication",
            Self::Tls(_) => "tls",
            Self::Timeout(_) => "timeout",
            Self::WrongRole(_) => Self::WRONG_ROLE,
            Self::Other(_) => "other",
        }
    }

    pub(super) fn unreachable(cause: impl Into<Cause>) -> Self {
        Self::Unreachable(cause.into())
    }

    pub(super) fn other(cause: impl Into<Cause>) -> Self {
        Self::Other(cause.into())
    }
}

impl From<TlsError> for ConnectError {
    fn from(error: TlsError) -> Self {
        Self::Tls(error.into())
    }
}

/// Classifies what [`super::connect`] met, and what a pool returns as `PoolError::Backend`.
impl From<tokio_postgres::Error> for ConnectError {
    fn from(error: tokio_postgres::Error) -> Self {
        if cause::<Self>(&error).is_some() {
            // The pool passed ours through.
            return unwrapped(error);
        }
        let classify = class(&error);
        classify(error.into())
    }
}

type Class = fn(Cause) -> ConnectError;

fn class(error: &tokio_postgres::Error) -> Class {
    if let Some(code) = error.code() {
        return by_sqlstate(code.code());
    }
    match cause::<io::Error>(error) {
        Some(cause) if cause.kind() == io::ErrorKind::TimedOut => ConnectError::Timeout,
        Some(cause) if cause.get_ref().is_some_and(|inner| inner.downcast_ref::<rustls::Error>().is_some()) => {
            ConnectError::Tls
        }
        _ => by_kind(error),
    }
}

fn cause<T: Error + 'static>(error: &tokio_postgres::Error) -> Option<&T> {
    error.source().and_then(|cause| cause.downcast_ref::<T>())
}

/// SQLSTATE classes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn by_sqlstate(code: &str) -> Class {
    match code.get(..2) {
        Some("28") => ConnectError::Authentication,
        // Out of connections; starting, stopping or recovering.
        Some("53" | "57") => ConnectError::Unreachable,
        _ => ConnectError::Other,
    }
}

fn by_kind(error: &tokio_postgres::Error) -> Class {
    match error.to_string().as_str() {
        "error performing TLS handshake" => ConnectError::Tls,
        // The only configuration error left to tokio-postgres is a password that is asked for and missing.
        "authentication error" | "invalid configuration" => ConnectError::Authentication,
        "error connecting to server" if is_wrong_role(error) => ConnectError::WrongRole,
        "error connecting to server" | "error communicating with the server" | "connection closed" => {
            ConnectError::Unreachable
        }
        _ => ConnectError::Other,
    }
}

/// tokio-postgres reports the wrong `target_session_attrs` as a permission that no operating system denied.
fn is_wrong_role(error: &tokio_postgres::Error) -> bool {
    cause::<io::Error>(error)
        .is_some_and(|cause| cause.kind() == io::ErrorKind::PermissionDenied && cause.raw_os_error().is_none())
}

fn unwrapped(error: tokio_postgres::Error) -> ConnectError {
    let Some(cause) = error.into_source() else { return ConnectError::other("no cause was given") };
    cause.downcast::<ConnectError>().map_or_else(ConnectError::Other, |inner| *inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt as _;
    use tokio_postgres::config::{ChannelBinding, SslMode, SslNegotiation};
    use tokio_postgres::{Config, NoTls};

    /// What tokio-postgres says when the server answers `reply` and hangs up.
    async fn failure(config: &Config, reply: &[u8]) -> ConnectError {
        let (ours, mut theirs) = tokio::io::duplex(1024);
        theirs.write_all(reply).await.unwrap();
        theirs.shutdown().await.unwrap();
        config.connect_raw(ours, NoTls).await.err().unwrap().into()
    }

    fn plain() -> Config {
        let mut config = Config::new();
        config.user("u").ssl_mode(SslMode::Disable);
        config
    }

    /// An `ErrorResponse`: <https://www.postgresql.org/docs/current/protocol-message-formats.html>.
    fn refusal(sqlstate: &str) -> Vec<u8> {
        let fields = format!("SFATAL\0C{sqlstate}\0Mno\0\0");
        let length = u32::try_from(fields.len() + 4).unwrap();
        [b"E", length.to_be_bytes().as_slice(), fields.as_bytes()].concat()
    }

    #[tokio::test]
    async fn the_servers_own_refusals_are_told_apart_by_sqlstate() {
        let codes = [
            ("28P01", "authentication"),
            ("28000", "authentication"),
            ("53300", "unreachable"),
            ("57P03", "unreachable"),
            ("3D000", "other"),
            ("08P01", "other"),
        ];
        for (code, label) in codes {
            assert_eq!(failure(&plain(), &refusal(code)).await.label(), label, "{code}");
            assert!(ConnectError::LABELS.contains(&label), "{label}");
        }
    }

    #[tokio::test]
    async fn each_kind_that_is_known_by_its_text_is_recognised() {
        let ask_password = b"R\0\0\0\x08\0\0\0\x03";
        assert_eq!(failure(&plain(), ask_password).await.label(), "authentication");

        let mut bound = plain();
        bound.channel_binding(ChannelBinding::Require);
        assert_eq!(failure(&bound, b"R\0\0\0\x08\0\0\0\0").await.label(), "authentication");

        assert_eq!(failure(plain().ssl_mode(SslMode::Require), b"N").await.label(), "tls");
        let direct = failure(plain().ssl_mode(SslMode::Require).ssl_negotiation(SslNegotiation::Direct), b"").await;
        assert_eq!(direct.label(), "tls");

        assert_eq!(failure(&plain(), b"").await.label(), "unreachable");
        assert_eq!(failure(&plain(), b"R\0\0\0\x08\0\0\0\x02").await.label(), "authentication");
    }

    #[tokio::test]
    async fn the_cause_is_kept() {
        let failure = failure(&plain(), &refusal("28P01")).await;
        let source = failure.source().and_then(|cause| cause.downcast_ref::<tokio_postgres::Error>()).unwrap();
        assert_eq!(source.code().unwrap().code(), "28P01");
    }
}
