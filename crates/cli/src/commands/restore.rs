use cloudsnap::{Error, RestoreSnapshot, RestoreTarget, Result, Snapshot, SnapshotProvider, SnapshotRef, SourceRef};

use super::{Finish, require, stake, typed};
use crate::arguments::Restore;
use crate::batch;
use crate::exit::Exit;
use crate::output::{columns, say};
use crate::prompt;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session, arguments: Restore) -> Finish {
    let following = arguments.following;
    session.bound_exchanges(following.deadline.timeout);
    refuse_beforehand(session, &arguments.snapshot, arguments.to.as_deref())?;
    prompt::refuse_script(arguments.yes, &format!("this overwrites something with {}", arguments.snapshot))?;
    let target = match &arguments.to {
        Some(to) => Some(target(session, to).await?),
        None => None,
    };
    let batch = session.batch(following.deadline.timeout).await?.with_wait(!following.no_wait);
    let (provider, snapshot) = typed::snapshot(session, &arguments.snapshot).await?;
    let mut request = RestoreSnapshot::new(snapshot.reference());
    request.target = target;
    request.options.extend(arguments.options);
    if !prompt::confirm(arguments.yes, &overwrites(&snapshot, request.target.as_ref())).await? {
        say("nothing was restored");
        return Ok(Exit::Failed);
    }
    let jobs = vec![batch.restore(provider, request)];
    Ok(batch::run(&batch, jobs, session, columns::ITEMS).await?)
}

/// What can be refused without asking the provider.
fn refuse_beforehand(session: &mut Session, snapshot: &str, to: Option<&str>) -> Result<()> {
    let snapshot: SnapshotRef = snapshot.parse()?;
    let provider = session.accounts.connect(snapshot.account())?;
    let ability = provider.capabilities().restore;
    require(ability != RestoreTarget::Unsupported, &provider, "restore")?;
    if ability == RestoreTarget::OntoTarget && to.is_none() {
        return Err(Error::invalid_input(format!("{snapshot} does not say where to restore it to"))
            .with_context(provider.account(), "restore")
            .with_advice("name it with --to SOURCE"));
    }
    match to.map(str::parse::<SourceRef>).transpose()? {
        Some(target) if target.account() != snapshot.account() => {
            Err(Error::invalid_input(format!("{target} is of another account than {snapshot}")))
        }
        _ => Ok(()),
    }
}

async fn target(session: &mut Session, to: &str) -> Result<SourceRef, crate::failure::Failure> {
    let selected = typed::sources(session, &[to.to_owned()], &[], |_, _| Ok(())).await?;
    let one = selected.sources.into_iter().next().map(|(_, source)| source);
    Ok(one.ok_or_else(|| Error::invalid_input(format!("'{to}' fits no source")))?)
}

fn overwrites(snapshot: &Snapshot, target: Option<&SourceRef>) -> String {
    let target =
        target.or(snapshot.source.as_ref()).map_or_else(|| "what it was taken of".to_owned(), ToString::to_string);
    format!("this overwrites {target} with {}", stake::of(snapshot))
}
