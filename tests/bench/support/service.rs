//! The real service: the program that is shipped, in a process of its own.

use std::io::{self, BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, thread};

use claimsmith::config::KeyDigest;
use serde::Deserialize;

use super::http::{Connection, KEY};
use super::report::Failure;
use super::wait::until;

/// The running service; dropping it ends the process.
pub(crate) struct Service {
    pub(crate) pid: u32,
    /// Where callers ask.
    pub(crate) data: SocketAddr,
    /// Where gateways ask, if there is a profile.
    pub(crate) gateway: Option<SocketAddr>,
    /// Where operators ask.
    pub(crate) ops: SocketAddr,
    process: Child,
    configuration: PathBuf,
}

/// The line that says where the service listens.
#[derive(Deserialize)]
struct Line {
    fields: Fields,
}

#[derive(Deserialize)]
struct Fields {
    data: Option<SocketAddr>,
    gateway: Option<SocketAddr>,
    ops: Option<SocketAddr>,
}

static COUNT: AtomicUsize = AtomicUsize::new(0);

impl Service {
    /// Starts it with `workers` threads that answer; returns when it is ready.
    pub(crate) async fn start(database_url: &str, workers: usize) -> Result<Self, Failure> {
        Self::start_with(database_url, workers, "").await
    }

    /// The same, with these sections besides.
    pub(crate) async fn start_with(database_url: &str, workers: usize, sections: &str) -> Result<Self, Failure> {
        let (process, number) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let configuration = std::env::temp_dir().join(format!("claimsmith-bench-{process}-{number}.toml"));
        fs::write(&configuration, format!("{}{sections}", settings(database_url, workers)))?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_claimsmith"));
        command.arg("serve").arg("--config").arg(&configuration).stderr(Stdio::piped());
        let mut process = command.spawn()?;
        let (data, gateway, ops) = addresses(&mut process)?;
        let service = Self { pid: process.id(), data, gateway, ops, process, configuration };
        until("the service is ready", || async { service.is_ready().ok().filter(|ready| *ready) }).await;
        Ok(service)
    }

    fn is_ready(&self) -> Result<bool, Failure> {
        self.gateway.map(Connection::open).transpose()?;
        let mut connection = Connection::open(self.ops)?;
        connection.send(b"GET /readyz HTTP/1.1\r\nhost: bench\r\n\r\n")?;
        Ok(connection.receive()?.status == 200)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It has nothing to lose, and may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_file(&self.configuration);
    }
}

/// Memory and time without the bounds that would cut a bench short; everything else as it is shipped.
fn settings(database_url: &str, workers: usize) -> String {
    let digest = KeyDigest::of_key(KEY);
    format!(
        "[http]\nbind = '127.0.0.1:0'\nworkers = {workers}\nanswer_deadline = '30s'\n[ops]\nbind = '127.0.0.1:0'\n\
         [database]\nurl = '{database_url}'\nstatement_timeout = '30s'\n[cache]\nmax_memory = '8GiB'\n\
         [log]\nformat = 'json'\n[caller.bench]\nkeys = ['{digest}']\naudiences = ['https://api.app.example']\n"
    )
}

/// Reads the log up to the line that tells the addresses; the rest goes where ours goes.
fn addresses(process: &mut Child) -> Result<(SocketAddr, Option<SocketAddr>, SocketAddr), Failure> {
    let mut log = BufReader::new(process.stderr.take().ok_or("the service has no log")?);
    let mut line = String::new();
    while log.read_line(&mut line)? > 0 {
        if let Ok(Line { fields: Fields { data: Some(data), gateway, ops: Some(ops) } }) = serde_json::from_str(&line) {
            thread::spawn(move || io::copy(&mut log, &mut io::stderr()));
            return Ok((data, gateway, ops));
        }
        line.clear();
    }
    Err("the service ended before it listened".into())
}
