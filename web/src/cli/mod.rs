//! The command line: one file a command, each with its `Args` and a `run` that returns the exit code.

pub mod devices;
pub mod logging;
pub mod places;

use clap::{Parser, Subcommand};
use std::io;
use std::process::ExitCode;

/// Practise interviews aloud, on your own machine.
#[derive(Debug, Parser)]
#[command(name = "viva", version, about, arg_required_else_help = true)]
pub struct CommandLine {
    /// Say more on stderr; twice for everything.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the microphones, with the ids that --device takes
    Devices(devices::Args),
}

/// Runs one command to its exit code.
pub fn run(command_line: CommandLine) -> anyhow::Result<ExitCode> {
    match command_line.command {
        Command::Devices(args) => devices::run(args),
    }
}

/// Whether an error only says that the reader of our output has gone.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe))
}
