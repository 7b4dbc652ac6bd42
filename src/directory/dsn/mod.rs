//! Where the database is and how to reach it: a libpq connection string, understood as libpq understands it.
//!
//! `tokio_postgres::Config` parses such strings too, but knows three of the six values of `sslmode`, no certificates,
//! and reads `tcp_user_timeout` as seconds where libpq reads milliseconds. So the parameters are read here and handed
//! over as typed settings. A [`Dsn`] promises that every parameter was understood: unknown ones are refused, because
//! an ignored `sslrootcert` or `require_auth` is a hole.
//!
//! Where we differ from libpq, on purpose:
//! * No `PG…` environment variables, service files or password files: configuration has one source.
//! * `host` is required. `allow` means `prefer`. An explicit `sslrootcert` or `sslcert` that does not exist is an error
//!   (libpq goes on without it).
//! * A timeout or keepalive setting of 0 means this service's default, never "wait for ever".
//!
//! Deliberately absent: secrets in `Debug` and in errors.

mod conninfo;
mod parameters;

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::TargetSessionAttrs;

use self::parameters::Parameters;
use super::tls::{SslMode, TlsSettings};

/// Why a connection string was refused. Never repeats any part of it but the names of known parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DsnError {
    /// The text is neither a URL nor key=value pairs.
    #[error("the database connection string is malformed: {0}")]
    Malformed(&'static str),
    /// A parameter has a value that cannot be used.
    #[error("the database connection string: {parameter} {problem}")]
    Invalid {
        /// The libpq name of the parameter.
        parameter: &'static str,
        /// What is wrong, and what to write instead.
        problem: &'static str,
    },
    /// A libpq parameter that this service does not implement.
    #[error("the database connection string: {0} is not supported: remove it")]
    Unsupported(&'static str),
    /// The name is not libpq's. It is not repeated: a badly quoted password looks like a name.
    #[error(
        "the database connection string: parameter {0} (in a URL, after `?`) is not known: check spelling and quoting"
    )]
    Unknown(usize),
}

/// What connections are for. It decides what the service adds to the adopter's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Loads from the primary: adds `-c jit=off -c statement_timeout=…` in front of the adopter's `options`, which therefore
    /// win, and `target_session_attrs=read-write` unless given.
    Pool {
        /// The longest time a statement may run, at least one millisecond.
        statement_timeout: Duration,
    },
    /// Loads from a replica: the same, but any server will do.
    Replica {
        /// The longest time a statement may run, at least one millisecond.
        statement_timeout: Duration,
    },
    /// The change feed, and migrations: adds `-c jit=off`, and `target_session_attrs=read-write` unless given, since a standby
    /// refuses LISTEN.
    Primary,
}

/// What the connection string does not say.
#[derive(Clone, Debug)]
pub struct DsnOptions {
    /// What the connections are for.
    pub purpose: Purpose,
    /// The limit for one address, from name lookup to login, unless the string has `connect_timeout`.
    pub connect_timeout: Duration,
    /// The home directory in which libpq looks for `.postgresql/root.crt`, `postgresql.crt` and `postgresql.key`.
    pub home: Option<PathBuf>,
}

/// One place to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// A Unix socket in `directory`.
    Socket { directory: PathBuf, port: u16 },
    /// A TCP server. The certificate is checked against `host`; `address` saves the lookup.
    Tcp { host: String, address: Option<IpAddr>, port: u16 },
}

impl Endpoint {
    fn is_local(&self) -> bool {
        match self {
            Self::Socket { .. } => true,
            Self::Tcp { address: Some(address), .. } => address.is_loopback(),
            Self::Tcp { host, .. } => match host.parse::<IpAddr>() {
                Ok(address) => address.is_loopback(),
                Err(_) => host.eq_ignore_ascii_case("localhost"),
            },
        }
    }
}

/// A connection string that has been understood.
#[derive(Clone)]
pub struct Dsn {
    session: Config,
    endpoints: Vec<Endpoint>,
    tls: TlsSettings,
    connect_timeout: Duration,
}

impl Dsn {
    /// Reads a libpq URL or key=value string
    /// (<https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING>).
    pub fn parse(text: &str, options: &DsnOptions) -> Result<Self, DsnError> {
        let parameters = Parameters::known(conninfo::parameters(text)?)?;
        let endpoints = parameters.endpoints()?;
        let mut tls = parameters.tls(options.home.as_deref())?;
        if endpoints.iter().all(|endpoint| matches!(endpoint, Endpoint::Socket { .. })) {
            // TLS does not exist on Unix sockets, so certificates for it need not exist either.
            tls.mode = SslMode::Disable;
        }
        Ok(Self {
            session: session(&parameters, options.purpose)?,
            endpoints,
            tls,
            connect_timeout: parameters.seconds("connect_timeout")?.unwrap_or(options.connect_timeout),
        })
    }

