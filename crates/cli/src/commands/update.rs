use std::time::Duration;

use cloudsnap::{NewExpiry, Result, SnapshotProvider, SnapshotRef, UpdateSnapshot};
use cloudsnap_fleet::Batch;

use super::{Finish, require};
use crate::accounts::Provider;
use crate::arguments::Update;
use crate::batch;
use crate::output::table;
use crate::session::Session;

/// How long a change may take; the command has no option for it, since changes are short.
const TIMEOUT: Duration = Duration::from_secs(3600);

pub(crate) async fn run(session: &mut Session, arguments: Update) -> Finish {
    let (provider, request) = prepare(session, arguments)?;
    let batch = Batch::new(TIMEOUT);
    let jobs = vec![batch.update(provider, request)];
    Ok(batch::run(&batch, jobs, session, table::items).await?)
}

fn prepare(session: &mut Session, arguments: Update) -> Result<(Provider, UpdateSnapshot)> {
    let snapshot: SnapshotRef = arguments.snapshot.parse()?;
    let provider = session.accounts.connect(snapshot.account())?;
    let can = provider.capabilities();
    require(can.rename || can.change_expiry, &provider, "update")?;
    let mut request = UpdateSnapshot::new(snapshot);
    request.name = arguments.name;
    request.description = arguments.description;
    request.expiry = arguments.expires.map(NewExpiry::In);
    Ok((provider, request))
}
