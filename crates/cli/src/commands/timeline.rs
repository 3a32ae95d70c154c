use std::cmp::Ordering;
use std::collections::HashMap;
use std::path::Path;

use cloudsnap::jiff::Timestamp;
use cloudsnap::{Error, Result, Snapshot};
use cloudsnap_fleet::prune::{self, Listed};
use cloudsnap_fleet::retention::Plan;

use super::prune::plan_of;
use super::{Finish, typed};
use crate::arguments::{self, Format, Keep};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::timeline::{Lane, Seen, Timeline, draw, page};
use crate::output::{drawing_width, print, say};
use crate::session::Session;

pub(crate) async fn run(session: &mut Session, arguments: arguments::Timeline) -> Finish {
    let scopes = typed::scopes(session, arguments.of).await?;
    session.open_journal().await?;
    let listed = prune::list(&scopes, session.journal_if_any()).await?;
    if listed.snapshots.is_empty() && !listed.errors.is_empty() {
        return Err(Failure::from(listed.errors));
    }
    let plan = match arguments.keep.is_given() {
        true => Some(plan_of(&listed, &arguments.keep, None)?),
        false => None,
    };
    let errors = listed.errors.clone();
    let timeline = timeline(listed, plan.as_ref(), &arguments.keep);
    match &arguments.html {
        Some(file) => write_page(file, &timeline)?,
        None if session.output.format == Format::Table => {
            print(&draw(&timeline, drawing_width(), session.output.paint()))?;
        }
        None => session.output.list(&timeline.lanes, &[])?,
    }
    if errors.is_empty() { Ok(Exit::Done) } else { Err(Failure { errors, exit: Exit::Partial }) }
}

fn timeline(listed: Listed, plan: Option<&Plan>, keep: &Keep) -> Timeline {
    let entries = plan.into_iter().flat_map(|plan| &plan.entries);
    let decided: HashMap<&str, _> = entries.map(|entry| (&*entry.snapshot.reference, entry)).collect();
    let mut snapshots: Vec<(String, Snapshot)> = listed.snapshots.into_iter().collect();
    snapshots.sort_by(|(_, one), (_, other)| in_lanes(one, other));
    let mut lanes: Vec<Lane> = Vec::new();
    for (reference, snapshot) in snapshots {
        let entry = decided.get(&*reference);
        let account = snapshot.account.to_string();
        let source = snapshot.source.clone();
        let seen = Seen {
            snapshot,
            decision: entry.map(|entry| entry.decision),
            why: entry.map(|entry| entry.reasons.join(", ")).unwrap_or_default(),
        };
        match lanes.last_mut().filter(|lane| lane.source == source && lane.account == account) {
            Some(lane) => lane.snapshots.push(seen),
            None => lanes.push(Lane { source, account, snapshots: vec![seen] }),
        }
    }
    Timeline { lanes, now: Timestamp::now(), rules: plan.map(|_| keep.to_string()) }
}

/// By source, those without one last, and the oldest of each first.
fn in_lanes(one: &Snapshot, other: &Snapshot) -> Ordering {
    let key = |snapshot: &Snapshot| {
        (
            snapshot.source.is_none(),
            snapshot.source.clone(),
            snapshot.account.to_string(),
            snapshot.created_at,
            snapshot.reference(),
        )
    };
    key(one).cmp(&key(other))
}

fn write_page(file: &Path, timeline: &Timeline) -> Result<()> {
    let cannot = |error| Error::invalid_input(format!("the page {} cannot be written: {error}", file.display()));
    std::fs::write(file, page(timeline)).map_err(cannot)?;
    say(&format!("the timeline is in {}", file.display()));
    Ok(())
}
