//! The command `hessian`: parse, dispatch, exit code.

use std::process::ExitCode;

use hessian::cli::{self, Registry};

fn main() -> ExitCode {
    cli::main(&Registry::standard())
}
