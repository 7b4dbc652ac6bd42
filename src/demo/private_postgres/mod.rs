//! A private, throw-away PostgreSQL server: for the demo and for the tests, with nothing to set up.
//!
//! It is made of the `initdb` and `postgres` programs that are on the machine, runs under another account when we
//! are root, and needs no port of its own. Whatever happens to this process, the server ends soon after it, and what
//! is not kept is removed (see `guard`).
//!
//! Deliberately absent: downloads, `pg_ctl`, `psql`, and any use for data that matter.

mod account;
mod address;
mod binaries;
mod cluster;
mod error;
mod guard;
mod run_directory;
mod startup;

use std::fmt::{self, Write as _};
use std::fs;
use std::path::{Path, PathBuf};

pub use self::error::{StartError, StopError};
pub use self::guard::Shutdown;

use self::address::Address;
use self::binaries::Binaries;
use self::guard::Guard;
use self::startup::Run;

/// How much of a foreign program's output goes into an error.
const TAIL_LINES: usize = 12;

/// What kind of server is wanted. The default is the one for tests: unix socket only, fast, nothing kept.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The directory in which the cluster is kept; one that is there already is used again.
    pub keep: Option<PathBuf>,
    /// Listen on a free port of 127.0.0.1 too. Logging in there takes a password that is new at every start.
    pub tcp: bool,
    /// More settings for the server, as after `postgres -c`.
    pub settings: Vec<(String, String)>,
    /// What is committed survives a crash of the machine. Without it `fsync` and `jit` are off.
    pub durable: bool,
}

/// A running server. Dropping it stops the server too, but does not wait; [`PrivatePostgres::stop`] does.
pub struct PrivatePostgres {
    guard: Guard,
    address: Address,
    version: String,
}

impl PrivatePostgres {
    /// Makes the cluster if there is none, starts it, and returns when it answers.
    ///
    /// Takes about a second, a tenth of it when the cluster exists.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let binaries = Binaries::find()?;
        let directory = run_directory::create()?;
        let run = Run::guarded(&options, &binaries, &directory).inspect_err(|_| {
            // Nobody guards the directory yet; a leftover does not outweigh the error that is on its way.
            let _ = fs::remove_dir_all(&directory);
        })?;
        let (guard, address, version) = run.start(&options, &binaries).await?;
        Ok(Self { guard, address, version })
    }

    /// The connection URI for this database and user.
    ///
    /// With [`Options::tcp`] it is the TCP one and carries the [`PrivatePostgres::password`], else the socket's.
    pub fn url(&self, database: &str, user: &str) -> String {
        self.address.url(database, user)
    }

    /// The password of the superuser over TCP. Give it to every role that is to log in with [`PrivatePostgres::url`].
    pub fn password(&self) -> Option<&str> {
        self.address.password.as_deref()
    }

    /// The directory of the unix socket, which no other account can enter. Any role logs in there without a password.
    pub fn socket_dir(&self) -> &Path {
        &self.address.socket_dir
    }

    /// The port, also part of the socket's name.
    pub fn port(&self) -> u16 {
        self.address.port
    }

    /// The server's version, as in `15.13 (Debian 15.13-0+deb12u1)`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What a person pastes into a shell to look around.
    pub fn psql_line(&self, database: &str, user: &str) -> String {
        self.address.psql_line(database, user)
    }

    /// An outage: the server ends, its data stay.
    pub async fn interrupt(&mut self, how: Shutdown) -> Result<(), StopError> {
        self.guard.stop_server(how).await
    }

    /// The end of the outage: same data, same address. A server that runs is left alone.
    pub async fn resume(&mut self) -> Result<(), StartError> {
        if !self.guard.server_has_ended() {
            return Ok(());
        }
        self.guard.run_server(self.address.port)?;
        startup::answer(&self.guard, &self.address).await.map(drop)
    }

    /// Stops the server, removes what is not kept, and waits until that is done.
    pub async fn stop(self) -> Result<(), StopError> {
        self.guard.finish().await
    }
}

impl fmt::Debug for PrivatePostgres {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PrivatePostgres").field("socket_dir", &self.address.socket_dir).finish_non_exhaustive()
    }
}

/// `BYTES` random bytes in hexadecimal.
fn random_hex<const BYTES: usize>() -> Result<String, StartError> {
    let mut bytes = [0_u8; BYTES];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| StartError::NoRandomness)?;
    let mut text = String::with_capacity(2 * BYTES);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

