//! The journal: what was begun and how it ended, in a database that outlives the process.

mod database;
mod lock;
mod runs;
mod sqlite;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use cloudsnap_core::jiff::Timestamp;
use cloudsnap_core::provider::Account;
use cloudsnap_core::{
    Ending, Error, LockGuard, Operation, OperationKind, ProcessState, Result, SnapshotRef, SourceRef, StateStore, TagId,
};
use tokio::sync::OnceCell;

use database::{Database, Row, Statement};
use sqlite::Sqlite;

pub(crate) use runs::ItemJournal;
pub use runs::{Run, RunItem, SentCreate, Worker};

/// What was begun and how it ended: each operation before it is sent, as the provider answered it, and at its end.
///
/// It is opened when something is first noted or asked for. Entries are durable before a method returns.
#[derive(Clone, Debug)]
pub struct Journal {
    location: Location,
    database: Arc<OnceCell<Arc<dyn Database>>>,
}

/// Where a journal is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// A SQLite database in this file. It is made where it is not there.
    File(PathBuf),
    /// A SQLite database in this process, which ends with it.
    Memory,
}

/// An operation that was begun and whose end was not seen.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingOperation {
    /// The account's name.
    pub account: String,
    /// What kind of work it is.
    pub kind: String,
    /// What it is done to, or the snapshot it concerns.
    pub subject: String,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// Whether the provider has answered.
    pub is_answered: bool,
    /// The token that waits on it.
    pub token: String,
}

impl Journal {
    /// A journal that is kept there.
    #[must_use]
    pub fn new(location: Location) -> Self {
        Self { location, database: Arc::default() }
    }

    /// Where it is kept.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// Opens it now, to see that it can be used.
    ///
    /// # Errors
    ///
    /// [`Config`](cloudsnap_core::ErrorKind::Config) where it cannot be opened or made.
    pub async fn open(&self) -> Result<()> {
        self.database().await.map(drop)
    }

    /// What was begun and has not been seen to end, the oldest first.
    ///
    /// # Errors
    ///
    /// What keeps the journal from being read.
    pub async fn pending(&self) -> Result<Vec<PendingOperation>> {
        let rows = self.rows(Statement::new(
            "SELECT account, kind, subject, begun_at, started_at, token FROM operations \
             WHERE ended_at IS NULL ORDER BY begun_at, key",
            [],
        ));
        rows.await?.into_iter().map(pending).collect()
    }

    /// Forgets an operation whose end nobody will see.
    ///
    /// # Errors
    ///
    /// What keeps the journal from being written.
    pub async fn forget(&self, token: &str) -> Result<()> {
        let statement = "UPDATE operations SET ended_at = $1, outcome = 'forgotten' WHERE token = $2";
        self.run(Statement::new(statement, [now(), token.into()])).await
    }

    /// Whether a snapshot was made by a create in this journal.
    ///
    /// # Errors
    ///
    /// What keeps the journal from being read.
    pub async fn created(&self, account: &Account) -> Result<Vec<SnapshotRef>> {
        let statement = "SELECT snapshot FROM claims WHERE host = $1 AND account = $2";
        let parameters = [account.host().to_string().into(), account.name().to_string().into()];
        let rows = self.rows(Statement::new(statement, parameters)).await?;
        Ok(rows.iter().filter_map(|row| row.text(0).parse().ok()).collect())
    }

    async fn database(&self) -> Result<&Arc<dyn Database>> {
        self.database
            .get_or_try_init(|| async {
                let database: Arc<dyn Database> = match &self.location {
                    Location::File(path) => Arc::new(Sqlite::open(path).await?),
                    Location::Memory => Arc::new(Sqlite::in_memory().await?),
                };
                Ok(database)
            })
            .await
    }

    async fn run(&self, statement: Statement) -> Result<()> {
        self.rows(statement).await.map(drop)
    }

    async fn rows(&self, statement: Statement) -> Result<Vec<Row>> {
        self.database().await?.run(vec![statement]).await
    }
}

