//! The demo on data that outlive it: a directory that is kept, a server that somebody else runs.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Story, ask, demo, end, roles, until_roles};
use crate::support::empty_database::empty_database;
use crate::support::pasted::Terminal;
use crate::support::postgres::connect;
use crate::support::program::Running;

/// A directory that is gone when the test is over.
struct Kept(PathBuf);

impl Kept {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("claimsmith-test-kept-{}", std::process::id()));
        fs::create_dir(&path).unwrap();
        // When root runs the tests, the account that the server runs as has to get in.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Self(path)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[actix_rt::test]
async fn what_is_kept_is_there_in_the_next_run() {
    let kept = Kept::new();
    let cluster = kept.0.join("cluster");

    let mut first = Running::start(demo().arg("--keep").arg(&cluster));
    let story = Story::told_by(&mut first).await;
    assert_eq!(roles(&ask(&story.megacorp).await), &json!(["editor"]));
    Terminal::default().paste(&story.bulk_change).await;
    end(first).await;
    assert!(!story.socket_directory().exists(), "only the cluster is kept");
    assert!(cluster.join("data/PG_VERSION").is_file());
    assert!(!cluster.join("data/postmaster.pid").exists(), "and its server has ended");

    let mut second = Running::start(demo().arg("--keep").arg(&cluster));
    let story = Story::told_by(&mut second).await;
    assert_eq!(roles(&ask(&story.megacorp).await), &json!(["viewer"]));
    end(second).await;
}

/// The lines are not given to a shell here, so that the way of machines without `curl` and `psql` is walked everywhere.
#[actix_rt::test]
async fn a_server_of_ones_own_is_used_and_left_running() {
    let terminal = Terminal { database_url: empty_database().await };
    let mut demo = Running::start(demo().env("DATABASE_URL", &terminal.database_url));
    let story = Story::told_by(&mut demo).await;
    assert!(story.bulk_change.starts_with("psql \"$DATABASE_URL\" -c "), "no secret is printed: {story:?}");
    let answer: Value = serde_json::from_str(&terminal.without_programs(&story.alice).await).unwrap();
    assert_eq!(roles(&answer), &json!(["admin", "billing"]));
    let picker: Value = serde_json::from_str(&terminal.without_programs(&story.picker).await).unwrap();
    assert_eq!(picker["memberships"].as_array().unwrap().len(), 2);

    assert_eq!(terminal.without_programs(&story.bulk_change).await, "UPDATE 100000");
    until_roles(&story.megacorp, &json!(["viewer"])).await;
    end(demo).await;
    let session = connect(&terminal.database_url).await;
    let members = session.client.query_one("SELECT count(*) FROM claimsmith_data.membership", &[]).await.unwrap();
    assert_eq!(members.get::<_, i64>(0), 100_004);
}
