//! `claimsmith`: see `claimsmith --help`, and [`claimsmith::cli`] for the exit codes.

use std::process::ExitCode;

/// Millions of small keys: this allocator packs them closer than the system's (README has the figures).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    claimsmith::cli::main()
}
