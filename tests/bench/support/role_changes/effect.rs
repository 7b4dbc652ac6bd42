//! From COMMIT to effect: how long after COMMIT has returned to the writer the last replica has answered a question that
//! names the change's position. Beside it the same question when nothing has changed, and when it names no position.

use claimsmith::clock::{Moment, SharedClock};
use tokio_postgres::Statement;

use super::progress::doing;
use super::replica::{Replica, ask_all, question};
use super::server::{Member, Server, Variant};
use super::session::Session;
use super::write::{Prepared, Write};
use crate::support::quantile::quantile;
use crate::support::report::{Failure, say};

/// How many changes.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Changes {
    /// Replicas of the service in the second case; the first has one.
    #[arg(long, default_value_t = 20)]
    replicas: usize,
    /// Changes of one row, for each number of replicas.
    #[arg(long, default_value_t = 200)]
    small_changes: usize,
    /// Changes of one tenant, for each number of replicas.
    #[arg(long, default_value_t = 100)]
    tenant_changes: usize,
}

struct Bench<'server> {
    server: &'server Server,
    session: Session,
    prepared: Prepared,
    position: Statement,
    clock: SharedClock,
    replicas: Vec<Replica>,
    changes: usize,
}

/// Milliseconds, one sample per change.
#[derive(Default)]
struct Samples {
    commit: Vec<f64>,
    position: Vec<f64>,
    named: Vec<f64>,
    unchanged: Vec<f64>,
    at_once: Vec<f64>,
    cpu: Vec<f64>,
    answers: u32,
    new: u32,
}

/// Measures with one replica and with many, and prints the table.
pub(crate) async fn measure(server: &Server, changes: Changes, clock: &SharedClock) -> Result<(), Failure> {
    say("\nFrom COMMIT to effect, ms (p50 / p99): until the last replica has answered\n")?;
    say(
        "| replicas | write | named position ÷ nothing changed, p50 | `at_least` the change | of that, the writer learns \
         its position (p50) | no position named | of those answers, already new | nothing changed | COMMIT itself (p50) \
         | CPU of each replica per change | changes |",
    )?;
    say("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")?;
    for replicas in [1, changes.replicas] {
        for (write, count) in [(Write::OneRow, changes.small_changes), (Write::OneTenant, changes.tenant_changes)] {
            doing(&format!("{}: {count} changes with {replicas} replicas", write.name()))?;
            let mut bench = Bench::start(server, write, replicas, clock).await?;
            let mut samples = Samples::default();
            for _ in 0..count {
                bench.change(&mut samples).await?;
            }
            samples.report(replicas, write)?;
        }
    }
    Ok(())
}

impl<'server> Bench<'server> {
    async fn start(server: &'server Server, write: Write, count: usize, clock: &SharedClock) -> Result<Self, Failure> {
        let session = server.connect(Variant::Watched).await?;
        let prepared = write.prepare(&session, server).await?;
        let position = session.client.prepare("SELECT claimsmith.position()").await?;
        let mut replicas = Vec::new();
        for _ in 0..count {
            let mut replica = Replica::start(server).await?;
            // A connection on which nothing was asked yet is closed soon.
            ask_all(std::slice::from_mut(&mut replica), &question(member(server, 0)?, None))?;
            replicas.push(replica);
        }
        Ok(Self { server, session, prepared, position, clock: SharedClock::clone(clock), replicas, changes: 0 })
    }

    /// Two changes that concern a member whom all replicas have in memory: the first is asked for by its position.
    async fn change(&mut self, samples: &mut Samples) -> Result<(), Failure> {
        self.changes += 1;
        let member = member(self.server, self.changes)?;
        let plain = question(member, None);
        ask_all(&mut self.replicas, &plain)?;
        let asked = self.clock.now();
        ask_all(&mut self.replicas, &plain)?;
        samples.unchanged.push(self.millis_since(asked));

        let cpu = self.cpu()?;
        let committed = self.commit(samples).await?;
        let position = self.position().await?;
        samples.position.push(self.millis_since(committed));
        let answers = ask_all(&mut self.replicas, &question(member, Some(position)))?;
        samples.named.push(self.millis_since(committed));
        samples.cpu.push(self.cpu()? - cpu);
        if answers.iter().any(|answer| *answer < position) {
            return Err("an answer is older than what it was asked for".into());
        }

        let committed = self.commit(samples).await?;
        let answers = ask_all(&mut self.replicas, &plain)?;
        samples.at_once.push(self.millis_since(committed));
        let position = self.position().await?;
        samples.answers += u32::try_from(answers.len())?;
        samples.new += u32::try_from(answers.iter().filter(|answer| **answer >= position).count())?;
        Ok(())
    }

    /// The moment at which COMMIT has returned.
    async fn commit(&self, samples: &mut Samples) -> Result<Moment, Failure> {
        let began = self.clock.now();
        self.prepared.run(&self.session, &self.server.members, self.changes).await?;
        let committed = self.clock.now();
        samples.commit.push(committed.since(began).as_secs_f64() * 1e3);
        Ok(committed)
    }

    async fn position(&self) -> Result<i64, Failure> {
        Ok(self.session.client.query_one(&self.position, &[]).await?.get(0))
    }

    fn millis_since(&self, began: Moment) -> f64 {
        self.clock.now().since(began).as_secs_f64() * 1e3
    }

    /// Milliseconds that a replica has used, on average.
    fn cpu(&self) -> Result<f64, Failure> {
        let mut sum = 0.0;
        for replica in &self.replicas {
            sum += replica.cpu()?.as_secs_f64() * 1e3;
        }
        Ok(sum / f64::from(u32::try_from(self.replicas.len())?))
    }
}

fn member(server: &Server, nth: usize) -> Result<&Member, Failure> {
    server.members.get(nth % server.members.len()).ok_or_else(|| "nobody is in the tables".into())
}

impl Samples {
    fn report(&self, replicas: usize, write: Write) -> Result<(), Failure> {
        let both = |samples| format!("{:.2} / {:.2}", quantile(samples, 50), quantile(samples, 99));
        let [named, unchanged, at_once] = [&self.named, &self.unchanged, &self.at_once].map(|samples| both(samples));
        let ratio = quantile(&self.named, 50) / quantile(&self.unchanged, 50);
        let [position, commit, cpu] = [&self.position, &self.commit, &self.cpu].map(|samples| quantile(samples, 50));
        let new = 100.0 * f64::from(self.new) / f64::from(self.answers.max(1));
        let (write, changes) = (write.name(), self.named.len());
        Ok(say(&format!(
            "| {replicas} | {write} | {ratio:.1} | {named} | {position:.2} | {at_once} | {new:.0} % | {unchanged} \
             | {commit:.2} | {cpu:.2} | {changes} |"
        ))?)
    }
}
