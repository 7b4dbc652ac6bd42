//! `[gateway]`: the listener that gateways ask. It is opened if there is a profile.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::config::reader::{Key, Section};

/// Where gateways ask, and what a connection may cost.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Where it listens; port 0 lets the system choose.
    pub bind: SocketAddr,
    /// Threads that answer requests; 0 means one for each core.
    pub workers: usize,
    /// How long an idle connection stays open.
    pub keep_alive: Duration,
    /// Open connections of one worker.
    pub max_connections: usize,
}

impl Gateway {
    /// What the reference says about the table.
    pub(crate) const DOC: &str = "The listener for API gateways, ANY /v1/authz/{profile}: opened if there is a [profile.<name>]. \
                                  Keep it away from the public; config/gateways/ has what belongs on the other side.";

    /// Reads the table.
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        Self {
            bind: section.read(Key::new("bind", "Where it listens.", SocketAddr::from((Ipv4Addr::LOCALHOST, 8081)))),
            workers: section.read(
                Key::within("workers", "How many threads answer requests; 0 means one for each core.", 0, 0..=256)
                    .of("threads"),
            ),
            keep_alive: section.read(Key::within(
                "keep_alive",
                "How long an idle connection stays open. Longer than in the gateway: a connection that is closed under a \
                 request is a refusal in Envoy.",
                Duration::from_secs(150),
                Duration::from_mins(2)..=Duration::from_hours(1),
            )),
            max_connections: section.read(
                Key::within("max_connections", "How many connections each worker holds open.", 25_000, 1..=1_000_000)
                    .of("connections"),
            ),
        }
    }
}
