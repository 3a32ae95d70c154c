//! Runs of policies: which items each has, how far each item came, and how it ended.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cloudsnap_core::jiff::Timestamp;
use cloudsnap_core::provider::Account;
use cloudsnap_core::{Ending, Error, LockGuard, Operation, Result, SnapshotRef, SourceRef, StateStore, TagId};
use serde_json::Value as Json;

use super::database::{Row, Statement, Value};
use super::{Journal, now, sending};
use crate::item::Outcome;

/// One run of a policy, as the journal has it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Run {
    /// Its id.
    pub id: String,
    /// The policy's name.
    pub policy: String,
    /// The accounts that it was narrowed to; empty for all.
    pub accounts: Vec<String>,
    /// What the policy file said, as a checksum: another one means that it has changed.
    pub digest: String,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// The process that works on it, or did so last.
    pub worker: Worker,
    /// When it ended; `None` where it did not.
    pub ended_at: Option<Timestamp>,
    /// How it ended, in a word.
    pub outcome: Option<String>,
    /// How many requests it took.
    pub requests: u64,
}

impl Run {
    /// A run of all accounts of a policy that this process begins at this moment.
    pub fn new(id: impl Into<String>, policy: impl Into<String>, begun_at: Timestamp, host: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            policy: policy.into(),
            accounts: Vec::new(),
            digest: String::new(),
            begun_at,
            worker: Worker { since: begun_at, ..Worker::this(host) },
            ended_at: None,
            outcome: None,
            requests: 0,
        }
    }
}

/// A process that works on a run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Worker {
    /// Its machine.
    pub host: String,
    /// Its number there.
    pub pid: u32,
    /// Since when it works on the run.
    pub since: Timestamp,
}

impl Worker {
    /// This process, from now on.
    #[must_use]
    pub fn this(host: impl Into<String>) -> Self {
        Self { host: host.into(), pid: std::process::id(), since: Timestamp::now() }
    }
}

/// One source of a run, as the journal has it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RunItem {
    /// Its place among the run's items.
    pub position: String,
    /// The account it is of.
    pub account: String,
    /// The source; or the selector, where that could not be resolved.
    pub subject: String,
    /// How it ended, and all that is known of it as the command's JSON has it.
    pub ended: Option<(Outcome, Json)>,
    /// What was sent for it last.
    pub sent: Option<SentCreate>,
}

impl RunItem {
    /// A source that is to be worked on.
    pub fn new(position: impl Into<String>, account: impl Into<String>, subject: impl Into<String>) -> Self {
        let (position, account, subject) = (position.into(), account.into(), subject.into());
        Self { position, account, subject, ended: None, sent: None }
    }

    /// Whether its subject is a source.
    #[must_use]
    pub fn is_source(&self) -> bool {
        self.ended.as_ref().is_none_or(|(_, object)| !object["source"].is_null())
    }
}

/// A create that was sent, or was about to be.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SentCreate {
    /// What follows it.
    pub operation: Operation,
    /// Whether it failed for certain, so that nothing came of it.
    pub has_failed: bool,
}

macro_rules! select_runs {
    ($rest:literal) => {
        concat!(
            "SELECT id, policy, accounts, digest, begun_at, host, pid, since, ended_at, outcome, requests FROM runs ",
            $rest
        )
    };
}

impl Journal {
    /// The right to run a policy, until it is dropped or the process ends; `None` where another process has it.
    ///
    /// # Errors
    ///
    /// What keeps the lock from being taken.
    pub async fn try_lock_policy(&self, policy: &str) -> Result<Option<LockGuard>> {
        self.database().await?.try_lock(&format!("run {policy}")).await
    }

    /// The latest run of a policy for these accounts, unless it has ended.
    ///
    /// # Errors
    ///
    /// What keeps the journal from being read.
    pub async fn unfinished_run(&self, policy: &str, accounts: &[String]) -> Result<Option<Run>> {
        let sql = select_runs!("WHERE policy = $1 AND accounts = $2 ORDER BY begun_at DESC LIMIT 1");
        let rows = self.rows(Statement::new(sql, [policy.into(), accounts.join(",").into()])).await?;
        let latest = rows.iter().map(run).next().transpose()?;
        Ok(latest.filter(|run| run.ended_at.is_none()))
    }

    /// The process that works on a run of a policy, as far as the journal knows.
    ///
    /// # Errors
    ///
    /// What keeps the journal from being read.
    pub async fn worker(&self, policy: &str) -> Result<Option<Worker>> {
        let sql = select_runs!("WHERE policy = $1 AND ended_at IS NULL ORDER BY since DESC LIMIT 1");
        let rows = self.rows(Statement::new(sql, [policy.into()])).await?;
        Ok(rows.iter().map(run).next().transpose()?.map(|run| run.worker))
    }

