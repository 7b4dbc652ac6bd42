//! The load: threads that keep many connections busy and check every answer.

use std::net::SocketAddr;
use std::thread;

use super::http::{Answer, Connection};
use super::report::Failure;

/// A request, and how the body of its answer begins.
pub(crate) struct Request {
    pub(crate) bytes: Vec<u8>,
    pub(crate) answer: Vec<u8>,
}

/// Connections, dealt out to threads.
pub(crate) struct Load {
    lanes: Vec<Vec<Connection>>,
}

impl Load {
    /// Opens this many connections for this many threads.
    pub(crate) fn connect(address: SocketAddr, connections: usize, threads: usize) -> Result<Self, Failure> {
        let lane = || (0..connections.div_ceil(threads)).map(|_| Connection::open(address)).collect();
        Ok(Self { lanes: (0..threads).map(|_| lane()).collect::<Result<_, _>>()? })
    }

    /// Sends every request once. Counts answers other than 200; an answer of 200 that is wrong is an error.
    pub(crate) fn run(&mut self, requests: &[Request]) -> Result<usize, Failure> {
        let share = requests.len().div_ceil(self.lanes.len()).max(1);
        thread::scope(|scope| {
            let work = self.lanes.iter_mut().zip(requests.chunks(share));
            let lanes: Vec<_> = work.map(|(lane, requests)| scope.spawn(|| run_lane(lane, requests))).collect();
            lanes.into_iter().map(|lane| lane.join().map_err(|_| "a load thread panicked")?).sum()
        })
    }
}

/// One request on every connection, then all the answers, and again.
fn run_lane(connections: &mut [Connection], requests: &[Request]) -> Result<usize, Failure> {
    let mut refused = 0;
    for round in requests.chunks(connections.len()) {
        for (connection, request) in connections.iter_mut().zip(round) {
            connection.send(&request.bytes)?;
        }
        for (connection, request) in connections.iter_mut().zip(round) {
            let answer = connection.receive()?;
            if answer.status != 200 {
                refused += 1;
            } else if !answer.body.starts_with(&request.answer) {
                return Err(wrong(request, &answer).into());
            }
        }
    }
    Ok(refused)
}

fn wrong(request: &Request, answer: &Answer<'_>) -> String {
    let [asked, wanted, got] = [&request.bytes, &request.answer, answer.body].map(String::from_utf8_lossy);
    format!("a wrong answer to\n{asked}\n\nwanted: {wanted}\n   got: {}{got}", answer.headers)
}
