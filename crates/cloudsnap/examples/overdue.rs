//! Names each source that has no finished snapshot of the last day, at every provider that the environment describes:
//! `cargo run --example overdue --features full`. Ends with 1 where there is one, for a cron job.

use std::collections::HashSet;
use std::process::ExitCode;
use std::time::Duration;

use cloudsnap::jiff::Timestamp;
use cloudsnap::{
    ErrorKind, ListSnapshots, ListSources, PROVIDERS, Report, Result, SnapshotProvider, SnapshotProviderExt,
    SnapshotState,
};

const A_DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Report> {
    let mut all_is_well = true;
    for provider in PROVIDERS {
        match cloudsnap::from_env(provider) {
            Ok(provider) => all_is_well &= print_overdue(&*provider).await?,
            Err(error) if error.kind() == ErrorKind::Config => eprintln!("left out: {error}"),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(if all_is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn print_overdue(provider: &dyn SnapshotProvider) -> Result<bool> {
    let mut covered = HashSet::new();
    let mut snapshots = provider.snapshots(ListSnapshots::default());
    while let Some(snapshot) = snapshots.try_next().await? {
        let is_recent =
            snapshot.created_at.is_some_and(|at| Timestamp::now().duration_since(at).unsigned_abs() < A_DAY);
        if is_recent && snapshot.state == SnapshotState::Available {
            covered.extend(snapshot.source);
        }
    }
    let mut all_is_well = true;
    let mut sources = provider.sources(ListSources::default());
    while let Some(source) = sources.try_next().await? {
        if !covered.contains(&source.reference) {
            println!("{}", source.reference);
            all_is_well = false;
        }
    }
    Ok(all_is_well)
}
