use cloudsnap::{Result, SnapshotProvider, SnapshotRef};
use cloudsnap_fleet::Batch;

use super::{Finish, require};
use crate::accounts::Provider;
use crate::arguments::Delete;
use crate::batch;
use crate::exit::Exit;
use crate::failure::all_or_errors;
use crate::output::{say, table};
use crate::prompt;
use crate::session::Session;

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
    let following = arguments.following;
    let batch = Batch::new(following.deadline.timeout).with_wait(!following.no_wait);
    let jobs = prepared.into_iter().map(|(provider, snapshot)| batch.delete(provider, snapshot)).collect();
    Ok(batch::run(&batch, jobs, session, table::items).await?)
}

fn prepare(session: &mut Session, snapshot: &str) -> Result<(Provider, SnapshotRef)> {
    let snapshot: SnapshotRef = snapshot.parse()?;
    let provider = session.accounts.connect(snapshot.account())?;
    require(provider.capabilities().delete, &provider, "delete")?;
    Ok((provider, snapshot))
}
