//! What the bench is doing, for whoever waits. Apart from the results, so that these can be redirected.

use std::io::{self, Write as _};

/// Prints one line to standard error.
pub(crate) fn doing(line: &str) -> io::Result<()> {
    writeln!(io::stderr().lock(), "{line}")
}
