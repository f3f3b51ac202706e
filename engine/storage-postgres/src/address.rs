//! Addresses of databases. What is read here is never shown as it was written: it may hold a password.

use crate::PostgresStore;
use sqlx::postgres::PgConnectOptions;
use std::str::FromStr;
use url::Url;
use viva_storage::StorageError;

/// How an address begins.
pub(crate) const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// What may stand behind the `?`. Anything else is a slip of the pen, and is refused by its name alone.
const PARAMETERS: [&str; 17] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

/// Nobody who holds a lock for longer than this is waited for.
const LOCK_TIMEOUT: &str = "10s";

/// What an address says.
pub(crate) fn parse(url: &str) -> Result<PgConnectOptions, StorageError> {
    let bad = |what: String| StorageError::BadUrl { url: what, example: PostgresStore::EXAMPLE_URL };
    let hidden = || bad("postgres://…".into());
    if !PostgresStore::takes(url) {
        return Err(bad(url.split(':').next().unwrap_or_default().to_owned() + ":…"));
    }
    let parsed = Url::parse(url).map_err(|_| hidden())?;
    let unknown = parsed
        .query_pairs()
        .find(|(key, _)| !PARAMETERS.contains(&&**key) && !key.starts_with("options["))
        .map(|(key, _)| key.into_owned());
    if let Some(key) = unknown {
        return Err(bad(format!("postgres://…?{key}=…")));
    }
    let options = PgConnectOptions::from_str(url).map_err(|_| hidden())?;
    let name = options.get_application_name().unwrap_or("viva").to_owned();
    Ok(options.application_name(&name).options([("lock_timeout", LOCK_TIMEOUT)]))
}

/// Where it leads, for people to read: the user, the server and the database.
pub(crate) fn place(options: &PgConnectOptions) -> String {
    let (user, database) = (options.get_username(), options.get_database().unwrap_or(options.get_username()));
    match options.get_socket() {
        Some(socket) => format!("postgres://{user}@/{database} (socket in {})", socket.display()),
        None => format!("postgres://{user}@{}:{}/{database}", options.get_host(), options.get_port()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_without_its_password() {
        for (url, told) in [
            ("postgres://ada:se%40cret@db.example:6000/viva", "postgres://ada@db.example:6000/viva"),
            ("postgresql://ada@db.example/viva?password=secret", "postgres://ada@db.example:5432/viva"),
            (
                "postgres:///viva?host=/run/pg&user=ada&password=secret",
                "postgres://ada@/viva (socket in /run/pg)",
            ),
        ] {
            assert_eq!(place(&parse(url).unwrap()), told);
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_repeated() {
        for url in [
            "postgres://ada:secret@host:notaport/viva",
            "postgres://ada:secret@host/viva?sslmode=secret",
            "postgres://ada@host/viva?passwd=secret",
            "postgres://ada:se/cret@host/viva",
            "mysql://ada:secret@host/viva",
        ] {
            let told = parse(url).unwrap_err().to_string();
            assert!(told.contains("should look like postgres://"), "{told}");
            assert!(!told.contains("secret") && !told.contains("cret@"), "{told}");
        }
    }
}
