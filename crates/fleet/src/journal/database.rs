//! What the journal needs of a database, whichever it is.

use std::fmt;

use async_trait::async_trait;
use cloudsnap_core::{LockGuard, Result};

/// What makes a database of one version into one of the next. Version 1 was written before databases said their version:
/// its tables may be there.
pub(super) const MIGRATIONS: &[&[&str]] = &[
    &[
        "CREATE TABLE IF NOT EXISTS operations (key TEXT PRIMARY KEY, account TEXT NOT NULL, kind TEXT NOT NULL, \
         subject TEXT NOT NULL, token TEXT NOT NULL, begun_at TEXT NOT NULL, started_at TEXT, ended_at TEXT, \
         outcome TEXT)",
        "CREATE INDEX IF NOT EXISTS operations_open ON operations (begun_at) WHERE ended_at IS NULL",
        "CREATE INDEX IF NOT EXISTS operations_by_token ON operations (token)",
        "CREATE TABLE IF NOT EXISTS claims (host TEXT NOT NULL, account TEXT NOT NULL, snapshot TEXT NOT NULL, \
         id TEXT NOT NULL, PRIMARY KEY (host, snapshot))",
    ],
    &[
        "CREATE TABLE runs (id TEXT PRIMARY KEY, policy TEXT NOT NULL, accounts TEXT NOT NULL, digest TEXT NOT NULL, \
         begun_at TEXT NOT NULL, host TEXT NOT NULL, pid TEXT NOT NULL, since TEXT NOT NULL, ended_at TEXT, \
         outcome TEXT, requests TEXT NOT NULL)",
        "CREATE INDEX runs_by_policy ON runs (policy, begun_at)",
        "CREATE INDEX runs_by_time ON runs (begun_at)",
        "CREATE TABLE run_accounts (run TEXT NOT NULL, account TEXT NOT NULL, PRIMARY KEY (run, account))",
        "CREATE TABLE run_items (run TEXT NOT NULL, position TEXT NOT NULL, account TEXT NOT NULL, \
         subject TEXT NOT NULL, operation TEXT, outcome TEXT, item TEXT, PRIMARY KEY (run, position))",
        "CREATE TABLE successes (policy TEXT NOT NULL, source TEXT NOT NULL, at TEXT NOT NULL, \
         PRIMARY KEY (policy, source))",
    ],
];

/// Where a database says its version; the table has one row, or none in version 0.
pub(super) const VERSION_TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_version (version TEXT NOT NULL)";

/// The migrations that a database of this version still needs.
pub(super) fn migrations_from(version: usize) -> Result<&'static [&'static [&'static str]], String> {
    let known = MIGRATIONS.len();
    MIGRATIONS.get(version..).ok_or_else(|| {
        format!("a later cloudsnap has written it: it has version {version}, and this one knows versions up to {known}")
    })
}

/// A database that keeps a journal.
#[async_trait]
pub(super) trait Database: fmt::Debug + Send + Sync {
    /// Runs statements in one transaction, durable before it returns. Gives the rows of the last.
    async fn run(&self, statements: Vec<Statement>) -> Result<Vec<Row>>;

    /// Waits for a lock of this name, among all that share the database.
    async fn lock(&self, name: &str) -> Result<LockGuard>;

    /// The lock of this name; `None` where another has it.
    async fn try_lock(&self, name: &str) -> Result<Option<LockGuard>>;
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
