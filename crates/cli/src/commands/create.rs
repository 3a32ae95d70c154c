use std::collections::HashMap;

use cloudsnap::jiff::Timestamp;
use cloudsnap::{CreateSnapshot, LookupOptions, Result, SnapshotProvider, SourceRef};
use cloudsnap_fleet::{Batch, End, Job};

use super::Finish;
use super::freshness;
use super::typed::{self, with_stdin};
use crate::accounts::Provider;
use crate::arguments::Create;
use crate::batch;
use crate::exit::Exit;
use crate::failure::all_or_errors;
use crate::output::{columns, say};
use crate::session::Session;

pub(crate) async fn run(session: &mut Session, arguments: Create) -> Finish {
    session.bound_exchanges(arguments.following.deadline.timeout);
    session.accounts.http.concurrency = arguments.concurrency;
    let batch = session.batch(arguments.following.deadline.timeout).await?;
    let batch = batch
        .with_wait(!arguments.following.no_wait)
        .with_lookup_options(LookupOptions::default().with_settle(arguments.settle));
    let typed = with_stdin(arguments.sources.clone())?;
    let selected = typed::sources(session, &typed, &arguments.exclude, can_be_created).await?;
    let now = Timestamp::now();
    let mut left_out = LeftOut::default();
    let prepared =
        selected.sources.iter().map(|(provider, source)| prepare(provider, source, &arguments, now, &mut left_out));
    let prepared = all_or_errors(prepared.collect::<Vec<_>>())?;
    left_out.0.iter().for_each(|line| session.output.note(line));
    let newest = match arguments.if_older_than {
        Some(_) => freshness::newest(&session.progress, &selected.sources).await?,
        None => HashMap::new(),
    };
    let is_fresh = |source: &SourceRef| {
        arguments.if_older_than.zip(newest.get(source)).is_some_and(|(age, newest)| newest.is_younger_than(age))
    };
    if arguments.dry_run {
        prepared.iter().for_each(|(_, request)| say(&planned(request, is_fresh(&request.source))));
        return Ok(Exit::Done);
    }
    let jobs = prepared.into_iter().map(|(provider, request)| match newest.get(&request.source) {
        Some(newest) if is_fresh(&request.source) => newest.job(&provider, request.source),
        _ => batch.create(provider, request),
    });
    let jobs = jobs.collect();
    Ok(batch::run(&batch, jobs, session, columns::ITEMS).await?)
}

/// All that can be checked without sending anything.
fn prepare(
    provider: &Provider,
    source: &SourceRef,
    arguments: &Create,
    now: Timestamp,
    left_out: &mut LeftOut,
) -> Result<(Provider, CreateSnapshot)> {
    let can = provider.capabilities();
    let mut request = CreateSnapshot::new(source.clone());
    if let Some(template) = &arguments.name {
        let name = template.fill(source, None, now)?;
        request.name = left_out.unless(can.name, "names", provider).then_some(name);
    }
    if let Some(description) = &arguments.description {
        request.description = left_out.unless(can.description, "descriptions", provider).then(|| description.clone());
    }
    request.expires_in = arguments.expires.map(End::remaining).transpose()?;
    request.options.extend(arguments.options.iter().cloned());
    validate(provider, &request)?;
    Ok((Provider::clone(provider), request))
}

fn can_be_created(provider: &Provider, source: &SourceRef) -> Result<()> {
    validate(provider, &CreateSnapshot::new(source.clone()))
}

fn validate(provider: &Provider, request: &CreateSnapshot) -> Result<()> {
    provider.validate_create(request).map_err(|error| error.with_context(provider.account(), "create"))
}

/// What was asked for and some providers do not have, each said once.
#[derive(Default)]
struct LeftOut(Vec<String>);

impl LeftOut {
    fn unless(&mut self, can: bool, what: &str, provider: &Provider) -> bool {
        let line = format!("{} has no {what}; its snapshots are made without", provider.account().provider());
        if !can && !self.0.contains(&line) {
            self.0.push(line);
        }
        can
    }
}

fn planned(request: &CreateSnapshot, is_fresh: bool) -> String {
    let named = request.name.as_ref().map(|name| format!(" named '{name}'")).unwrap_or_default();
    match is_fresh {
        true => format!("{}: has a snapshot that is young enough", request.source),
        false => format!("{}: would be snapshotted{named}", request.source),
    }
}

/// The creates of `demo`.
pub(super) fn plain(batch: &Batch, provider: Provider, source: SourceRef) -> Job {
    batch.create(provider, CreateSnapshot::new(source))
}
