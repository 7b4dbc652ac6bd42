//! What can go wrong with a private server, in words that say what to do.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a private server is not there.
#[derive(Debug, Error)]
pub enum StartError {
    /// Neither `PG_BIN` nor any usual place holds `initdb` and `postgres`.
    #[error(
        "no PostgreSQL server found: run `apt-get install postgresql` or `brew install postgresql`, \
         or set PG_BIN to the directory that holds initdb and postgres"
    )]
    NoBinaries,
    /// PostgreSQL refuses to run as root, and there is no other account to run it.
    #[error("PostgreSQL does not run as root: add an account named `postgres` or `nobody`, or start as another user")]
    NoAccount,
    /// The operating system refused something.
    #[error("could not {action} `{path}`")]
    Io {
        /// What was attempted.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The refusal.
        source: io::Error,
    },
    /// The random generator failed.
    #[error("no random bytes to be had")]
    NoRandomness,
    /// No port could be reserved on 127.0.0.1.
    #[error("no free port on 127.0.0.1")]
    NoPort(#[source] io::Error),
    /// `initdb` failed.
    #[error("initdb failed, it said:\n{said}")]
    Initdb {
        /// The end of its output.
        said: String,
    },
    /// The server ended instead of answering.
    #[error("PostgreSQL ended during its start, its log says:\n{log}")]
    Ended {
        /// The end of its log.
        log: String,
    },
    /// The server did not answer in time.
    #[error("PostgreSQL did not answer within {seconds} s, its log says:\n{log}")]
    Silent {
        /// How long we tried, in seconds.
        seconds: u64,
        /// The end of its log.
        log: String,
    },
    /// The server answers, but the password could not be set.
    #[error("could not set the password of the private PostgreSQL")]
    Password(#[source] tokio_postgres::Error),
}

impl StartError {
    /// For `map_err`: the operating system refused to `action` this path.
    pub(super) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}

/// Why a private server may still be running.
#[derive(Debug, Error)]
pub enum StopError {
    /// The guard process is gone; it takes no orders.
    #[error("the guard of the private PostgreSQL is gone")]
    GuardGone(#[source] io::Error),
    /// The server did not end in time. It ends at the latest when this process does.
    #[error("the private PostgreSQL did not stop within {seconds} s")]
    StillRunning {
        /// How long we waited, in seconds.
        seconds: u64,
    },
}
