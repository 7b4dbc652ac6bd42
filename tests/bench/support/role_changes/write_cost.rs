//! What a write costs the writer: processor time of its backend, and time on the clock.
//!
//! The variants take turns, and whoever comes first changes from round to round. A turn of a small write is many
//! transactions: the account of a backend may lag behind by one.

use std::ops::Range;

use claimsmith::clock::SharedClock;

use super::progress::doing;
use super::server::{Server, Variant};
use super::session::Session;
use super::write::{Prepared, Write};
use crate::support::quantile::quantile;
use crate::support::report::{Failure, say};

/// How often every variant has its turn.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Rounds {
    /// Turns of each variant with small writes; each is many transactions.
    #[arg(long, default_value_t = 15)]
    small_rounds: usize,
    /// Turns of each variant with updates of a tenth of all rows.
    #[arg(long, default_value_t = 5)]
    large_rounds: usize,
    /// Turns of each variant with COPY.
    #[arg(long, default_value_t = 3)]
    copy_rounds: usize,
}

struct Contender {
    variant: Variant,
    session: Session,
    cpu: Vec<f64>,
    wall: Vec<f64>,
}

/// Measures all kinds of writes and prints the table.
pub(crate) async fn measure(server: &Server, rounds: Rounds, clock: &SharedClock) -> Result<(), Failure> {
    say("\nWriters' cost per transaction, COMMIT included: ratios of medians to the bare table\n")?;
    say("| write | CPU, watched | CPU, naive | wall, watched | wall, naive | CPU ms: bare, watched, naive \
         | wall ms: bare, watched, naive | turns |")?;
    say("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")?;
    let Rounds { small_rounds, large_rounds, copy_rounds } = rounds;
    for (write, rounds, repeats) in [
        (Write::OneRow, small_rounds, 40),
        (Write::OneTenant, small_rounds, 5),
        (Write::Tenth, large_rounds, 1),
        (Write::Copy, copy_rounds, 1),
    ] {
        case(server, write, rounds, repeats, clock).await?;
    }
    Ok(())
}

async fn case(
    server: &Server,
    write: Write,
    rounds: usize,
    repeats: usize,
    clock: &SharedClock,
) -> Result<(), Failure> {
    let mut contenders = Vec::new();
    for variant in Variant::ALL {
        contenders.push(Contender::new(server, variant).await?);
    }
    for round in 0..rounds {
        doing(&format!("{}: round {} of {rounds}", write.name(), round + 1))?;
        contenders.rotate_left(1);
        for contender in &mut contenders {
            contender.take_turn(server, write, repeats, clock).await?;
        }
    }
    contenders.sort_by_key(|contender| Variant::ALL.iter().position(|variant| *variant == contender.variant));
    report(write, &contenders)
}

impl Contender {
    async fn new(server: &Server, variant: Variant) -> Result<Self, Failure> {
        let session = server.connect(variant).await?;
        Ok(Self { variant, session, cpu: Vec::new(), wall: Vec::new() })
    }

    async fn take_turn(
        &mut self,
        server: &Server,
        write: Write,
        repeats: usize,
        clock: &SharedClock,
    ) -> Result<(), Failure> {
        self.settle(write).await?;
        let prepared = write.prepare(&self.session, server).await?;
        let first = self.cpu.len() * repeats;
        let transactions = first..first + repeats;
        if repeats > 1 {
            // The first to touch a page after CHECKPOINT logs all of it, which would hide what is measured.
            self.cost(&prepared, server, transactions.clone(), clock).await?;
        }
        let (cpu, wall) = self.cost(&prepared, server, transactions, clock).await?;
        let transactions = f64::from(u32::try_from(repeats)?);
        self.cpu.push(cpu / transactions);
        self.wall.push(wall / transactions);
        Ok(())
    }

    /// What earlier turns left behind is none of this turn's cost.
    async fn settle(&self, write: Write) -> Result<(), Failure> {
        if matches!(write, Write::Copy) {
            self.session.client.batch_execute("TRUNCATE app.memberships").await?;
        }
        // Each on its own: VACUUM refuses to share a transaction.
        for statement in ["VACUUM ANALYZE app.memberships", "CHECKPOINT"] {
            self.session.client.batch_execute(statement).await?;
        }
        Ok(())
    }

    /// Milliseconds of processor time and on the clock.
    async fn cost(
        &self,
        prepared: &Prepared,
        server: &Server,
        transactions: Range<usize>,
        clock: &SharedClock,
    ) -> Result<(f64, f64), Failure> {
        let (cpu, wall) = (self.session.cpu()?, clock.now());
        for nth in transactions {
            prepared.run(&self.session, &server.members, nth).await?;
        }
        let wall = clock.now().since(wall);
        let cpu = self.session.cpu()?.saturating_sub(cpu);
        Ok((cpu.as_secs_f64() * 1e3, wall.as_secs_f64() * 1e3))
    }
}

fn report(write: Write, contenders: &[Contender]) -> Result<(), Failure> {
    let medians = |of: fn(&Contender) -> &Vec<f64>| -> Vec<f64> {
        contenders.iter().map(|contender| quantile(of(contender), 50)).collect()
    };
    let (cpu, wall) = (medians(|contender| &contender.cpu), medians(|contender| &contender.wall));
    let ([cpu_bare, cpu_watched, cpu_naive], [wall_bare, wall_watched, wall_naive]) = (&cpu[..], &wall[..]) else {
        return Err("a variant is missing".into());
    };
    let turns = contenders.iter().map(|contender| contender.cpu.len()).min().unwrap_or_default();
    let name = write.name();
    Ok(say(&format!(
        "| {name} | {:.2} | {:.2} | {:.2} | {:.2} | {cpu_bare:.2}, {cpu_watched:.2}, {cpu_naive:.2} \
         | {wall_bare:.2}, {wall_watched:.2}, {wall_naive:.2} | {turns} |",
        cpu_watched / cpu_bare,
        cpu_naive / cpu_bare,
        wall_watched / wall_bare,
        wall_naive / wall_bare,
    ))?)
}
