//! `viva migrate`: brings the database to this version's schema. Every other command does so by itself.

use super::places::Places;
use crate::compose;
use std::process::ExitCode;

/// Create the database, or bring it to this version's schema
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Migrates and says where the database is.
pub fn run(_args: Args) -> anyhow::Result<ExitCode> {
    let places = Places::from_env()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(compose::store(&places))?;
    eprintln!("The database is up to date: {}", runtime.block_on(compose::about_database(&places))?);
    Ok(ExitCode::SUCCESS)
}
