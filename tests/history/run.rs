//! One seed: set up, read and write while things go wrong, let it heal, judge every answer.

use std::collections::BTreeMap;
use std::iter;

use futures_util::future::join_all;

use super::chance::Chance;
use super::checker::{Answer, Shown, Violation};
use super::faults::Fault;
use super::readers::{Asked, Heard, Readers};
use super::stage::Stage;
use super::truth::{Era, Truth};
use super::wire::Connection;
use super::world::{Object, State, Subject, USERS};
use super::writers::Writers;
use crate::support::wait::LONG;

const READERS_EACH: usize = 12;
const WRITERS: u64 = 4;

/// What one seed came to.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) changes: usize,
    pub(super) lost_in_failovers: usize,
    pub(super) answers: usize,
    pub(super) refusals: BTreeMap<String, u64>,
    pub(super) faults: BTreeMap<Fault, u64>,
    pub(super) violations: Vec<(Answer, Violation)>,
    /// Subjects of a replica that never came to the truth.
    pub(super) lost_changes: Vec<(usize, Subject)>,
}

/// Every fault so many times, in an order that the seed decides, with so many answers in peace between two. `None` if this
/// machine has not what it takes.
pub(super) async fn run(seed: u64, rounds: usize, calm: u64) -> Option<Outcome> {
    let mut chance = Chance::new(seed);
    let mut stage = Stage::set_up().await?;
    let mut faults = Fault::EVERY.repeat(rounds);
    chance.shuffle(&mut faults);
    let readers = Readers::start(&stage.asked(), READERS_EACH, &mut chance);
    let writers = Writers::start(&stage.writers_url(), &stage.ledger, &stage.clock, WRITERS, &mut chance);
    stage.pass(calm, 5).await;
    let mut outcome = Outcome::default();
    for fault in faults {
        stage.suffer(fault, calm, &mut chance).await;
        *outcome.faults.entry(fault).or_default() += 1;
    }
    writers.finish().await;
    readers.stop();
    let heard = tokio::task::spawn_blocking(|| readers.finish()).await.unwrap();
    stage.eras.push(Era { log: stage.primary.log().await, end: None });
    let truth = Truth::resolve(&stage.ledger.close(), &stage.eras, stage.first_position);
    let truth = truth.unwrap_or_else(|contradiction| panic!("{contradiction:?}"));
    assert_tables_agree(&stage, &truth).await;
    outcome.lost_changes = lost_changes(&stage, &truth).await;
    outcome.judge(&truth, heard);
    stage.tear_down().await;
    Some(outcome)
}

impl Outcome {
    fn judge(&mut self, truth: &Truth, heard: Heard) {
        self.changes = truth.changes;
        self.lost_in_failovers = truth.lost;
        self.answers = heard.answers.len();
        self.refusals = heard.refusals;
        let judged = heard.answers.into_iter().filter_map(|answer| Some((answer, truth.judge(&answer)?)));
        self.violations = judged.collect();
    }
}

/// The ledger and the tables tell one story, or nothing that was judged by the ledger means anything.
async fn assert_tables_agree(stage: &Stage, truth: &Truth) {
    let last = |object| truth.last(object);
    let mut members: Vec<String> = Subject::every()
        .map(|subject| (subject, last(Object::Member(subject))))
        .filter_map(|(Subject { tenant, user }, version)| match version.state {
            State::Holds(role) => Some(format!("t{tenant} u{user} r{role} {}", version.mark)),
            State::Absent | State::Means => None,
        })
        .collect();
    members.sort_unstable();
    let found = "SELECT string_agg(line, E'\\n' ORDER BY line COLLATE \"C\") FROM (
                   SELECT concat_ws(' ', tenant_id, user_id, role, attributes->>'v') AS line
                   FROM claimsmith_data.membership JOIN claimsmith_data.membership_role USING (tenant_id, user_id)) l";
    assert_eq!(stage.primary.value(found).await, members.join("\n"));
}

/// Asks each replica about everybody until it says what holds, and gives those for whom it never does.
async fn lost_changes(stage: &Stage, truth: &Truth) -> Vec<(usize, Subject)> {
    let head = stage.primary.head().await;
    let expected: Vec<(Subject, Shown)> = Subject::every().map(|subject| (subject, expected(truth, subject))).collect();
    let mut asking = Vec::new();
    for asked in stage.asked() {
        for share in expected.chunks(USERS) {
            let (asked, share) = (asked.clone(), share.to_vec());
            asking.push(tokio::task::spawn_blocking(move || never_right(&asked, &share, head)));
        }
    }
    join_all(asking).await.into_iter().flat_map(Result::unwrap).collect()
}

fn expected(truth: &Truth, subject: Subject) -> Shown {
    let version = truth.last(Object::Member(subject));
    match version.state {
        State::Absent | State::Means => Shown::Absent,
        State::Holds(role) => {
            let meaning = truth.last(Object::Role { tenant: subject.tenant, role }).mark;
            Shown::Member { mark: version.mark, role, meaning }
        }
    }
}

/// A refusal is asked again; an answer, which has to be complete up to `head`, has to be right.
fn never_right(asked: &Asked, expected: &[(Subject, Shown)], head: u64) -> Vec<(usize, Subject)> {
    let mut connection = Connection::open(asked.address).unwrap();
    let deadline = asked.clock.now().plus(LONG);
    let mut is_right = |subject: Subject, shown: Shown| {
        let mut answers = iter::repeat_with(|| asked.ask(&mut connection, subject, head));
        let answer = answers.find(|answer| answer.is_ok() || asked.clock.now() > deadline);
        matches!(answer, Some(Ok(answer)) if answer.shown == shown)
    };
    let wrong = expected.iter().filter(|(subject, shown)| !is_right(*subject, *shown));
    wrong.map(|(subject, _)| (asked.replica, *subject)).collect()
}
