//! The way from nothing to a server that answers.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tokio_postgres::{NoTls, SimpleQueryMessage};

use super::Options;
use super::account::Account;
use super::address::Address;
use super::binaries::Binaries;
use super::cluster::{self, Durability};
use super::error::StartError;
use super::guard::{Guard, POLL_INTERVAL};

/// Recovery after an immediate shutdown is part of a start, so this is generous.
const START_LIMIT: Duration = Duration::from_mins(1);

/// How often another port is tried when somebody took the one we had found.
const PORT_ATTEMPTS: u32 = 5;

/// A start that has its guard, but no server yet.
pub(super) struct Run {
    guard: Guard,
    account: Account,
    home: PathBuf,
    directory: PathBuf,
}

impl Run {
    /// Puts the guard in charge of `directory`.
    pub(super) fn guarded(options: &Options, binaries: &Binaries, directory: &Path) -> Result<Self, StartError> {
        let account = Account::for_maker_of(directory)?;
        let home = home(options, directory)?;
        let server = server(options, binaries, &home, directory);
        account.own(directory)?;
        let guard = Guard::spawn(directory, account, &server)?;
        Ok(Self { guard, account, home, directory: directory.to_path_buf() })
    }

    /// Makes the cluster if need be, starts the server, and gives it with its version when it answers.
    pub(super) async fn start(
        mut self,
        options: &Options,
        binaries: &Binaries,
    ) -> Result<(Guard, Address, String), StartError> {
        match self.listen(options, binaries).await {
            Ok((address, version)) => Ok((self.guard, address, version)),
            Err(error) => {
                // Why it did not start is what the caller must read; the guard cleans up in any case.
                let _ = self.guard.finish().await;
                Err(error)
            }
        }
    }

    async fn listen(&mut self, options: &Options, binaries: &Binaries) -> Result<(Address, String), StartError> {
        cluster::prepare(binaries, self.account, &self.home, durability(options)).await?;
        if !options.tcp {
            let address = Address::socket_only(&self.directory);
            self.guard.run_server(address.port)?;
            let version = answer(&self.guard, &address).await?;
            return Ok((address, version));
        }
        let (address, version) = self.listen_on_free_port().await?;
        set_password(&address).await?;
        Ok((address, version))
    }

    async fn listen_on_free_port(&mut self) -> Result<(Address, String), StartError> {
        let mut attempt = 1;
        loop {
            let address = Address::with_tcp(&self.directory)?;
            self.guard.run_server(address.port)?;
            match answer(&self.guard, &address).await {
                Err(StartError::Ended { log }) if attempt < PORT_ATTEMPTS && log.contains("could not bind") => {
                    attempt += 1;
                }
                outcome => return outcome.map(|version| (address, version)),
            }
        }
    }
}

/// Where the cluster lives: absolute, because the server runs in another directory than we do.
fn home(options: &Options, directory: &Path) -> Result<PathBuf, StartError> {
    let Some(keep) = &options.keep else { return Ok(directory.to_path_buf()) };
    std::path::absolute(keep).map_err(StartError::io("locate", keep))
}

const fn durability(options: &Options) -> Durability {
    if options.durable { Durability::Durable } else { Durability::Fast }
}

/// The command of the server, all but the port.
fn server(options: &Options, binaries: &Binaries, home: &Path, socket_dir: &Path) -> Command {
    let mut command = Command::new(&binaries.postgres);
    command.arg("-D").arg(home.join("data")).arg("-k").arg(socket_dir);
    let listen = if options.tcp { "listen_addresses=127.0.0.1" } else { "listen_addresses=" };
    // In English, because `listen_on_free_port` reads it.
    command.args(["-c", listen, "-c", "lc_messages=C"]);
    if durability(options) == Durability::Fast {
        command.args(["-c", "fsync=off", "-c", "jit=off"]);
    }
    for (name, value) in &options.settings {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    command
}

/// Asks the server for its version until it answers, ends, or has had its time.
pub(super) async fn answer(guard: &Guard, address: &Address) -> Result<String, StartError> {
    let asked = async {
        loop {
            if guard.server_has_ended() {
                return Err(StartError::Ended { log: guard.log() });
            }
            if let Ok(version) = query(address, "show server_version").await {
                return Ok(version);
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    };
    let silent = |_| Err(StartError::Silent { seconds: START_LIMIT.as_secs(), log: guard.log() });
    tokio::time::timeout(START_LIMIT, asked).await.unwrap_or_else(silent)
}

/// Sets this run's password. It is hexadecimal, so the literal is safe.
async fn set_password(address: &Address) -> Result<(), StartError> {
    let Some(password) = &address.password else { return Ok(()) };
    let statement = format!("alter role postgres password '{password}'");
    query(address, &statement).await.map(drop).map_err(StartError::Password)
}

/// Runs one statement on a connection of its own and gives its first value, or nothing.
pub(super) async fn query(address: &Address, statement: &str) -> Result<String, tokio_postgres::Error> {
    let (client, connection) = address.own_connection().connect(NoTls).await?;
    let exchange = async move { client.simple_query(statement).await };
    let (messages, _closed) = futures_util::join!(exchange, connection);
    let first = messages?.into_iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    Ok(first.unwrap_or_default())
}
