//! Rows on their way from one database to another, whatever stands behind either: how a backup holds a server's database in
//! a file, and how a file comes back into a server. Both sides have the same tables and columns at the same version of
//! the schema; only the types of the columns differ, and a [`Cell`] says what they have in common.

/// The content of one column in one row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    None,
    /// A number, a moment, or yes (1) and no (0).
    Integer(i64),
    /// A number with a fraction.
    Real(f64),
    /// A text.
    Text(String),
    /// Bytes; an id is 16 of them.
    Bytes(Vec<u8>),
}

/// Some rows of one table.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// The table.
    pub table: String,
    /// Its columns, in the order of the cells.
    pub columns: Vec<String>,
    /// The rows, at most [`Rows::AT_ONCE`] of them.
    pub rows: Vec<Vec<Cell>>,
}

impl Rows {
    /// So many rows travel together: enough to be quick, and few enough to be held in memory with long documents.
    pub const AT_ONCE: usize = 200;

    /// So many of these wait on their way.
    pub const WAITING: usize = 4;

    /// The same table and columns, for the rows that come next.
    pub fn none_yet(&self) -> Self {
        Self { table: self.table.clone(), columns: self.columns.clone(), rows: Vec::new() }
    }
}
