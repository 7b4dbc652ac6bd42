//! Opening a connection to PostgreSQL, for the pool ([`pool()`]) and for the change feed ([`connect`]).
//!
//! Promises: hosts and their addresses are tried in the order given, each within `connect_timeout`, which covers the
//! name lookup, the TLS handshake and the login too (tokio-postgres limits only the TCP handshake, so that a stopped
//! server that still accepts would stall everything). Failures are told apart by [`ConnectError`].
//!
//! Deliberately absent: retries and backoff. Who needs a connection decides when to ask again.

mod failure;
mod pool;

use std::future::Future;
use std::net::IpAddr;
use std::path::Path;
use std::pin::Pin;
use std::task::Poll;

use futures_util::Stream;
use futures_util::{StreamExt, stream};
use tokio::net::lookup_host;
use tokio::time::timeout;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

pub use self::failure::ConnectError;
pub use self::pool::{DsnSource, PoolOptions, pool};
use super::dsn::{Dsn, Endpoint};
use super::tls::{SslMode, connector};

/// What a server sends without being asked, until the connection ends. Polling it drives the connection, so nothing
/// that is asked of the [`Client`] is answered unless it is polled. The first error is the last item.
pub type Messages = Pin<Box<dyn Stream<Item = Result<AsyncMessage, tokio_postgres::Error>> + Send>>;

type TlsStream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;
type Opened = (Client, Connection<Socket, TlsStream>);

/// Opens one connection outside the pool, on the current runtime. Keep the [`Client`] for as long as messages are
/// wanted: the connection ends when it is dropped.
pub async fn connect(dsn: &Dsn) -> Result<(Client, Messages), ConnectError> {
    let (client, connection) = open(dsn).await?;
    Ok((client, messages(connection)))
}

/// Drives a connection whose messages nobody wants, until it ends.
pub async fn drive(mut messages: Messages) {
    while let Some(Ok(_)) = messages.next().await {}
}

fn messages(connection: Connection<Socket, TlsStream>) -> Messages {
    let mut open = Some(connection);
    Box::pin(stream::poll_fn(move |context| {
        let Some(connection) = &mut open else { return Poll::Ready(None) };
        let polled = connection.poll_message(context);
        if let Poll::Ready(None | Some(Err(_))) = polled {
            // tokio-postgres forbids polling past the end.
            open = None;
        }
        polled
    }))
}

async fn open(dsn: &Dsn) -> Result<Opened, ConnectError> {
    let settings = dsn.tls().clone();
    // Reading certificates blocks, and the system's are many.
    let tls = tokio::task::spawn_blocking(move || connector(&settings)).await.map_err(ConnectError::other)??;
    let mut last_failure = ConnectError::unreachable("there is no address to try");
    for endpoint in dsn.endpoints() {
        let opened = match endpoint {
            Endpoint::Socket { directory, port } => open_socket(dsn, directory, *port, &tls).await,
            Endpoint::Tcp { host, address: Some(address), port } => {
                open_address(dsn, host, *address, *port, &tls).await
            }
            Endpoint::Tcp { host, address: None, port } => open_host(dsn, host, *port, &tls).await,
        };
        match opened {
            Ok(opened) => return Ok(opened),
            Err(failure) => last_failure = failure,
        }
    }
    Err(last_failure)
}

async fn open_host(dsn: &Dsn, host: &str, port: u16, tls: &MakeRustlsConnect) -> Result<Opened, ConnectError> {
    let found = within(dsn, lookup_host((host, port))).await?.map_err(ConnectError::unreachable)?;
    let mut last_failure = ConnectError::unreachable("the name of the host has no address");
    for address in found {
        match open_address(dsn, host, address.ip(), port, tls).await {
            Ok(opened) => return Ok(opened),
            Err(failure) => last_failure = failure,
        }
    }
    Err(last_failure)
}

async fn open_address(
    dsn: &Dsn,
    host: &str,
    address: IpAddr,
    port: u16,
    tls: &MakeRustlsConnect,
) -> Result<Opened, ConnectError> {
    let mut config = dsn.session().clone();
    config.host(host).hostaddr(address).port(port);
    config.ssl_mode(dsn.tls().mode.negotiated()).ssl_negotiation(dsn.tls().negotiation);
    log_in(dsn, &config, tls).await
}

async fn open_socket(dsn: &Dsn, directory: &Path, port: u16, tls: &MakeRustlsConnect) -> Result<Opened, ConnectError> {
    let mut config = dsn.session().clone();
    config.host_path(directory).port(port).ssl_mode(SslMode::Disable.negotiated());
    log_in(dsn, &config, tls).await
}

async fn log_in(dsn: &Dsn, config: &Config, tls: &MakeRustlsConnect) -> Result<Opened, ConnectError> {
    Ok(Box::pin(within(dsn, config.connect(tls.clone()))).await??)
}

