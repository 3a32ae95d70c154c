//! A timeline as one page for a browser, without scripts and without anything from elsewhere.
//!
//! All text goes through `shown` and the templates' own escaping.

use cloudsnap::printable;
use cloudsnap_fleet::retention::Decision;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Axis, Lane, Seen, Timeline, age};
use crate::output::columns::{size, time};

/// The drawing's width and what it leaves free on both sides, in its own units.
const WIDTH: usize = 1000;
const MARGIN: usize = 40;

/// How many parts the axis has.
const PARTS: usize = 5;

const STYLE: &str = include_str!("page.css");

/// The shapes, each by its name.
const SHAPES: &str = include_str!("shapes.svg");

/// The page.
pub(crate) fn page(timeline: &Timeline) -> String {
    let axis = timeline.axis();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { "Snapshots over time" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (PreEscaped(SHAPES))
                h1 { "Snapshots over time" }
                p { "As of " (time(Some(timeline.now), None)) ", by cloudsnap " (env!("CARGO_PKG_VERSION")) ". Times are in UTC." }
                (legend(timeline))
                @if timeline.lanes.is_empty() { p { "There are no snapshots." } }
                @for (number, lane) in timeline.lanes.iter().enumerate() { (section(number, lane, timeline, &axis)) }
            }
        }
    };
    page.into_string()
}

fn legend(timeline: &Timeline) -> Markup {
    html! {
        @match &timeline.rules {
            Some(rules) => {
                p { "What " code { "cloudsnap prune " (shown(rules)) } " would do:" }
                ul.legend {
                    @for decision in [Decision::Keep, Decision::Delete, Decision::Skip] {
                        li { (sample(Some(decision))) " " (word(Some(decision))) }
                    }
                }
            }
            None => { ul.legend { li { (sample(None)) " " (word(None)) } } }
        }
    }
}

fn sample(decision: Option<Decision>) -> Markup {
    html! {
        svg.sample viewBox="-10 -10 20 20" aria-hidden="true" { use class=(class(decision)) href=(format!("#{}", class(decision))); }
    }
}

fn section(number: usize, lane: &Lane, timeline: &Timeline, axis: &Axis) -> Markup {
    html! {
        section {
            h2 { (shown(&lane.title())) }
            p { (lane.summary(timeline.now)) "." }
            (picture(number, lane, timeline, axis))
            table {
                thead {
                    tr { th { "Snapshot" } th { "Name" } th { "Taken" } th { "Age" } th { "Size" } th { "State" } th { "Decision" } th { "Why" } }
                }
                tbody {
                    @for seen in lane.snapshots.iter().rev() { (row(seen, timeline)) }
                }
            }
        }
    }
}

fn picture(number: usize, lane: &Lane, timeline: &Timeline, axis: &Axis) -> Markup {
    let (title, described) = (format!("title-{number}"), format!("described-{number}"));
    html! {
        svg.timeline viewBox=(format!("0 0 {WIDTH} 70")) role="img" aria-labelledby=(format!("{title} {described}")) {
            title id=(title) { (shown(&lane.title())) }
            desc id=(described) { (lane.summary(timeline.now)) ". The table below says the same." }
            line.axis x1=(MARGIN) x2=(WIDTH - MARGIN) y1="25" y2="25" {}
            @for part in 0..=PARTS {
                @let x = MARGIN + part * (WIDTH - 2 * MARGIN) / PARTS;
                line.axis x1=(x) x2=(x) y1="38" y2="44" {}
                text x=(x) y="60" text-anchor="middle" { (axis.moment(part, PARTS)) }
            }
            @for seen in &lane.snapshots {
                @if let Some(at) = seen.snapshot.created_at {
                    use class=(class(seen.decision)) href=(format!("#{}", class(seen.decision)))
                        x=(MARGIN + axis.place(at, WIDTH - 2 * MARGIN)) y="25" {
                        title { (shown(&told(seen))) }
                    }
                }
            }
        }
    }
}

/// A snapshot in one line.
fn told(seen: &Seen) -> String {
    let snapshot = &seen.snapshot;
    let taken = time(snapshot.created_at, snapshot.created_text.as_deref());
    let why = if seen.why.is_empty() { String::new() } else { format!(": {}", seen.why) };
    format!("{}, taken {taken}, {}{why}", snapshot.reference(), word(seen.decision))
}

fn row(seen: &Seen, timeline: &Timeline) -> Markup {
    let snapshot = &seen.snapshot;
    html! {
        tr class=(class(seen.decision)) {
            td { (shown(&snapshot.reference().to_string())) }
            td { (shown(snapshot.name.as_deref().unwrap_or_default())) }
            td { (shown(&time(snapshot.created_at, snapshot.created_text.as_deref()))) }
            td { (snapshot.created_at.map(|at| age(at, timeline.now)).unwrap_or_default()) }
            td { (snapshot.size_bytes.map(size).unwrap_or_default()) }
            td { (shown(snapshot.state.as_str())) }
            td { (sample(seen.decision)) " " (word(seen.decision)) }
            td { (shown(&seen.why)) }
        }
    }
}

/// Text from outside, without what a reader cannot see.
fn shown(text: &str) -> String {
    printable(text).to_string()
}

/// The name of a shape, which is that of its colour too.
fn class(decision: Option<Decision>) -> &'static str {
    match decision {
        None => "plain",
        Some(Decision::Keep) => "keep",
        Some(Decision::Delete) => "delete",
        Some(Decision::Skip) => "skip",
    }
}

fn word(decision: Option<Decision>) -> &'static str {
    match decision {
        None => "a snapshot",
        Some(Decision::Keep) => "keep",
        Some(Decision::Delete) => "delete",
        Some(Decision::Skip) => "skip",
    }
}

#[cfg(test)]
mod tests {
    use cloudsnap::jiff::{SignedDuration, Timestamp};
    use cloudsnap::{Snapshot, SnapshotState};

    use super::*;

    const HOSTILE: &str = "\"><b onload='x'>&\u{202e}";

    fn page_of(sources: usize, snapshots: i64, text: &str) -> String {
        let now: Timestamp = "2026-03-10T12:00:00Z".parse().unwrap();
        let seen = |number: i64| {
            let id = format!("{number}{text}");
            let mut snapshot = Snapshot::new("ionos".into(), "ionos", id, SnapshotState::Other(text.to_owned()));
            snapshot.name = Some(text.to_owned());
            snapshot.created_at = (number > 0).then(|| now - SignedDuration::from_hours(24 * number));
            snapshot.created_text = Some(text.to_owned());
            Seen { snapshot, decision: Some(Decision::Delete), why: text.to_owned() }
        };
        let lane = |_| Lane { source: None, account: text.to_owned(), snapshots: (0..snapshots).map(seen).collect() };
        page(&Timeline { lanes: (0..sources).map(lane).collect(), now, rules: Some(text.to_owned()) })
    }

    #[test]
    fn no_text_becomes_markup_wherever_it_stands() {
        let page = page_of(1, 2, HOSTILE);
        assert!(page.contains("&quot;&gt;&lt;b onload"), "{page}");
        assert!(!page.contains("<b onload") && !page.contains('\u{202e}'), "{page}");
    }

    #[test]
    fn ten_thousand_snapshots_of_five_hundred_sources_are_drawn() {
        let page = page_of(500, 20, "text");
        assert_eq!(page.matches("<svg class=\"timeline\"").count(), 500);
        // Those of unknown time stand in the table alone.
        assert_eq!(page.matches("<tr class=").count(), 10_000);
        assert_eq!(page.matches("<use class=\"delete\" href=\"#delete\" x=").count(), 500 * 19);
    }
}
