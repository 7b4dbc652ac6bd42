//! The real binary as a process of its own, on a database of the test's own.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command};

use claimsmith::config::KeyDigest;
use reqwest::StatusCode;
use serde_json::Value;

use super::app::KEY;
use super::postgres::TestDatabase;
use super::program::claimsmith;
use super::wait::until;

/// `claimsmith serve`. Killed when dropped.
pub(crate) struct Process {
    pub(crate) database: TestDatabase,
    pub(crate) data: SocketAddr,
    pub(crate) ops: SocketAddr,
    child: Child,
    directory: PathBuf,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.directory);
    }
}

impl Process {
    /// With the lines of the section `shutdown`, on a database of its own.
    pub(crate) async fn serve(name: &str, shutdown: &str) -> Self {
        let sections = format!("[shutdown]\n{shutdown}\n[log]\nformat = \"json\"\n");
        Self::serve_on(TestDatabase::create().await, name, &sections).await
    }

    /// Writes the configuration, starts, and returns when the process is ready. `name` is one that no other test uses;
    /// one of the `sections` is `log`, with the format `json`.
    pub(crate) async fn serve_on(database: TestDatabase, name: &str, sections: &str) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let (config, url, log) =
            (directory.join("claimsmith.toml"), directory.join("database_url"), directory.join("log"));
        fs::write(&url, &database.service_url).unwrap();
        fs::write(&config, configuration(&url, sections)).unwrap();
        let child =
            claimsmith(&["serve", "--config"]).arg(&config).stderr(File::create(&log).unwrap()).spawn().unwrap();
        let (data, ops) =
            until("the process serves", || async { addresses(&fs::read_to_string(&log).unwrap_or_default()) }).await;
        let process = Self { database, data, ops, child, directory };
        until("the process is ready", || async { process.is_ready().await.then_some(()) }).await;
        process
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.directory.join("log")).unwrap()
    }

    /// What `/readyz` says.
    pub(crate) async fn is_ready(&self) -> bool {
        reqwest::get(format!("http://{}/readyz", self.ops)).await.is_ok_and(|answer| answer.status() == StatusCode::OK)
    }

    /// Waits until so many requests are being answered.
    pub(crate) async fn has_in_flight(&self, requests: usize) {
        let line = format!("claimsmith_http_requests_in_flight{{surface=\"claims\"}} {requests}\n");
        until("the requests are under way", || async {
            let metrics = reqwest::get(format!("http://{}/metrics", self.ops)).await.ok()?.text().await.ok()?;
            metrics.contains(&line).then_some(())
        })
        .await;
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        let order = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &order]).status().unwrap().success());
    }

    /// Waits for the end of the process; returns its exit code.
    pub(crate) async fn exit_code(&mut self) -> Option<i32> {
        let child = &mut self.child;
        until("the process ends", || {
            let ended = child.try_wait().unwrap();
            async move { ended }
        })
        .await
        .code()
    }
}

fn configuration(url: &std::path::Path, sections: &str) -> String {
    format!(
        "[http]\nbind = \"127.0.0.1:0\"\nworkers = 2\nanswer_deadline = \"30s\"\n\
         [ops]\nbind = \"127.0.0.1:0\"\n\
         [database]\nurl_file = \"{}\"\nstatement_timeout = \"1m\"\n\
         {sections}\n\
         [caller.test]\nkeys = [\"{}\"]\n",
        url.display(),
        KeyDigest::of_key(KEY),
    )
}

/// The addresses of both planes, as the log tells them.
fn addresses(log: &str) -> Option<(SocketAddr, SocketAddr)> {
    let serving = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let fields = serving.map(|line| line["fields"].clone()).find(|fields| fields["message"] == "serving")?;
    Some((fields["data"].as_str()?.parse().ok()?, fields["ops"].as_str()?.parse().ok()?))
}
