//! Databases of their own for tests, on a server that only tests see: the one `VIVA_TEST_POSTGRES_URL` names, which `scripts/test`
//! starts, or one that the tests of this checkout start themselves, share, and leave behind for no longer than some seconds.

use crate::PostgresStore;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection as _};
use std::fs::{File, create_dir_all, read_to_string};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The variable that names the server.
const SERVER: &str = "VIVA_TEST_POSTGRES_URL";

/// Starting takes about two seconds on a quiet machine.
const START: Duration = Duration::from_secs(60);

/// A database that goes when this is dropped.
#[derive(Debug)]
pub struct TestDatabase {
    server: String,
    name: String,
}

impl TestDatabase {
    /// A new database with nothing in it; none, and a word on the error stream, where this machine has no PostgreSQL.
    ///
    /// # Panics
    /// Where there is a server and it does not do as it is told.
    pub async fn empty() -> Option<Self> {
        Self::made_from("template0").await
    }

    /// A new database with this version's schema.
    ///
    /// # Panics
    /// As [`Self::empty`].
    pub async fn migrated() -> Option<Self> {
        let template = template().await?;
        Self::made_from(&template).await
    }

    async fn made_from(template: &str) -> Option<Self> {
        let server = server()?;
        let name = format!("viva_test_{}", uuid::Uuid::now_v7().simple());
        let mut connection = connect(&server).await;
        run(&mut connection, format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        Some(Self { server, name })
    }

    /// Its address.
    pub fn url(&self) -> String {
        address_of(&self.server, &self.name)
    }

    /// Its name on the server.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same address for a user of the server's that has to give a password; makes the user where there is none.
    ///
    /// # Panics
    /// As [`Self::empty`].
    pub async fn url_for_guarded(&self, password: &str) -> String {
        let mut connection = connect(&self.server).await;
        let make =
            "DO $$ BEGIN CREATE ROLE guarded LOGIN PASSWORD 'right'; EXCEPTION WHEN OTHERS THEN NULL; END $$";
        run(&mut connection, make.to_owned()).await;
        format!("{}&password={password}", self.url().replace("user=viva", "user=guarded"))
    }

    /// Runs statements of another program in it.
    ///
    /// # Panics
    /// Where they fail.
    pub async fn run(&self, sql: impl Into<String>) {
        run(&mut connect(&self.url()).await, sql.into()).await;
    }
}

/// Runs statements of another program in the database at an address, or says why it does not.
///
/// # Errors
/// What the database says.
pub async fn try_run(url: &str, sql: impl Into<String>) -> Result<(), String> {
    let mut connection = connect(url).await;
    let ran = sqlx::raw_sql(AssertSqlSafe(sql.into())).execute(&mut connection).await;
    ran.map(|_| ()).map_err(|error| error.to_string())
}

/// The variable that says `postgres` where tests that run over either database are to run over this one.
const STORE: &str = "VIVA_TEST_STORE";

/// A store for a test that keeps its things in a folder: over PostgreSQL where `VIVA_TEST_STORE=postgres` asks for it, and none
/// otherwise. A second one over the same folder finds what the first one kept, as after a crash.
///
/// # Panics
/// Where PostgreSQL is asked for and is not there: a test that was to show something must not pass without it.
pub async fn store_over(folder: &Path) -> Option<(PostgresStore, String)> {
    if std::env::var(STORE).as_deref() != Ok("postgres") {
        return None;
    }
    let note = folder.join(".database");
    let url = match read_to_string(&note) {
        Ok(url) => url,
        Err(_) => {
            let database = TestDatabase::migrated().await.expect("VIVA_TEST_STORE asks for PostgreSQL");
            let url = database.url();
            std::fs::write(&note, &url).expect("the test's folder can be written");
            // It outlives this store, and goes with the server.
            std::mem::forget(database);
            url
        }
    };
    let store = PostgresStore::open(&url).await.expect("the test's database opens");
    Some((store, url))
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // A thread of its own, because a test's runtime must not be waited for from within.
        let dropped = std::thread::spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
                return;
            };
            runtime.block_on(async {
                if let Ok(mut connection) = PgConnection::connect(&server).await {
                    let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                    // It goes with the server in any case.
                    let _ = sqlx::raw_sql(AssertSqlSafe(drop)).execute(&mut connection).await;
                }
            });
        });
        let _ = dropped.join();
    }
}