#[async_trait]
impl StateStore for Journal {
    /// In this process first, so that its creates take turns in their order; then among all processes.
    async fn lock(&self, account: &Account, source: &SourceRef) -> Result<LockGuard> {
        let here = ProcessState::shared().lock(account, source).await?;
        let path = source.written_path();
        let server = path.split('/').next().unwrap_or_default();
        let everywhere =
            self.database().await?.lock(&format!("{} {} {server}", account.provider(), account.host())).await?;
        // Dropped in this order: whoever waits here finds the other one free.
        Ok(Box::new((everywhere, here)))
    }

    async fn sending(&self, operation: &Operation) -> Result<()> {
        self.run(sending(operation)).await
    }

    async fn started(&self, sent: &Operation, operation: &Operation) -> Result<()> {
        let statement = "UPDATE operations SET token = $1, started_at = $2 WHERE key = $3";
        self.run(Statement::new(statement, [operation.to_string().into(), now(), key(sent).into()])).await
    }

    async fn ended(&self, operation: &Operation, ending: Ending<'_>) -> Result<()> {
        let outcome = match ending {
            Ending::Succeeded(_) => "succeeded",
            _ => "failed",
        };
        let statement = "UPDATE operations SET ended_at = $1, outcome = $2 \
                         WHERE ended_at IS NULL AND (key = $3 OR token = $4)";
        let parameters = [now(), outcome.into(), key(operation).into(), operation.to_string().into()];
        self.run(Statement::new(statement, parameters)).await
    }

    /// Where the journal cannot be written, the snapshot counts as another's: it is not given out twice.
    async fn claim(&self, account: &Account, snapshot: &SnapshotRef, id: TagId) -> bool {
        let (host, reference) = (account.host().to_string(), snapshot.to_string());
        let Ok(database) = self.database().await else { return false };
        let statements = vec![
            Statement::new(
                "INSERT INTO claims (host, account, snapshot, id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                [
                    host.clone().into(),
                    account.name().to_string().into(),
                    reference.clone().into(),
                    id.to_string().into(),
                ],
            ),
            Statement::new("SELECT id FROM claims WHERE host = $1 AND snapshot = $2", [host.into(), reference.into()]),
        ];
        database.run(statements).await.is_ok_and(|rows| rows.iter().any(|row| row.text(0) == id.to_string()))
    }

    async fn claimed(&self, account: &Account, id: TagId) -> Vec<SnapshotRef> {
        let statement = "SELECT snapshot FROM claims WHERE host = $1 AND account = $2 AND id <> $3";
        let parameters = [account.host().to_string().into(), account.name().to_string().into(), id.to_string().into()];
        let rows = self.rows(Statement::new(statement, parameters)).await.unwrap_or_default();
        rows.iter().filter_map(|row| row.text(0).parse().ok()).collect()
    }
}

fn sending(operation: &Operation) -> Statement {
    let sql = "INSERT INTO operations (key, account, kind, subject, token, begun_at) \
                     VALUES ($1, $2, $3, $4, $5, $6) \
                     ON CONFLICT (key) DO UPDATE SET token = excluded.token, begun_at = excluded.begun_at, \
                     started_at = NULL, ended_at = NULL, outcome = NULL";
    let parameters = [
        key(operation).into(),
        operation.account().into(),
        operation.kind().as_str().into(),
        subject(operation).into(),
        operation.to_string().into(),
        now(),
    ];
    Statement::new(sql, parameters)
}

/// By what an operation is known from before it is sent to its end.
fn key(operation: &Operation) -> String {
    match operation.fingerprint() {
        Some(fingerprint) => fingerprint.id.to_string(),
        None => operation.to_string(),
    }
}

fn subject(operation: &Operation) -> String {
    let source = operation.source().filter(|_| operation.kind() == OperationKind::Create).map(ToString::to_string);
    source.or_else(|| operation.snapshot().map(ToString::to_string)).unwrap_or_default()
}

fn pending(row: Row) -> Result<PendingOperation> {
    let begun_at = row.text(3).parse().map_err(|_| Error::config("the journal has an entry without a time"))?;
    Ok(PendingOperation {
        account: row.text(0).to_owned(),
        kind: row.text(1).to_owned(),
        subject: row.text(2).to_owned(),
        begun_at,
        is_answered: !row.is_null(4),
        token: row.text(5).to_owned(),
    })
}

fn now() -> database::Value {
    Timestamp::now().to_string().into()
}
