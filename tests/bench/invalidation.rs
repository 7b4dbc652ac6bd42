//! How long a change takes to have effect: from the moment COMMIT returns to the writer, to the first answer that contains
//! it. And what a change costs the service in processor time.
//!
//! `cargo bench --bench invalidation -- --help`

mod support {
    pub(crate) mod cpu;
    pub(crate) mod database;
    pub(crate) mod http;
    pub(crate) mod load;
    pub(crate) mod quantile;
    pub(crate) mod questions;
    pub(crate) mod report;
    pub(crate) mod service;
    #[path = "../../support/wait.rs"]
    pub(crate) mod wait;
}

use std::time::Duration;

use claimsmith::clock::{SharedClock, SystemClock};
use clap::Parser;
use support::cpu;
use support::database::{Database, Ids, Population};
use support::http::{Connection, KEY, post_claims};
use support::load::{Load, Request};
use support::quantile::quantile;
use support::report::{Failure, say};
use support::service::Service;

/// An editor at first.
const WATCHED: usize = 50;
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Parser)]
struct Flags {
    /// Members of the one tenant, all of them in memory before each large change.
    #[arg(long, default_value_t = 100_000)]
    members: usize,
    /// How user ids look.
    #[arg(long, value_enum, default_value = "uuid")]
    ids: Ids,
    /// Changes of one row.
    #[arg(long, default_value_t = 300)]
    small: usize,
    /// Changes of every row.
    #[arg(long, default_value_t = 10)]
    large: usize,
    /// What `cargo bench` says to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

struct Bench {
    population: Population,
    database: Database,
    service: Service,
    connection: Connection,
    clock: SharedClock,
    /// What the watched user is made next.
    next: &'static str,
}

fn main() -> Result<(), Failure> {
    let flags = Flags::parse();
    actix_rt::System::new().block_on(run(&flags))
}

async fn run(flags: &Flags) -> Result<(), Failure> {
    let population = Population { tenants: 1, members: flags.members, ids: flags.ids };
    let database = Database::start().await?;
    database.fill(population).await?;
    let service = Service::start(&database.service_url, 1).await?;
    warm(&population, &service)?;
    let connection = Connection::open(service.data)?;
    let clock = SystemClock::shared();
    let mut bench = Bench { population, database, service, connection, clock, next: "viewer" };

    let (mut effect, mut cost) = (Vec::new(), Vec::new());
    for _ in 0..flags.small {
        effect.push(bench.time_to_effect(ONE_ROW).await?);
        cost.push(bench.cost(ONE_ROW).await?);
    }
    report("one row", &effect, &cost)?;

    let (mut effect, mut cost, mut refill) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..flags.large {
        effect.push(bench.time_to_effect(EVERY_ROW).await?);
        refill.push(warm(&bench.population, &bench.service)?);
        cost.push(bench.cost(EVERY_ROW).await?);
        refill.push(warm(&bench.population, &bench.service)?);
    }
    report(&format!("{} rows", flags.members), &effect, &cost)?;
    say(&format!("refilling costs the service {:.1} µs of CPU per membership (median)", quantile(&refill, 50)))?;
    Ok(())
}

const ONE_ROW: &str = "UPDATE claimsmith_data.membership_role SET role = $1 WHERE tenant_id = $2 AND user_id = $3";
const EVERY_ROW: &str = "UPDATE claimsmith_data.membership_role SET role = $1 WHERE tenant_id = $2 AND $3::text <> ''";

/// Asks for everybody; returns the microseconds of CPU that each has cost the service.
fn warm(population: &Population, service: &Service) -> Result<f64, Failure> {
    let everybody: Vec<Request> = (0..population.size()).map(|number| population.question(number)).collect();
    let mut load = Load::connect(service.data, 256, 1)?;
    let before = cpu::used(service.pid)?;
    match load.run(&everybody)? {
        0 => {
            let used = cpu::used(service.pid)?.saturating_sub(before);
            Ok((used / u32::try_from(everybody.len())?).as_secs_f64() * 1e6)
        }
        refused => Err(format!("{refused} requests were refused").into()),
    }
}

impl Bench {
    /// Milliseconds from the return of COMMIT to the first answer that contains the change.
    async fn time_to_effect(&mut self, statement: &str) -> Result<f64, Failure> {
        let role = self.commit(statement).await?;
        let committed = self.clock.now();
        let question = self.population.question(WATCHED).bytes;
        loop {
            let answer = self.ask(&question)?;
            let passed = self.clock.now().since(committed);
            if answer.contains(&format!("/roles\":[\"{role}\"]")) {
                return Ok(passed.as_secs_f64() * 1e3);
            }
            if passed > PATIENCE {
                return Err(format!("the change has no effect: {answer}").into());
            }
        }
    }

    /// Milliseconds of the service's CPU for the change and one answer that contains it; nobody asks in between.
    async fn cost(&mut self, statement: &str) -> Result<f64, Failure> {
        let before = cpu::used(self.service.pid)?;
        let role = self.commit(statement).await?;
        let head: i64 = self.database.owner.query_one("SELECT claimsmith.head()", &[]).await?.get(0);
        let (tenant, user) = (self.population.tenant(WATCHED), self.population.user(WATCHED));
        let body = format!(r#"{{"user":"{user}","tenant":"{tenant}","at_least":"{head}"}}"#);
        let answer = self.ask(&post_claims(KEY, &body))?;
        if !answer.contains(&format!("/roles\":[\"{role}\"]")) {
            return Err(format!("an answer that is too old: {answer}").into());
        }
        Ok(cpu::used(self.service.pid)?.saturating_sub(before).as_secs_f64() * 1e3)
    }

    async fn commit(&mut self, statement: &str) -> Result<&'static str, Failure> {
        let role = self.next;
        self.next = if role == "viewer" { "editor" } else { "viewer" };
        let (tenant, user) = (self.population.tenant(WATCHED), self.population.user(WATCHED));
        self.database.owner.execute(statement, &[&role, &tenant, &user]).await?;
        Ok(role)
    }

    fn ask(&mut self, question: &[u8]) -> Result<String, Failure> {
        self.connection.send(question)?;
        let answer = self.connection.receive()?;
        let body = String::from_utf8(answer.body.to_vec())?;
        if answer.status == 200 { Ok(body) } else { Err(body.into()) }
    }
}

fn report(what: &str, effect: &[f64], cost: &[f64]) -> Result<(), Failure> {
    let [p50, p99] = [50, 99].map(|percent| quantile(effect, percent));
    let (changes, cpu) = (effect.len(), quantile(cost, 50));
    Ok(say(&format!(
        "{what}: {changes} changes, effect after p50 {p50:.2} ms, p99 {p99:.2} ms; CPU {cpu:.2} ms each (median)"
    ))?)
}
