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
    eprintln!("The database is up to date: {}", without_secret(&places.database_url));
    Ok(ExitCode::SUCCESS)
}

/// A database address without its password.
fn without_secret(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => format!("{}://…{}", &url[..scheme], &url[at..]),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_secret;

    #[test]
    fn a_password_is_never_printed() {
        assert_eq!(without_secret("postgres://me:secret@host/db"), "postgres://…@host/db");
        assert_eq!(without_secret("sqlite:///tmp/viva.db"), "sqlite:///tmp/viva.db");
    }
}
