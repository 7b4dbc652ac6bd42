//! The syntax of libpq connection strings: text in, `(name, value)` pairs out.
//!
//! Both forms of <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING>, read as `fe-connect.c`
//! reads them. What a name means is the parent's business.
//!
//! Deliberately absent: the text in any error. A badly quoted password ends up in unexpected places, so an error names
//! what was being read, never what was found there.

use super::DsnError;

/// One parameter as written, decoded and unquoted.
#[derive(PartialEq, Eq)]
pub(super) struct Parameter {
    /// The place among the parameters that are written with a name, from 1; 0 for the other parts of a URL.
    pub(super) place: usize,
    pub(super) name: String,
    pub(super) value: String,
}

impl Parameter {
    fn new(name: &str, value: impl Into<String>) -> Self {
        Self { place: 0, name: name.to_owned(), value: value.into() }
    }
}

/// Takes a connection string apart. Later parameters override earlier ones.
pub(super) fn parameters(text: &str) -> Result<Vec<Parameter>, DsnError> {
    // A secret read from a file usually ends with a line feed.
    let trimmed = text.trim();
    let url = ["postgresql://", "postgres://"].iter().find_map(|scheme| trimmed.strip_prefix(scheme));
    match url {
        Some(rest) => from_url(rest),
        None if trimmed.split('=').next().is_some_and(|name| name.contains("://")) => {
            Err(DsnError::Malformed("the scheme must be postgresql:// or postgres://"))
        }
        None => from_pairs(trimmed),
    }
}

fn from_url(rest: &str) -> Result<Vec<Parameter>, DsnError> {
    let mut found = Vec::new();
    let (credentials, location) = split_credentials(rest);
    if let Some(credentials) = credentials {
        push_credentials(credentials, &mut found)?;
    }
    let (authority, tail) = location.split_at(location.find(['/', '?']).unwrap_or(location.len()));
    push_authority(authority, &mut found)?;
    let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
    let dbname = path.strip_prefix('/').unwrap_or(path);
    if dbname.contains('@') {
        // libpq would send half of a password to the wrong server as the name of the database.
        let problem = "contains `@`: write it as `%40`, and a `/` in the user or the password as `%2F`";
        return Err(DsnError::Invalid { parameter: "dbname", problem });
    }
    found.push(Parameter::new("dbname", percent_decode(dbname, "dbname")?));
    push_query(query, &mut found)?;
    Ok(found)
}

/// As libpq: the first `@` counts only when no `/` stands before it.
fn split_credentials(rest: &str) -> (Option<&str>, &str) {
    let Some(end) = rest.find(['@', '/']) else { return (None, rest) };
    let (before, after) = rest.split_at(end);
    match after.strip_prefix('@') {
        Some(location) => (Some(before), location),
        None => (None, rest),
    }
}

fn push_credentials(credentials: &str, found: &mut Vec<Parameter>) -> Result<(), DsnError> {
    let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
    found.push(Parameter::new("user", percent_decode(user, "user")?));
    found.push(Parameter::new("password", percent_decode(password, "password")?));
    Ok(())
}

/// Hosts and ports become two comma-separated lists, the form that the key=value syntax has.
fn push_authority(authority: &str, found: &mut Vec<Parameter>) -> Result<(), DsnError> {
    let mut hosts = Vec::new();
    let mut ports = Vec::new();
    for entry in authority.split(',') {
        let (host, port) = split_port(entry)?;
        hosts.push(percent_decode(host, "host")?);
        ports.push(percent_decode(port, "port")?);
    }
    found.push(Parameter::new("host", hosts.join(",")));
    if ports.iter().any(|port| !port.is_empty()) {
        found.push(Parameter::new("port", ports.join(",")));
    }
    Ok(())
}

fn split_port(entry: &str) -> Result<(&str, &str), DsnError> {
    let Some(bracketed) = entry.strip_prefix('[') else {
        return Ok(entry.split_once(':').unwrap_or((entry, "")));
    };
    let malformed = DsnError::Malformed("an IPv6 address in the URL must be written as [address] or [address]:port");
    match bracketed.split_once(']') {
        Some((host, "")) => Ok((host, "")),
        Some((host, rest)) => rest.strip_prefix(':').map(|port| (host, port)).ok_or(malformed),
        None => Err(malformed),
    }
}

fn push_query(query: &str, found: &mut Vec<Parameter>) -> Result<(), DsnError> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    for (place, pair) in (1..).zip(pairs) {
        let (raw_name, raw_value) =
            pair.split_once('=').ok_or(DsnError::Malformed("a parameter after `?` has no `=`"))?;
        let name = percent_decode(raw_name, "a parameter's name")?;
        let value = percent_decode(raw_value, "a parameter's value")?;
        // JDBC spells it so, and libpq accepts it in URLs.
        if name == "ssl" && value == "true" {
            found.push(Parameter::new("sslmode", "require"));
        } else {
            found.push(Parameter { place, name, value });
        }
    }
    Ok(())
}

