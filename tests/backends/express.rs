//! The Express sample.

use std::process::Command;

use crate::support::installation::{Installation, Recipe};
use crate::support::npm::{install_packages, node};
use crate::support::program::Running;

static INSTALLATION: Installation = Installation::of(Recipe {
    name: "express",
    files: &[
        ("package.json", include_str!("package.json")),
        ("package-lock.json", include_str!("package-lock.json")),
        ("server.mjs", include_str!("../../config/backends/express/server.mjs")),
    ],
    runtime: node,
    complete: install_packages,
});

/// `None` where it cannot run.
pub(super) async fn command() -> Option<Command> {
    let folder = INSTALLATION.folder().await?;
    let mut command = Command::new("node");
    command.arg("server.mjs").current_dir(folder);
    Some(command)
}

pub(super) async fn listens(running: &mut Running, url: &str) {
    running.printed(&format!("listening on {url}")).await;
}
