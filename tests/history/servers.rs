//! A primary and its streaming standby, and what a failover is made of.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use claimsmith::demo::private_postgres::{Options, PrivatePostgres, Shutdown};
use claimsmith::directory::migrations::migrate;

use super::truth::Log;
use super::world::first_data;
use crate::support::fault_proxy::Upstream;
use crate::support::postgres::{Session, connect};

/// The database that everybody uses.
pub(super) const DATABASE: &str = "history";

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// One server.
pub(super) struct Server {
    postgres: PrivatePostgres,
    home: Option<Home>,
}

/// The directory of a standby's cluster.
struct Home(PathBuf);

impl Drop for Home {
    fn drop(&mut self) {
        // A server that is still ending may be writing; what is left then lies in the directory for temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Server {
    /// A primary with the first data.
    pub(super) async fn primary() -> Self {
        let options = Options { settings: settings(), ..Options::default() };
        let postgres = PrivatePostgres::start(options).await.unwrap_or_else(|error| panic!("{error}"));
        let server = Self { postgres, home: None };
        let maintenance = connect(&server.postgres.url("postgres", "postgres")).await;
        maintenance.client.batch_execute(&format!("CREATE DATABASE {DATABASE}")).await.unwrap();
        let mut owner = server.session().await;
        migrate(&mut owner.client).await.unwrap();
        owner.client.batch_execute(include_str!("../../sql/demo/service_role.sql")).await.unwrap();
        owner.client.batch_execute(&first_data()).await.unwrap();
        server
    }

    /// Whether this installation can copy a running cluster.
    pub(super) async fn can_be_copied(&self) -> bool {
        self.base_backup().await.is_file()
    }

    /// A copy that follows this one through a proxy, asynchronously.
    pub(super) async fn standby(&self, replication: SocketAddr) -> Self {
        let home = self.copy().await;
        let mut settings = settings();
        let from =
            format!("host=127.0.0.1 port={} user=postgres sslmode=disable gssencmode=disable", replication.port());
        settings.push(("primary_conninfo".to_owned(), from));
        let options = Options { keep: Some(home.0.clone()), settings, ..Options::default() };
        let postgres = PrivatePostgres::start(options).await.unwrap_or_else(|error| panic!("{error}"));
        Self { postgres, home: Some(home) }
    }

    async fn copy(&self) -> Home {
        let socket_dir = self.postgres.socket_dir();
        let account = fs::metadata(socket_dir).unwrap();
        let name = format!("claimsmith-history-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let home = Home(socket_dir.parent().unwrap().join(name));
        fs::create_dir(&home.0).unwrap();
        chown(&home.0, Some(account.uid()), Some(account.gid())).unwrap();
        let mut command = Command::new(self.base_backup().await);
        command.args(["-U", "postgres", "--checkpoint=fast", "--no-sync", "--write-recovery-conf", "-X", "fetch"]);
        command.arg("-h").arg(socket_dir).arg("-p").arg(self.postgres.port().to_string());
        command.arg("-D").arg(home.0.join("data")).current_dir(&home.0);
        if account.uid() != fs::metadata("/proc/self").map_or(account.uid(), |own| own.uid()) {
            command.uid(account.uid()).gid(account.gid());
        }
        let copied = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
        home
    }

    async fn base_backup(&self) -> PathBuf {
        let programs = self.value("SELECT setting FROM pg_config() WHERE name = 'BINDIR'").await;
        PathBuf::from(programs).join("pg_basebackup")
    }

    pub(super) fn upstream(&self) -> Upstream {
        Upstream::Socket(self.postgres.socket_dir().join(format!(".s.PGSQL.{}", self.postgres.port())))
    }

    pub(super) fn owner_url(&self) -> String {
        self.postgres.url(DATABASE, "postgres")
    }

    /// As the owner of everything, past every proxy.
    pub(super) async fn session(&self) -> Session {
        connect(&self.owner_url()).await
    }

    /// One value, as text.
    pub(super) async fn value(&self, sql: &str) -> String {
        let row = self.session().await.client.query_one(&format!("SELECT ({sql})::text"), &[]).await.unwrap();
        row.get::<_, Option<String>>(0).unwrap_or_default()
    }

    pub(super) async fn execute(&self, sql: &str) {
        self.session().await.client.batch_execute(sql).await.unwrap();
    }

    pub(super) async fn head(&self) -> u64 {
        self.value("SELECT claimsmith.head()").await.parse().unwrap()
    }

    /// Every transaction that committed here, with its position: the rows of one transaction have one `xmin`.
    pub(super) async fn log(&self) -> Log {
        let rows = "SELECT DISTINCT m.mark, c.pos FROM history.mark m JOIN claimsmith.change c ON c.xmin = m.xmin";
        let rows = self.session().await.client.query(rows, &[]).await.unwrap();
        let number = |number: i64| u64::try_from(number).unwrap();
        rows.iter().map(|row| (number(row.get(0)), number(row.get(1)))).collect()
    }

    /// As a power cut, but for what the operating system holds.
    pub(super) async fn kill(&mut self) {
        if let Err(error) = self.postgres.interrupt(Shutdown::Immediate).await {
            let log = fs::read_to_string(self.postgres.socket_dir().join("log")).unwrap_or_default();
            panic!("{error}; the server says:\n{log}");
        }
    }

    pub(super) async fn resume(&mut self) {
        self.postgres.resume().await.unwrap();
    }

    /// From a standby to a primary; returns when it takes writes.
    pub(super) async fn promote(&self) {
        assert_eq!(self.value("SELECT pg_promote(true, 30)").await, "true", "the standby was not promoted");
    }

    pub(super) async fn stop(self) {
        self.postgres.stop().await.unwrap();
        drop(self.home);
    }
}

/// Small waits, and enough of the log for a standby that was cut off.
fn settings() -> Vec<(String, String)> {
    let settings = [
        // A server that is killed waits for those who have connected and not yet said who they are.
        ("authentication_timeout", "1s"),
        ("max_connections", "100"),
        ("deadlock_timeout", "50ms"),
        ("wal_retrieve_retry_interval", "50ms"),
        ("wal_keep_size", "256MB"),
    ];
    settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}
