//! What role changes cost at scale, and what everybody else pays: writers' processor time, the time from COMMIT to effect on
//! one replica and on many, throughput, and transactions that change no role. A table that nobody watches, one that is
//! watched, and one with a notification per row take turns in one run; only the ratios travel from one machine to another.
//!
//! `cargo bench --bench role_changes -- --help`

mod support {
    pub(crate) mod cpu;
    pub(crate) mod http;
    pub(crate) mod quantile;
    pub(crate) mod report;
    pub(crate) mod role_changes;
    pub(crate) mod service;
    #[path = "../../support/wait.rs"]
    pub(crate) mod wait;
}

use std::fs;
use std::thread::available_parallelism;

use claimsmith::clock::SystemClock;
use clap::Parser;
use support::report::{Failure, say};
use support::role_changes::effect::{self, Changes};
use support::role_changes::server::Server;
use support::role_changes::throughput::{self, Windows};
use support::role_changes::write_cost::{self, Rounds};
use support::role_changes::{neighbours, notifications};

/// What role changes cost at scale, and what everybody else pays. Results go to standard output as Markdown, ratios first.
#[derive(Parser)]
struct Flags {
    /// Tenants.
    #[arg(long, default_value_t = 1_000)]
    tenants: usize,
    /// Members of each tenant.
    #[arg(long, default_value_t = 1_000)]
    members: usize,
    /// Measure only these, in this order.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Part::ALL)]
    only: Vec<Part>,
    #[command(flatten)]
    rounds: Rounds,
    #[command(flatten)]
    changes: Changes,
    #[command(flatten)]
    windows: Windows,
    /// What `cargo bench` says to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// What a write costs the writer.
    WriteCost,
    /// How many notifications it sends.
    Notifications,
    /// When it is in effect.
    Effect,
    /// How many there can be per second.
    Throughput,
    /// What transactions pay that change no role.
    Neighbours,
}

impl Part {
    const ALL: [Self; 5] = [Self::WriteCost, Self::Notifications, Self::Effect, Self::Throughput, Self::Neighbours];
}

fn main() -> Result<(), Failure> {
    let flags = Flags::parse();
    actix_rt::System::new().block_on(run(&flags))
}

async fn run(flags: &Flags) -> Result<(), Failure> {
    let clock = SystemClock::shared();
    let server = Server::start(flags.tenants, flags.members).await?;
    let (version, cores) = (server.version(), available_parallelism()?);
    say(&format!(
        "PostgreSQL {version}, {cores} cores, {} tenants of {} members; load of the machine {}",
        flags.tenants,
        flags.members,
        load()
    ))?;
    for part in &flags.only {
        match part {
            Part::WriteCost => write_cost::measure(&server, flags.rounds, &clock).await?,
            Part::Notifications => notifications::count(&server).await?,
            Part::Effect => effect::measure(&server, flags.changes, &clock).await?,
            Part::Throughput => throughput::measure(&server, &flags.windows, &clock).await?,
            Part::Neighbours => neighbours::measure(&server, &flags.windows, &clock).await?,
        }
        // Each part starts from tables without dead rows.
        server.clean().await?;
    }
    Ok(say(&format!("\nLoad of the machine at the end {}", load()))?)
}

/// One, five and fifteen minutes; others may work on this machine too.
fn load() -> String {
    let account = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    account.split(' ').take(3).collect::<Vec<_>>().join(" ")
}