/// The server's address; none where this machine has no PostgreSQL.
pub fn server() -> Option<String> {
    static FOUND: OnceLock<Option<String>> = OnceLock::new();
    FOUND
        .get_or_init(|| match std::env::var(SERVER) {
            Ok(url) if !url.is_empty() => Some(url),
            _ => shared(),
        })
        .clone()
}

/// The database with this version's schema that the others are copied from: made once for each set of migrations.
async fn template() -> Option<String> {
    let server = server()?;
    let name = format!("viva_template_{}", crate::schema::fingerprint());
    let mut connection = connect(&server).await;
    // Of tests that start at once one makes it.
    sqlx::query("SELECT pg_advisory_lock(7)").execute(&mut connection).await.expect("a lock");
    let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
        .bind(&name)
        .fetch_one(&mut connection)
        .await
        .expect("the list of databases");
    if !there {
        let making = format!("{name}_{}", std::process::id());
        run(&mut connection, format!("CREATE DATABASE {making} TEMPLATE template0")).await;
        let store = PostgresStore::open(&address_of(&server, &making)).await.expect("a new database opens");
        store.migrate().await.expect("a new database takes the schema");
        store.close().await;
        run(&mut connection, format!("ALTER DATABASE {making} RENAME TO {name}")).await;
    }
    connection.close().await.expect("the connection ends, and the lock with it");
    Some(name)
}

fn address_of(server: &str, database: &str) -> String {
    let mut url = url::Url::parse(server).expect("the server's address is one");
    url.set_path(database);
    url.into()
}

async fn connect(url: &str) -> PgConnection {
    let options = PgConnectOptions::from_str(url).expect("the server's address is one");
    PgConnection::connect_with(&options).await.expect("the server for tests answers")
}

async fn run(connection: &mut PgConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql.clone()))
        .execute(connection)
        .await
        .unwrap_or_else(|e| panic!("{sql}: {e}"));
}

/// The server that the processes of this checkout's tests share. Each holds a lock while it lives; the script stops the server
/// when nobody does.
fn shared() -> Option<String> {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let script = checkout.join("scripts/postgres-for-tests");
    let folder = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| checkout.join("target"), PathBuf::from)
        .join("postgres-for-tests");
    create_dir_all(&folder).expect("the target folder can be written");
    let starting = lock_file(&folder.join("starting"));
    starting.lock().expect("the target folder knows locks");
    let users = lock_file(&folder.join("users"));
    users.lock_shared().expect("the target folder knows locks");
    // Held until the process ends.
    std::mem::forget(users);
    let url = folder.join("url");
    if let Ok(url) = read_to_string(&url) {
        return Some(url.trim().to_owned());
    }
    let mut command = Command::new(script);
    command.arg("share").arg(&folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        // What ends a test, such as Ctrl+C, must not end the server of the others.
        command.process_group(0);
    }
    let mut server = command.spawn().ok()?;
    let begun = Instant::now();
    while begun.elapsed() < START {
        if let Ok(url) = read_to_string(&url) {
            return Some(url.trim().to_owned());
        }
        if let Ok(Some(status)) = server.try_wait() {
            eprintln!("skipped: PostgreSQL cannot be started here ({status}); scripts/test installs it");
            return None;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("PostgreSQL did not start within {START:?}");
}

fn lock_file(path: &Path) -> File {
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .expect("the target folder can be written")
}
