//! A real `PgBouncer` in front of the private PostgreSQL.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use claimsmith::demo::private_postgres::PrivatePostgres;
use tokio_postgres::NoTls;

use super::passed_over::pass_over;
use super::postgres::SERVICE_ROLE;
use super::wait::until;

const NAME: &str = "pgbouncer";
/// Distributions put it where only root's shell looks.
const PLACES: [&str; 4] = ["/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin"];
/// Part of the name of the socket; nobody else is in its directory.
const PORT: u16 = 6432;

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// What a server session is lent for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mode {
    Session,
    Transaction,
}

/// The running pooler. Killed when dropped; its files go with the server's.
pub(crate) struct PgBouncer {
    directory: PathBuf,
    child: Child,
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl PgBouncer {
    /// In front of this server; `None`, with a line that says so, where `PgBouncer` is not installed.
    pub(crate) async fn start(server: &PrivatePostgres, mode: Mode) -> Option<Self> {
        let Some(program) = program() else {
            pass_over(NAME, "pgbouncer is missing; apt-get install pgbouncer, or brew install pgbouncer");
            return None;
        };
        let directory = server.socket_dir().join(format!("{NAME}-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
        fs::create_dir(&directory).unwrap();
        fs::write(directory.join("users"), format!("\"postgres\" \"\"\n\"{SERVICE_ROLE}\" \"\"\n")).unwrap();
        fs::write(directory.join("ini"), configuration(server, mode, &directory)).unwrap();
        let mut command = Command::new(program);
        command.arg(directory.join("ini")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        as_the_server(&mut command, server.socket_dir(), &directory);
        let bouncer = Self { directory, child: command.spawn().unwrap() };
        let url = bouncer.url("postgres", "postgres");
        until("PgBouncer answers", || async { tokio_postgres::connect(&url, NoTls).await.ok().map(drop) }).await;
        Some(bouncer)
    }

    /// The connection URI through the pooler.
    pub(crate) fn url(&self, database: &str, user: &str) -> String {
        let host = self.directory.display().to_string().replace('/', "%2F");
        format!("postgres://{user}@{host}:{PORT}/{database}")
    }
}

fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places: Vec<PathBuf> = std::env::split_paths(&path).chain(PLACES.map(PathBuf::from)).collect();
    places.iter().map(|place| place.join(NAME)).find(|program| program.is_file())
}

/// It refuses to run as root; then it gets the account that PostgreSQL got.
fn as_the_server(command: &mut Command, server: &Path, own: &Path) {
    let account = fs::metadata(server).unwrap();
    if fs::metadata(own).unwrap().uid() == account.uid() {
        return;
    }
    for path in [own.to_path_buf(), own.join("users"), own.join("ini")] {
        chown(path, Some(account.uid()), Some(account.gid())).unwrap();
    }
    command.uid(account.uid()).gid(account.gid());
}

fn configuration(server: &PrivatePostgres, mode: Mode, directory: &Path) -> String {
    let mode = match mode {
        Mode::Session => "session",
        Mode::Transaction => "transaction",
    };
    let (host, port, directory) = (server.socket_dir().display(), server.port(), directory.display());
    // Releases before 1.20 refuse what they cannot track, and the service sends `options`.
    format!(
        "[databases]\n* = host={host} port={port}\n[pgbouncer]\npool_mode = {mode}\nlisten_addr =\nlisten_port = {PORT}\n\
         unix_socket_dir = {directory}\nauth_type = trust\nauth_file = {directory}/users\n\
         ignore_startup_parameters = extra_float_digits,options\n"
    )
}
