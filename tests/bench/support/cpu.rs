//! How much processor time a process has used.
//!
//! From the scheduler's own account (`schedstat`), which counts nanoseconds of user and system time together.
//! `/proc/<pid>/stat` counts ticks of 10 ms, which is a fortieth of a round here.

use std::fs;
use std::time::Duration;

use super::report::Failure;

/// Processor time of all threads that the process has now. A thread that has ended is not counted.
pub(crate) fn used(pid: u32) -> Result<Duration, Failure> {
    let mut nanos = 0;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let account = fs::read_to_string(thread?.path().join("schedstat"))?;
        let running = account.split_whitespace().next().ok_or("schedstat is empty")?;
        nanos += running.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanos))
}
