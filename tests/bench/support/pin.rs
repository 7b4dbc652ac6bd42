//! The server on one core, the load on another, so that neither steals from the other. Without `taskset`, or on one core,
//! everything runs where the system puts it.

use std::io;
use std::process::{Command, Stdio};
use std::thread::available_parallelism;

const SERVER_CORE: &str = "0";
const LOAD_CORE: &str = "1";

/// Moves this process and all its threads to the load's core; says whether that was possible.
pub(crate) fn load() -> bool {
    if available_parallelism().is_ok_and(|cores| cores.get() == 1) {
        return false;
    }
    let pid = std::process::id().to_string();
    let moved = Command::new("taskset").args(["-a", "-c", "-p", LOAD_CORE, &pid]).stdout(Stdio::null()).status();
    moved.is_ok_and(|status| status.success())
}

/// Moves a server that has just started, and the threads that it will start, to the server's core.
pub(crate) fn server(pid: u32) -> io::Result<()> {
    let pid = pid.to_string();
    Command::new("taskset").args(["-a", "-c", "-p", SERVER_CORE, &pid]).stdout(Stdio::null()).status().map(drop)
}
