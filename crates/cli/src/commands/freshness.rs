//! How old the newest finished snapshot of each source is.

use std::collections::HashMap;

use cloudsnap::SourceRef;
use cloudsnap_fleet::Newest;

use super::typed::snapshots_of;
use crate::accounts::Provider;
use crate::failure::{Failure, all_or_errors};
use crate::progress::Progress;

/// The newest finished snapshot of each source that has one. Where a list cannot be read, nothing is known.
pub(crate) async fn newest(
    progress: &Progress,
    sources: &[(Provider, SourceRef)],
) -> Result<HashMap<SourceRef, Newest>, Failure> {
    let snapshots = all_or_errors(progress.reading("reading snapshots", snapshots_of(sources)).await)?;
    Ok(Newest::of_each(snapshots.into_iter().flatten()))
}
