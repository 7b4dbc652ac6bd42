//! Packages of Node.js.

use std::path::Path;
use std::process::Command;

use super::installation::{last_line, run};

const OLDEST_NODE: u32 = 20;

/// The version of Node.js, or what to do about it.
pub(crate) fn node() -> Result<String, String> {
    let remedy = format!("install Node.js {OLDEST_NODE} or newer (https://nodejs.org)");
    let output = run(Command::new("node").arg("--version")).ok_or(format!("node is missing; {remedy}"))?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_some_and(|major| major >= OLDEST_NODE) {
        Ok(version)
    } else {
        Err(format!("node is {version}; {remedy}"))
    }
}

/// Installs what the lock file of this folder says.
pub(crate) fn install_packages(folder: &Path) -> Result<(), String> {
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder);
    let output = run(&mut npm).ok_or("npm is missing; it comes with Node.js (https://nodejs.org)")?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("npm ci failed; does it reach a registry? {}", last_line(&output.stderr)))
}
