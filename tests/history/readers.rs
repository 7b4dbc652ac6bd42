//! Readers: threads that ask one replica without a pause, and write down what they were told and when.
//!
//! One in four chases changes and mostly waits for PostgreSQL; the others ask about anybody, and mostly hit the cache.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use claimsmith::clock::{Moment, SharedClock};
use claimsmith::directory::Freshness;

use super::chance::Chance;
use super::checker::{Answer, Shown};
use super::ledger::Ledger;
use super::stage::REPLICAS;
use super::wire::{Connection, Said};
use super::world::{Subject, TENANTS, USERS};

/// One replica, as its readers know it.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) replica: usize,
    pub(super) address: SocketAddr,
    pub(super) freshness: Arc<Freshness>,
    pub(super) clock: SharedClock,
    pub(super) ledger: Arc<Ledger>,
}

/// All that one reader was told.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) answers: Vec<Answer>,
    pub(super) refusals: BTreeMap<String, u64>,
}

/// Readers at work.
pub(super) struct Readers {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Heard>>,
}

impl Readers {
    pub(super) fn start(asked: &[Asked], each: usize, chance: &mut Chance) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut threads = Vec::new();
        for number in 0..REPLICAS * each {
            let (asked, stop) = (asked[number % REPLICAS].clone(), Arc::clone(&stop));
            let (is_chaser, chance) = ((number / REPLICAS).is_multiple_of(4), chance.split(number as u64));
            threads.push(thread::spawn(move || read_until(&stop, &asked, is_chaser, chance)));
        }
        Self { stop, threads }
    }

    /// Tells them to stop; [`Readers::finish`] waits for it.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    pub(super) fn finish(self) -> Heard {
        let mut all = Heard::default();
        for reader in self.threads {
            let heard = reader.join().unwrap_or_else(|_| panic!("a reader failed; it says why above"));
            all.answers.extend(heard.answers);
            for (code, count) in heard.refusals {
                *all.refusals.entry(code).or_default() += count;
            }
        }
        all
    }
}

fn read_until(stop: &AtomicBool, asked: &Asked, is_chaser: bool, mut chance: Chance) -> Heard {
    let mut heard = Heard::default();
    let mut connection = Connection::open(asked.address).unwrap();
    while !stop.load(Ordering::Relaxed) {
        let (subject, at_least) = question(&asked.ledger, is_chaser, &mut chance);
        match asked.ask(&mut connection, subject, at_least) {
            Ok(answer) => heard.answers.push(answer),
            Err(code) => *heard.refusals.entry(code).or_default() += 1,
        }
        asked.ledger.answered.fetch_add(1, Ordering::Relaxed);
    }
    heard
}

/// A chaser asks about somebody whose claims have just changed, and half of the time with the position of that change.
fn question(ledger: &Ledger, is_chaser: bool, chance: &mut Chance) -> (Subject, u64) {
    match ledger.recent(chance).filter(|_| is_chaser) {
        Some(recent) => (recent.subject, if chance.percent(50) { recent.position } else { 0 }),
        None => (Subject { tenant: chance.below(TENANTS), user: chance.below(USERS) }, 0),
    }
}

impl Asked {
    /// An answer that can be judged, or the code of a refusal.
    pub(super) fn ask(&self, connection: &mut Connection, subject: Subject, at_least: u64) -> Result<Answer, String> {
        let sent = self.clock.now();
        // "No member" says neither position nor age, so it is judged by what the replica said of itself before it was asked.
        let before = self.freshness.read_at(sent);
        let said = connection.ask(subject, at_least).unwrap_or_else(|error| panic!("an answer was lost: {error}"));
        let answered = self.clock.now();
        let (shown, position, age) = match said {
            Said::Claims { shown, position, age } => (shown, position, Some(age)),
            Said::NotAMember => (Shown::Absent, before.position.get(), before.age_bound),
            Said::Refused(code) => {
                if code == "too_stale" {
                    self.ledger.too_stale.fetch_add(1, Ordering::Relaxed);
                }
                return Err(code);
            }
        };
        let confirmed = age.map_or(Moment::START, |age| earlier(sent, age));
        Ok(Answer { replica: self.replica, subject, shown, position, confirmed, sent, answered, at_least })
    }
}

fn earlier(moment: Moment, by: Duration) -> Moment {
    Moment::from_micros(moment.as_micros().saturating_sub(u64::try_from(by.as_micros()).unwrap_or(u64::MAX)))
}
