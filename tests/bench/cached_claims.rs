//! What a cached `POST /v1/claims` costs: processor time per request of the server process, beside bare actix-web handlers
//! that return the same bytes. All take turns in one run; only the ratios travel from one machine to another.
//!
//! `cargo bench --bench cached_claims -- --help`

mod bare;
mod support {
    pub(crate) mod contender;
    pub(crate) mod cpu;
    pub(crate) mod database;
    pub(crate) mod http;
    pub(crate) mod load;
    pub(crate) mod pin;
    pub(crate) mod quantile;
    pub(crate) mod questions;
    pub(crate) mod report;
    pub(crate) mod service;
    #[path = "../../support/wait.rs"]
    pub(crate) mod wait;
}

use std::net::SocketAddr;

use bare::Bare;
use clap::Parser;
use support::contender::{Contender, compare, none_refused, take_turns, tell};
use support::database::{Database, Ids, Population};
use support::http::{Connection, KEY, post_claims};
use support::load::{Load, Request};
use support::pin;
use support::report::{Failure, say};
use support::service::Service;

#[derive(Parser)]
struct Flags {
    /// Members of the one tenant, all of them in memory.
    #[arg(long, default_value_t = 100_000)]
    members: usize,
    /// How user ids look.
    #[arg(long, value_enum, default_value = "uuid")]
    ids: Ids,
    /// How often every contender has its turn.
    #[arg(long, default_value_t = 64)]
    rounds: usize,
    /// Requests in one turn.
    #[arg(long, default_value_t = 5_000)]
    requests: usize,
    /// Keep-alive connections.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Threads that drive them.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Be the bare server.
    #[arg(long, hide = true)]
    bare: bool,
    /// What `cargo bench` says to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Flags {
    const fn load(&self) -> (usize, usize) {
        (self.connections, self.threads)
    }
}

fn main() -> Result<(), Failure> {
    let flags = Flags::parse();
    let system = actix_rt::System::new();
    if flags.bare { system.block_on(bare::serve()) } else { system.block_on(run(&flags)) }
}

async fn run(flags: &Flags) -> Result<(), Failure> {
    let population = Population { tenants: 1, members: flags.members, ids: flags.ids };
    let database = Database::start().await?;
    database.fill(population).await?;
    let service = Service::start(&database.service_url, 1).await?;
    let pinned = pin::load();
    pin::server(service.pid)?;

    let by_user = questions(flags, |number| population.question(number));
    let by_subject = questions(flags, |number| by_subject(&population, number));
    warm(flags, &population, service.data)?;

    let mut probe = Connection::open(service.data)?;
    probe.send(&population.question(0).bytes)?;
    let answer = probe.receive()?;
    let (body, headers) = (answer.body.len(), answer.headers.lines().count());
    say(&format!("{} members, answers of {body} bytes and {headers} header lines; pinned: {pinned}", flags.members))?;
    let same = Bare::start(&answer, |_| true)?;
    let plain = Bare::start(&answer, |name| name == "content-type")?;
    pin::server(same.pid)?;
    pin::server(plain.pid)?;

    let always_same = |questions: &[Request]| -> Vec<Request> {
        questions.iter().map(|asked| Request { bytes: asked.bytes.clone(), answer: answer.body.to_vec() }).collect()
    };
    let (user_same, subject_same) = (always_same(&by_user), always_same(&by_subject));
    let mut contenders = [
        Contender::new("service, by user", (service.pid, service.data), &by_user, flags.load())?,
        Contender::new("service, by subject", (service.pid, service.data), &by_subject, flags.load())?,
        Contender::new("bare, same headers, by user", (same.pid, same.address), &user_same, flags.load())?,
        Contender::new("bare, same headers, by subject", (same.pid, same.address), &subject_same, flags.load())?,
        Contender::new("bare, content-type only, by user", (plain.pid, plain.address), &user_same, flags.load())?,
    ];
    take_turns(&mut contenders, flags.rounds, flags.requests)?;
    report(&contenders)
}

/// One question about everybody.
fn questions(flags: &Flags, question: impl Fn(usize) -> Request) -> Vec<Request> {
    // A prime, so that neighbours in the load are no neighbours in memory.
    const STRIDE: usize = 7_919;
    (0..flags.members).map(|at| question(at * STRIDE % flags.members)).collect()
}

fn by_subject(population: &Population, number: usize) -> Request {
    let (tenant, user) = (population.tenant(number), population.user(number));
    let body = format!(r#"{{"subject":{{"issuer":"https://idp.example/","sub":"sub|{user}"}},"tenant":"{tenant}"}}"#);
    Request { bytes: post_claims(KEY, &body), answer: population.answer(number) }
}

/// Asks for everybody once, so that from here on every answer comes from memory.
fn warm(flags: &Flags, population: &Population, address: SocketAddr) -> Result<(), Failure> {
    let mut load = Load::connect(address, 256, flags.threads)?;
    for question in [Population::question, by_subject] {
        let everybody: Vec<Request> = (0..population.size()).map(|number| question(population, number)).collect();
        let refused = load.run(&everybody)?;
        if refused > 0 {
            return Err(format!("{refused} requests were refused while the cache was filled").into());
        }
    }
    Ok(())
}

fn report(contenders: &[Contender<'_>; 5]) -> Result<(), Failure> {
    tell(contenders)?;
    let [user, subject, same_user, same_subject, plain] = contenders;
    say("ratio of medians (median of the ratios of each round)")?;
    compare("by user, same headers", user, same_user)?;
    compare("by user, content-type only", user, plain)?;
    compare("by subject, same headers", subject, same_subject)?;
    none_refused(contenders)
}
