//! Traefik with `forwardAuth`.

use claimsmith::config::GatewayKind;

use super::kind::Recipe;
use crate::scratch::Scratch;

pub(super) const RECIPE: Recipe = Recipe {
    folder: "traefik",
    program: "traefik",
    profile: GatewayKind::Traefik,
    service_port: "8081",
    inner_ports: &["8083"],
    prepare,
    arguments: &["--configFile=traefik.yaml"],
    time_limits: &[("100ms", "20s"), ("250ms", "20s")],
};

fn prepare(_: &Scratch) {}
