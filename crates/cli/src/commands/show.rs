use cloudsnap::{SnapshotProvider, SnapshotProviderExt, SnapshotRef};

use super::{Finish, require};
use crate::arguments::Show;
use crate::exit::Exit;
use crate::output::table;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session, arguments: Show) -> Finish {
    let reference: SnapshotRef = arguments.snapshot.parse()?;
    let provider = session.accounts.connect(reference.account())?;
    require(provider.capabilities().get_snapshot, &provider, "get")?;
    let snapshot = provider.snapshot(&reference).await?;
    session.output.object(&snapshot, table::snapshot)?;
    Ok(Exit::Done)
}
