use std::sync::Arc;

use cloudsnap::{Operation, PollOptions, Result, SnapshotProvider, SnapshotProviderExt};

use super::Finish;
use crate::arguments::Wait;
use crate::failure::all_or_errors;
use crate::item::{Done, Outcome, Subject};
use crate::output::table;
use crate::session::Session;
use crate::side_by_side::{self, Job, Until};
use crate::track::Track;

pub(crate) async fn run(session: &mut Session, arguments: Wait) -> Finish {
    session.bound_exchanges(arguments.deadline.timeout);
    let mut tokens = arguments.operations;
    let mut seen = std::collections::HashSet::new();
    tokens.retain(|token| seen.insert(token.trim().to_owned()));
    let operations = tokens.iter().map(|token| {
        let operation: Operation = token.parse()?;
        let provider = session.accounts.connect(operation.account())?;
        Ok((provider, operation))
    });
    let operations = all_or_errors(operations.collect::<Vec<_>>())?;
    let until = Until::after(arguments.deadline.timeout);
    let jobs: Vec<Job> = operations
        .into_iter()
        .map(|(provider, operation)| {
            let subject = Subject::new(&provider, operation.kind())
                .source(operation.source_ref().cloned())
                .snapshot(operation.snapshot_ref().cloned());
            Job::new(subject, &session.progress, move |track| async move {
                follow(&provider, operation, until, track).await
            })
        })
        .collect();
    let all_at_once = jobs.len();
    Ok(side_by_side::run(jobs, all_at_once, session, table::items).await?)
}

/// Waits for work that the provider has begun.
pub(super) async fn follow<P: SnapshotProvider + ?Sized>(
    provider: &P,
    operation: Operation,
    until: Until,
    track: Arc<Track>,
) -> Result<Done> {
    track.started(&operation);
    let kind = operation.kind();
    let options = PollOptions::default().timeout(until.left().map_err(|error| error.with_resume(operation.clone()))?);
    let finished = provider.wait(operation).with(options).on_status(|status| track.polled(status)).await?;
    Ok(Done::finished(Outcome::of_finished(kind, finished.confirmed), finished.snapshot))
}
