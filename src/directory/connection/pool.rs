//! The pool of connections that loads use.
//!
//! Built from its parts, since `deadpool_postgres::Config` silently drops `target_session_attrs` and the TCP
//! time-outs. Each connection reads its connection string anew, so a rotated password is used from the next
//! connection on, and lives on the runtime given here: a socket is bound to the runtime that opens it, and the HTTP
//! workers' and actors' runtimes come and go.
//!
//! Deliberately absent: notifications. deadpool throws them away.

use std::error::Error;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{BuildError, Connect, Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_postgres::config::{SslMode, SslNegotiation};
use tokio_postgres::tls::{NoTlsStream, TlsConnect};
use tokio_postgres::{Client, Config};
use tokio_util::task::AbortOnDropHandle;

use super::{ConnectError, Opened, open};
use crate::directory::dsn::Dsn;

/// Where connection strings come from. Called for each connection, on a thread that may block.
pub type DsnSource = Arc<dyn Fn() -> Result<Dsn, Box<dyn Error + Send + Sync>> + Send + Sync>;

/// The limits of a pool.
#[derive(Clone, Copy, Debug)]
pub struct PoolOptions {
    /// The most connections at a time.
    pub size: usize,
    /// The longest wait for a connection that others use.
    pub wait: Duration,
    /// The longest wait for a new connection, all hosts together.
    pub create: Duration,
    /// A connection that is older is replaced instead of being used again.
    pub max_age: Duration,
}

/// Makes a pool whose connections live on `runtime`. Opens none yet.
///
/// A failure to connect comes out of `Pool::get` as `PoolError::Backend`; `ConnectError::from` says what it was.
pub fn pool(source: DsnSource, options: PoolOptions, runtime: Handle) -> Result<Pool, BuildError> {
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    // `Opener` takes everything from `source`, so the settings that deadpool passes along stay empty.
    let manager = Manager::from_connect(Config::new(), Opener { source, runtime }, recycling);
    Pool::builder(manager)
        .max_size(options.size)
        .wait_timeout(Some(options.wait))
        .create_timeout(Some(options.create))
        .pre_recycle(Hook::sync_fn(move |_, use_so_far| {
            if use_so_far.age() > options.max_age { Err(HookError::message("old enough")) } else { Ok(()) }
        }))
        .runtime(Runtime::Tokio1)
        .build()
}

struct Opener {
    source: DsnSource,
    runtime: Handle,
}

type Opening = Result<(Client, JoinHandle<()>), tokio_postgres::Error>;

impl Connect for Opener {
    fn connect(&self, _: &Config) -> Pin<Box<dyn Future<Output = Opening> + Send + '_>> {
        Box::pin(async {
            match self.open().await {
                Ok((client, connection)) => Ok((client, self.runtime.spawn(drive(connection)))),
                Err(error) => self.refuse(error).await,
            }
        })
    }
}

impl Opener {
    async fn open(&self) -> Result<Opened, ConnectError> {
        let source = Arc::clone(&self.source);
        let opening = self.runtime.spawn(async move {
            let dsn = tokio::task::spawn_blocking(move || source()).await.map_err(ConnectError::other)?;
            open(&dsn.map_err(ConnectError::Other)?).await
        });
        // Who gives up waiting gives up the connection.
        AbortOnDropHandle::new(opening).await.map_err(ConnectError::other)?
    }

    /// Passes `error` through deadpool, which wants a `tokio_postgres::Error`. Only tokio-postgres makes those, so it
    /// is given a "TLS handshake" that fails with ours, over a stream that leads nowhere.
    async fn refuse(&self, error: ConnectError) -> Opening {
        let mut config = Config::new();
        config.ssl_mode(SslMode::Require).ssl_negotiation(SslNegotiation::Direct);
        let (client, connection) = config.connect_raw(tokio::io::empty(), Refusal(error)).await?;
        Ok((client, self.runtime.spawn(drive(connection))))
    }
}

/// Moves the bytes of one pooled connection. deadpool owns the task and aborts it with the connection.
async fn drive(connection: impl Future<Output = Result<(), tokio_postgres::Error>>) {
    if let Err(error) = connection.await {
        tracing::warn!(cause = ConnectError::from(error).label(), "a pooled database connection ended");
    }
}

