//! As many open files as the system allows.
//!
//! Every connection is an open file. The limit that a process starts with is often 1,024, for the sake of programs that use
//! `select(2)`; it may raise it by itself up to the hard limit, and this one needs to.

/// Raises the soft limit to the hard one; says so when that is less than a worker's connections.
pub(super) fn allow(connections: usize) {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(allowed) if allowed < connections as u64 => {
            tracing::info!(
                allowed,
                connections,
                "fewer files may be open than http.max_connections; raise the hard limit"
            );
        }
        Ok(_) => {}
        Err(_) => tracing::warn!("the limit of open files could not be raised"),
    }
}
