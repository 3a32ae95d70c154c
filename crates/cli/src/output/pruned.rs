//! What a prune says: a table with a decision on each snapshot, or the report as scripts read it.

use std::cmp::Reverse;

use cloudsnap::{Error, Snapshot};
use cloudsnap_fleet::prune::{Deletion, GONE, Kept, PLANNED, Report, Skipped};
use serde::Serialize;

use super::columns::size;
use super::{Output, columns, print as print_text};
use crate::arguments::Format;

const DELETED: &str = "deleted";

/// A line of the table.
pub(crate) struct PrunedRow {
    pub(crate) snapshot: Snapshot,
    pub(crate) decision: &'static str,
    pub(crate) why: String,
}

/// A line of JSON.
#[derive(Serialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
enum Line<'a> {
    Keep(&'a Kept),
    Delete(&'a Deletion),
    Skip(&'a Skipped),
}

/// Prints a report before anything is deleted.
pub(crate) fn print(output: &Output, report: &Report) -> Result<(), Error> {
    print_lines_of_the_rest(output, report)?;
    let planned = report.delete.iter().filter(|deletion| deletion.outcome != GONE);
    planned.into_iter().try_for_each(|deletion| print_line(output, deletion))?;
    match output.format {
        Format::Table => table(output, report),
        Format::Json => output.object(report, |_, _| String::new()),
        Format::Jsonl => Ok(()),
    }
}

/// Prints a report after the deletions, of which each was printed as a line where the format wants that.
pub(crate) fn print_all(output: &Output, report: &Report) -> Result<(), Error> {
    let all_is_well = report.delete.iter().all(|deletion| deletion.error.is_none());
    match output.format {
        Format::Table if output.is_quiet() && all_is_well => Ok(()),
        Format::Table => table(output, report),
        Format::Json => output.object(report, |_, _| String::new()),
        Format::Jsonl => Ok(()),
    }
}

/// Prints as lines what needs no deletion, where the format wants lines.
pub(crate) fn print_lines_of_the_rest(output: &Output, report: &Report) -> Result<(), Error> {
    let gone = report.delete.iter().filter(|deletion| deletion.outcome == GONE).map(Line::Delete);
    let lines = report.keep.iter().map(Line::Keep).chain(report.skipped.iter().map(Line::Skip)).chain(gone);
    lines.into_iter().try_for_each(|line| output.as_it_finishes(&line))
}

/// Prints one deletion as a line, where the format wants lines.
pub(crate) fn print_line(output: &Output, deletion: &Deletion) -> Result<(), Error> {
    output.as_it_finishes(&Line::Delete(deletion))
}

fn table(output: &Output, report: &Report) -> Result<(), Error> {
    output.table(&rows(report), columns::PRUNED)?;
    print_text(&summary(report))
}

/// By source, the newest of a source first.
fn rows(report: &Report) -> Vec<PrunedRow> {
    let row = |snapshot: &Snapshot, decision, why| PrunedRow { snapshot: snapshot.clone(), decision, why };
    let kept = report.keep.iter().map(|kept| row(&kept.snapshot, "keep", kept.reasons.join(", ")));
    let skipped = report.skipped.iter().map(|skipped| row(&skipped.snapshot, "skip", skipped.why.clone()));
    let deleted = report.delete.iter().map(|deletion| {
        let decision = if deletion.outcome == PLANNED { "delete" } else { deletion.outcome };
        row(&deletion.snapshot, decision, deletion.reasons.join(", "))
    });
    let mut rows: Vec<PrunedRow> = kept.chain(skipped).chain(deleted).collect();
    rows.sort_by_cached_key(|row| {
        let source = row.snapshot.source.as_ref().map(ToString::to_string);
        (source, Reverse(row.snapshot.created_at), row.snapshot.reference())
    });
    rows
}

/// How many of what, and what is freed.
fn summary(report: &Report) -> String {
    let of = |outcome| report.delete.iter().filter(move |deletion| deletion.outcome == outcome);
    let mut parts = Vec::new();
    let planned = of(PLANNED).count();
    if planned > 0 {
        parts.push(format!("{planned} to be deleted ({})", sizes(of(PLANNED))));
    }
    let deleted = of(DELETED).count();
    if deleted > 0 {
        parts.push(format!("{deleted} deleted ({})", sizes(of(DELETED))));
    }
    if report.delete.is_empty() {
        parts.push("nothing to delete".to_owned());
    }
    let others = report.delete.len() - planned - deleted;
    if others > 0 {
        parts.push(format!("{others} not deleted or gone"));
    }
    parts.push(format!("{} kept", report.keep.len()));
    parts.push(format!("{} skipped", report.skipped.len()));
    format!("{}\n", parts.join("; "))
}

/// What deletions free.
pub(crate) fn sizes<'a>(deletions: impl Iterator<Item = &'a Deletion>) -> String {
    let sizes: Vec<Option<u64>> = deletions.map(|deletion| deletion.snapshot.size_bytes).collect();
    let known = size(sizes.iter().flatten().sum());
    match sizes.iter().filter(|size| size.is_none()).count() {
        0 => format!("{known} in all"),
        unknown if unknown == sizes.len() => "of unknown size".to_owned(),
        unknown => format!("{known} in all, and {unknown} of unknown size"),
    }
}
