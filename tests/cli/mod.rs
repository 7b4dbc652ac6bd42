//! Commands for operators, run as operators run them: the program itself, its output and its exit code.

mod issuer_by_id;
mod issuer_by_url;
mod token_batch;
mod token_entries;
mod token_verify;

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::support::identity_provider::{AUDIENCE, Issuer};
use crate::support::program::{Ended, claimsmith, run};

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// A file that is gone when the test is over.
struct File(PathBuf);

impl File {
    fn new(content: impl AsRef<[u8]>) -> Self {
        let name = format!("claimsmith-cli-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::write(&path, content).unwrap();
        Self(path)
    }

    fn json(value: &Value) -> Self {
        Self::new(value.to_string())
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Runs a command that reads nothing.
async fn ran(arguments: &[&str]) -> Ended {
    run(&mut claimsmith(arguments)).await
}

/// Runs a command that reads this from standard input.
fn fed(arguments: &[&str], input: impl Into<Vec<u8>>) -> Ended {
    let mut command = claimsmith(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.into());
    // A command that ends before it has read everything is within its rights.
    let writing = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// An entry with the issuer's keys in it.
fn entry(issuer: &Issuer) -> Value {
    let mut entry = entry_without_keys(issuer);
    entry["settings"]["jwks"] = json!({"keys": [issuer.key().jwk()]});
    entry
}

fn entry_without_keys(issuer: &Issuer) -> Value {
    let settings = json!({"algorithms": ["ES256"], "audiences": [AUDIENCE]});
    json!({"issuer_id": "acme-idp", "issuer": [issuer.iss], "settings": settings})
}