    /// Replaces the password, for a password that is kept in a file of its own.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        self.session.password(password);
        self
    }

    /// Whether every server is reached through a Unix socket or a loopback address.
    pub fn is_local(&self) -> bool {
        self.endpoints.iter().all(Endpoint::is_local)
    }

    /// Whether a connection over TCP is encrypted or fails: `sslmode` is `require`, `verify-ca` or `verify-full`.
    pub fn encrypts(&self) -> bool {
        self.tls.mode.encrypts()
    }

    /// The settings of the session, without a server.
    pub(super) const fn session(&self) -> &Config {
        &self.session
    }

    /// The servers, in the order in which to try them. Never empty.
    pub(super) fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    pub(super) const fn tls(&self) -> &TlsSettings {
        &self.tls
    }

    pub(super) const fn connect_timeout(&self) -> Duration {
        self.connect_timeout
    }
}

impl fmt::Debug for Dsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dsn").field("endpoints", &self.endpoints).field("tls", &self.tls.mode).finish_non_exhaustive()
    }
}

fn session(parameters: &Parameters, purpose: Purpose) -> Result<Config, DsnError> {
    let mut session = Config::new();
    if let Some(user) = parameters.get("user") {
        session.user(user);
    }
    if let Some(password) = parameters.get("password") {
        session.password(password);
    }
    if let Some(dbname) = parameters.get("dbname") {
        session.dbname(dbname);
    }
    let name = parameters.get("application_name").or_else(|| parameters.get("fallback_application_name"));
    session.application_name(name.unwrap_or("claimsmith"));
    session.options(server_options(parameters.get("options"), purpose));
    session.channel_binding(parameters.channel_binding()?);
    let usual = match purpose {
        Purpose::Replica { .. } => TargetSessionAttrs::Any,
        // Loads too: what a standby that lags has loaded is refused, and would be asked for again and again.
        Purpose::Pool { .. } | Purpose::Primary => TargetSessionAttrs::ReadWrite,
    };
    session.target_session_attrs(parameters.target_session_attrs()?.unwrap_or(usual));
    notice_dead_peers(parameters, &mut session)?;
    Ok(session)
}

/// Ours first: PostgreSQL lets the last `-c` win, so the adopter's own settings stay in force.
fn server_options(own: Option<&str>, purpose: Purpose) -> String {
    // The planner compiles small queries for 160 ms when row estimates are off.
    let mut options = String::from("-c jit=off");
    if let Purpose::Pool { statement_timeout } | Purpose::Replica { statement_timeout } = purpose {
        // 0 would mean "no limit", and the server reads an `int`.
        let milliseconds = statement_timeout.as_millis().clamp(1, 2_147_483_647);
        options = format!("{options} -c statement_timeout={milliseconds}");
    }
    match own {
        Some(own) => format!("{options} {own}"),
        None => options,
    }
}

