//! How much memory the service takes: idle, and for each cached membership when there are a million.
//!
//! `cargo bench --bench memory -- --help`

mod support {
    pub(crate) mod database;
    pub(crate) mod http;
    pub(crate) mod load;
    pub(crate) mod questions;
    pub(crate) mod report;
    pub(crate) mod service;
    #[path = "../../support/wait.rs"]
    pub(crate) mod wait;
}

use std::fs;

use clap::Parser;
use support::database::{Database, Ids, Population};
use support::http::Connection;
use support::load::{Load, Request};
use support::report::{Failure, say};
use support::service::Service;
use support::wait::until;

/// Requests that are built at a time.
const PORTION: usize = 20_000;

#[derive(Parser)]
struct Flags {
    /// Memberships in all.
    #[arg(long, default_value_t = 1_000_000)]
    memberships: usize,
    /// Tenants of the case that has many.
    #[arg(long, default_value_t = 1_000)]
    tenants: usize,
    /// Keep-alive connections; so many users are loaded by one query.
    #[arg(long, default_value_t = 512)]
    connections: usize,
    /// Threads of the service that answer.
    #[arg(long, default_value_t = 1)]
    workers: usize,
    /// What `cargo bench` says to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<(), Failure> {
    let flags = Flags::parse();
    actix_rt::System::new().block_on(run(&flags))
}

async fn run(flags: &Flags) -> Result<(), Failure> {
    let database = Database::start().await?;
    idle(&database).await?;
    say(
        "| tenants | members | user ids | RSS before, MiB | RSS after, MiB | bytes/membership | by its own estimate |",
    )?;
    say("| ---: | ---: | --- | ---: | ---: | ---: | ---: |")?;
    for tenants in [flags.tenants, 1] {
        for ids in [Ids::Short, Ids::Uuid] {
            let population = Population { tenants, members: flags.memberships / tenants, ids };
            case(flags, &database, population).await?;
        }
    }
    Ok(())
}

/// Ready, and nothing asked yet.
async fn idle(database: &Database) -> Result<(), Failure> {
    for workers in [1, 0] {
        let service = Service::start(&database.service_url, workers).await?;
        say(&format!("idle, workers = {workers}: {} MiB", mebibytes(resident(service.pid)?)))?;
    }
    Ok(())
}

/// Loads everybody through the service, and sees what that has cost.
async fn case(flags: &Flags, database: &Database, population: Population) -> Result<(), Failure> {
    database.fill(population).await?;
    let service = Service::start(&database.service_url, flags.workers).await?;
    let mut load = Load::connect(service.data, flags.connections, 1)?;
    accustom(&mut load, flags)?;
    let before = resident(service.pid)?;
    for first in (0..population.size()).step_by(PORTION) {
        let last = (first + PORTION).min(population.size());
        let questions: Vec<Request> = (first..last).map(|number| population.question(number)).collect();
        if load.run(&questions)? > 0 {
            return Err("requests were refused while the cache was filled".into());
        }
    }
    until("the registry counts its entries", || async {
        let entries = series(&service, "claimsmith_cache_entries{cache=\"roles\"}").ok()?;
        (entries == population.size()).then_some(())
    })
    .await;
    let after = resident(service.pid)?;
    let each = after.saturating_sub(before) / population.size();
    let estimated = series(&service, "claimsmith_cache_bytes{cache=\"roles\"}")? / population.size();
    let Population { tenants, members, ids } = population;
    let (before, after) = (mebibytes(before), mebibytes(after));
    Ok(say(&format!("| {tenants} | {members} | {ids:?} | {before} | {after} | {each} | {estimated} |"))?)
}

/// Requests that lead nowhere: connections take memory too, and are not what is measured.
fn accustom(load: &mut Load, flags: &Flags) -> Result<(), Failure> {
    let nowhere = || Request { bytes: b"GET /nowhere HTTP/1.1\r\nhost: bench\r\n\r\n".to_vec(), answer: Vec::new() };
    let requests: Vec<Request> = (0..flags.connections * 20).map(|_| nowhere()).collect();
    match load.run(&requests)? {
        refused if refused == requests.len() => Ok(()),
        _ => Err("nowhere was found".into()),
    }
}

/// Resident memory, bytes; exact, unlike the sums in `status`.
fn resident(pid: u32) -> Result<usize, Failure> {
    let account = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let line = account.lines().find_map(|line| line.strip_prefix("Rss:")).ok_or("no Rss in smaps_rollup")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<usize>()? * 1024)
}

/// A value from `/metrics`.
fn series(service: &Service, name: &str) -> Result<usize, Failure> {
    let mut connection = Connection::open(service.ops)?;
    connection.send(b"GET /metrics HTTP/1.1\r\nhost: bench\r\n\r\n")?;
    let exposition = String::from_utf8(connection.receive()?.body.to_vec())?;
    let line = exposition.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    Ok(line.ok_or_else(|| format!("there is no series {name}"))?.parse()?)
}

const fn mebibytes(bytes: usize) -> usize {
    bytes.div_ceil(1024 * 1024)
}
