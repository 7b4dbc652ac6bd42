//! A small `sh` process between us and the server, which outlives us by the time it takes to clean up.
//!
//! It reads orders from a pipe that only we hold open. However we end, even by `kill -9`, the kernel closes the
//! pipe; then the guard stops the server and removes the directory of the run. `guard.sh` is the other half.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::account::Account;
use super::error::{StartError, StopError};
use super::tail;

const SCRIPT: &str = include_str!("guard.sh");

/// How often a foreign process is asked whether it has got there.
pub(super) const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// PostgreSQL itself gives a backend 5 s to obey an immediate shutdown.
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// How a server is brought down (PostgreSQL: "Shutting Down the Server").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// Sessions are cut, everything is written: `SIGINT`.
    Fast,
    /// As in a crash; the next start recovers from the log: `SIGQUIT`.
    Immediate,
}

/// The guard of one run.
#[derive(Debug)]
pub(super) struct Guard {
    process: Child,
    directory: PathBuf,
}

impl Guard {
    /// From here on `directory` disappears when this process does. The server is not started yet.
    pub(super) fn spawn(directory: &Path, account: Account, server: &Command) -> Result<Self, StartError> {
        let log_path = directory.join("log");
        let log = File::create(&log_path).map_err(StartError::io("create", &log_path))?;
        let errors = log.try_clone().map_err(StartError::io("share", &log_path))?;
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "guard"]).arg(directory).arg(server.get_program()).args(server.get_args());
        command.current_dir(directory).env("LC_ALL", "C").stdin(Stdio::piped()).stdout(log).stderr(errors);
        account.apply(&mut command);
        let process = command.spawn().map_err(StartError::io("run", "sh"))?;
        Ok(Self { process, directory: directory.to_path_buf() })
    }

    /// Starts the server; whether it comes up is for the caller to find out.
    pub(super) fn run_server(&mut self, port: u16) -> Result<(), StartError> {
        let mark = self.end_mark();
        if mark.exists() {
            fs::remove_file(&mark).map_err(StartError::io("remove", &mark))?;
        }
        self.order(&format!("run {port}")).map_err(StartError::io("instruct", "sh"))
    }

    /// Stops the server and waits for its end. The directory stays.
    pub(super) async fn stop_server(&mut self, how: Shutdown) -> Result<(), StopError> {
        let signal = match how {
            Shutdown::Fast => "INT",
            Shutdown::Immediate => "QUIT",
        };
        if self.server_has_ended() {
            return Ok(());
        }
        self.order(signal).map_err(StopError::GuardGone)?;
        let ended = async {
            while !self.server_has_ended() {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        tokio::time::timeout(STOP_LIMIT, ended).await.map_err(|_| still_running())
    }

    /// Stops the server if it runs, removes the directory, and waits for both.
    pub(super) async fn finish(mut self) -> Result<(), StopError> {
        drop(self.process.stdin.take());
        let ended = async {
            while self.process.try_wait().map_err(StopError::GuardGone)?.is_none() {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
            Ok(())
        };
        tokio::time::timeout(STOP_LIMIT, ended).await.unwrap_or_else(|_| Err(still_running()))
    }

    /// Whether the last server that was started has ended.
    pub(super) fn server_has_ended(&self) -> bool {
        self.end_mark().exists()
    }

    /// The end of the server's log.
    pub(super) fn log(&self) -> String {
        fs::read(self.directory.join("log")).map_or_else(
            |unreadable| format!("(the log cannot be read: {unreadable})"),
            |text| tail(&String::from_utf8_lossy(&text)),
        )
    }

    fn end_mark(&self) -> PathBuf {
        self.directory.join("ended")
    }

    fn order(&mut self, line: &str) -> io::Result<()> {
        let orders = self.process.stdin.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        orders.write_all(format!("{line}\n").as_bytes())
    }
}

const fn still_running() -> StopError {
    StopError::StillRunning { seconds: STOP_LIMIT.as_secs() }
}
