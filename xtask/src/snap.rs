//! Snapshot testing: insta's assertions in the tests, and here what `cargo insta` would do, so
//! that nobody has to install it.
//!
//! insta is steered by environment variables. `INSTA_UPDATE` and `INSTA_FORCE_PASS` are its public
//! interface; `INSTA_SNAPSHOT_REFERENCES_FILE`, which makes every assertion append the file it
//! read, is its channel to `cargo insta`. So that a new insta that dropped it could not make every
//! file look used or unused in silence, an empty record is an error wherever snapshots exist.

mod diff;
mod orphans;
mod pending;
mod review;

use std::path::PathBuf;

use crate::Result;
use crate::cargo::Cargo;
use crate::workspace::{Member, Workspace, with_all_features};

/// What to do about snapshots that differ from what the tests produce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Fail, and write nothing.
    Check,
    /// Write what the tests produced.
    Accept,
    /// Show each difference, and ask.
    Review,
    /// Fail on snapshot files that no test used.
    Orphans,
}

pub(crate) fn run(workspace: &Workspace, mode: Mode, packages: &[String]) -> Result {
    let members = workspace.select(packages)?;
    match mode {
        Mode::Check => tests(&members)?.env("INSTA_UPDATE", "no").run(),
        Mode::Accept => accept(&members),
        Mode::Review => review::run(&members),
        Mode::Orphans => compare_and_find_orphans(workspace, &members),
    }
}

/// What CI does: one run of the tests that fails on any difference and shows what is left over.
pub(crate) fn check_and_find_orphans(workspace: &Workspace) -> Result {
    compare_and_find_orphans(workspace, &workspace.select(&[])?)
}

/// Inline snapshots are beyond what insta writes by itself: it leaves a note beside the source
/// instead, and the text has to be changed by hand.
fn accept(members: &[&Member]) -> Result {
    let tests = tests(members)?.env("INSTA_UPDATE", "always").run();
    pending::report_inline(members)?;
    tests
}

fn compare_and_find_orphans(workspace: &Workspace, members: &[&Member]) -> Result {
    let record = fresh_record(workspace)?;
    let tests = tests(members)?.env("INSTA_UPDATE", "no");
    tests.env("INSTA_SNAPSHOT_REFERENCES_FILE", &record).run()?;
    orphans::report(members, &record)
}

/// The file in which the tests write down which snapshots they used; insta only appends to it.
fn fresh_record(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target_folder.join("xtask");
    let record = folder.join("snapshots-used.txt");
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&record, ""))
        .map_err(|error| format!("cannot write {}: {error}", record.display()))?;
    Ok(record)
}

/// The tests of these packages. Not their documentation: examples there hold no snapshots. Not
/// only up to the first failure: whoever changed a format wants to see all that it changed.
fn tests(members: &[&Member]) -> Result<Cargo> {
    let test = Cargo::new("test")?.args(["--tests", "--examples", "--no-fail-fast"]);
    Ok(test.args(with_all_features(members)))
}
