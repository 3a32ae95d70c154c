use cloudsnap::{
    Error, OperationKind, Restore as Ability, RestoreSnapshot, Result, SnapshotProvider, SnapshotRef, Source,
};

use super::{Finish, require, wait};
use crate::accounts::Provider;
use crate::arguments::Restore;
use crate::exit::Exit;
use crate::item::{Done, Subject};
use crate::output::{say, table};
use crate::prompt;
use crate::session::Session;
use crate::side_by_side::{self, Job, Until};

pub(crate) async fn run(session: &mut Session, arguments: Restore) -> Finish {
    session.bound_exchanges(arguments.following.deadline.timeout);
    let (provider, request) = prepare(session, &arguments.snapshot, arguments.to.as_deref())?;
    if !prompt::confirm(arguments.yes, &overwrites(&request))? {
        say("nothing was restored");
        return Ok(Exit::Failed);
    }
    let until = Until::after(arguments.following.deadline.timeout);
    let no_wait = arguments.following.no_wait;
    let subject = Subject::new(&provider, OperationKind::Restore)
        .source(request.target.clone())
        .snapshot(Some(request.snapshot.clone()));
    let job = Job::new(subject, &session.progress, move |track| async move {
        track.sending(None);
        let operation = provider.start_restore(&request).await?;
        if no_wait {
            return Ok(Done::pending(operation));
        }
        wait::follow(&provider, operation, until, track).await
    });
    Ok(side_by_side::run(vec![job], 1, session, table::items).await?)
}

fn prepare(session: &mut Session, snapshot: &str, to: Option<&str>) -> Result<(Provider, RestoreSnapshot)> {
    let snapshot: SnapshotRef = snapshot.parse()?;
    let target: Option<Source> = to.map(str::parse).transpose()?;
    let provider = session.accounts.connect(snapshot.account())?;
    let ability = provider.capabilities().restore;
    require(ability != Ability::Unsupported, provider.provider(), "restore")?;
    if ability == Ability::OntoTarget && target.is_none() {
        return Err(Error::invalid_input(format!("{snapshot} does not say where to restore it to"))
            .with_provider(provider.provider())
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