    /// Notes that a run begins. Earlier runs of the same kind that have not ended are given up; what was sent for them
    /// stays pending.
    ///
    /// # Errors
    ///
    /// What keeps the journal from being written.
    pub async fn begin_run(&self, run: &Run) -> Result<()> {
        let (accounts, begun_at) = (run.accounts.join(","), run.begun_at.to_string());
        let give_up = Statement::new(
            "UPDATE runs SET ended_at = $1, outcome = 'given up' WHERE policy = $2 AND accounts = $3 AND ended_at IS NULL",
            [begun_at.clone().into(), run.policy.as_str().into(), accounts.clone().into()],
        );
        let begin = Statement::new(
            "INSERT INTO runs (id, policy, accounts, digest, begun_at, host, pid, since, requests) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '0')",
            [
                run.id.as_str().into(),
                run.policy.as_str().into(),
                accounts.into(),
                run.digest.as_str().into(),
                begun_at.into(),
                run.worker.host.as_str().into(),
                run.worker.pid.to_string().into(),
                run.worker.since.to_string().into(),
            ],
        );
        self.database().await?.run(vec![give_up, begin]).await.map(drop)
    }

    /// Notes that another process works on a run from now on.
    ///
    /// # Errors
    ///
    /// What keeps the journal from being written.
    pub async fn take_up_run(&self, run: &str, worker: &Worker) -> Result<()> {
        let sql = "UPDATE runs SET host = $1, pid = $2, since = $3 WHERE id = $4";
        let pid = worker.pid.to_string();
        self.run(Statement::new(
            sql,
            [worker.host.as_str().into(), pid.into(), worker.since.to_string().into(), run.into()],
        ))
        .await
    }

    /// Notes that a run has ended.
    ///
    /// # Errors
    ///
    /// What keeps the journal from being written.
    pub async fn end_run(&self, run: &str, outcome: &str, requests: u64) -> Result<()> {
        let sql = "UPDATE runs SET ended_at = $1, outcome = $2, requests = $3 WHERE id = $4";
        self.run(Statement::new(sql, [now(), outcome.into(), requests.to_string().into(), run.into()])).await
    }

    /// Notes the items that a run has of an account. Where the account's sources are not all known, they will be asked
    /// for again, and the items of now make way for those of then.
    ///
    /// # Errors
    ///
    /// What keeps the journal from being written.
    pub async fn add_items(&self, run: &str, account: &str, items: &[RunItem], are_all: bool) -> Result<()> {
        let clear = "DELETE FROM run_items WHERE run = $1 AND account = $2 AND operation IS NULL";
        let listed = "INSERT INTO run_accounts (run, account) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        let item = "INSERT INTO run_items (run, position, account, subject, outcome, item) \
                    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        let mut statements = vec![Statement::new(clear, [run.into(), account.into()])];
        statements.extend(are_all.then(|| Statement::new(listed, [run.into(), account.into()])));
        statements.extend(items.iter().map(|one| {
            let (outcome, object) = match &one.ended {
                Some((outcome, object)) => (outcome.as_str().into(), object.to_string().into()),
                None => (Value::Null, Value::Null),
            };
            let (position, subject) = (one.position.as_str().into(), one.subject.as_str().into());
            Statement::new(item, [run.into(), position, account.into(), subject, outcome, object])
        }));
        self.database().await?.run(statements).await.map(drop)
    }

    /// The accounts of which a run knows its sources.
    ///
    /// # Errors
    ///
    /// What keeps the journal from being read.
    pub async fn listed_accounts(&self, run: &str) -> Result<Vec<String>> {
        let rows = self.rows(Statement::new("SELECT account FROM run_accounts WHERE run = $1", [run.into()])).await?;
        Ok(rows.iter().map(|row| row.text(0).to_owned()).collect())
    }

    /// The items of a run, in their order.
    ///
    /// # Errors
    ///
    /// What keeps the journal from being read.
    pub async fn run_items(&self, run: &str) -> Result<Vec<RunItem>> {
        let sql = "SELECT i.position, i.account, i.subject, i.outcome, i.item, o.token, o.outcome FROM run_items i \
                   LEFT JOIN operations o ON o.key = i.operation WHERE i.run = $1 ORDER BY i.position";
        self.rows(Statement::new(sql, [run.into()])).await?.iter().map(item).collect()
    }

    /// Notes how an item ended: `object` is what the command's JSON has of it.
    ///
    /// # Errors
    ///
    /// What keeps the journal from being written.
    pub async fn end_item(&self, run: &Run, item: &RunItem, succeeded_at: Option<Timestamp>) -> Result<()> {
        let Some((outcome, object)) = &item.ended else { return Ok(()) };
        let end = "UPDATE run_items SET outcome = $1, item = $2 WHERE run = $3 AND position = $4";
        let parameters =
            [outcome.as_str().into(), object.to_string().into(), run.id.as_str().into(), item.position.as_str().into()];
        let mut statements = vec![Statement::new(end, parameters)];
        if let Some(at) = succeeded_at {
            let sql = "INSERT INTO successes (policy, source, at) VALUES ($1, $2, $3) \
                       ON CONFLICT (policy, source) DO UPDATE SET at = excluded.at";
            let parameters = [run.policy.as_str().into(), item.subject.as_str().into(), at.to_string().into()];
            statements.push(Statement::new(sql, parameters));
        }
        self.database().await?.run(statements).await.map(drop)
    }

