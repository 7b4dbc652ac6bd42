//! Caddy with `forward_auth`.

use claimsmith::config::GatewayKind;

use super::kind::Recipe;
use crate::scratch::Scratch;

pub(super) const RECIPE: Recipe = Recipe {
    folder: "caddy",
    program: "caddy",
    profile: GatewayKind::Caddy,
    service_port: "8081",
    inner_ports: &[],
    prepare,
    arguments: &["run", "--config", "Caddyfile", "--adapter", "caddyfile"],
    time_limits: &[("100ms", "20s"), ("250ms", "20s")],
};

fn prepare(_: &Scratch) {}
