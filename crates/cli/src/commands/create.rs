use cloudsnap::{CreateOptions, CreateSnapshot, OperationKind, PollOptions, Result, SnapshotProviderExt, Source};
use jiff::Timestamp;

use super::Finish;
use crate::accounts::Provider;
use crate::arguments::Create;
use crate::failure::all_or_errors;
use crate::item::{Done, Outcome, Subject};
use crate::output::table;
use crate::progress::Progress;
use crate::session::Session;
use crate::side_by_side::{self, Job, Until};
use crate::template;

pub(crate) async fn run(session: &mut Session, arguments: Create) -> Finish {
    session.bound_exchanges(arguments.following.deadline.timeout);
    let now = Timestamp::now();
    let prepared = arguments.sources.iter().map(|source| prepare(session, source, &arguments, now));
    let prepared = all_or_errors(prepared.collect::<Vec<_>>())?;
    let plan = Plan {
        until: Until::after(arguments.following.deadline.timeout),
        options: CreateOptions::default().settle(arguments.settle),
        wait: !arguments.following.no_wait,
    };
    let jobs = prepared.into_iter().map(|(provider, request)| plan.job(provider, request, &session.progress)).collect();
    Ok(side_by_side::run(jobs, arguments.concurrency, session, table::items).await?)
}

/// All that can be checked without sending anything.
fn prepare(
    session: &mut Session,
    source: &str,
    arguments: &Create,
    now: Timestamp,
) -> Result<(Provider, CreateSnapshot)> {
    let source: Source = source.parse()?;
    let provider = session.accounts.connect(source.account())?;
    let mut request = CreateSnapshot::new(source);
    if let Some(template) = &arguments.name {
        request.name = Some(template::fill(template, &request.source, now)?);
    }
    request.description.clone_from(&arguments.description);
    request.expires_in = arguments.expires;
    request.options.extend(arguments.options.iter().cloned());
    provider.validate_create(&request).map_err(|error| error.with_provider(provider.provider()))?;
    Ok((provider, request))
}

/// What holds for all creates of a command.
pub(super) struct Plan {
    pub(super) until: Until,
    pub(super) options: CreateOptions,
    pub(super) wait: bool,
}

impl Plan {
    pub(super) fn job(&self, provider: Provider, request: CreateSnapshot, progress: &Progress) -> Job {
        let (until, options, wait) = (self.until, self.options.clone(), self.wait);
        let subject = Subject::new(&provider, OperationKind::Create).source(Some(request.source.clone()));
        Job::new(subject, progress, move |track| async move {
            let options = options.poll(PollOptions::default().timeout(until.left()?));
            let create = provider.create(request).with(options).on_sending(|operation| track.sending(Some(operation)));
            if !wait {
                return Ok(Done::pending(create.start().await?.operation));
            }
            let create = create.on_started(|started| track.started(&started.operation));
            let created = create.on_status(|status| track.polled(status)).await?;
            let outcome = if created.adopted { Outcome::Adopted } else { Outcome::Created };
            Ok(Done::finished(outcome, Some(created.snapshot)))
        })
    }
}
