//! The `FastAPI` sample.

use std::path::Path;
use std::process::Command;

use crate::support::installation::{Installation, Recipe, last_line, run};
use crate::support::program::Running;

/// Prints the version that packages are installed for, or fails if anything of what is needed is missing.
const PROBE: &str = "import sys, venv, ensurepip; assert sys.version_info >= (3, 11); print(sys.version)";

static INSTALLATION: Installation = Installation::of(Recipe {
    name: "fastapi",
    files: &[
        ("requirements.txt", include_str!("requirements.txt")),
        ("main.py", include_str!("../../config/backends/fastapi/main.py")),
    ],
    runtime: python,
    complete: install_packages,
});

/// `None` where it cannot run.
pub(super) async fn command() -> Option<Command> {
    let folder = INSTALLATION.folder().await?;
    let mut command = Command::new(folder.join("bin/python"));
    command.arg("main.py").current_dir(folder);
    // Its library would ask a proxy for keys that are on loopback.
    command.env("no_proxy", "127.0.0.1");
    Some(command)
}

pub(super) async fn listens(running: &mut Running, url: &str) {
    running.logged(&format!("Uvicorn running on {url}")).await;
}

fn python() -> Result<String, String> {
    let output = run(Command::new("python3").args(["-c", PROBE])).filter(|output| output.status.success());
    let output = output.ok_or("install Python 3.11 or newer with venv (apt-get install python3 python3-venv)")?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// An environment of its own. Nothing in `bin` is started but the interpreter: the rest knows the folder by its first name.
fn install_packages(folder: &Path) -> Result<(), String> {
    let venv = run(Command::new("python3").args(["-m", "venv", "."]).current_dir(folder));
    venv.filter(|output| output.status.success()).ok_or("python3 -m venv failed; apt-get install python3-venv")?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]);
    pip.args(["--require-hashes", "--only-binary", ":all:", "-r", "requirements.txt"]).current_dir(folder);
    let output = run(&mut pip).ok_or("the environment has no interpreter; apt-get install python3-venv")?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("pip install failed; does it reach a registry? {}", last_line(&output.stderr)))
}
