//! `[grpc]`: Envoy's external authorization over gRPC, which is off unless it is given an address.

use std::net::{Ipv4Addr, SocketAddr};

use crate::config::reader::{Key, Section};

/// Where Envoy asks over gRPC.
#[derive(Clone, Debug)]
pub struct Grpc {
    /// Where it listens; port 0 lets the system choose.
    pub bind: SocketAddr,
    /// The profile of requests whose `context_extensions` name none.
    pub profile: Option<String>,
}

impl Grpc {
    /// What the reference says about the table.
    pub(crate) const DOC: &str = "Envoy's external authorization over gRPC (envoy.service.auth.v3.Authorization). Off unless bind \
                                  is given.";

    /// Reads the table; `None` is off.
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Option<Self> {
        let bind = section.optional(&Key::new(
            "bind",
            "Switches it on: where it listens.",
            SocketAddr::from((Ipv4Addr::LOCALHOST, 8082)),
        ));
        let profile = section.optional_text(
            "profile",
            "The profile of requests whose context_extensions name none, as those of Istio cannot.",
            r#""edge""#,
        );
        Some(Self { bind: bind?, profile })
    }
}
