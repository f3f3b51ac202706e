//! The command line: one file a command, each with its `Args` and a `run` that returns the exit code.

pub mod assess;
pub mod audit;
pub mod backup;
pub mod devices;
pub mod doctor;
pub mod export;
pub mod import;
pub mod logging;
pub mod migrate;
pub mod model;
mod model_bench;
pub mod people;
pub mod places;
pub mod practice;
pub mod rescore;
pub mod review;
pub mod rubric;
pub mod serve;
pub mod transcribe;
pub mod worker;

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
    /// Serve the pages on this machine
    Serve(serve::Args),
    /// Answer questions aloud, in the terminal
    Practice(practice::Args),
    /// Turn a recording into words
    Transcribe(transcribe::Args),
    /// Score an answer, or many, against their rubrics
    Assess(assess::Args),
    /// Find the questions in a document
    Import(import::Args),
    /// Cut a transcript into answers and score them
    Review(review::Args),
    /// Check, list, derive and test question packs
    Rubric(rubric::Args),
    /// List, fetch, import and verify Whisper models
    Model(model::Args),
    /// Make the owner, invite people, list them, set a new password
    People(people::Args),
    /// List the microphones, with the ids that --device takes
    Devices(devices::Args),
    /// Check model, microphone, disk, database and questions, and say what to do
    Doctor(doctor::Args),
    /// Score kept answers again after their rubric has changed
    Rescore(rescore::Args),
    /// Settle waiting answers without serving pages
    Worker(worker::Args),
    /// Write sessions with their answers as JSON, CSV, Markdown or WebVTT
    Export(export::Args),
    /// Write answers, recordings, settings and own packs into one file
    Backup(backup::BackupArgs),
    /// Bring back what `viva backup` wrote
    Restore(backup::RestoreArgs),
    /// Show or verify the log of who did what in rounds
    Audit(audit::Args),
    /// Bring the database to this version's schema
    Migrate(migrate::Args),
}

/// Runs one command to its exit code.
pub fn run(command_line: CommandLine) -> anyhow::Result<ExitCode> {
    match command_line.command {
        Command::Serve(args) => serve::run(args),
        Command::Practice(args) => practice::run(args),
        Command::Transcribe(args) => transcribe::run(args),
        Command::Assess(args) => assess::run(args),
        Command::Import(args) => import::run(args),
        Command::Review(args) => review::run(args),
        Command::Rubric(args) => rubric::run(args),
        Command::Model(args) => model::run(args),
        Command::People(args) => people::run(args),
        Command::Devices(args) => devices::run(args),
        Command::Doctor(args) => doctor::run(args),
        Command::Rescore(args) => rescore::run(args),
        Command::Worker(args) => worker::run(args),
        Command::Export(args) => export::run(args),
        Command::Backup(args) => backup::run(args),
        Command::Restore(args) => backup::restore(args),
        Command::Audit(args) => audit::run(args),
        Command::Migrate(args) => migrate::run(args),
    }
}

/// Whether an error only says that the reader of our output has gone.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe)
    })
}
