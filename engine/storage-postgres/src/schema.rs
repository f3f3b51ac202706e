//! The schema: migrating it, knowing whose it is, and what server keeps it.
//!
//! The only queries that are not checked at compile time are here, because they read PostgreSQL's own tables
//! and those of sqlx.

use crate::Connection;
use crate::error::{Failure, explain};
use crate::{About, PostgresStore};
use sqlx::AssertSqlSafe;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::PgPool;
use viva_storage::StorageError;
use viva_storage::columns::number;

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/postgres");

/// What programs that migrate at once wait for: "VIVA", in a name space that locks of other programs in the same database
/// are unlikely to be in.
const MIGRATION_LOCK: i64 = 0x5649_5641_0000_0001;

/// The newest schema version this version of Viva knows.
pub(crate) fn known() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// All migrations are one transaction that takes the lock first, so that of programs that start at once one migrates and
/// the others, having waited, find the work done.
pub(crate) async fn migrate(place: &str, pool: &PgPool) -> Result<(), StorageError> {
    let told = |error: sqlx::Error| explain(place, error.into());
    let place = || place.to_owned();
    let mut work = pool.begin().await.map_err(told)?;
    // Migrating a large database takes longer than anybody waits for a row.
    sqlx::query("SET LOCAL lock_timeout = '5min'").execute(&mut *work).await.map_err(told)?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(MIGRATION_LOCK)
        .execute(&mut *work)
        .await
        .map_err(told)?;
    let found = applied(&mut work).await.map_err(|failure| explain(&place(), failure))?;
    match found {
        Applied::Foreign(why) => return Err(StorageError::ForeignSchema { place: place(), why }),
        Applied::UpTo(found) if found > known() => {
            return Err(StorageError::NewerSchema { place: place(), found, known: known() });
        }
        Applied::Nothing | Applied::UpTo(_) => {}
    }
    let unlike = |version: i64, what: &str| StorageError::ForeignSchema {
        place: place(),
        why: format!("its migration {version} {what}"),
    };
    // The lock is ours already, and sqlx's own would outlive the transaction.
    let mut migrations = Migrator::with_migrations(MIGRATIONS.iter().cloned().collect());
    migrations.dangerous_set_table_name(MIGRATIONS_TABLE);
    migrations.set_locking(false);
    migrations.run_direct(None, &mut *work, false).await.map_err(|error| match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => told(error),
        MigrateError::VersionMissing(version) => unlike(version, "is unknown here"),
        MigrateError::VersionMismatch(version) => unlike(version, "was another one"),
        error => StorageError::Unavailable { place: place(), why: error.to_string() },
    })?;
    work.commit().await.map_err(told)
}

/// A word that changes with the migrations, for databases that are made from them.
#[cfg(feature = "testing")]
pub(crate) fn fingerprint() -> String {
    let sums = MIGRATIONS.iter().flat_map(|migration| migration.checksum.iter());
    // FNV-1a; nobody tries to deceive it.
    let sum = sums
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{sum:016x}")
}

/// What a schema holds before it is migrated.
enum Applied {
    /// Nothing at all: it is new.
    Nothing,
    /// Viva's tables, up to this version.
    UpTo(i64),
    /// What does not fit Viva, and why.
    Foreign(String),
}

async fn applied(connection: &mut Connection) -> Result<Applied, Failure> {
    let encoding: String =
        sqlx::query_scalar("SELECT current_setting('server_encoding')").fetch_one(&mut *connection).await?;
    if encoding != "UTF8" {
        let why = format!(
            "it keeps texts as {encoding}, which cannot hold what people say; make one with \
             `createdb --template=template0 --encoding=UTF8 NAME`"
        );
        return Ok(Applied::Foreign(why));
    }
    let tables = tables(connection).await?;
    if tables.is_empty() {
        return Ok(Applied::Nothing);
    }
    if !tables.iter().any(|table| table == MIGRATIONS_TABLE) {
        let why = format!(
            "it holds tables of another program, such as {}; make a database for Viva alone with `createdb`",
            tables[0]
        );
        return Ok(Applied::Foreign(why));
    }
    let newest: Option<i64> =
        sqlx::query_scalar("SELECT max(version) FROM viva_migrations").fetch_one(connection).await?;
    Ok(newest.map_or(Applied::Nothing, Applied::UpTo))
}

/// The tables in the schema that is Viva's own, without those an extension brought.
pub(crate) async fn tables(connection: &mut Connection) -> Result<Vec<String>, Failure> {
    let found = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c
         WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
           AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
         ORDER BY c.relname",
    )
    .fetch_all(connection)
    .await?;
    Ok(found)
}

pub(crate) async fn about(pool: &PgPool) -> Result<About, Failure> {
    let server: String =
        sqlx::query_scalar("SELECT current_setting('server_version')").fetch_one(pool).await?;
    let schema: Option<i64> =
        sqlx::query_scalar("SELECT max(version) FROM viva_migrations").fetch_one(pool).await?;
    // Distributions add themselves: "15.8 (Debian 15.8-0+deb12u1)".
    let server = server.split_whitespace().next().unwrap_or_default().to_owned();
    Ok(About { server, schema: schema.unwrap_or(0) })
}

/// Gives back the room of what was deleted, so that it does not linger in the files of the tables. The server's log of writes
/// still tells of it until it is recycled.
pub(crate) async fn give_back_room(store: &PostgresStore) -> Result<(), Failure> {
    let mut connection = store.pool.acquire().await?;
    for table in tables(&mut connection).await? {
        let table = table.replace('"', "\"\"");
        sqlx::query(AssertSqlSafe(format!("VACUUM (FULL) \"{table}\""))).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Bytes of the database.
pub(crate) async fn size(connection: &mut Connection) -> Result<u64, Failure> {
    let bytes: i64 =
        sqlx::query_scalar("SELECT pg_database_size(current_database())").fetch_one(connection).await?;
    Ok(number("size", bytes)?)
}

/// Where sqlx notes what was applied; also named in `sqlx.toml`.
pub(crate) const MIGRATIONS_TABLE: &str = "viva_migrations";
