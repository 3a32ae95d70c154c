//! A batch of work, drawn while it goes on and printed when it has ended.

use cloudsnap::Result;
use cloudsnap_fleet::{Batch, Ended, Event, Item, Job};

use crate::arguments::Format;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::output::{Column, print, reader_is_gone, say};
use crate::progress::Drawn;
use crate::session::Session;

/// Works on all jobs, prints what became of each, and says how the command ends.
pub(crate) async fn run(batch: &Batch, jobs: Vec<Job>, session: &Session, columns: &[Column<Item>]) -> Result<Exit> {
    let print_each = |item: &Item| session.output.as_it_finishes(item);
    run_printed(batch, jobs, session, print_each, |items| session.output.when_finished(items, columns)).await
}

/// Works on all jobs, and leaves it to others to print what became of each: one as it ends, all at the end.
pub(crate) async fn run_printed(
    batch: &Batch,
    jobs: Vec<Job>,
    session: &Session,
    mut print_each: impl FnMut(&Item) -> Result<()>,
    print_all: impl FnOnce(&[Item]) -> Result<()>,
) -> Result<Exit> {
    let mut unprinted = None;
    let ended = drawn(batch, jobs, session, |item| {
        if let Err(error) = session.progress.suspend(|| print_each(item)) {
            unprinted.get_or_insert(error);
        }
    })
    .await;
    if unprinted.is_none() {
        unprinted = print_all(&ended.items).err();
    }
    conclude(ended, unprinted, session)
}

/// Works on one job, and leaves it to `print` to print what became of it, if it was begun.
pub(crate) async fn run_one(
    batch: &Batch,
    job: Job,
    session: &Session,
    print: impl FnOnce(&Item) -> Result<()>,
) -> Result<Exit> {
    let print_it = |items: &[Item]| items.first().map_or(Ok(()), print);
    run_printed(batch, vec![job], session, |_| Ok(()), print_it).await
}

async fn drawn(batch: &Batch, jobs: Vec<Job>, session: &Session, mut on_end: impl FnMut(&Item)) -> Ended {
    let labels: Vec<String> = jobs.iter().map(|job| job.subject().label()).collect();
    let mut drawn = Drawn::new(&session.progress, &labels);
    let interrupt = Interrupt::listen();
    let ended = batch.run(
        jobs,
        || interrupt.clone().next(),
        |event| {
            drawn.draw(&event);
            if let Event::Ended { item, .. } = event {
                on_end(item);
            }
        },
    );
    ended.await
}

/// Says what the results do not: errors, and how to go on. Where the results could not be printed, all of it is said on
/// stderr.
fn conclude(ended: Ended, unprinted: Option<cloudsnap::Error>, session: &Session) -> Result<Exit> {
    let Ended { items, not_begun, interrupted, .. } = ended;
    session.output.errors(items.iter().filter_map(|item| Some((Some(item.subject.label()), item.error.as_ref()?))));
    duplicates(&items).for_each(|line| say(&line));
    if interrupted {
        say("interrupted; what was started goes on at the provider");
        resume_commands(&items).for_each(|line| say(&line));
        for subject in not_begun {
            say(&format!("{}: not started, nothing was created or changed", subject.label()));
        }
        return Ok(Exit::Interrupted);
    }
    let exit = Exit::of_all(items.iter().map(Exit::of_item));
    if session.output.format == Format::Table && unprinted.is_none() {
        // They are results, as much as the table is.
        resume_commands(&items).try_for_each(|line| print(&(line + "\n")))?;
    }
    if unprinted.is_some() || reader_is_gone() {
        items.iter().for_each(|item| say(&unprinted_line(item)));
        resume_commands(&items).for_each(|line| say(&line));
    }
    let Some(error) = unprinted else { return Ok(exit) };
    session.output.errors([(None, &error)]);
    Ok(Exit::of_all([exit, Exit::Failed]).graver_of(exit))
}

/// What a person types in order to wait on, for each item that has not ended.
fn resume_commands(items: &[Item]) -> impl Iterator<Item = String> {
    let unfinished = items.iter().filter_map(|item| Some((item.subject.label(), item.token.as_ref()?)));
    unfinished.map(|(label, token)| format!("{label}: cloudsnap wait {token}"))
}

fn duplicates(items: &[Item]) -> impl Iterator<Item = String> {
    items.iter().flat_map(|item| {
        let label = item.subject.label();
        item.duplicates.iter().map(move |other| {
            format!("{label}: a lost request made a second snapshot, {other}; look at both and delete one")
        })
    })
}

fn unprinted_line(item: &Item) -> String {
    let reference = item.reference().map(|reference| format!(" {reference}")).unwrap_or_default();
    format!("{}: {}{reference}", item.subject.label(), item.outcome.as_str())
}