fn percent_decode(text: &str, parameter: &'static str) -> Result<String, DsnError> {
    let malformed = DsnError::Invalid { parameter, problem: "has a stray `%`: write `%25` for a percent sign" };
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        match (rest.next().and_then(hex_digit), rest.next().and_then(hex_digit)) {
            (Some(0), Some(0)) => {
                return Err(DsnError::Invalid { parameter, problem: "contains `%00`, which PostgreSQL cannot store" });
            }
            (Some(high), Some(low)) => bytes.push(high << 4 | low),
            _ => return Err(malformed),
        }
    }
    String::from_utf8(bytes).map_err(|_| DsnError::Invalid { parameter, problem: "is not UTF-8 once decoded" })
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn from_pairs(text: &str) -> Result<Vec<Parameter>, DsnError> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let missing = DsnError::Malformed("a parameter has no `=`: quote values that contain spaces with '…'");
        let (name, after_name) =
            rest.split_at(rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len()));
        let after_equals = after_name.trim_start().strip_prefix('=').ok_or(missing)?;
        let (value, after_value) = value(after_equals.trim_start())?;
        found.push(Parameter { place: found.len() + 1, name: name.to_owned(), value });
        rest = after_value.trim_start();
    }
    Ok(found)
}

/// Reads one value, quoted or bare, and returns it with what follows. A backslash takes the next character literally.
fn value(text: &str) -> Result<(String, &str), DsnError> {
    let quoted = text.strip_prefix('\'');
    let mut value = String::new();
    let mut rest = quoted.unwrap_or(text).chars();
    loop {
        let before = rest.as_str();
        match rest.next() {
            Some('\\') => value.extend(rest.next()),
            Some('\'') if quoted.is_some() => return Ok((value, rest.as_str())),
            Some(c) if quoted.is_none() && c.is_whitespace() => return Ok((value, before)),
            Some(c) => value.push(c),
            None if quoted.is_some() => return Err(DsnError::Malformed("a quoted value has no closing quote")),
            None => return Ok((value, before)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parameters that carry something, as `name=value`.
    fn read(text: &str) -> Vec<String> {
        let found = parameters(text).unwrap();
        found.iter().filter(|p| !p.value.is_empty()).map(|p| format!("{}={}", p.name, p.value)).collect()
    }

    fn problem(text: &str) -> String {
        parameters(text).err().unwrap().to_string()
    }

    #[test]
    fn every_part_of_a_url_is_found() {
        assert_eq!(
            read("postgresql://bob:s3cret@db.example:6432/app?sslmode=require&application_name=a%20b\n"),
            [
                "user=bob",
                "password=s3cret",
                "host=db.example",
                "port=6432",
                "dbname=app",
                "sslmode=require",
                "application_name=a b"
            ],
        );
        assert_eq!(read("postgres://db"), ["host=db"]);
        assert_eq!(read("postgres://"), Vec::<String>::new());
        assert_eq!(read("postgres:///app?host=/run/pg&user=u"), ["dbname=app", "host=/run/pg", "user=u"]);
        assert_eq!(read("postgres://db?ssl=true"), ["host=db", "sslmode=require"]);
    }

    #[test]
    fn a_percent_encoded_password_is_decoded_and_nothing_else_is() {
        assert_eq!(read("postgres://u:p%40ss%2Fw%25+%C3%A9:x?y@db")[1], "password=p@ss/w%+é:x?y");
    }

    #[test]
    fn several_hosts_keep_their_ports() {
        assert_eq!(read("postgres://a:1,b,[::1]:3/app"), ["host=a,b,::1", "port=1,,3", "dbname=app"]);
        assert_eq!(read("postgres://%2Frun%2Fpg:5433/app"), ["host=/run/pg", "port=5433", "dbname=app"]);
    }

    #[test]
    fn an_at_sign_after_a_slash_does_not_start_credentials() {
        assert_eq!(read("postgres://db/app?application_name=a@b"), ["host=db", "dbname=app", "application_name=a@b"]);
    }

    #[test]
    fn pairs_follow_the_quoting_rules() {
        assert_eq!(
            read(r"host=db port = 5433 password='it\'s \\ me'  options='-c a=b' user=a\ b"),
            ["host=db", "port=5433", r"password=it's \ me", "options=-c a=b", "user=a b"],
        );
        assert_eq!(read("user='' host='a'dbname=b"), ["host=a", "dbname=b"]);
    }

    #[test]
    fn what_cannot_be_read_is_an_error_that_repeats_nothing() {
        let broken = [
            "postgres://u:hunter2%4@db",
            "postgres://u:hunter2%zz@db",
            "postgres://u:hunter2%00@db",
            "postgres://u:hunter2%ff@db",
            "postgres://u:hunter2@[::1/db",
            "postgres://u:hunter2@[::1]x/db",
            "postgres://u:x@db?hunter2",
            "mysql://u:hunter2@db",
            "password='hunter2",
            "password=x hunter2",
        ];
        for text in broken {
            assert!(!problem(text).contains("hunter2"), "{text}");
        }
    }
}
