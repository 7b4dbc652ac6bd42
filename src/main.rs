//! `claimsmith`: see `claimsmith --help`, and [`claimsmith::cli`] for the exit codes.

use std::process::ExitCode;

fn main() -> ExitCode {
    claimsmith::cli::main()
}
