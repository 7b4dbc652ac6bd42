//! `HAProxy` with the Lua action.

use std::sync::atomic::{AtomicUsize, Ordering};

use claimsmith::config::GatewayKind;

use super::kind::Recipe;
use crate::scratch::Scratch;

pub(super) const RECIPE: Recipe = Recipe {
    folder: "haproxy",
    program: "haproxy",
    profile: GatewayKind::HaProxy,
    service_port: "8081",
    inner_ports: &[],
    prepare,
    arguments: &["-f", "haproxy.cfg", "-db"],
    time_limits: &[
        ("100ms", "20s"),
        ("250ms", "20s"),
        ("TIMEOUT_MS = 400", "TIMEOUT_MS = 20000"),
        ("client 1s", "client 20s"),
    ],
};

static COUNT: AtomicUsize = AtomicUsize::new(0);

fn prepare(scratch: &Scratch) {
    scratch.replace("/etc/haproxy", &scratch.directory().display().to_string());
    // The name of a socket that the whole machine shares.
    let nth = COUNT.fetch_add(1, Ordering::Relaxed);
    scratch.replace("abns@claimsmith", &format!("abns@claimsmith-{}-{nth}", std::process::id()));
}
