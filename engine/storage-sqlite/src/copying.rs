//! Every row out of a file, and into an empty one. New tables need nothing here: what there is is read from the schema.

use crate::error::Failure;
use crate::{Connection, SqliteStore};
use futures::TryStreamExt;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Column as _, Row as _, TypeInfo as _, ValueRef as _};
use tokio::sync::mpsc;
use viva_storage::{Cell, Rows, StorageError};

impl SqliteStore {
    /// Sends every row as it stands at this moment, while others read and write. Ends early where nobody takes them.
    pub async fn copy_out(&self, to: mpsc::Sender<Rows>) -> Result<(), StorageError> {
        let mut tx = self.look().await?;
        self.told(copy_out(&mut tx, &to).await)
    }

    /// Takes rows into a file that has none. All of them come in, or none do.
    pub async fn copy_in(&self, mut from: mpsc::Receiver<Rows>) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        self.told(copy_in(&mut tx, &mut from).await)?;
        self.commit(tx).await
    }
}

async fn copy_out(tx: &mut Connection, to: &mpsc::Sender<Rows>) -> Result<(), Failure> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_schema
         WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' AND name <> 'viva_migrations' ORDER BY name",
    )
    .fetch_all(&mut *tx)
    .await?;
    for table in tables {
        let mut found =
            sqlx::query(AssertSqlSafe(format!("SELECT * FROM {}", quoted(&table)))).fetch(&mut *tx);
        let mut some = Rows { table, columns: Vec::new(), rows: Vec::new() };
        while let Some(row) = found.try_next().await? {
            if some.columns.is_empty() {
                some.columns = row.columns().iter().map(|column| column.name().to_owned()).collect();
            }
            let cells = (0..some.columns.len()).map(|at| cell(&row, at));
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

fn cell(row: &SqliteRow, at: usize) -> Result<Cell, Failure> {
    let raw = row.try_get_raw(at)?;
    if raw.is_null() {
        return Ok(Cell::None);
    }
    let kind = raw.type_info().name().to_owned();
    Ok(match kind.as_str() {
        "REAL" => Cell::Real(row.try_get_unchecked(at)?),
        "TEXT" => Cell::Text(row.try_get_unchecked(at)?),
        "BLOB" => Cell::Bytes(row.try_get_unchecked(at)?),
        _ => Cell::Integer(row.try_get_unchecked(at)?),
    })
}

async fn copy_in(tx: &mut Connection, from: &mut mpsc::Receiver<Rows>) -> Result<(), Failure> {
    // Rows that point at each other may come in any order.
    sqlx::query("PRAGMA defer_foreign_keys = ON").execute(&mut *tx).await?;
    while let Some(some) = from.recv().await {
        let names: Vec<String> = some.columns.iter().map(|name| quoted(name)).collect();
        let places: Vec<String> = (1..=names.len()).map(|n| format!("${n}")).collect();
        let (table, names, places) = (quoted(&some.table), names.join(", "), places.join(", "));
        let statement = format!("INSERT INTO {table} ({names}) VALUES ({places})");
        for row in some.rows {
            let mut insert = sqlx::query(AssertSqlSafe(statement.clone()));
            for cell in row {
                insert = match cell {
                    Cell::None => insert.bind(None::<i64>),
                    Cell::Integer(n) => insert.bind(n),
                    Cell::Real(n) => insert.bind(n),
                    Cell::Text(text) => insert.bind(text),
                    Cell::Bytes(bytes) => insert.bind(bytes),
                };
            }
            insert.execute(&mut *tx).await?;
        }
    }
    Ok(())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
