//! What the journal keeps of runs, and what it does with databases of other versions.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test must fail it")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use cloudsnap_fleet::run::{Run, RunItem};
use cloudsnap_fleet::{Journal, Location, Outcome};
use rusqlite::Connection;
use serde_json::json;

/// A database file of one test.
struct Database(PathBuf);

impl Database {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("cloudsnap-journal-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder.join("state.db"))
    }

    fn open(&self) -> Connection {
        Connection::open(&self.0).unwrap()
    }

    fn journal(&self) -> Journal {
        Journal::new(Location::File(self.0.clone()))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.0.parent().unwrap());
    }
}

fn run(id: &str, begun_at: &str) -> Run {
    Run::new(id, "nightly", begun_at.parse().unwrap(), "machine")
}

fn item(position: &str, subject: &str) -> RunItem {
    RunItem::new(position, "ionos", subject)
}

#[tokio::test]
async fn a_database_from_before_versions_is_upgraded_and_keeps_what_is_in_it() {
    let database = Database::new();
    database
        .open()
        .execute_batch(
            "CREATE TABLE operations (key TEXT PRIMARY KEY, account TEXT NOT NULL, kind TEXT NOT NULL, \
             subject TEXT NOT NULL, token TEXT NOT NULL, begun_at TEXT NOT NULL, started_at TEXT, ended_at TEXT, \
             outcome TEXT); \
             CREATE TABLE claims (host TEXT NOT NULL, account TEXT NOT NULL, snapshot TEXT NOT NULL, id TEXT NOT NULL, \
             PRIMARY KEY (host, snapshot)); \
             INSERT INTO operations VALUES ('k', 'ionos', 'create', 'ionos:a/b', 'cs1_x', '2026-11-21T00:00:00Z', \
             NULL, NULL, NULL)",
        )
        .unwrap();
    let journal = database.journal();
    assert_eq!(journal.pending().await.unwrap()[0].subject, "ionos:a/b");
    journal.begin_run(&run("r1", "2026-11-21T00:00:00Z")).await.unwrap();
    let version: String =
        database.open().query_row("SELECT version FROM schema_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, "2");
    // Another opening finds nothing to do.
    assert_eq!(database.journal().runs(None, 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn many_that_make_the_same_new_database_at_once_all_open_it() {
    for _ in 0..5 {
        let database = Database::new();
        let mut opening = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let journal = database.journal();
            opening.spawn(async move { journal.open().await });
        }
        for opened in opening.join_all().await {
            opened.unwrap();
        }
    }
}

#[tokio::test]
async fn a_database_of_a_later_version_is_refused_and_left_as_it_is() {
    let database = Database::new();
    database
        .open()
        .execute_batch("CREATE TABLE schema_version (version TEXT NOT NULL); INSERT INTO schema_version VALUES ('99')")
        .unwrap();
    let error = database.journal().open().await.unwrap_err();
    assert!(error.message().contains("a later cloudsnap has written it: it has version 99"), "{error}");
    assert!(error.is_own_refusal());
    let tables: i64 = database.open().query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0)).unwrap();
    assert_eq!(tables, 1);
}

#[tokio::test]
async fn a_run_is_found_again_as_it_was_left() {
    let database = Database::new();
    let journal = database.journal();
    let begun = run("r1", "2026-11-21T00:00:00Z");
    journal.begin_run(&begun).await.unwrap();
    journal.add_items("r1", "ionos", &[item("b", "ionos:a/2"), item("a", "ionos:a/1")], true).await.unwrap();
    let mut ended = item("a", "ionos:a/1");
    ended.ended = Some((Outcome::Created, json!({ "source": "ionos:a/1" })));
    journal.end_item(&begun, &ended, Some("2026-11-21T00:00:07Z".parse().unwrap())).await.unwrap();

    let later = database.journal();
    assert_eq!(later.unfinished_run("nightly", &[]).await.unwrap().unwrap(), begun);
    assert_eq!(later.unfinished_run("nightly", &["ionos".to_owned()]).await.unwrap(), None);
    assert_eq!(later.listed_accounts("r1").await.unwrap(), ["ionos"]);
    assert_eq!(later.run_items("r1").await.unwrap(), [ended, item("b", "ionos:a/2")]);
    assert_eq!(later.successes("nightly").await.unwrap()["ionos:a/1"].to_string(), "2026-11-21T00:00:07Z");

    later.end_run("r1", "done", 7).await.unwrap();
    assert_eq!(later.unfinished_run("nightly", &[]).await.unwrap(), None);
    let past = &later.runs(Some("nightly"), 1).await.unwrap()[0];
    assert_eq!((past.outcome.as_deref(), past.requests), (Some("done"), 7));
}

#[tokio::test]
async fn a_new_run_gives_up_the_one_before() {
    let database = Database::new();
    let journal = database.journal();
    journal.begin_run(&run("r1", "2026-11-21T00:00:00Z")).await.unwrap();
    journal.begin_run(&run("r2", "2026-11-22T00:00:00Z")).await.unwrap();
    let runs = journal.runs(None, 9).await.unwrap();
    let ends: Vec<_> = runs.iter().map(|run| (run.id.as_str(), run.outcome.as_deref())).collect();
    assert_eq!(ends, [("r2", None), ("r1", Some("given up"))]);
    assert_eq!(journal.runs(None, 1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_account_that_could_not_be_listed_makes_way_for_what_is_found_later() {
    let journal = Journal::new(Location::Memory);
    let mut failed = item("x", "ionos:*");
    failed.ended = Some((Outcome::Failed, json!({ "source": null })));
    journal.add_items("r1", "ionos", &[failed.clone(), item("a", "ionos:a/1")], false).await.unwrap();
    assert!(journal.listed_accounts("r1").await.unwrap().is_empty());
    journal.add_items("r1", "ionos", &[item("a", "ionos:a/1"), item("b", "ionos:a/2")], true).await.unwrap();
    let subjects: Vec<String> = journal.run_items("r1").await.unwrap().into_iter().map(|item| item.subject).collect();
    assert_eq!(subjects, ["ionos:a/1", "ionos:a/2"]);
    assert!(!failed.is_source());
}

#[tokio::test]
async fn one_process_runs_a_policy_at_a_time() {
    let database = Database::new();
    let (one, other) = (database.journal(), database.journal());
    let turn = one.try_lock_policy("nightly").await.unwrap();
    assert!(turn.is_some());
    assert!(other.try_lock_policy("nightly").await.unwrap().is_none());
    assert!(other.try_lock_policy("weekly").await.unwrap().is_some());
    drop(turn);
    assert!(other.try_lock_policy("nightly").await.unwrap().is_some());
}
