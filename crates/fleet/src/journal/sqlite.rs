//! SQLite: the journal of one machine.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use cloudsnap_core::{Error, LockGuard, Result};
use rusqlite::{Connection, ErrorCode, OpenFlags, params_from_iter};
use tokio::sync::oneshot;

use super::database::{Database, Row, Statement, VERSION_TABLE, Value, migrations_from};
use super::lock::FileLocks;

/// How long another process may hold the database.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// How many requests share one transaction, and with it one write to the disk.
const GROUP: usize = 512;

/// A connection on a thread of its own, which ends with the last sender.
#[derive(Debug)]
pub(super) struct Sqlite {
    requests: Sender<Request>,
    /// What is in this process alone needs no locks beside those of the process.
    locks: Option<FileLocks>,
}

struct Request {
    statements: Vec<Statement>,
    answer: oneshot::Sender<Result<Vec<Row>>>,
}

impl Sqlite {
    /// Opens the database in this file, and makes it where it is not there. Only its owner can read it.
    pub(super) async fn open(path: &Path) -> Result<Self> {
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        let file = path.to_owned();
        let requests = on_a_thread(move || connect(&file)).await?;
        Ok(Self { requests, locks: Some(FileLocks::new(folder.join("locks"))) })
    }

    /// A database of this process.
    pub(super) async fn in_memory() -> Result<Self> {
        let connect = || {
            let mut connection = Connection::open_in_memory().map_err(|error| failed(&error))?;
            migrate(&mut connection).map_err(Error::config)?;
            Ok(connection)
        };
        Ok(Self { requests: on_a_thread(connect).await?, locks: None })
    }
}

async fn on_a_thread(connect: impl FnOnce() -> Result<Connection> + Send + 'static) -> Result<Sender<Request>> {
    let (requests, received) = channel();
    let (opened, is_open) = oneshot::channel();
    std::thread::Builder::new()
        .name("journal".to_owned())
        .spawn(move || match connect() {
            Ok(connection) => {
                let _ = opened.send(Ok(()));
                serve(connection, &received);
            }
            Err(error) => drop(opened.send(Err(error))),
        })
        .map_err(|error| Error::config(format!("the journal has no thread: {error}")))?;
    is_open.await.map_err(|_| ended())??;
    Ok(requests)
}

#[async_trait]
impl Database for Sqlite {
    async fn run(&self, statements: Vec<Statement>) -> Result<Vec<Row>> {
        let (answer, answered) = oneshot::channel();
        self.requests.send(Request { statements, answer }).map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?
    }

    async fn lock(&self, name: &str) -> Result<LockGuard> {
        match &self.locks {
            Some(locks) => locks.lock(name).await,
            None => Ok(Box::new(())),
        }
    }

    async fn try_lock(&self, name: &str) -> Result<Option<LockGuard>> {
        match &self.locks {
            Some(locks) => locks.try_lock(name),
            None => Ok(Some(Box::new(()))),
        }
    }
}

fn connect(path: &PathBuf) -> Result<Connection> {
    let cannot = |why: String| {
        Error::config(format!("the journal {} cannot be opened: {why}", path.display()))
            .with_advice("name another place with --state or CLOUDSNAP_STATE")
    };
    if let Some(folder) = path.parent() {
        make_private_folder(folder).map_err(|error| cannot(error.to_string()))?;
    }
    make_private_file(path).map_err(|error| cannot(error.to_string()))?;
    let open = || {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // Durable before the next step: each commit is on the disk when it returns.
        connection.pragma_update(None, "synchronous", "FULL")?;
        Ok(connection)
    };
    let mut connection = retried_while_busy(open).map_err(|error| cannot(error.to_string()))?;
    migrate(&mut connection).map_err(cannot)?;
    Ok(connection)
}

/// SQLite does not wait for another process that makes the same new database, whatever its busy time-out.
fn retried_while_busy(open: impl Fn() -> rusqlite::Result<Connection>) -> rusqlite::Result<Connection> {
    let began = Instant::now();
    loop {
        match open() {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && began.elapsed() < BUSY_TIMEOUT =>
            {
                std::thread::sleep(Duration::from_millis(10));
            }
            opened => return opened,
        }
    }
}

/// Brings the tables to the version of this program. Where they are, nothing is written.
fn migrate(connection: &mut Connection) -> Result<(), String> {
    let in_words = |error: rusqlite::Error| error.to_string();
    if migrations_from(version(connection).unwrap_or_default())?.is_empty() {
        return Ok(());
    }
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(in_words)?;
    transaction.execute_batch(VERSION_TABLE).map_err(in_words)?;
    // Another process may have been quicker.
    let version = version(&transaction).map_err(in_words)?;
    let migrations = migrations_from(version)?;
    migrations.iter().copied().flatten().try_for_each(|sql| transaction.execute_batch(sql)).map_err(in_words)?;
    transaction.execute("DELETE FROM schema_version", []).map_err(in_words)?;
    let now = (version + migrations.len()).to_string();
    transaction.execute("INSERT INTO schema_version (version) VALUES ($1)", [now]).map_err(in_words)?;
    transaction.commit().map_err(in_words)
}

fn version(connection: &Connection) -> rusqlite::Result<usize> {
    let mut statement = connection.prepare("SELECT version FROM schema_version")?;
    let mut versions = statement.query_map([], |row| row.get::<_, String>(0))?;
    let version = versions.next().transpose()?.unwrap_or_default();
    Ok(version.parse().unwrap_or_default())
}

#[cfg(unix)]
fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)
}

fn make_private_file(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Runs what has come in together as one transaction: many creates share one write to the disk.
fn serve(mut connection: Connection, requests: &Receiver<Request>) {
    while let Ok(first) = requests.recv() {
        let mut group = vec![first];
        group.extend(std::iter::from_fn(|| requests.try_recv().ok()).take(GROUP - 1));
        let answers = together(&mut connection, &group);
        for (request, answer) in group.into_iter().zip(answers) {
            let _ = request.answer.send(answer);
        }
    }
}

fn together(connection: &mut Connection, group: &[Request]) -> Vec<Result<Vec<Row>>> {
    let mut run = || {
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let answers =
            group.iter().map(|request| rows(&transaction, &request.statements)).collect::<Result<Vec<_>, _>>();
        transaction.commit()?;
        answers
    };
    match run() {
        Ok(answers) => answers.into_iter().map(Ok).collect(),
        Err(error) => group.iter().map(|_| Err(failed(&error))).collect(),
    }
}

fn rows(connection: &Connection, statements: &[Statement]) -> rusqlite::Result<Vec<Row>> {
    let mut last = Vec::new();
    for statement in statements {
        let mut prepared = connection.prepare_cached(statement.sql)?;
        let columns = prepared.column_count();
        let parameters = statement.parameters.iter().map(|value| match value {
            Value::Null => None,
            Value::Text(text) => Some(text.as_str()),
        });
        let found = prepared.query_map(params_from_iter(parameters), |row| {
            let value = |column| Ok(row.get::<_, Option<String>>(column)?.map_or(Value::Null, Value::Text));
            (0..columns).map(value).collect::<rusqlite::Result<_>>().map(Row)
        })?;
        last = found.collect::<rusqlite::Result<_>>()?;
    }
    Ok(last)
}

fn failed(error: &rusqlite::Error) -> Error {
    Error::config(format!("the journal cannot be used: {error}"))
        .with_advice("look at its disk, or name another place with --state or CLOUDSNAP_STATE")
}

fn ended() -> Error {
    Error::config("the journal's thread has ended")
}
