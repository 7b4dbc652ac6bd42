//! What the parameters of a connection string mean.
//!
//! Names and values are those of <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS>.
//! An empty value counts as not given.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::config::{ChannelBinding, SslNegotiation, TargetSessionAttrs};

use super::conninfo::Parameter;
use super::{DsnError, Endpoint};
use crate::directory::tls::{ClientCertificate, RootCertificates, SslMode, TlsSettings};

const KNOWN: [&str; 26] = [
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "fallback_application_name",
    "gssencmode",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries", // what tokio-postgres calls keepalives_count
    "load_balance_hosts",
    "options",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
    "client_encoding", // always UTF-8 here, which is all that is accepted
];

/// Real libpq parameters, so they may be named in an error.
const UNSUPPORTED: [&str; 17] = [
    "gssdelegation",
    "gsslib",
    "krbsrvname",
    "passfile",
    "replication",
    "require_auth",
    "requirepeer",
    "service",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcertmode",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "sslkeylogfile",
    "sslpassword",
    "sslsni",
];

/// The parameters of one connection string, each known to this service.
pub(super) struct Parameters(BTreeMap<&'static str, String>);

impl Parameters {
    pub(super) fn known(found: Vec<Parameter>) -> Result<Self, DsnError> {
        let mut values = BTreeMap::new();
        for parameter in found {
            let matches = |name: &&&'static str| **name == parameter.name;
            if let Some(unsupported) = UNSUPPORTED.iter().find(matches) {
                return Err(DsnError::Unsupported(unsupported));
            }
            let name = KNOWN.iter().find(matches).ok_or(DsnError::Unknown(parameter.place))?;
            values.insert(*name, parameter.value);
        }
        let parameters = Self(values);
        parameters.check_fixed_choices()?;
        Ok(parameters)
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(super) fn endpoints(&self) -> Result<Vec<Endpoint>, DsnError> {
        let hosts = self.list("host");
        let addresses = self.list("hostaddr");
        let ports = self.list("port");
        let count = hosts.len().max(addresses.len());
        if count == 0 {
            return Err(invalid("host", "is missing: name the server, or the directory of its socket"));
        }
        if !hosts.is_empty() && !addresses.is_empty() && hosts.len() != addresses.len() {
            return Err(invalid("hostaddr", "must have as many entries as host"));
        }
        if ports.len() > 1 && ports.len() != count {
            return Err(invalid("port", "must have one entry, or as many as host"));
        }
        (0..count).map(|index| endpoint(entry(&hosts, index), entry(&addresses, index), port(&ports, index)?)).collect()
    }

    pub(super) fn tls(&self, home: Option<&Path>) -> Result<TlsSettings, DsnError> {
        let roots = match self.get("sslrootcert") {
            Some("system") => RootCertificates::System,
            Some(path) => RootCertificates::File(PathBuf::from(path)),
            None => RootCertificates::Default,
        };
        let mode = self.ssl_mode(&roots)?;
        if mode == SslMode::VerifyFull && self.get("host").is_none() {
            return Err(invalid("host", "is missing: sslmode=verify-full compares it with the certificate"));
        }
        Ok(TlsSettings {
            mode,
            negotiation: self.ssl_negotiation(mode)?,
            roots,
            client_certificate: self.client_certificate()?,
            home: home.map(Path::to_path_buf),
        })
    }

    fn ssl_mode(&self, roots: &RootCertificates) -> Result<SslMode, DsnError> {
        let mode = match self.get("sslmode") {
            Some("disable") => SslMode::Disable,
            Some("require") => SslMode::Require,
            Some("verify-ca") => SslMode::VerifyCa,
            Some("verify-full") => SslMode::VerifyFull,
            None if *roots == RootCertificates::System => SslMode::VerifyFull,
            None | Some("allow" | "prefer") => SslMode::Prefer,
            Some(_) => {
                return Err(invalid("sslmode", "must be disable, allow, prefer, require, verify-ca or verify-full"));
            }
        };
        // Anybody can get a certificate from a public authority, so only the name says who it is.
        if *roots == RootCertificates::System && mode != SslMode::VerifyFull {
            return Err(invalid("sslmode", "is too weak for sslrootcert=system: use verify-full"));
        }
        Ok(mode)
    }

    fn ssl_negotiation(&self, mode: SslMode) -> Result<SslNegotiation, DsnError> {
        match self.get("sslnegotiation") {
            None | Some("postgres") => Ok(SslNegotiation::Postgres),
            Some("direct") if mode.encrypts() => Ok(SslNegotiation::Direct),
            Some("direct") => Err(invalid("sslmode", "is too weak for sslnegotiation=direct: use require or stronger")),
            Some(_) => Err(invalid("sslnegotiation", "must be postgres or direct")),
        }
    }

    fn client_certificate(&self) -> Result<ClientCertificate, DsnError> {
        match (self.get("sslcert"), self.get("sslkey")) {
            (None, None) => Ok(ClientCertificate::Default),
            (Some(certificate), Some(key)) => {
                Ok(ClientCertificate::Files { certificate: PathBuf::from(certificate), key: PathBuf::from(key) })
            }
            (Some(_), None) => Err(invalid("sslkey", "is missing: sslcert needs the file of its private key")),
            (None, Some(_)) => Err(invalid("sslcert", "is missing: sslkey needs the file of its certificate")),
        }
    }

    pub(super) fn channel_binding(&self) -> Result<ChannelBinding, DsnError> {
        match self.get("channel_binding") {
            Some("disable") => Ok(ChannelBinding::Disable),
            None | Some("prefer") => Ok(ChannelBinding::Prefer),
            Some("require") => Ok(ChannelBinding::Require),
            Some(_) => Err(invalid("channel_binding", "must be disable, prefer or require")),
        }
    }

    pub(super) fn target_session_attrs(&self) -> Result<Option<TargetSessionAttrs>, DsnError> {
        match self.get("target_session_attrs") {
            None => Ok(None),
            Some("any") => Ok(Some(TargetSessionAttrs::Any)),
            Some("read-write") => Ok(Some(TargetSessionAttrs::ReadWrite)),
            Some("read-only") => Ok(Some(TargetSessionAttrs::ReadOnly)),
            Some("primary" | "standby" | "prefer-standby") => Err(invalid(
                "target_session_attrs",
                "must be any, read-write or read-only: the others are not supported",
            )),
            Some(_) => Err(invalid("target_session_attrs", "must be any, read-write or read-only")),
        }
    }

    /// Parameters of which one value is what happens anyway.
    fn check_fixed_choices(&self) -> Result<(), DsnError> {
        if !matches!(self.get("load_balance_hosts"), None | Some("disable")) {
            return Err(invalid("load_balance_hosts", "must be disable: hosts are tried in the order given"));
        }
        if !matches!(self.get("gssencmode"), None | Some("disable" | "prefer")) {
            return Err(invalid("gssencmode", "must be disable: use sslmode for encryption"));
        }
        let encoding = self.get("client_encoding").map(str::to_ascii_lowercase);
        if !matches!(encoding.as_deref(), None | Some("utf8" | "utf-8" | "auto")) {
            return Err(invalid("client_encoding", "must be UTF8"));
        }
        Ok(())
    }

    fn list(&self, name: &str) -> Vec<&str> {
        self.get(name).map(|value| value.split(',').map(str::trim).collect()).unwrap_or_default()
    }

    /// A whole number; 0 counts as not given.
    pub(super) fn number(&self, name: &'static str) -> Result<Option<u32>, DsnError> {
        let number = self.get(name).map(str::trim).map(str::parse::<u32>).transpose();
        let parsed = number.map_err(|_| invalid(name, "must be a whole number that is not negative"))?;
        Ok(parsed.filter(|number| *number > 0))
    }

    pub(super) fn seconds(&self, name: &'static str) -> Result<Option<Duration>, DsnError> {
        Ok(self.number(name)?.map(|seconds| Duration::from_secs(seconds.into())))
    }

    pub(super) fn milliseconds(&self, name: &'static str) -> Result<Option<Duration>, DsnError> {
        Ok(self.number(name)?.map(|milliseconds| Duration::from_millis(milliseconds.into())))
    }

    pub(super) fn flag(&self, name: &'static str) -> Result<Option<bool>, DsnError> {
        match self.get(name) {
            None => Ok(None),
            Some("0") => Ok(Some(false)),
            Some("1") => Ok(Some(true)),
            Some(_) => Err(invalid(name, "must be 0 or 1")),
        }
    }
}

const fn invalid(parameter: &'static str, problem: &'static str) -> DsnError {
    DsnError::Invalid { parameter, problem }
}

/// The entry at `index` of a comma-separated list, unless it is empty.
fn entry<'a>(list: &[&'a str], index: usize) -> Option<&'a str> {
    list.get(index).copied().filter(|entry| !entry.is_empty())
}

