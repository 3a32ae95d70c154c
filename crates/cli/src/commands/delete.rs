use cloudsnap::{OperationKind, Result, SnapshotProvider, SnapshotRef};

use super::{Finish, require, wait};
use crate::accounts::Provider;
use crate::arguments::Delete;
use crate::exit::Exit;
use crate::failure::all_or_errors;
use crate::item::{Done, Subject};
use crate::output::{say, table};
use crate::prompt;
use crate::session::Session;
use crate::side_by_side::{self, Job, Until};

/// How many snapshots are deleted at once.
const CONCURRENCY: usize = 8;

pub(crate) async fn run(session: &mut Session, arguments: Delete) -> Finish {
    session.bound_exchanges(arguments.following.deadline.timeout);
    let mut written = arguments.snapshots;
    let mut seen = std::collections::HashSet::new();
    written.retain(|snapshot| seen.insert(snapshot.clone()));
    let prepared = all_or_errors(written.iter().map(|snapshot| prepare(session, snapshot)).collect::<Vec<_>>())?;
    let named: Vec<String> = prepared.iter().map(|(_, snapshot)| snapshot.to_string()).collect();
    if !prompt::confirm(arguments.yes, &format!("this deletes {} for good", named.join(", ")))? {
        say("nothing was deleted");
        return Ok(Exit::Failed);
    }
    let until = Until::after(arguments.following.deadline.timeout);
    let no_wait = arguments.following.no_wait;
    let jobs = prepared
        .into_iter()
        .map(|(provider, snapshot)| {
            let subject = Subject::new(&provider, OperationKind::Delete).snapshot(Some(snapshot.clone()));
            Job::new(subject, &session.progress, move |track| async move {
                until.left()?;
                track.sending(None);
                let operation = provider.start_delete(&snapshot).await?;
                if no_wait {
                    return Ok(Done::pending(operation));
                }
                wait::follow(&provider, operation, until, track).await
            })
        })
        .collect();
    Ok(side_by_side::run(jobs, CONCURRENCY, session, table::items).await?)
}

fn prepare(session: &mut Session, snapshot: &str) -> Result<(Provider, SnapshotRef)> {
    let snapshot: SnapshotRef = snapshot.parse()?;
    let provider = session.accounts.connect(snapshot.account())?;
    require(provider.capabilities().delete, provider.provider(), "delete")?;
    Ok((provider, snapshot))
}
