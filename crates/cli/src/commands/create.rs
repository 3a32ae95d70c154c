use cloudsnap::{CreateSnapshot, LookupOptions, Result, SnapshotProvider, SourceRef};
use cloudsnap_fleet::Batch;
use jiff::Timestamp;

use super::Finish;
use crate::accounts::Provider;
use crate::arguments::Create;
use crate::batch;
use crate::failure::all_or_errors;
use crate::output::table;
use crate::session::Session;
use crate::template;

pub(crate) async fn run(session: &mut Session, arguments: Create) -> Finish {
    session.bound_exchanges(arguments.following.deadline.timeout);
    session.accounts.http.concurrency = arguments.concurrency;
    let now = Timestamp::now();
    let prepared = arguments.sources.iter().map(|source| prepare(session, source, &arguments, now));
    let prepared = all_or_errors(prepared.collect::<Vec<_>>())?;
    let batch = Batch::new(arguments.following.deadline.timeout)
        .with_wait(!arguments.following.no_wait)
        .with_lookup_options(LookupOptions::default().with_settle(arguments.settle));
    let jobs = prepared.into_iter().map(|(provider, request)| batch.create(provider, request)).collect();
    Ok(batch::run(&batch, jobs, session, table::items).await?)
}

/// All that can be checked without sending anything.
fn prepare(
    session: &mut Session,
    source: &str,
    arguments: &Create,
    now: Timestamp,
) -> Result<(Provider, CreateSnapshot)> {
    let source: SourceRef = source.parse()?;
    let provider = session.accounts.connect(source.account())?;
    let mut request = CreateSnapshot::new(source);
    if let Some(template) = &arguments.name {
        request.name = Some(template::fill(template, &request.source, now)?);
    }
    request.description.clone_from(&arguments.description);
    request.expires_in = arguments.expires;
    request.options.extend(arguments.options.iter().cloned());
    provider.validate_create(&request).map_err(|error| error.with_context(provider.account(), "create"))?;
    Ok((provider, request))
}
