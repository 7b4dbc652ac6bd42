//! A database in which nothing has happened yet.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::postgres::{connect, server};

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Makes one on the server of this run; the connection string is its owner's.
pub(crate) async fn empty_database() -> String {
    let server = server().await;
    let name = format!("empty_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let postgres = connect(&server.url("postgres", "postgres")).await;
    // template0, because nobody can be connected to it, which would keep PostgreSQL from copying it.
    postgres.client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0")).await.unwrap();
    server.url(&name, "postgres")
}
