//! Every row out of a database, and into an empty one, through PostgreSQL's own COPY. New tables need nothing here: what there is
//! is read from the catalogue.

use crate::error::Failure;
use crate::plain::plain;
use crate::schema::{MIGRATIONS_TABLE, tables};
use crate::{Connection, PostgresStore};
use futures::TryStreamExt;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row as _};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use tokio::sync::mpsc;
use uuid::Uuid;
use viva_storage::{Cell, Rows, StorageError};

impl PostgresStore {
    /// Sends every row as it stands at this moment, while others read and write. Ends early where nobody takes them.
    pub async fn copy_out(&self, to: mpsc::Sender<Rows>) -> Result<(), StorageError> {
        let mut tx = self.look().await?;
        self.told(copy_out(&mut tx, &to).await)
    }

    /// Takes rows into a database that has none. All of them come in, or none do.
    pub async fn copy_in(&self, mut from: mpsc::Receiver<Rows>) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        let nothing = self.told(is_empty(&mut tx).await)?;
        if !nothing {
            return Err(StorageError::NotEmpty { place: self.place.clone() });
        }
        self.told(copy_in(&mut tx, &mut from).await)?;
        self.told(tx.commit().await.map_err(Failure::from))
    }
}

async fn copy_out(tx: &mut Connection, to: &mpsc::Sender<Rows>) -> Result<(), Failure> {
    for table in own_tables(tx).await? {
        let columns: Vec<(String, String)> = columns(tx, &table).await?.into_iter().collect();
        let names: Vec<String> = columns.iter().map(|(name, _)| quoted(name)).collect();
        let query = format!("SELECT {} FROM {}", names.join(", "), quoted(&table));
        let mut found = sqlx::query(AssertSqlSafe(query)).fetch(&mut *tx);
        let mut some =
            Rows { table, columns: columns.iter().map(|(name, _)| name.clone()).collect(), rows: Vec::new() };
        while let Some(row) = found.try_next().await? {
            let cells = columns.iter().enumerate().map(|(at, (name, kind))| cell(&row, at, name, kind));
            some.rows.push(cells.collect::<Result<_, Failure>>()?);
            if some.rows.len() == Rows::AT_ONCE {
                let next = some.none_yet();
                if to.send(std::mem::replace(&mut some, next)).await.is_err() {
                    return Ok(());
                }
            }
        }
        if !some.rows.is_empty() && to.send(some).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

fn cell(row: &PgRow, at: usize, name: &str, kind: &str) -> Result<Cell, Failure> {
    let found = match kind {
        "uuid" => row.try_get::<Option<Uuid>, _>(at)?.map(|id| Cell::Bytes(id.as_bytes().to_vec())),
        "int8" => row.try_get::<Option<i64>, _>(at)?.map(Cell::Integer),
        "int4" => row.try_get::<Option<i32>, _>(at)?.map(|n| Cell::Integer(n.into())),
        "bool" => row.try_get::<Option<bool>, _>(at)?.map(|yes| Cell::Integer(yes.into())),
        "float8" => row.try_get::<Option<f64>, _>(at)?.map(Cell::Real),
        "text" => row.try_get::<Option<String>, _>(at)?.map(Cell::Text),
        "bytea" => row.try_get::<Option<Vec<u8>>, _>(at)?.map(Cell::Bytes),
        other => {
            return Err(
                StorageError::damaged("column", format!("{name} has the unknown type {other}")).into()
            );
        }
    };
    Ok(found.unwrap_or(Cell::None))
}

async fn copy_in(tx: &mut Connection, from: &mut mpsc::Receiver<Rows>) -> Result<(), Failure> {
    // Rows that point at each other may come in any order.
    sqlx::query("SET CONSTRAINTS ALL DEFERRED").execute(&mut *tx).await?;
    let mut kinds = BTreeMap::new();
    while let Some(some) = from.recv().await {
        if !kinds.contains_key(&some.table) {
            kinds.insert(some.table.clone(), columns(tx, &some.table).await?);
        }
        let mut text = String::new();
        for row in &some.rows {
            for (at, (name, cell)) in some.columns.iter().zip(row).enumerate() {
                let kind = kinds[&some.table].get(name).ok_or_else(|| {
                    StorageError::damaged("table", format!("{} has no column {name} here", some.table))
                })?;
                if at > 0 {
                    text.push('\t');
                }
                write_cell(&mut text, kind, cell);
            }
            text.push('\n');
        }
        let names: Vec<String> = some.columns.iter().map(|name| quoted(name)).collect();
        let statement = format!("COPY {} ({}) FROM STDIN", quoted(&some.table), names.join(", "));
        let mut copy = tx.copy_in_raw(&statement).await?;
        copy.send(text.into_bytes()).await?;
        copy.finish().await?;
    }
    Ok(())
}

/// In COPY's text format, <https://www.postgresql.org/docs/current/sql-copy.html>.
fn write_cell(text: &mut String, kind: &str, cell: &Cell) {
    match cell {
        Cell::None => text.push_str("\\N"),
        Cell::Integer(n) => text.push_str(&n.to_string()),
        Cell::Real(n) => text.push_str(&n.to_string()),
        Cell::Bytes(bytes) => match Uuid::from_slice(bytes) {
            Ok(id) if kind == "uuid" => text.push_str(&id.to_string()),
            _ => {
                text.push_str("\\\\x");
                for byte in bytes {
                    // Writing into a String cannot fail.
                    let _ = write!(text, "{byte:02x}");
                }
            }
        },
        Cell::Text(said) => {
            for letter in plain(said).chars() {
                match letter {
                    '\\' => text.push_str("\\\\"),
                    '\n' => text.push_str("\\n"),
                    '\r' => text.push_str("\\r"),
                    '\t' => text.push_str("\\t"),
                    letter => text.push(letter),
                }
            }
        }
    }
}

async fn is_empty(tx: &mut Connection) -> Result<bool, Failure> {
    for table in own_tables(tx).await? {
        let query = format!("SELECT EXISTS (SELECT 1 FROM {})", quoted(&table));
        if sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut *tx).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn own_tables(tx: &mut Connection) -> Result<Vec<String>, Failure> {
    let mut tables = tables(tx).await?;
    tables.retain(|table| table != MIGRATIONS_TABLE);
    Ok(tables)
}

/// The columns of a table and their types.
async fn columns(tx: &mut Connection, table: &str) -> Result<BTreeMap<String, String>, Failure> {
    let found: Vec<(String, String)> = sqlx::query_as(
        "SELECT a.attname::text, t.typname::text FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
         JOIN pg_class c ON c.oid = a.attrelid
         WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = $1 AND a.attnum > 0
           AND NOT a.attisdropped",
    )
    .bind(table)
    .fetch_all(tx)
    .await?;
    if found.is_empty() {
        return Err(StorageError::damaged("table", format!("{table} is unknown here")).into());
    }
    Ok(found.into_iter().collect())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
