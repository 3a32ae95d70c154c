use std::time::Duration;

use cloudsnap::{OperationKind, Result, SnapshotProvider, SnapshotRef, UpdateSnapshot};

use super::{Finish, require, wait};
use crate::accounts::Provider;
use crate::arguments::Update;
use crate::item::Subject;
use crate::output::table;
use crate::session::Session;
use crate::side_by_side::{self, Job, Until};

/// How long a change may take; the command has no option for it, since changes are short.
const TIMEOUT: Duration = Duration::from_secs(3600);

pub(crate) async fn run(session: &mut Session, arguments: Update) -> Finish {
    let (provider, request) = prepare(session, arguments)?;
    let until = Until::after(TIMEOUT);
    let subject = Subject::new(&provider, OperationKind::Update).snapshot(Some(request.snapshot.clone()));
    let job = Job::new(subject, &session.progress, move |track| async move {
        track.sending(None);
        let operation = provider.start_update(&request).await?;
        wait::follow(&provider, operation, until, track).await
    });
    Ok(side_by_side::run(vec![job], 1, session, table::items).await?)
}

fn prepare(session: &mut Session, arguments: Update) -> Result<(Provider, UpdateSnapshot)> {
    let snapshot: SnapshotRef = arguments.snapshot.parse()?;
    let provider = session.accounts.connect(snapshot.account())?;
    let can = provider.capabilities();
    require(can.rename || can.change_expiry, provider.provider(), "update")?;
    let mut request = UpdateSnapshot::new(snapshot);
    request.name = arguments.name;
    request.description = arguments.description;
    request.expires_in = arguments.expires;
    Ok((provider, request))
}
