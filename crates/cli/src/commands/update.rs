use cloudsnap::{NewExpiry, SnapshotProvider, SnapshotRef, UpdateSnapshot};

use super::{Finish, require, typed};
use crate::arguments::{NewEnd, Update};
use crate::batch;
use crate::output::columns;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session, arguments: Update) -> Finish {
    let following = arguments.following;
    session.bound_exchanges(following.deadline.timeout);
    let reference: SnapshotRef = arguments.snapshot.parse()?;
    let provider = session.accounts.connect(reference.account())?;
    let can = provider.capabilities();
    require(can.rename || can.change_expiry || !can.update_options.is_empty(), &provider, "update")?;
    let batch = session.batch(following.deadline.timeout).await?.with_wait(!following.no_wait);
    let expiry = match arguments.expires {
        None => None,
        Some(NewEnd::Never) => Some(NewExpiry::Never),
        Some(NewEnd::Is(end)) => Some(NewExpiry::In(end.remaining()?)),
    };
    let (provider, snapshot) = typed::snapshot(session, &arguments.snapshot).await?;
    let mut request = UpdateSnapshot::new(snapshot.reference());
    request.name = arguments.name;
    request.description = arguments.description;
    request.expiry = expiry;
    request.options.extend(arguments.options);
    let jobs = vec![batch.update(provider, request)];
    Ok(batch::run(&batch, jobs, session, columns::ITEMS).await?)
}
