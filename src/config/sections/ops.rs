//! `[ops]`: the listener for operators.

use std::net::{Ipv4Addr, SocketAddr};

use crate::config::reader::{Key, Section};

/// The listener for operators.
#[derive(Clone, Debug)]
pub struct Ops {
    /// Where it listens; port 0 lets the system choose.
    pub bind: SocketAddr,
}

impl Ops {
    /// What the reference says about the table.
    pub(crate) const DOC: &str = "The listener for operators: metrics, health, status. Keep it away from the public.";

    /// Reads the table.
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        Self {
            bind: section.read(Key::new("bind", "Where it listens.", SocketAddr::from((Ipv4Addr::LOCALHOST, 9090)))),
        }
    }
}
