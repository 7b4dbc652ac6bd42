//! How many role-changing transactions per second so many writers sustain.

use std::time::Duration;

use claimsmith::clock::SharedClock;

use super::progress::doing;
use super::server::{Server, Variant};
use super::traffic::Traffic;
use crate::support::quantile::quantile;
use crate::support::report::{Failure, say};

const WRITERS: [usize; 3] = [1, 8, 32];

/// How long the writers write.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Windows {
    /// Windows for each variant and number of writers. Many short ones: what disturbs the machine then strikes few.
    #[arg(long, default_value_t = 9)]
    pub(super) windows: usize,
    /// Length of a window, seconds.
    #[arg(long, default_value_t = 1)]
    pub(super) seconds: u64,
    /// What COMMIT takes longer than this disk needs (`commit_delay`), microseconds; several in turn.
    #[arg(long, value_delimiter = ',', default_value = "0,2000")]
    pub(super) commit_delay: Vec<u32>,
}

impl Windows {
    pub(super) const fn length(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

/// Measures and prints the table.
pub(crate) async fn measure(server: &Server, windows: &Windows, clock: &SharedClock) -> Result<(), Failure> {
    say("\nRole-changing transactions per second, one row each: ratios of medians to the bare table\n")?;
    say("| commit_delay µs | writers | watched | naive | per second: bare, watched, naive | windows |")?;
    say("| ---: | ---: | ---: | ---: | ---: | ---: |")?;
    for commit_delay in &windows.commit_delay {
        let mut traffic = Vec::new();
        for variant in Variant::ALL {
            traffic.push(Traffic::of_role_changes(server, variant, 32, *commit_delay).await?);
        }
        for writers in WRITERS {
            doing(&format!("{writers} writers, commit_delay {commit_delay}"))?;
            let [bare, watched, naive] = rates(server, &traffic, writers, windows, clock).await?;
            let ([watched_ratio, naive_ratio], windows) = ([watched / bare, naive / bare], windows.windows);
            say(&format!(
                "| {commit_delay} | {writers} | {watched_ratio:.2} | {naive_ratio:.2} \
                 | {bare:.0}, {watched:.0}, {naive:.0} | {windows} |"
            ))?;
        }
    }
    Ok(())
}

/// The median of each variant; they take turns.
async fn rates(
    server: &Server,
    traffic: &[Traffic],
    writers: usize,
    windows: &Windows,
    clock: &SharedClock,
) -> Result<[f64; 3], Failure> {
    let mut rates = [const { Vec::new() }; 3];
    for _ in 0..windows.windows {
        for (traffic, rates) in traffic.iter().zip(&mut rates) {
            let end = clock.now().plus(windows.length());
            rates.push(traffic.run(server, writers, end, clock).await?);
        }
    }
    Ok(rates.map(|rates| quantile(&rates, 50)))
}