struct Refusal(ConnectError);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsConnect<S> for Refusal {
    type Stream = NoTlsStream;
    type Error = ConnectError;
    type Future = Ready<Result<NoTlsStream, ConnectError>>;

    fn connect(self, _: S) -> Self::Future {
        ready(Err(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::dsn::{DsnOptions, Purpose};
    use deadpool_postgres::PoolError;
    use std::io::{Read as _, Write as _};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::runtime;

    const OPTIONS: PoolOptions = PoolOptions {
        size: 2,
        wait: Duration::from_secs(5),
        create: Duration::from_secs(5),
        max_age: Duration::from_mins(5),
    };
    const WELCOME: &[u8] = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";
    const EMPTY_RESULT: &[u8] = b"I\0\0\0\x04Z\0\0\0\x05I";

    /// A server that welcomes everybody and answers every query with nothing.
    fn server() -> u16 {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for peer in listener.incoming() {
                std::thread::spawn(move || serve(peer.unwrap()));
            }
        });
        port
    }

    fn serve(mut peer: std::net::TcpStream) {
        let mut answer = WELCOME;
        while peer.read(&mut [0; 1024]).is_ok_and(|length| length > 0) {
            peer.write_all(answer).unwrap();
            answer = EMPTY_RESULT;
        }
    }

    fn counted(port: u16) -> (DsnSource, Arc<AtomicUsize>) {
        let calls = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&calls);
        let source: DsnSource = Arc::new(move || {
            counter.fetch_add(1, Ordering::SeqCst);
            let purpose = Purpose::Pool { statement_timeout: Duration::from_secs(1) };
            let options = DsnOptions { purpose, connect_timeout: Duration::from_secs(5), home: None };
            Ok(Dsn::parse(
                &format!("host=127.0.0.1 port={port} user=u sslmode=disable target_session_attrs=any"),
                &options,
            )?)
        });
        (source, calls)
    }

    fn passing_runtime() -> runtime::Runtime {
        runtime::Builder::new_current_thread().enable_all().build().unwrap()
    }

    #[test]
    fn a_pooled_connection_outlives_the_runtime_that_asked_for_it() {
        let home = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (source, calls) = counted(server());
        let pool = pool(source, OPTIONS, home.handle().clone()).unwrap();
        let worker = passing_runtime();
        drop(worker.block_on(pool.get()).unwrap());
        drop(worker);

        let client = passing_runtime().block_on(pool.get()).unwrap();
        assert!(passing_runtime().block_on(client.batch_execute("")).is_ok());
        assert_eq!(calls.load(Ordering::SeqCst), 1, "the connection was reused");
    }

    #[tokio::test]
    async fn each_connection_reads_its_connection_string_anew() {
        let (source, calls) = counted(server());
        let pool = pool(source, OPTIONS, Handle::current()).unwrap();
        let _first = pool.get().await.unwrap();
        let _second = pool.get().await.unwrap();
        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_connection_of_age_is_replaced() {
        let (source, calls) = counted(server());
        let options = PoolOptions { max_age: Duration::ZERO, ..OPTIONS };
        let pool = pool(source, options, Handle::current()).unwrap();
        drop(pool.get().await.unwrap());
        drop(pool.get().await.unwrap());
        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn what_went_wrong_passes_through_the_pool() {
        let source: DsnSource = Arc::new(|| Err("the file is gone".into()));
        let pool = pool(source, OPTIONS, Handle::current()).unwrap();
        let Err(PoolError::Backend(error)) = pool.get().await else { panic!("no backend error") };
        let failure = ConnectError::from(error);
        assert_eq!(failure.label(), "other");
        assert_eq!(failure.source().unwrap().to_string(), "the file is gone");
    }

    #[tokio::test]
    async fn a_refused_port_is_unreachable_through_the_pool_too() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let pool = pool(counted(closed).0, OPTIONS, Handle::current()).unwrap();
        let Err(PoolError::Backend(error)) = pool.get().await else { panic!("no backend error") };
        assert_eq!(ConnectError::from(error).label(), "unreachable");
    }
}
