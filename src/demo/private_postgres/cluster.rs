//! The data directory: made once by `initdb`, reused when it is complete.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::account::Account;
use super::binaries::Binaries;
use super::error::StartError;
use super::tail;

/// The locales to try. `C.UTF-8` is unknown to older systems.
const LOCALES: [&str; 2] = ["C.UTF-8", "C"];

/// Whether what is written must survive a crash of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durability {
    Durable,
    Fast,
}

/// Gives the complete cluster inside `home`, made now unless it is there.
///
/// It is made under another name first, so that a start that was cut short leaves nothing that looks complete.
pub(super) async fn prepare(
    binaries: &Binaries,
    account: Account,
    home: &Path,
    durability: Durability,
) -> Result<PathBuf, StartError> {
    let data = home.join("data");
    if data.join("PG_VERSION").is_file() {
        return Ok(data);
    }
    own_home(account, home)?;
    let unfinished = home.join("data.unfinished");
    let mut said = String::new();
    for locale in LOCALES {
        clear(&unfinished)?;
        let output = run(initdb(binaries, account, &unfinished, locale, durability)).await?;
        if output.status.success() {
            fs::rename(&unfinished, &data).map_err(StartError::io("rename", &unfinished))?;
            return Ok(data);
        }
        said = tail(&String::from_utf8_lossy(&output.stderr));
    }
    Err(StartError::Initdb { said })
}

/// Makes the home if it is missing. One that exists keeps its owner: it may hold more than ours.
fn own_home(account: Account, home: &Path) -> Result<(), StartError> {
    if home.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(home).map_err(StartError::io("create", home))?;
    account.own(home)
}

fn clear(unfinished: &Path) -> Result<(), StartError> {
    if !unfinished.exists() {
        return Ok(());
    }
    fs::remove_dir_all(unfinished).map_err(StartError::io("remove", unfinished))
}

fn initdb(binaries: &Binaries, account: Account, data: &Path, locale: &str, durability: Durability) -> Command {
    let mut command = Command::new(&binaries.initdb);
    // The socket is behind a closed directory; 127.0.0.1 is open to every account of this machine.
    command.args(["-U", "postgres", "--auth-local=trust", "--auth-host=scram-sha-256", "-E", "UTF8"]);
    command.arg(format!("--locale={locale}")).arg("-D").arg(data).current_dir("/").env("LC_ALL", "C");
    if durability == Durability::Fast {
        command.arg("--no-sync");
    }
    account.apply(&mut command);
    command
}

async fn run(mut command: Command) -> Result<Output, StartError> {
    let program = PathBuf::from(command.get_program());
    let finished = tokio::task::spawn_blocking(move || command.output()).await;
    finished.unwrap_or_else(|panicked| Err(panicked.into())).map_err(StartError::io("run", program))
}
