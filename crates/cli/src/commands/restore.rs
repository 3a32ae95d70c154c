use cloudsnap::{Error, RestoreSnapshot, RestoreTarget, Result, SnapshotProvider, SnapshotRef, SourceRef};
use cloudsnap_fleet::Batch;

use super::{Finish, require};
use crate::accounts::Provider;
use crate::arguments::Restore;
use crate::batch;
use crate::exit::Exit;
use crate::output::{say, table};
use crate::prompt;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session, arguments: Restore) -> Finish {
    session.bound_exchanges(arguments.following.deadline.timeout);
    let (provider, request) = prepare(session, &arguments.snapshot, arguments.to.as_deref())?;
    if !prompt::confirm(arguments.yes, &overwrites(&request))? {
        say("nothing was restored");
        return Ok(Exit::Failed);
    }
    let following = arguments.following;
    let batch = Batch::new(following.deadline.timeout).with_wait(!following.no_wait);
    let jobs = vec![batch.restore(provider, request)];
    Ok(batch::run(&batch, jobs, session, table::items).await?)
}

fn prepare(session: &mut Session, snapshot: &str, to: Option<&str>) -> Result<(Provider, RestoreSnapshot)> {
    let snapshot: SnapshotRef = snapshot.parse()?;
    let target: Option<SourceRef> = to.map(str::parse).transpose()?;
    let provider = session.accounts.connect(snapshot.account())?;
    let ability = provider.capabilities().restore;
    require(ability != RestoreTarget::Unsupported, &provider, "restore")?;
    if ability == RestoreTarget::OntoTarget && target.is_none() {
        return Err(Error::invalid_input(format!("{snapshot} does not say where to restore it to"))
            .with_context(provider.account(), "restore")
            .with_advice("name it with --to SOURCE"));
    }
    if let Some(target) = target.as_ref().filter(|target| target.account() != snapshot.account()) {
        return Err(Error::invalid_input(format!("{target} is of another account than {snapshot}")));
    }
    let mut request = RestoreSnapshot::new(snapshot);
    request.target = target;
    Ok((provider, request))
}

fn overwrites(request: &RestoreSnapshot) -> String {
    match &request.target {
        Some(target) => format!("this overwrites {target} with {}", request.snapshot),
        None => format!("this overwrites what {} was taken of", request.snapshot),
    }
}
