//! Fetching from issuers that are slow, huge, wrong or hostile. Every one of them is a real server on loopback.

mod addresses;
mod answers;
#[path = "../../src/directory/tls/test_authority.rs"]
mod authority;
mod bodies;
mod encrypted;
mod names;
mod posts;
mod server;

use std::sync::Arc;
use std::time::Duration;

use claimsmith::clock::SystemClock;
use claimsmith::issuers::fetch::{
    ACCEPT_KEYS, FetchError, FetchLimits, FetchRequest, Fetched, Fetcher, Leave, Validators,
};
use tokio::time::timeout;

use self::names::Names;
use crate::support::wait::LONG;

/// Long enough on a busy machine for what is meant to succeed.
const PATIENT: FetchLimits =
    FetchLimits { connect: Duration::from_secs(10), total: Duration::from_secs(20), body: 512 * 1024 };

/// For what is meant to run out of time.
const HASTY: FetchLimits =
    FetchLimits { connect: Duration::from_millis(200), total: Duration::from_millis(400), body: 512 * 1024 };

fn fetcher(limits: FetchLimits, names: Names) -> Fetcher {
    Fetcher::with_resolver(limits, SystemClock::shared(), Arc::new(names))
}

/// The leave that a test server on loopback needs.
fn plaintext() -> Leave {
    Leave { plaintext: true, ..Leave::default() }
}

async fn get_with(fetcher: &Fetcher, request: &FetchRequest<'_>) -> Result<Fetched, FetchError> {
    timeout(LONG, fetcher.get(request)).await.unwrap_or_else(|_| panic!("{} never ended", request.url))
}

async fn get(fetcher: &Fetcher, url: &str, leave: &Leave) -> Result<Fetched, FetchError> {
    get_with(fetcher, &FetchRequest { url, accept: ACCEPT_KEYS, conditional: None, leave }).await
}

/// From a test server, by its address.
async fn get_plainly(url: &str) -> Result<Fetched, FetchError> {
    get(&fetcher(PATIENT, Names::none()), url, &plaintext()).await
}

async fn get_if_changed(url: &str, validators: Validators) -> Result<Fetched, FetchError> {
    let leave = plaintext();
    let request = FetchRequest { url, accept: ACCEPT_KEYS, conditional: Some(validators), leave: &leave };
    get_with(&fetcher(PATIENT, Names::none()), &request).await
}

fn body_of(fetched: Fetched) -> Vec<u8> {
    match fetched {
        Fetched::Document { body, .. } => body,
        Fetched::NotModified { .. } => panic!("not modified"),
    }
}
