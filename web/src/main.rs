//! The one binary: `viva`. It parses the command line and hands over to one file a command.
//!
//! stdout holds only a command's result; progress and logs go to stderr. The exit code is 0 only for success.

mod app;
mod assets;
mod audit_heads;
mod backup;
mod bench;
mod builtin;
mod charts;
mod cli;
mod compose;
mod error;
mod export;
mod feedback;
mod guard;
mod handlers;
mod in_use;
mod packs;
mod page;
mod peer;
mod people;
mod recorder;
mod reviewing;
mod rights;
mod routes;
#[cfg(test)]
mod testing;
mod tls;
mod tray;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let command_line = cli::CommandLine::parse();
    cli::logging::start(command_line.verbose);
    match cli::run(command_line) {
        Ok(code) => code,
        Err(error) => {
            // Someone closed the pipe (`viva ... | head`): nobody is left to tell.
            if cli::is_broken_pipe(&error) {
                return ExitCode::from(141);
            }
            eprintln!("viva: {error:#}");
            ExitCode::FAILURE
        }
    }
}
