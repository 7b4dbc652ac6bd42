//! Which gateways there are, and what is particular to each.

use std::path::{Path, PathBuf};

use claimsmith::config::GatewayKind;

use super::{caddy, envoy, envoy_grpc, haproxy, nginx, traefik};
use crate::scratch::Scratch;

/// Distributions put servers where only root's shell looks.
const PLACES: [&str; 3] = ["/usr/sbin", "/usr/local/sbin", "/usr/local/bin"];

/// One configuration that is shipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Nginx,
    Envoy,
    EnvoyGrpc,
    Traefik,
    Caddy,
    HaProxy,
}

/// What is particular to one of them.
pub(super) struct Recipe {
    /// In `config/gateways`; also the name of its profile.
    pub(super) folder: &'static str,
    /// What is run.
    pub(super) program: &'static str,
    pub(super) profile: GatewayKind,
    /// Where it asks, as its files have it.
    pub(super) service_port: &'static str,
    /// Further ports that are its own.
    pub(super) inner_ports: &'static [&'static str],
    /// What an operator changes besides addresses.
    pub(super) prepare: fn(&Scratch),
    pub(super) arguments: &'static [&'static str],
    /// How long it waits for the service, and by what that is replaced for a busy machine.
    pub(super) time_limits: &'static [(&'static str, &'static str)],
}

impl Kind {
    pub(crate) const ALL: [Self; 6] =
        [Self::Nginx, Self::Envoy, Self::EnvoyGrpc, Self::Traefik, Self::Caddy, Self::HaProxy];

    pub(super) const fn recipe(self) -> &'static Recipe {
        match self {
            Self::Nginx => &nginx::RECIPE,
            Self::Envoy => &envoy::RECIPE,
            Self::EnvoyGrpc => &envoy_grpc::RECIPE,
            Self::Traefik => &traefik::RECIPE,
            Self::Caddy => &caddy::RECIPE,
            Self::HaProxy => &haproxy::RECIPE,
        }
    }

    /// The name of its folder and of its profile.
    pub(crate) const fn name(self) -> &'static str {
        self.recipe().folder
    }

    pub(crate) const fn profile(self) -> GatewayKind {
        self.recipe().profile
    }

    /// Whether the run is told to leave it out, by the name of its folder or of its program.
    pub(crate) fn is_left_out(self) -> bool {
        let without = std::env::var("CLAIMSMITH_WITHOUT").unwrap_or_default();
        without.split(',').map(str::trim).any(|name| name == self.name() || name == self.recipe().program)
    }

    /// Where its program is.
    pub(super) fn program(self) -> PathBuf {
        let name = self.recipe().program;
        let own = std::env::var("CLAIMSMITH_GATEWAYS_DIR").unwrap_or_else(|_| "target/gateways".to_owned());
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join(own).join("bin");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let places = std::iter::once(own).chain(std::env::split_paths(&path)).chain(PLACES.map(PathBuf::from));
        let program = places.map(|place| place.join(name)).find(|program| program.is_file());
        program.unwrap_or_else(|| {
            panic!("{name} is missing: run `bash tests/gateways/install.sh`, or set CLAIMSMITH_WITHOUT={name}")
        })
    }
}
