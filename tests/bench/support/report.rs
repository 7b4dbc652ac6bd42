//! What a bench says, and why it stops.

use std::error::Error;
use std::io::{self, Write as _};

/// Why a bench stops.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// Prints one line for people.
pub(crate) fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{line}")
}
