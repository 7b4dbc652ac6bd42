//! The program itself, run as a person or an init system runs it.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::wait::until;

/// Longer than the demo takes to get ready on a busy machine.
const VERY_LONG: Duration = Duration::from_mins(2);

/// The program, without the settings of whoever runs the tests.
pub(crate) fn claimsmith<S: AsRef<OsStr>>(arguments: &[S]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claimsmith"));
    command.args(arguments).env_remove("DATABASE_URL");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CLAIMSMITH_")) {
        command.env_remove(name);
    }
    command
}

/// What a run of the program came to.
#[derive(Debug)]
pub(crate) struct Ended {
    /// `None` after a signal.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs it to its end.
pub(crate) async fn run(command: &mut Command) -> Ended {
    Running::start(command).ended().await
}

/// The program while it runs. A test that fails takes it along.
pub(crate) struct Running {
    child: Child,
    stdout: watch::Receiver<String>,
    stderr: watch::Receiver<String>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        Self { child, stdout: followed(stdout), stderr: followed(stderr) }
    }

    /// Waits until it has printed `text`; returns everything printed so far.
    pub(crate) async fn printed(&mut self, text: &str) -> String {
        let found = appears(&mut self.stdout, text).await;
        found.unwrap_or_else(|| panic!("{text:?} was not printed, but {:?}", *self.stderr.borrow()))
    }

    /// The same of standard error.
    pub(crate) async fn logged(&mut self, text: &str) -> String {
        let found = appears(&mut self.stderr, text).await;
        found.unwrap_or_else(|| panic!("{text:?} was not logged, but {:?}", *self.stderr.borrow()))
    }

    /// Ctrl-C.
    pub(crate) fn interrupt(&self) {
        let sent = Command::new("sh").arg("-c").arg(format!("kill -INT {}", self.child.id())).status();
        assert!(sent.unwrap().success());
    }

    pub(crate) async fn ended(mut self) -> Ended {
        let mut exited = None;
        until("the program ends", || {
            exited = self.child.try_wait().unwrap();
            std::future::ready(exited)
        })
        .await;
        let code = exited.and_then(|status| status.code());
        Ended { code, stdout: whole(&mut self.stdout).await, stderr: whole(&mut self.stderr).await }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads in a thread of its own, so that the program never waits for its reader.
fn followed(stream: impl Read + Send + 'static) -> watch::Receiver<String> {
    let (sender, receiver) = watch::channel(String::new());
    thread::spawn(move || {
        let mut lines = BufReader::new(stream);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            sender.send_modify(|text| text.push_str(&String::from_utf8_lossy(&line)));
            line.clear();
        }
    });
    receiver
}

/// The stream so far, when this is in it; `None` if it never is.
async fn appears(stream: &mut watch::Receiver<String>, text: &str) -> Option<String> {
    let found = timeout(VERY_LONG, stream.wait_for(|said| said.contains(text))).await;
    found.ok()?.ok().map(|said| said.clone())
}

/// Everything up to the end of the stream.
async fn whole(stream: &mut watch::Receiver<String>) -> String {
    let closed = timeout(VERY_LONG, stream.wait_for(|_| false)).await.is_ok();
    assert!(closed, "somebody holds the stream of a program that has ended");
    stream.borrow().clone()
}
