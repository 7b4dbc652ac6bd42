//! What a cached `POST /v1/claims` costs: processor time per request of the server process, beside bare actix-web handlers
//! that return the same bytes. All take turns in one run; only the ratios travel from one machine to another.
//!
//! `cargo bench --bench cached_claims -- --help`

mod bare;
mod support {
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
use support::cpu;
use support::database::{Database, Ids, Population};
use support::http::{Connection, KEY, post_claims};
use support::load::{Load, Request};
use support::pin;
use support::quantile::quantile;
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

/// A server and a kind of question, and what was measured.
struct Contender<'questions> {
    name: &'static str,
    pid: u32,
    load: Load,
    questions: &'questions [Request],
    micros: Vec<f64>,
    refused: usize,
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
        Contender::new("service, by user", (service.pid, service.data), &by_user, flags)?,
        Contender::new("service, by subject", (service.pid, service.data), &by_subject, flags)?,
        Contender::new("bare, same headers, by user", (same.pid, same.address), &user_same, flags)?,
        Contender::new("bare, same headers, by subject", (same.pid, same.address), &subject_same, flags)?,
        Contender::new("bare, content-type only, by user", (plain.pid, plain.address), &user_same, flags)?,
    ];
    for round in 0..flags.rounds {
        // Whoever comes first in a round must not always be the same.
        for turn in 0..contenders.len() {
            let at = (round + turn) % contenders.len();
            contenders.get_mut(at).map_or(Ok(()), |contender| contender.take_turn(flags.requests))?;
        }
    }
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

impl<'questions> Contender<'questions> {
    fn new(
        name: &'static str,
        (pid, address): (u32, SocketAddr),
        questions: &'questions [Request],
        flags: &Flags,
    ) -> Result<Self, Failure> {
        let mut load = Load::connect(address, flags.connections, flags.threads)?;
        // A connection on which nothing was asked yet is closed soon.
        load.run(questions)?;
        Ok(Self { name, pid, load, questions, micros: Vec::new(), refused: 0 })
    }

    /// Asks so many questions, each turn others.
    fn take_turn(&mut self, requests: usize) -> Result<(), Failure> {
        let turns = self.questions.len().div_ceil(requests);
        let questions = self.questions.chunks(requests).nth(self.micros.len() % turns).unwrap_or_default();
        let before = cpu::used(self.pid)?;
        self.refused += self.load.run(questions)?;
        let used = cpu::used(self.pid)?.saturating_sub(before);
        let each = used / u32::try_from(questions.len())?;
        self.micros.push(each.as_secs_f64() * 1e6);
        Ok(())
    }
}

fn report(contenders: &[Contender<'_>; 5]) -> Result<(), Failure> {
    say("µs of CPU per request: median (quartiles), and requests refused")?;
    for Contender { name, micros, refused, .. } in contenders {
        let [first, median, third] = [25, 50, 75].map(|percent| quantile(micros, percent));
        say(&format!("{name:34} {median:6.2} ({first:.2} to {third:.2}), {refused}"))?;
    }
    let [user, subject, same_user, same_subject, plain] = contenders;
    say("ratio of medians (median of the ratios of each round)")?;
    compare("by user, same headers", user, same_user)?;
    compare("by user, content-type only", user, plain)?;
    compare("by subject, same headers", subject, same_subject)?;
    match contenders.iter().map(|contender| contender.refused).sum() {
        0_usize => Ok(()),
        refused => Err(format!("{refused} requests were refused").into()),
    }
}

/// Turns of one round follow each other, so what disturbs the machine for longer than that disturbs both.
fn compare(what: &str, service: &Contender<'_>, bare: &Contender<'_>) -> Result<(), Failure> {
    let medians = quantile(&service.micros, 50) / quantile(&bare.micros, 50);
    let rounds: Vec<f64> = service.micros.iter().zip(&bare.micros).map(|(service, bare)| service / bare).collect();
    Ok(say(&format!("{what:34} {medians:6.3} ({:.3})", quantile(&rounds, 50)))?)
}