/// One port stands for all hosts; an empty entry is the default.
fn port(ports: &[&str], index: usize) -> Result<u16, DsnError> {
    let text = entry(ports, if ports.len() == 1 { 0 } else { index });
    match text.map(str::parse::<u16>) {
        None => Ok(5432),
        Some(Ok(port)) if port > 0 => Ok(port),
        Some(_) => Err(invalid("port", "must be 1 to 65535 (in a URL, write a `/` in the password as `%2F`)")),
    }
}

fn endpoint(host: Option<&str>, address: Option<&str>, port: u16) -> Result<Endpoint, DsnError> {
    let address = address.map(str::parse::<IpAddr>).transpose();
    let address = address.map_err(|_| invalid("hostaddr", "must be an IP address"))?;
    match (host, address) {
        (Some(host), _) if host.contains('@') => {
            Err(invalid("host", "contains `@`: write an `@` in the user or the password as `%40`"))
        }
        (Some(directory), None) if directory.starts_with('/') => {
            Ok(Endpoint::Socket { directory: PathBuf::from(directory), port })
        }
        (Some(host), address) => Ok(Endpoint::Tcp { host: host.to_owned(), address, port }),
        (None, Some(address)) => Ok(Endpoint::Tcp { host: address.to_string(), address: Some(address), port }),
        (None, None) => Err(invalid("host", "has an empty entry")),
    }
}