/// With the system's defaults a silent network is noticed after two hours.
fn notice_dead_peers(parameters: &Parameters, session: &mut Config) -> Result<(), DsnError> {
    let retries = match parameters.number("keepalives_count")? {
        Some(count) => Some(count),
        None => parameters.number("keepalives_retries")?,
    };
    session
        .keepalives(parameters.flag("keepalives")?.unwrap_or(true))
        .keepalives_idle(parameters.seconds("keepalives_idle")?.unwrap_or(Duration::from_secs(10)))
        .keepalives_interval(parameters.seconds("keepalives_interval")?.unwrap_or(Duration::from_secs(3)))
        .keepalives_retries(retries.unwrap_or(3))
        .tcp_user_timeout(parameters.milliseconds("tcp_user_timeout")?.unwrap_or(Duration::from_secs(10)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_postgres::config::ChannelBinding;

    use crate::directory::tls::RootCertificates;

    const LISTENER: DsnOptions =
        DsnOptions { purpose: Purpose::Primary, connect_timeout: Duration::from_secs(3), home: None };

    fn listener(text: &str) -> Dsn {
        Dsn::parse(text, &LISTENER).unwrap()
    }

    fn pool(text: &str) -> Dsn {
        let purpose = Purpose::Pool { statement_timeout: Duration::from_millis(1500) };
        Dsn::parse(text, &DsnOptions { purpose, ..LISTENER }).unwrap()
    }

    fn problem(text: &str) -> String {
        Dsn::parse(text, &LISTENER).unwrap_err().to_string()
    }

    fn tcp(host: &str, port: u16) -> Endpoint {
        Endpoint::Tcp { host: host.to_owned(), address: None, port }
    }

    #[test]
    fn a_url_and_its_key_value_form_mean_the_same() {
        let pairs = [
            (
                "postgres://u:p%40s@db:6432/app?sslmode=require",
                "user=u password=p@s host=db port=6432 dbname=app sslmode=require",
            ),
            ("postgres://u@a:1,b/app", "host=a,b port=1, user=u dbname=app"),
            ("postgresql://%2Frun%2Fpg/app", "host=/run/pg dbname=app"),
            (
                "postgres://u:x@[::1]/app?options=-c%20geqo%3Doff",
                "user=u password=x host=::1 dbname=app options='-c geqo=off'",
            ),
        ];
        for (url, text) in pairs {
            let (left, right) = (pool(url), pool(text));
            assert!(left.session == right.session, "{url}");
            assert_eq!(left.endpoints, right.endpoints, "{url}");
            assert_eq!(left.tls, right.tls, "{url}");
        }
    }

    #[test]
    fn every_sslmode_is_understood_and_no_other() {
        let modes = [
            ("disable", SslMode::Disable, false),
            ("allow", SslMode::Prefer, false),
            ("prefer", SslMode::Prefer, false),
            ("require", SslMode::Require, true),
            ("verify-ca", SslMode::VerifyCa, true),
            ("verify-full", SslMode::VerifyFull, true),
        ];
        for (text, mode, encrypts) in modes {
            let dsn = listener(&format!("postgres://db/app?sslmode={text}"));
            assert_eq!(dsn.tls.mode, mode);
            assert_eq!(dsn.encrypts(), encrypts, "{text}");
        }
        assert_eq!(listener("host=db").tls.mode, SslMode::Prefer);
        for wrong in ["Require", "verify_full", "on", "require,disable"] {
            assert!(problem(&format!("host=db sslmode={wrong}")).contains("sslmode must be"), "{wrong}");
        }
    }

    #[test]
    fn public_authorities_are_trusted_only_together_with_the_name() {
        let dsn = listener("host=db sslrootcert=system");
        assert_eq!((dsn.tls.mode, dsn.tls.roots), (SslMode::VerifyFull, RootCertificates::System));
        for weak in ["disable", "allow", "prefer", "require", "verify-ca"] {
            assert!(problem(&format!("host=db sslrootcert=system sslmode={weak}")).contains("too weak"), "{weak}");
        }
        assert!(problem("hostaddr=10.0.0.1 sslmode=verify-full").contains("host is missing"));
    }

    #[test]
    fn a_client_certificate_needs_both_files() {
        assert!(problem("host=db sslcert=/c").contains("sslkey is missing"));
        assert!(problem("host=db sslkey=/k").contains("sslcert is missing"));
    }

    #[test]
    fn direct_negotiation_needs_a_mode_that_insists() {
        assert!(problem("host=db sslnegotiation=direct").contains("too weak"));
        assert!(listener("host=db sslnegotiation=direct sslmode=require").encrypts());
    }

    #[test]
    fn hosts_addresses_and_ports_are_matched_by_place() {
        assert_eq!(listener("host=a,b port=1,").endpoints, [tcp("a", 1), tcp("b", 5432)]);
        assert_eq!(listener("host=a,b port=9").endpoints, [tcp("a", 9), tcp("b", 9)]);
        let address = Some(IpAddr::from([10, 0, 0, 1]));
        assert_eq!(
            listener("host=a hostaddr=10.0.0.1").endpoints,
            [Endpoint::Tcp { host: "a".to_owned(), address, port: 5432 }],
        );
        assert_eq!(
            listener("hostaddr=10.0.0.1").endpoints,
            [Endpoint::Tcp { host: "10.0.0.1".to_owned(), address, port: 5432 }],
        );
        assert_eq!(
            listener("host=/run/pg port=7").endpoints,
            [Endpoint::Socket { directory: PathBuf::from("/run/pg"), port: 7 }],
        );
        for wrong in
            ["", "dbname=app", "host=a,b port=1,2,3", "host=a,b hostaddr=10.0.0.1", "host=a,,b", "host=a port=0"]
        {
            assert!(Dsn::parse(wrong, &LISTENER).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_sockets_and_loopback_are_local() {
        for local in
            ["host=/run/pg", "host=localhost,127.0.0.9,::1", "host=db hostaddr=127.0.0.1", "postgres://[::1]/a"]
        {
            assert!(listener(local).is_local(), "{local}");
        }
        for remote in ["host=db", "host=localhost,db", "host=localhost hostaddr=10.0.0.1", "host=localhost.example"] {
            assert!(!listener(remote).is_local(), "{remote}");
        }
    }

    #[test]
    fn the_adopters_own_options_come_last_so_that_they_win() {
        let own = pool("host=db options='-c statement_timeout=9000'");
        assert_eq!(own.session.get_options(), Some("-c jit=off -c statement_timeout=1500 -c statement_timeout=9000"),);
        assert_eq!(listener("host=db").session.get_options(), Some("-c jit=off"));
        let instant = Purpose::Pool { statement_timeout: Duration::ZERO };
        assert_eq!(server_options(None, instant), "-c jit=off -c statement_timeout=1");
    }

    #[test]
    fn what_is_missing_is_added_and_what_is_given_is_kept() {
        let bare = listener("host=db");
        assert_eq!(bare.session.get_application_name(), Some("claimsmith"));
        assert_eq!(bare.session.get_target_session_attrs(), TargetSessionAttrs::ReadWrite);
        assert_eq!(pool("host=db").session.get_target_session_attrs(), TargetSessionAttrs::ReadWrite);
        let replica = DsnOptions { purpose: Purpose::Replica { statement_timeout: Duration::ZERO }, ..LISTENER };
        let replica = Dsn::parse("host=db", &replica).unwrap();
        assert_eq!(replica.session.get_target_session_attrs(), TargetSessionAttrs::Any);
        assert_eq!(bare.session.get_keepalives_idle(), Duration::from_secs(10));
        assert_eq!(bare.session.get_keepalives_interval(), Some(Duration::from_secs(3)));
        assert_eq!(bare.session.get_keepalives_retries(), Some(3));
        assert_eq!(bare.session.get_tcp_user_timeout(), Some(&Duration::from_secs(10)));
        assert_eq!(bare.connect_timeout, Duration::from_secs(3));

        let given = listener(
            "host=db application_name=x target_session_attrs=any keepalives_idle=5 keepalives_count=9 \
             tcp_user_timeout=2500 connect_timeout=7 channel_binding=require",
        );
        assert_eq!(given.session.get_application_name(), Some("x"));
        assert_eq!(given.session.get_target_session_attrs(), TargetSessionAttrs::Any);
        assert_eq!(given.session.get_keepalives_idle(), Duration::from_secs(5));
        assert_eq!(given.session.get_keepalives_retries(), Some(9));
        assert_eq!(given.session.get_tcp_user_timeout(), Some(&Duration::from_millis(2500)));
        assert_eq!(given.connect_timeout, Duration::from_secs(7));
        assert_eq!(given.session.get_channel_binding(), ChannelBinding::Require);
    }

    #[test]
    fn a_parameter_that_would_be_ignored_is_refused() {
        assert_eq!(
            Dsn::parse("host=db require_auth=scram-sha-256", &LISTENER).unwrap_err(),
            DsnError::Unsupported("require_auth")
        );
        assert_eq!(
            Dsn::parse("postgres://u:p@db/app?sslmode=require&sslmod=x", &LISTENER).unwrap_err(),
            DsnError::Unknown(2)
        );
        assert_eq!(Dsn::parse("host=db hunter2=x", &LISTENER).unwrap_err(), DsnError::Unknown(2));
        assert!(problem("host=db load_balance_hosts=random").contains("load_balance_hosts"));
        assert!(problem("host=db target_session_attrs=primary").contains("read-write"));
    }

    #[test]
    fn secrets_are_in_no_error_and_in_no_debug_text() {
        let broken = [
            "postgres://u:hunter2@hunter2@db/app",
            "postgres://u:hunter2/x@db/app",
            "postgres://u:12/hunter2@db/app",
            "host=db password=x hunter2=y",
            "host=db connect_timeout=hunter2",
            "host=db hostaddr=hunter2",
            "host=db keepalives=hunter2",
        ];
        for text in broken {
            let error = Dsn::parse(text, &LISTENER).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{text}");
        }
        let debug = format!("{:?}", listener("postgres://u:hunter2@db/app"));
        assert!(debug.contains("db") && !debug.contains("hunter2"), "{debug}");
    }

    #[test]
    fn a_password_from_its_own_file_replaces_the_one_in_the_string() {
        let dsn = listener("postgres://u:old@db/app").with_password("new");
        assert_eq!(dsn.session.get_password(), Some(b"new".as_slice()));
    }

    #[test]
    fn tls_settings_of_a_socket_are_not_needed() {
        assert_eq!(listener("host=/run/pg sslmode=verify-full").tls.mode, SslMode::Disable);
    }
}
