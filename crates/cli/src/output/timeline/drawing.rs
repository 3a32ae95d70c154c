//! A timeline in letters.

use cloudsnap_fleet::retention::Decision;

use super::{Axis, Lane, Timeline};
use crate::output::Paint;

const INDENT: &str = "  ";

/// The narrowest drawing.
const LEAST_WIDTH: usize = 20;

/// What stands in one place of a drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Nothing,
    One(Option<Decision>),
    Several,
}

impl Mark {
    fn with(self, decision: Option<Decision>) -> Self {
        match self {
            Self::Nothing => Self::One(decision),
            Self::One(other) if other == decision => self,
            _ => Self::Several,
        }
    }

    /// Told apart by shape, and coloured besides.
    fn draw(self, paint: Paint) -> String {
        match self {
            Self::Nothing => "-".to_owned(),
            Self::One(None) => "o".to_owned(),
            Self::One(Some(Decision::Keep)) => paint.mark('o', "keep"),
            Self::One(Some(Decision::Delete)) => paint.mark('x', "delete"),
            Self::One(Some(Decision::Skip)) => "!".to_owned(),
            Self::Several => "#".to_owned(),
        }
    }
}

/// The timeline, no wider than this where the references are not.
pub(crate) fn draw(timeline: &Timeline, width: usize, paint: Paint) -> String {
    let axis = timeline.axis();
    let places = width.max(LEAST_WIDTH) - INDENT.len();
    let lanes: String = timeline.lanes.iter().map(|lane| drawn_lane(lane, timeline, &axis, places, paint)).collect();
    if lanes.is_empty() {
        return "no snapshots\n".to_owned();
    }
    lanes + &drawn_axis(&axis, places) + &legend(timeline, width)
}

fn drawn_lane(lane: &Lane, timeline: &Timeline, axis: &Axis, places: usize, paint: Paint) -> String {
    let mut marks = vec![Mark::Nothing; places];
    for seen in &lane.snapshots {
        if let Some(at) = seen.snapshot.created_at {
            let mark = &mut marks[axis.place(at, places - 1)];
            *mark = mark.with(seen.decision);
        }
    }
    let marks: String = marks.into_iter().map(|mark| mark.draw(paint)).collect();
    let title = paint.heading(&lane.title());
    let summary = textwrap::fill(&lane.summary(timeline.now), indented(places));
    format!("{title}\n{INDENT}{marks}\n{summary}\n\n")
}

fn indented(places: usize) -> textwrap::Options<'static> {
    textwrap::Options::new(places + INDENT.len()).initial_indent(INDENT).subsequent_indent(INDENT)
}

/// A line with ticks, and their times below.
fn drawn_axis(axis: &Axis, places: usize) -> String {
    const ROOM_OF_A_TIME: usize = 18;
    let parts = (places / ROOM_OF_A_TIME).max(1);
    let (mut line, mut times) = (vec!['-'; places], String::new());
    for part in 0..=parts {
        let place = part * (places - 1) / parts;
        line[place] = '|';
        let time = axis.moment(part, parts);
        let begins = if part == parts { places.saturating_sub(time.len()) } else { place };
        if times.is_empty() || times.len() < begins {
            times += &" ".repeat(begins - times.len());
            times += &time;
        }
    }
    let line: String = line.into_iter().collect();
    format!("{INDENT}{line}\n{INDENT}{times}\n")
}

fn legend(timeline: &Timeline, width: usize) -> String {
    let marks = match timeline.rules {
        Some(_) => "o kept, x to be deleted, ! skipped, # several, not alike; times in UTC",
        None => "o a snapshot, or several; times in UTC",
    };
    textwrap::fill(marks, indented(width.max(LEAST_WIDTH) - INDENT.len())) + "\n"
}

#[cfg(test)]
mod tests {
    use cloudsnap::jiff::{SignedDuration, Timestamp};
    use cloudsnap::{Snapshot, SnapshotState};

    use super::super::Seen;
    use super::*;
    use crate::arguments::Color;

    fn timeline(days: &[(i64, Option<Decision>)]) -> Timeline {
        let now: Timestamp = "2026-03-10T12:00:00Z".parse().unwrap();
        let seen = |(days, decision): &(i64, Option<Decision>)| {
            let mut snapshot = Snapshot::new("ionos".into(), "ionos", days.to_string(), SnapshotState::Available);
            snapshot.created_at = Some(now - SignedDuration::from_hours(24 * days));
            Seen { snapshot, decision: *decision, why: String::new() }
        };
        let snapshots = days.iter().map(seen).collect();
        let source = Some("ionos:dc/volume".parse().unwrap());
        let lanes = vec![Lane { source, account: "ionos".to_owned(), snapshots }];
        Timeline { lanes, now, rules: days[0].1.map(|_| "--keep-daily 2".to_owned()) }
    }

    fn drawn(days: &[(i64, Option<Decision>)], width: usize) -> String {
        draw(&timeline(days), width, Paint::new(Color::Never, false))
    }

    const DECIDED: [(i64, Option<Decision>); 5] = [
        (60, Some(Decision::Delete)),
        (30, Some(Decision::Skip)),
        (7, Some(Decision::Keep)),
        (1, Some(Decision::Keep)),
        (0, Some(Decision::Keep)),
    ];

    #[test]
    fn a_source_is_drawn_from_the_oldest_to_the_present() {
        insta::assert_snapshot!(drawn(&DECIDED, 80));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in 20..200 {
            let drawn = drawn(&DECIDED, width);
            assert!(drawn.lines().all(|line| line.len() <= width), "{width}\n{drawn}");
            assert_eq!(drawn.lines().nth(1).map(str::len), Some(width));
        }
    }

    #[test]
    fn without_rules_all_are_alike() {
        insta::assert_snapshot!(drawn(&[(2, None), (1, None)], 40));
    }

    #[test]
    fn what_stands_in_one_place_and_is_not_alike_is_said() {
        let drawn = drawn(&[(400, Some(Decision::Keep)), (1, Some(Decision::Delete)), (1, Some(Decision::Keep))], 40);
        assert!(drawn.contains('#'), "{drawn}");
    }
}
