//! What role changes cost those who change no role: transactions on a table that nobody watches, beside role-changing writers.

use claimsmith::clock::SharedClock;
use futures_util::future::try_join;

use super::progress::doing;
use super::server::{Server, Variant};
use super::throughput::Windows;
use super::traffic::Traffic;
use crate::support::quantile::quantile;
use crate::support::report::{Failure, say};

const WRITERS: usize = 8;
const NEIGHBOURS: usize = 4;

/// Role-changing writers of one variant, and their neighbours in the same database.
struct Street {
    writers: Traffic,
    neighbours: Traffic,
    written: Vec<f64>,
    ordinary: Vec<f64>,
}

/// Measures and prints the table.
pub(crate) async fn measure(server: &Server, windows: &Windows, clock: &SharedClock) -> Result<(), Failure> {
    say(&format!(
        "\nTransactions of {NEIGHBOURS} sessions on an unwatched table beside {WRITERS} role-changing writers: \
         ratios of medians to the same beside writers of the bare table\n"
    ))?;
    say("| commit_delay µs | beside watched | beside naive | per second: beside bare, watched, naive, nobody \
         | the writers meanwhile, per second | windows |")?;
    say("| ---: | ---: | ---: | ---: | ---: | ---: |")?;
    for commit_delay in &windows.commit_delay {
        doing(&format!("neighbours, commit_delay {commit_delay}"))?;
        let mut streets = Vec::new();
        for variant in Variant::ALL {
            streets.push(Street::new(server, variant, WRITERS, *commit_delay).await?);
        }
        streets.push(Street::new(server, Variant::Bare, 0, *commit_delay).await?);
        for _ in 0..windows.windows {
            for street in &mut streets {
                street.live(server, windows, clock).await?;
            }
        }
        report(*commit_delay, &streets)?;
    }
    Ok(())
}

impl Street {
    async fn new(server: &Server, variant: Variant, writers: usize, commit_delay: u32) -> Result<Self, Failure> {
        let writers = Traffic::of_role_changes(server, variant, writers, commit_delay).await?;
        let neighbours = Traffic::of_orders(server, variant, NEIGHBOURS, commit_delay).await?;
        Ok(Self { writers, neighbours, written: Vec::new(), ordinary: Vec::new() })
    }

    async fn live(&mut self, server: &Server, windows: &Windows, clock: &SharedClock) -> Result<(), Failure> {
        let end = clock.now().plus(windows.length());
        let writers = self.writers.run(server, WRITERS, end, clock);
        let neighbours = self.neighbours.run(server, NEIGHBOURS, end, clock);
        let (written, ordinary) = try_join(writers, neighbours).await?;
        self.written.push(written);
        self.ordinary.push(ordinary);
        Ok(())
    }
}

fn report(commit_delay: u32, streets: &[Street]) -> Result<(), Failure> {
    let [bare, watched, naive, nobody] = streets else { return Err("a variant is missing".into()) };
    let alone = quantile(&nobody.ordinary, 50);
    let streets = [bare, watched, naive];
    let [bare, watched, naive] = streets.map(|street| quantile(&street.ordinary, 50));
    let written = streets.map(|street| format!("{:.0}", quantile(&street.written, 50))).join(", ");
    let windows = streets.map(|street| street.ordinary.len()).into_iter().min().unwrap_or_default();
    Ok(say(&format!(
        "| {commit_delay} | {:.2} | {:.2} | {bare:.0}, {watched:.0}, {naive:.0}, {alone:.0} | {written} | {windows} |",
        watched / bare,
        naive / bare
    ))?)
}
