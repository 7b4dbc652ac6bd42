//! The connection strings: checked before a port is bound, read anew for each connection so that a rotated password is used.

use std::path::PathBuf;
use std::sync::Arc;

use super::StartError;
use crate::config::{SecretError, SecretSource, Settings};
use crate::directory::connection::DsnSource;
use crate::directory::dsn::{Dsn, DsnError, DsnOptions, Purpose};

/// The connection strings, read anew for each connection.
pub(super) struct ConnectionStrings {
    pub(super) pool: DsnSource,
    pub(super) replica: Option<DsnSource>,
    pub(super) listener: DsnSource,
    pub(super) probe: Option<DsnSource>,
}

impl ConnectionStrings {
    /// Reads each once, so that a mistake is told before a port is bound.
    pub(super) fn check(settings: &Settings) -> Result<Self, StartError> {
        let database = &settings.database;
        let pool = DsnOptions {
            purpose: Purpose::Pool { statement_timeout: database.statement_timeout },
            connect_timeout: database.connect_timeout,
            home: home(),
        };
        let replica_purpose = Purpose::Replica { statement_timeout: database.statement_timeout };
        let replica = DsnOptions { purpose: replica_purpose, ..pool.clone() };
        let listener = DsnOptions { purpose: Purpose::Primary, ..pool.clone() };
        let (listener_key, listener_url) = match &database.listener_url {
            Some(url) => ("database.listener_url", url),
            None => ("database.url", &database.url),
        };
        let probe = settings.probe.as_ref();
        Ok(Self {
            probe: probe.map(|probe| checked("probe.url", &probe.url, pool.clone(), settings)).transpose()?,
            pool: checked("database.url", &database.url, pool, settings)?,
            replica: database
                .replica_url
                .as_ref()
                .map(|url| checked("database.replica_url", url, replica, settings))
                .transpose()?,
            listener: checked(listener_key, listener_url, listener, settings)?,
        })
    }
}

/// The user's home directory, where libpq looks for certificates.
pub(crate) fn home() -> Option<PathBuf> {
    std::env::home_dir()
}

/// The connection string of the service's own role, for commands that only read.
pub(crate) fn service_dsn(settings: &Settings) -> Result<DsnSource, StartError> {
    Ok(ConnectionStrings::check(settings)?.pool)
}

/// The connection string of the change feed, for commands that ask whether it hears anything.
pub(crate) fn listener_dsn(settings: &Settings) -> Result<DsnSource, StartError> {
    Ok(ConnectionStrings::check(settings)?.listener)
}

/// The connection string of the role that migrates. It must not go in the clear either: the owner's password opens more.
pub(crate) fn owner_dsn(settings: &Settings) -> Result<Dsn, StartError> {
    let database = &settings.database;
    let options = DsnOptions { purpose: Purpose::Primary, connect_timeout: database.connect_timeout, home: home() };
    let (key, url) = match &database.owner_url {
        Some(url) => ("database.owner_url", url),
        None => ("database.url", &database.url),
    };
    checked_dsn(key, url, &options, settings)
}

fn checked(
    key: &'static str,
    url: &SecretSource,
    options: DsnOptions,
    settings: &Settings,
) -> Result<DsnSource, StartError> {
    checked_dsn(key, url, &options, settings)?;
    let url = url.clone();
    Ok(Arc::new(move || Ok(read_dsn(&url, &options)?)))
}

fn checked_dsn(
    key: &'static str,
    url: &SecretSource,
    options: &DsnOptions,
    settings: &Settings,
) -> Result<Dsn, StartError> {
    let dsn = read_dsn(url, options).map_err(|error| StartError::Dsn { key, source: error.into() })?;
    if !dsn.is_local() && !dsn.encrypts() && !settings.insecure.plaintext_database {
        return Err(StartError::Plaintext(key));
    }
    Ok(dsn)
}

/// Why a connection string cannot be read.
#[derive(Debug, thiserror::Error)]
enum UrlError {
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Dsn(#[from] DsnError),
}

fn read_dsn(url: &SecretSource, options: &DsnOptions) -> Result<Dsn, UrlError> {
    Ok(Dsn::parse(url.read()?.expose(), options)?)
}
