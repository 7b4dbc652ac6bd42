//! `[http]`: the data plane.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::config::reader::{Key, Section};
use crate::config::value::ByteSize;

/// The data plane: where it listens, and what a connection may cost.
#[derive(Clone, Debug)]
pub struct Http {
    /// Where it listens; port 0 lets the system choose.
    pub bind: SocketAddr,
    /// Threads that answer requests; 0 means one for each core.
    pub workers: usize,
    /// Largest request body.
    pub max_body: ByteSize,
    /// How long an idle connection stays open.
    pub keep_alive: Duration,
    /// How long a client may take to send the head of a request.
    pub client_timeout: Duration,
    /// How long an answer that is not in memory may take before it is refused.
    pub answer_deadline: Duration,
    /// Open connections of one worker.
    pub max_connections: usize,
}

impl Http {
    /// What the reference says about the table.
    pub(crate) const DOC: &str = "The data plane: the claims API, the gateways and the hooks.";

    /// Reads the table.
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        Self {
            bind: section.read(Key::new("bind", "Where it listens.", SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)))),
            workers: section.read(
                Key::within("workers", "How many threads answer requests; 0 means one for each core.", 0, 0..=256)
                    .of("threads"),
            ),
            max_body: section.read(Key::within(
                "max_body",
                "Largest request body; a larger one is refused with 413.",
                ByteSize::from_kib(64),
                ByteSize::from_kib(1)..=ByteSize::from_mib(16),
            )),
            keep_alive: section.read(Key::within(
                "keep_alive",
                "How long an idle connection stays open. Keep it longer than in the load balancer.",
                Duration::from_secs(75),
                Duration::from_secs(1)..=Duration::from_hours(1),
            )),
            client_timeout: section.read(Key::within(
                "client_timeout",
                "How long a client may take to send the head of a request.",
                Duration::from_secs(5),
                Duration::from_millis(100)..=Duration::from_mins(1),
            )),
            answer_deadline: section.read(Key::within(
                "answer_deadline",
                "How long an answer that is not in memory may take before it is refused.",
                Duration::from_millis(700),
                Duration::from_millis(10)..=Duration::from_secs(30),
            )),
            max_connections: section.read(
                Key::within("max_connections", "How many connections each worker holds open.", 25_000, 1..=1_000_000)
                    .of("connections"),
            ),
        }
    }
}
