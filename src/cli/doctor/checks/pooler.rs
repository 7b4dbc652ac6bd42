//! The doorbell: whether the connection of the change feed hears a notification that another connection sends.
//!
//! It is the self-test of the feed, on the feed's channel. Probes of running replicas are heard too, and are not ours.

use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use super::{Found, rows};
use crate::cli::doctor::finding::Finding;
use crate::cli::doctor::sessions::Listener;

pub(in crate::cli::doctor) const CHECK: &str = "pooler";
const STATEMENT: &str = include_str!("../../../../sql/doctor/pooler.sql");
const RING: &str = include_str!("../../../../sql/queries/ring.sql");
const LISTEN: &str = "LISTEN claimsmith_probe";
/// A pooler may have given the LISTEN to a server session that lives on.
const UNLISTEN: &str = "UNLISTEN claimsmith_probe";
const PATIENCE: Duration = Duration::from_secs(2);

pub(in crate::cli::doctor) async fn check(
    service: &Client,
    listener: &mut Listener,
    key: &'static str,
    nonce: &str,
) -> Found {
    if place(service).await? != place(&listener.session.client).await? {
        let problem = "it leads to another server or database than database.url: no change is ever heard";
        return Ok(vec![Finding::error(CHECK, key, problem, "let both name the same primary and database")]);
    }
    listener.session.client.batch_execute(LISTEN).await?;
    service.query_typed(RING, &[(&nonce, Type::TEXT)]).await?;
    let is_heard = timeout(PATIENCE, hears(listener, nonce)).await.unwrap_or(false);
    listener.session.client.batch_execute(UNLISTEN).await?;
    Ok(if is_heard { Vec::new() } else { vec![deaf(key)] })
}

async fn place(client: &Client) -> Result<Option<String>, Error> {
    rows(client, STATEMENT).await?.first().map(|row| row.try_get("place")).transpose()
}

/// Whether the nonce is heard before the connection ends.
async fn hears(listener: &mut Listener, nonce: &str) -> bool {
    while let Some(payload) = listener.heard.recv().await {
        if payload == nonce {
            return true;
        }
    }
    false
}

fn deaf(key: &'static str) -> Finding {
    let problem = "a notification was not heard within 2 s: a pooler in transaction mode is in the way, and changes are \
                   noticed at heartbeats only";
    let remedy = "set database.listener_url to a direct connection, or to one through a pooler in session mode";
    Finding::error(CHECK, key, problem, remedy)
}