/// The last lines of a foreign program's output.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let start = lines.len().saturating_sub(TAIL_LINES);
    lines.get(start..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio_postgres::NoTls;

    use super::guard::POLL_INTERVAL;
    use super::startup::query;
    use super::*;

    async fn until(what: &str, mut condition: impl FnMut() -> bool) {
        let met = async {
            while !condition() {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), met).await.unwrap_or_else(|_| panic!("in vain: {what}"));
    }

    async fn value(server: &PrivatePostgres, statement: &str) -> String {
        query(&server.address, statement).await.unwrap()
    }

    #[tokio::test]
    async fn a_fresh_server_answers_at_its_url_and_leaves_nothing_when_it_is_stopped() {
        let server = PrivatePostgres::start(Options::default()).await.unwrap();
        let (client, connection) = tokio_postgres::connect(&server.url("postgres", "postgres"), NoTls).await.unwrap();
        let asked = async move { client.query_one("select current_setting('server_version')", &[]).await };
        let (row, closed) = futures_util::join!(asked, connection);
        closed.unwrap();
        assert_eq!(row.unwrap().get::<_, &str>(0), server.version());
        assert_eq!(value(&server, "show fsync").await, "off");
        assert_eq!(value(&server, "show server_encoding").await, "UTF8");
        assert_eq!(value(&server, "show listen_addresses").await, "");

        let directory = server.socket_dir().to_path_buf();
        server.stop().await.unwrap();
        assert!(!directory.exists());
    }

    #[tokio::test]
    async fn an_outage_of_either_kind_keeps_data_and_address() {
        let mut server = PrivatePostgres::start(Options::default()).await.unwrap();
        value(&server, "create table kept (how text)").await;
        let url = server.url("postgres", "postgres");
        for how in [Shutdown::Fast, Shutdown::Immediate] {
            value(&server, &format!("insert into kept values ('{how:?}')")).await;
            server.interrupt(how).await.unwrap();
            assert!(query(&server.address, "select 1").await.is_err());
            server.resume().await.unwrap();
            assert_eq!(server.url("postgres", "postgres"), url);
        }
        assert_eq!(value(&server, "select string_agg(how, ' ') from kept").await, "Fast Immediate");
        server.stop().await.unwrap();
    }

    #[tokio::test]
    async fn stopping_during_an_outage_leaves_nothing_either() {
        let mut server = PrivatePostgres::start(Options::default()).await.unwrap();
        server.interrupt(Shutdown::Immediate).await.unwrap();
        server.interrupt(Shutdown::Fast).await.unwrap();
        let directory = server.socket_dir().to_path_buf();
        server.stop().await.unwrap();
        assert!(!directory.exists());
    }

    /// Dropping closes the guard's pipe and does nothing else, which is what the kernel does to a killed process.
    #[tokio::test]
    async fn when_the_pipe_closes_the_server_ends_and_only_the_kept_cluster_stays() {
        let parent = run_directory::create().unwrap();
        fs::set_permissions(&parent, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let keep = parent.join("cluster");
        let options = Options { keep: Some(keep.clone()), ..Options::default() };

        let server = PrivatePostgres::start(options.clone()).await.unwrap();
        value(&server, "create table kept as select 42 as answer").await;
        let directory = server.socket_dir().to_path_buf();
        assert!(keep.join("data/postmaster.pid").exists());
        drop(server);
        until("the run's directory disappears", || !directory.exists()).await;
        assert!(!keep.join("data/postmaster.pid").exists());

        let again = PrivatePostgres::start(options).await.unwrap();
        assert_eq!(value(&again, "select answer from kept").await, "42");
        again.stop().await.unwrap();
        fs::remove_dir_all(parent).unwrap();
    }

    #[tokio::test]
    async fn over_tcp_only_the_password_opens_the_door() {
        let server = PrivatePostgres::start(Options { tcp: true, ..Options::default() }).await.unwrap();
        let url = server.url("postgres", "postgres");
        tokio_postgres::connect(&url, NoTls).await.map(drop).unwrap();
        let wrong = url.replace(server.password().unwrap(), "0000");
        assert!(tokio_postgres::connect(&wrong, NoTls).await.is_err());
        assert!(!format!("{server:?}").contains(server.password().unwrap()));
        server.stop().await.unwrap();
    }

    #[tokio::test]
    async fn a_server_that_cannot_start_says_why() {
        let settings = vec![("no_such_setting".to_owned(), "1".to_owned())];
        let error = PrivatePostgres::start(Options { settings, ..Options::default() }).await.unwrap_err();
        assert!(error.to_string().contains("no_such_setting"), "{error}");
    }
}
