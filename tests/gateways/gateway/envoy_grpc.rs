//! Envoy with `ext_authz` over gRPC.

use claimsmith::config::GatewayKind;

use super::kind::Recipe;
use crate::scratch::Scratch;

pub(super) const RECIPE: Recipe = Recipe {
    folder: "envoy-grpc",
    program: "envoy",
    profile: GatewayKind::Envoy,
    service_port: "8082",
    inner_ports: &[],
    prepare,
    arguments: &["-c", "envoy.yaml", "--concurrency", "1", "--disable-hot-restart"],
    time_limits: &[("0.1s", "20s"), ("0.25s", "20s")],
};

fn prepare(_: &Scratch) {}
