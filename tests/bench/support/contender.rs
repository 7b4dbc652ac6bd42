//! Servers that take turns, and what each turn cost them.

use std::net::SocketAddr;

use super::cpu;
use super::load::{Load, Request};
use super::quantile::quantile;
use super::report::{Failure, say};

/// A server and a kind of question, and what was measured.
pub(crate) struct Contender<'questions> {
    name: &'static str,
    pid: u32,
    load: Load,
    questions: &'questions [Request],
    /// Of each turn, µs of processor time per request.
    pub(crate) micros: Vec<f64>,
    refused: usize,
}

impl<'questions> Contender<'questions> {
    pub(crate) fn new(
        name: &'static str,
        (pid, address): (u32, SocketAddr),
        questions: &'questions [Request],
        (connections, threads): (usize, usize),
    ) -> Result<Self, Failure> {
        let mut load = Load::connect(address, connections, threads)?;
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

/// Everybody has so many turns of so many requests.
pub(crate) fn take_turns(contenders: &mut [Contender<'_>], rounds: usize, requests: usize) -> Result<(), Failure> {
    for round in 0..rounds {
        // Whoever comes first in a round must not always be the same.
        for turn in 0..contenders.len() {
            let at = (round + turn) % contenders.len();
            contenders.get_mut(at).map_or(Ok(()), |contender| contender.take_turn(requests))?;
        }
    }
    Ok(())
}

/// What each turn cost.
pub(crate) fn tell(contenders: &[Contender<'_>]) -> Result<(), Failure> {
    say("µs of CPU per request: median (quartiles), and requests refused")?;
    for Contender { name, micros, refused, .. } in contenders {
        let [first, median, third] = [25, 50, 75].map(|percent| quantile(micros, percent));
        say(&format!("{name:34} {median:6.2} ({first:.2} to {third:.2}), {refused}"))?;
    }
    Ok(())
}

/// A refusal costs less than an answer, so with one the figures say nothing.
pub(crate) fn none_refused(contenders: &[Contender<'_>]) -> Result<(), Failure> {
    match contenders.iter().map(|contender| contender.refused).sum() {
        0_usize => Ok(()),
        refused => Err(format!("{refused} requests were refused").into()),
    }
}

/// Turns of one round follow each other, so what disturbs the machine for longer than that disturbs both.
pub(crate) fn compare(what: &str, service: &Contender<'_>, bare: &Contender<'_>) -> Result<(), Failure> {
    let medians = quantile(&service.micros, 50) / quantile(&bare.micros, 50);
    let rounds: Vec<f64> = service.micros.iter().zip(&bare.micros).map(|(service, bare)| service / bare).collect();
    Ok(say(&format!("{what:34} {medians:6.3} ({:.3})", quantile(&rounds, 50)))?)
}
