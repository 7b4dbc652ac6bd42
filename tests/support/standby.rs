//! A streaming standby of a private PostgreSQL, made by copying the primary's cluster while it is stopped.
//!
//! It needs the server's own two programs and no others. Its files are in the primary's directory, which goes with the primary.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::process::Command;

use claimsmith::demo::private_postgres::{Options, PrivatePostgres, Shutdown};

use super::postgres::connect;
use super::wait::until;

/// A server that follows another one, until it is promoted.
pub(crate) struct Standby {
    server: PrivatePostgres,
}

impl Standby {
    /// Stops the primary for the time of a copy: connections to it end. `settings` are those of the primary, because a standby
    /// needs at least as much of everything.
    pub(crate) async fn follow(primary: &mut PrivatePostgres, settings: &[(&str, &str)]) -> Self {
        primary.interrupt(Shutdown::Fast).await.unwrap();
        let home = primary.socket_dir().join("standby");
        fs::create_dir(&home).unwrap();
        // The server's account removes all of it in the end.
        let owner = fs::metadata(primary.socket_dir().join("data")).unwrap();
        chown(&home, Some(owner.uid()), Some(owner.gid())).unwrap();
        // With owners and rights, which PostgreSQL insists on.
        let mut copy = Command::new("cp");
        copy.arg("-a").arg(primary.socket_dir().join("data")).arg(home.join("data"));
        assert!(copy.status().unwrap().success());
        File::create(home.join("data/standby.signal")).unwrap();
        primary.resume().await.unwrap();
        let place = format!("host={} port={} user=postgres", primary.socket_dir().display(), primary.port());
        let own = settings.iter().copied().chain([("primary_conninfo", place.as_str())]);
        let settings = own.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let server = PrivatePostgres::start(Options { keep: Some(home), settings, ..Options::default() }).await;
        Self { server: server.unwrap_or_else(|error| panic!("{error}")) }
    }

    /// The connection URI for this database and user.
    pub(crate) fn url(&self, database: &str, user: &str) -> String {
        self.server.url(database, user)
    }

    /// Waits until it has everything that the primary has committed.
    pub(crate) async fn has_caught_up_with(&self, primary: &PrivatePostgres) {
        let ahead = value(&primary.url("postgres", "postgres"), "SELECT pg_current_wal_flush_lsn()::text").await;
        let question = format!("SELECT (pg_last_wal_replay_lsn() >= '{ahead}')::text");
        until("the standby catches up", || async {
            (value(&self.url("postgres", "postgres"), &question).await == "true").then_some(())
        })
        .await;
    }

    /// From here on it follows nobody and can be written to.
    pub(crate) async fn promote(&self) {
        assert_eq!(value(&self.url("postgres", "postgres"), "SELECT pg_promote(true, 60)::text").await, "true");
    }

    /// Stops it. Do so before the primary, whose directory holds its files.
    pub(crate) async fn stop(self) {
        self.server.stop().await.unwrap();
    }
}

async fn value(url: &str, statement: &str) -> String {
    connect(url).await.client.query_one(statement, &[]).await.unwrap().get(0)
}
