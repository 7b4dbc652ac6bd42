//! The provider while it runs, and the orders that it obeys.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;

use reqwest::Client;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::installation::folder;
use crate::support::wait::LONG;

/// How a token is signed; also the client that gets it.
#[derive(Clone, Copy)]
pub(super) enum Alg {
    Es256,
    Rs256,
}

impl Alg {
    pub(super) const BOTH: [Self; 2] = [Self::Es256, Self::Rs256];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }
}

/// What the provider can be told; `provider.mjs` says what each does.
#[derive(Clone, Copy)]
pub(super) enum Order {
    Rotate,
    Retire,
    Replace,
    Down,
    Up,
}

impl Order {
    const fn word(self) -> &'static str {
        match self {
            Self::Rotate => "rotate",
            Self::Retire => "retire",
            Self::Replace => "replace",
            Self::Down => "down",
            Self::Up => "up",
        }
    }
}

/// The running provider. It ends with its owner.
pub(super) struct OidcProvider {
    pub(super) issuer: String,
    child: Child,
    answers: mpsc::UnboundedReceiver<Value>,
}

impl Drop for OidcProvider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl OidcProvider {
    /// `None` where it cannot run.
    pub(super) async fn start() -> Option<Self> {
        let mut command = Command::new("node");
        command.arg("provider.mjs").current_dir(folder().await?);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let answers = lines(child.stdout.take().unwrap());
        let mut provider = Self { issuer: String::new(), child, answers };
        let started = provider.next().await;
        started["issuer"].as_str().unwrap().clone_into(&mut provider.issuer);
        Some(provider)
    }

    /// Returns when it is done.
    pub(super) async fn obey(&mut self, order: Order) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{}", order.word()).unwrap();
        assert_eq!(self.next().await["done"], order.word());
    }

    /// A new access token (RFC 6749 section 4.4, RFC 9068).
    pub(super) async fn token(&self, client: &Client, alg: Alg) -> String {
        let form = [("grant_type", "client_credentials"), ("scope", "read")];
        let request = client.post(format!("{}/token", self.issuer)).basic_auth(alg.name(), Some("secret"));
        let answer: Value = request.form(&form).send().await.unwrap().json().await.unwrap();
        answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    async fn next(&mut self) -> Value {
        timeout(LONG, self.answers.recv()).await.ok().flatten().unwrap_or_else(|| panic!("the provider says nothing"))
    }
}

/// Reads in a thread of its own, because the standard library only waits by blocking. The package may print notices, which
/// are no JSON.
fn lines(stdout: ChildStdout) -> mpsc::UnboundedReceiver<Value> {
    let (sender, receiver) = mpsc::unbounded_channel();
    thread::spawn(move || {
        let lines = BufReader::new(stdout).lines().map_while(Result::ok);
        for answer in lines.filter_map(|line| serde_json::from_str(&line).ok()) {
            let _ = sender.send(answer);
        }
    });
    receiver
}