async fn within<F: Future>(dsn: &Dsn, attempt: F) -> Result<F::Output, ConnectError> {
    timeout(dsn.connect_timeout(), attempt).await.map_err(|elapsed| ConnectError::Timeout(elapsed.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::dsn::{DsnOptions, Purpose};
    use std::time::Duration;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    const WELCOME: &[u8] = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";
    const NOTIFICATION: &[u8] = b"A\0\0\0\x0d\0\0\0\x07ch\0p\0";
    const WRONG_PASSWORD: &[u8] = b"E\0\0\0\x17SFATAL\0C28P01\0Mno\0\0";

    /// A server that answers each message of each connection with the next reply, and then hangs up.
    async fn server(replies: &'static [&'static [u8]]) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            loop {
                let (mut peer, _) = listener.accept().await.unwrap();
                for reply in replies {
                    if peer.read(&mut [0; 1024]).await.is_ok() {
                        peer.write_all(reply).await.unwrap();
                    }
                }
            }
        });
        port
    }

    /// A server whose kernel accepts, and that never answers.
    async fn stopped_server() -> (TcpListener, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        (listener, port)
    }

    async fn closed_port() -> u16 {
        stopped_server().await.1
    }

    fn dsn(text: &str) -> Dsn {
        let text = format!("user=u password=hunter2 target_session_attrs=any {text}");
        let options = DsnOptions { purpose: Purpose::Primary, connect_timeout: Duration::from_millis(200), home: None };
        Dsn::parse(&text, &options).unwrap()
    }

    async fn failure(text: &str) -> ConnectError {
        connect(&dsn(text)).await.err().unwrap()
    }

    #[tokio::test]
    async fn a_closed_port_and_a_missing_socket_are_unreachable() {
        let refused = failure(&format!("host=127.0.0.1 port={}", closed_port().await)).await;
        assert_eq!(refused.label(), "unreachable");
        assert_eq!(failure("host=/nonexistent").await.label(), "unreachable");
    }

    #[tokio::test]
    async fn a_server_that_accepts_and_says_nothing_is_a_timeout() {
        let (_listener, port) = stopped_server().await;
        assert_eq!(failure(&format!("host=127.0.0.1 port={port}")).await.label(), "timeout");
    }

    #[tokio::test]
    async fn a_stopped_server_does_not_keep_the_next_one_from_being_tried() {
        let (_listener, stopped) = stopped_server().await;
        let works = server(&[WELCOME]).await;
        let text = format!("host=127.0.0.1,127.0.0.1,localhost port={},{stopped},{works}", closed_port().await);
        assert!(connect(&dsn(&format!("{text} sslmode=disable"))).await.is_ok());
    }

    #[tokio::test]
    async fn a_server_without_tls_is_used_by_prefer_and_refused_by_require() {
        let port = server(&[b"N", WRONG_PASSWORD]).await;
        let text = format!("host=127.0.0.1 port={port}");
        assert_eq!(failure(&format!("{text} sslmode=prefer")).await.label(), "authentication");
        assert_eq!(failure(&format!("{text} sslmode=require")).await.label(), "tls");
    }

    #[tokio::test]
    async fn certificates_that_cannot_be_read_are_a_tls_failure() {
        let missing = failure("host=127.0.0.1 port=1 sslmode=require sslrootcert=/nonexistent/ca.pem").await;
        assert_eq!(missing.label(), "tls");
        let nobody_to_trust = failure("host=127.0.0.1 port=1 sslmode=verify-ca").await;
        assert_eq!(nobody_to_trust.label(), "tls");
    }

    #[tokio::test]
    async fn messages_end_with_the_error_that_ended_the_connection() {
        let port = server(&[WELCOME, NOTIFICATION]).await;
        let (client, mut messages) =
            connect(&dsn(&format!("host=127.0.0.1 port={port} sslmode=disable"))).await.unwrap();
        let query = client.batch_execute("listen ch");
        let (_, first) = tokio::join!(query, async {
            let first = messages.next().await;
            assert!(matches!(messages.next().await, Some(Err(_))));
            assert!(messages.next().await.is_none());
            drop(messages);
            first
        });
        let Some(Ok(AsyncMessage::Notification(notification))) = first else { panic!("no notification") };
        assert_eq!((notification.channel(), notification.payload()), ("ch", "p"));
    }

    #[tokio::test]
    async fn no_failure_repeats_the_password() {
        let port = server(&[WRONG_PASSWORD]).await;
        let failure = failure(&format!("host=127.0.0.1 port={port} sslmode=disable")).await;
        assert_eq!(failure.label(), "authentication");
        assert!(!format!("{failure} {failure:?}").contains("hunter2"));
    }
}
