//! How to reach the server: over its socket, and over 127.0.0.1 with a password if that was asked for.

use std::fmt::Write as _;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use super::error::StartError;
use super::random_hex;

/// The port in the socket's name when there is no TCP; in a directory of our own nobody else has it.
const SOCKET_ONLY_PORT: u16 = 5432;

/// Where one server listens.
pub(super) struct Address {
    pub(super) socket_dir: PathBuf,
    pub(super) port: u16,
    /// Present when the server listens on 127.0.0.1 too. Hexadecimal, so it needs no quoting anywhere.
    pub(super) password: Option<String>,
}

impl Address {
    pub(super) fn socket_only(socket_dir: &Path) -> Self {
        Self { socket_dir: socket_dir.to_path_buf(), port: SOCKET_ONLY_PORT, password: None }
    }

    /// On a port that was free a moment ago. It may be taken by the time the server wants it.
    pub(super) fn with_tcp(socket_dir: &Path) -> Result<Self, StartError> {
        let port = free_port().map_err(StartError::NoPort)?;
        Ok(Self { socket_dir: socket_dir.to_path_buf(), port, password: Some(random_hex::<24>()?) })
    }

    /// A connection URI (libpq 34.1.1.2).
    pub(super) fn url(&self, database: &str, user: &str) -> String {
        let (name, place) = (percent_encoded(user), percent_encoded(database));
        let port = self.port;
        self.password.as_ref().map_or_else(
            || format!("postgres://{name}@{}:{port}/{place}", percent_encoded(&self.socket_dir.to_string_lossy())),
            |password| format!("postgres://{name}:{password}@127.0.0.1:{port}/{place}"),
        )
    }

    /// The shell command that opens `psql`, over the socket, so that no password shows on a screen.
    pub(super) fn psql_line(&self, database: &str, user: &str) -> String {
        let host = conninfo_value(&self.socket_dir.to_string_lossy());
        let (name, place) = (conninfo_value(user), conninfo_value(database));
        format!("psql \"host={host} port={} user={name} dbname={place}\"", self.port)
    }

    /// The settings for a connection of our own, as the superuser over the socket.
    pub(super) fn own_connection(&self) -> tokio_postgres::Config {
        let mut config = tokio_postgres::Config::new();
        config.host_path(&self.socket_dir).port(self.port).user("postgres").dbname("postgres");
        config
    }
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// A value of a libpq connection string (34.1.1.1) inside the double quotes of a shell.
fn conninfo_value(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-._/".contains(letter);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    let quoted = format!("'{}'", escaped(text, "\\'"));
    escaped(&quoted, "\\\"$`")
}

/// `text` with a backslash before each of `special`.
fn escaped(text: &str, special: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        if special.contains(letter) {
            safe.push('\\');
        }
        safe.push(letter);
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(password: Option<&str>) -> Address {
        Address { socket_dir: PathBuf::from("/tmp/a b"), port: 5433, password: password.map(str::to_owned) }
    }

    #[test]
    fn a_socket_url_is_read_back_as_it_was_meant() {
        let url = address(None).url("größe/1", "al@ice");
        let config: tokio_postgres::Config = url.parse().unwrap();
        assert_eq!(config.get_hosts(), [tokio_postgres::config::Host::Unix(PathBuf::from("/tmp/a b"))]);
        assert_eq!(config.get_ports(), [5433]);
        assert_eq!(config.get_user(), Some("al@ice"));
        assert_eq!(config.get_dbname(), Some("größe/1"));
    }

    #[test]
    fn only_a_tcp_url_carries_the_password() {
        assert_eq!(address(Some("0fa1")).url("demo", "app"), "postgres://app:0fa1@127.0.0.1:5433/demo");
        assert!(!address(Some("0fa1")).psql_line("demo", "app").contains("0fa1"));
    }

    #[test]
    fn the_psql_line_survives_the_shell_and_libpq() {
        let line = address(None).psql_line("demo", "it's $HOME");
        assert_eq!(line, r#"psql "host='/tmp/a b' port=5433 user='it\\'s \$HOME' dbname=demo""#);
    }
}
