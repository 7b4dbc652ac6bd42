//! Every answer checked against the history of commits, on a real PostgreSQL, while things go wrong.
//!
//! Writers change memberships and roles in every way that an application does. Readers ask two replicas of the service
//! without a pause. Meanwhile each fault of `faults` is inflicted, failovers that lose commits among them. Afterwards
//! `truth` establishes from the servers' own logs what was committed when, and `checker` judges every single answer by the
//! position and the age that it states.
//!
//! A seed decides which faults strike in which order and how, what is written, and who is asked about. It does not decide
//! how threads interleave, so a seed that failed once may have to be run a few times:
//!
//! ```text
//! CLAIMSMITH_HISTORY_SEED=7 cargo test --test main history::every_answer
//! CLAIMSMITH_HISTORY=long cargo test --test main history::every_answer -- --nocapture
//! ```
//!
//! The long run goes on, seed after seed, until it has seen 10,000 changes, 1,000,000 answers and 50 of each fault.

mod chance;
mod checker;
mod faults;
mod ledger;
mod plans;
mod readers;
mod report;
mod run;
mod servers;
mod stage;
mod truth;
mod wire;
mod world;
mod writers;

use std::env;
use std::io::Write as _;

use self::report::Report;
use crate::support::passed_over::pass_over;

const SEED: &str = "CLAIMSMITH_HISTORY_SEED";
const FIRST_SEED: u64 = 1;

#[actix_rt::test]
async fn every_answer_is_as_new_as_it_says_whatever_goes_wrong() {
    let is_long = env::var("CLAIMSMITH_HISTORY").is_ok_and(|length| length == "long");
    let first = env::var(SEED).map_or(FIRST_SEED, |seed| seed.parse().unwrap());
    let mut report = Report::default();
    for seed in first.. {
        let replay = format!("history: replay this seed with {SEED}={seed}");
        say(&replay);
        let (rounds, calm) = if is_long { (5, 800) } else { (1, 200) };
        let Some(outcome) = run::run(seed, rounds, calm).await else {
            return pass_over("history", "there is no pg_basebackup beside this PostgreSQL");
        };
        report.add(seed, outcome);
        report.assert_flawless(&replay);
        if !is_long || report.is_enough(10_000, 1_000_000, 50) {
            break;
        }
    }
    say(&report.to_string());
}

/// Past the capture of output, because a run that hangs must have said its seed.
fn say(line: &str) {
    // Without standard error there is nobody to tell.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
