//! What the journal needs of a database, whichever it is.

use std::fmt;

use async_trait::async_trait;
use cloudsnap_core::{LockGuard, Result};

/// The tables, each made where it is not there.
pub(super) const SCHEMA: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS operations (key TEXT PRIMARY KEY, account TEXT NOT NULL, kind TEXT NOT NULL, \
     subject TEXT NOT NULL, token TEXT NOT NULL, begun_at TEXT NOT NULL, started_at TEXT, ended_at TEXT, outcome TEXT)",
    "CREATE INDEX IF NOT EXISTS operations_open ON operations (begun_at) WHERE ended_at IS NULL",
    "CREATE INDEX IF NOT EXISTS operations_by_token ON operations (token)",
    "CREATE TABLE IF NOT EXISTS claims (host TEXT NOT NULL, account TEXT NOT NULL, snapshot TEXT NOT NULL, \
     id TEXT NOT NULL, PRIMARY KEY (host, snapshot))",
];

/// A database that keeps a journal.
#[async_trait]
pub(super) trait Database: fmt::Debug + Send + Sync {
    /// Runs statements in one transaction, durable before it returns. Gives the rows of the last.
    async fn run(&self, statements: Vec<Statement>) -> Result<Vec<Row>>;

    /// Waits for a lock of this name, among all that share the database.
    async fn lock(&self, name: &str) -> Result<LockGuard>;
}

/// One statement, with its parameters as `$1`, `$2` and so on in the order in which they first stand there.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) sql: &'static str,
    pub(super) parameters: Vec<Value>,
}

impl Statement {
    pub(super) fn new<const N: usize>(sql: &'static str, parameters: [Value; N]) -> Self {
        Self { sql, parameters: parameters.into() }
    }
}

/// One value of a parameter or a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    Text(String),
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// One row of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row(pub(super) Vec<Value>);

impl Row {
    /// The text in this column; empty where there is none.
    pub(super) fn text(&self, column: usize) -> &str {
        match self.0.get(column) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    pub(super) fn is_null(&self, column: usize) -> bool {
        !matches!(self.0.get(column), Some(Value::Text(_)))
    }
}
