//! The tables of the page: each row with its goal.

use super::rows::{Row, Summary};

/// What a row should show, by the medians of all runs.
#[derive(Debug, Clone, Copy)]
enum Goal {
    /// Ours at most so many times theirs.
    RatioAtMost(f64),
    /// Ours at least so many times theirs.
    RatioAtLeast(f64),
    /// Ours at most this.
    AtMost(f64),
    /// Ours at most so many more than theirs.
    MoreAtMost(f64),
}

impl Goal {
    fn is_met(self, Row { ours, theirs, ratio, .. }: &Row) -> bool {
        match self {
            Self::RatioAtMost(goal) => ratio.is_some_and(|ratio| ratio <= goal),
            Self::RatioAtLeast(goal) => ratio.is_some_and(|ratio| ratio >= goal),
            Self::AtMost(goal) => *ours <= goal,
            Self::MoreAtMost(goal) => theirs.is_some_and(|theirs| ours - theirs <= goal),
        }
    }

    fn words(self, unit: &str) -> String {
        match self {
            Self::RatioAtMost(goal) => format!("≤ {goal:.2} ×"),
            Self::RatioAtLeast(goal) => format!("≥ {goal:.2} ×"),
            Self::AtMost(goal) => format!("≤ {goal} {unit}"),
            Self::MoreAtMost(goal) => format!("≤ {goal} more"),
        }
    }
}

/// How the name of a row ends, what it is measured beside, and its goal.
const GOALS: [(&str, &str, Goal); 11] = [
    (": CPU time", "reqwest", Goal::RatioAtMost(1.05)),
    (": allocations", "reqwest", Goal::RatioAtMost(1.05)),
    (": instructions", "reqwest", Goal::RatioAtMost(1.02)),
    ("(a call, less the reading of its bytes by reqwest)", "six fields, the same", Goal::RatioAtMost(1.10)),
    ("`cloudsnap --version`", "", Goal::AtMost(3.0)),
    ("`cloudsnap --version`", "`hcloud version`", Goal::RatioAtMost(0.50)),
    ("50 snapshots", "`curl`, the bytes only", Goal::RatioAtMost(1.0)),
    ("creates: finished in a second", "reqwest", Goal::RatioAtLeast(0.95)),
    (": planned", "", Goal::AtMost(100.0)),
    ("ionos: time", "reqwest", Goal::RatioAtMost(1.10)),
    ("ionos: crates", "reqwest", Goal::MoreAtMost(10.0)),
];

pub(super) fn table(summaries: &[Summary<'_>]) -> String {
    let mut table = String::from("| what | ours | beside | | ratio | least to greatest | goal | |\n");
    table.push_str("|---|--:|---|--:|--:|--:|--:|---|\n");
    for Summary { median, spread } in summaries {
        let Row { what, beside, unit, ours, theirs, ratio } = median;
        let goal = GOALS.iter().find(|(ending, other, _)| what.ends_with(ending) && beside == other);
        let (goal, verdict) = match goal {
            Some((.., goal)) => (goal.words(unit), if goal.is_met(median) { "met" } else { "missed" }),
            None => (String::new(), ""),
        };
        let ours = format!("{} {unit}", number(*ours));
        let theirs = theirs.map(|theirs| format!("{} {unit}", number(theirs))).unwrap_or_default();
        // Three decimals, so that a goal of two shows on which side of it the ratio lies.
        let spread =
            spread.map(|value| if ratio.is_some() { format!("{value:.3}") } else { number(value) }).join(" to ");
        let ratio = ratio.map(|ratio| format!("{ratio:.3}")).unwrap_or_default();
        let cells = [what, &ours, beside, &theirs, &ratio, &spread, &goal, verdict];
        table.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    table
}

/// Three digits that count, and a comma before each three digits.
fn number(value: f64) -> String {
    match value.abs() {
        size if size < 10.0 => format!("{value:.2}"),
        size if size < 100.0 => format!("{value:.1}"),
        _ => {
            let digits = format!("{value:.0}");
            let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
            groups.collect::<Vec<_>>().join(",")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::summaries;
    use super::*;

    #[test]
    fn the_median_is_held_to_the_goal() {
        let run = |ours| Row::new("get: CPU time", "reqwest", "µs", ours, 10.0);
        let version = Row::alone("`cloudsnap --version`", "ms", 2.0);
        let table = table(&summaries(&[run(9.0), run(12.0), run(13.0), version]));
        for line in [
            "| get: CPU time | 12.0 µs | reqwest | 10.0 µs | 1.200 | 0.900 to 1.300 | ≤ 1.05 × | missed |",
            "| `cloudsnap --version` | 2.00 ms |  |  |  | 2.00 to 2.00 | ≤ 3 ms | met |",
        ] {
            assert!(table.contains(line), "{line} is not in:\n{table}");
        }
    }

    #[test]
    fn goals_have_their_direction() {
        let is_met = |goal: Goal| goal.is_met(&Row::new("x", "", "", 104.0, 100.0));
        assert!(is_met(Goal::RatioAtMost(1.05)) && !is_met(Goal::RatioAtMost(1.0)));
        assert!(is_met(Goal::RatioAtLeast(0.95)) && !is_met(Goal::RatioAtLeast(1.05)));
        assert!(is_met(Goal::MoreAtMost(10.0)) && !is_met(Goal::MoreAtMost(3.0)));
        assert!(is_met(Goal::AtMost(104.0)) && !is_met(Goal::AtMost(3.0)));
    }

    #[test]
    fn numbers_are_readable() {
        let shown = [0.125, 12.34, 123.4, 1_234_567.0, -3.0].map(number);
        assert_eq!(shown, ["0.12", "12.3", "123", "1,234,567", "-3.00"]);
    }
}