    /// When each source of a policy last had a good snapshot.
    ///
    /// # Errors
    ///
    /// What keeps the journal from being read.
    pub async fn successes(&self, policy: &str) -> Result<BTreeMap<String, Timestamp>> {
        let sql = "SELECT source, at FROM successes WHERE policy = $1";
        let rows = self.rows(Statement::new(sql, [policy.into()])).await?;
        rows.iter().map(|row| Ok((row.text(0).to_owned(), timestamp(row, 1)?))).collect()
    }

    /// The latest runs, of one policy or of all, the newest first.
    ///
    /// # Errors
    ///
    /// What keeps the journal from being read.
    pub async fn runs(&self, policy: Option<&str>, limit: usize) -> Result<Vec<Run>> {
        let limit = Value::from(limit.to_string());
        let statement = match policy {
            Some(policy) => {
                let sql = select_runs!("WHERE policy = $1 ORDER BY begun_at DESC LIMIT CAST($2 AS INTEGER)");
                Statement::new(sql, [policy.into(), limit])
            }
            None => Statement::new(select_runs!("ORDER BY begun_at DESC LIMIT CAST($1 AS INTEGER)"), [limit]),
        };
        self.rows(statement).await?.iter().map(run).collect()
    }
}

fn run(row: &Row) -> Result<Run> {
    let pid = row.text(6).parse().map_err(|_| unreadable())?;
    let worker = Worker { host: row.text(5).to_owned(), pid, since: timestamp(row, 7)? };
    Ok(Run {
        id: row.text(0).to_owned(),
        policy: row.text(1).to_owned(),
        accounts: row.text(2).split(',').filter(|account| !account.is_empty()).map(str::to_owned).collect(),
        digest: row.text(3).to_owned(),
        begun_at: timestamp(row, 4)?,
        worker,
        ended_at: if row.is_null(8) { None } else { Some(timestamp(row, 8)?) },
        outcome: (!row.is_null(9)).then(|| row.text(9).to_owned()),
        requests: row.text(10).parse().unwrap_or_default(),
    })
}

fn item(row: &Row) -> Result<RunItem> {
    let outcome = match row.is_null(3) {
        true => None,
        false => Some(Outcome::from_word(row.text(3)).ok_or_else(unreadable)?),
    };
    let object = || serde_json::from_str(row.text(4)).map_err(|_| unreadable());
    let sent = match row.is_null(5) {
        true => None,
        false => Some(SentCreate { operation: row.text(5).parse()?, has_failed: row.text(6) == "failed" }),
    };
    Ok(RunItem {
        position: row.text(0).to_owned(),
        account: row.text(1).to_owned(),
        subject: row.text(2).to_owned(),
        ended: outcome.map(|outcome| Ok::<_, Error>((outcome, object()?))).transpose()?,
        sent,
    })
}

fn timestamp(row: &Row, column: usize) -> Result<Timestamp> {
    row.text(column).parse().map_err(|_| unreadable())
}

fn unreadable() -> Error {
    Error::config("the journal has an entry of a run that cannot be read")
}

/// The journal as the create of one item uses it: what is sent is noted with the item.
#[derive(Clone, Debug)]
pub(crate) struct ItemJournal {
    pub(crate) journal: Journal,
    pub(crate) run: Arc<str>,
    pub(crate) position: String,
}

#[async_trait]
impl StateStore for ItemJournal {
    async fn lock(&self, account: &Account, source: &SourceRef) -> Result<LockGuard> {
        self.journal.lock(account, source).await
    }

    async fn sending(&self, operation: &Operation) -> Result<()> {
        let link = "UPDATE run_items SET operation = $1 WHERE run = $2 AND position = $3";
        let parameters = [super::key(operation).into(), (&*self.run).into(), self.position.as_str().into()];
        let statements = vec![sending(operation), Statement::new(link, parameters)];
        self.journal.database().await?.run(statements).await.map(drop)
    }

    async fn started(&self, sent: &Operation, operation: &Operation) -> Result<()> {
        self.journal.started(sent, operation).await
    }

    async fn ended(&self, operation: &Operation, ending: Ending<'_>) -> Result<()> {
        self.journal.ended(operation, ending).await
    }

    async fn claim(&self, account: &Account, snapshot: &SnapshotRef, id: TagId) -> bool {
        self.journal.claim(account, snapshot, id).await
    }

    async fn claimed(&self, account: &Account, id: TagId) -> Vec<SnapshotRef> {
        self.journal.claimed(account, id).await
    }

    async fn expected(&self, operation: &Operation) -> Option<Duration> {
        self.journal.expected(operation).await
    }
}
