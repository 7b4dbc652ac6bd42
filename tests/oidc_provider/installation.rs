//! The provider's package, installed once into a folder of the build's.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tokio::sync::OnceCell;

use crate::support::passed_over::pass_over;

/// What is copied there; also what tells one installation from another.
const FILES: [(&str, &str); 3] = [
    ("package.json", include_str!("package.json")),
    ("package-lock.json", include_str!("package-lock.json")),
    ("provider.mjs", include_str!("provider.mjs")),
];
const OLDEST_NODE: u32 = 20;
const NAME: &str = "oidc-provider";

static FOLDER: OnceCell<Result<PathBuf, String>> = OnceCell::const_new();

/// Where the provider is; `None`, with a line that says why, where it cannot be.
pub(super) async fn folder() -> Option<&'static Path> {
    let install = || async { tokio::task::spawn_blocking(install).await.unwrap() };
    match FOLDER.get_or_init(install).await {
        Ok(folder) => Some(folder),
        Err(missing) => {
            pass_over(NAME, missing);
            None
        }
    }
}

fn install() -> Result<PathBuf, String> {
    check_node()?;
    let place = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = place.join(format!("{NAME}-{:016x}", fingerprint()));
    if folder.exists() {
        return Ok(folder);
    }
    // It gets its name when it is complete, so that a run that is cut off leaves nothing that looks like it.
    let unfinished = place.join(format!("{NAME}-{}", std::process::id()));
    fs::create_dir_all(&unfinished).unwrap();
    for (name, content) in FILES {
        fs::write(unfinished.join(name), content).unwrap();
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&unfinished);
    let output = run(&mut npm).ok_or("npm is missing; it comes with Node.js (https://nodejs.org)")?;
    if !output.status.success() {
        return Err(format!("npm ci failed; does it reach a registry? {}", last_line(&output.stderr)));
    }
    if fs::rename(&unfinished, &folder).is_err() {
        // Another run was quicker.
        fs::remove_dir_all(&unfinished).unwrap();
    }
    Ok(folder)
}

fn check_node() -> Result<(), String> {
    let remedy = format!("install Node.js {OLDEST_NODE} or newer (https://nodejs.org)");
    let output = run(Command::new("node").arg("--version")).ok_or(format!("node is missing; {remedy}"))?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_some_and(|major| major >= OLDEST_NODE) { Ok(()) } else { Err(format!("node is {version}; {remedy}")) }
}

/// `None` if there is no such program.
fn run(command: &mut Command) -> Option<Output> {
    command.output().ok()
}

fn last_line(text: &[u8]) -> String {
    String::from_utf8_lossy(text).trim().lines().last().unwrap_or_default().to_owned()
}

fn fingerprint() -> u64 {
    let mut hasher = DefaultHasher::new();
    FILES.hash(&mut hasher);
    hasher.finish()
}
