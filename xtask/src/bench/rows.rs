//! One measured number beside another, what it should be, and why it is not.

use std::fmt::Write as _;

use serde_json::Value;

use crate::Result;

/// One line of a table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) unit: String,
    pub(super) ours: f64,
    pub(super) theirs: Option<f64>,
    pub(super) ratio: Option<f64>,
}

impl Row {
    /// Two numbers, and the median of the ratios of their rounds.
    pub(super) fn new(id: &str, unit: &str, ours: &[f64], theirs: &[f64]) -> Self {
        let ratios = ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect();
        let (ours, theirs) = (median(ours.to_vec()), median(theirs.to_vec()));
        Self { id: id.to_owned(), unit: unit.to_owned(), ours, theirs: Some(theirs), ratio: Some(median(ratios)) }
    }

    /// A number that is compared with none.
    pub(super) fn fact(id: &str, unit: &str, ours: f64) -> Self {
        Self { id: id.to_owned(), unit: unit.to_owned(), ours, theirs: None, ratio: None }
    }

    /// A line that a bench program printed.
    pub(super) fn read(line: &str) -> Result<Self> {
        let row: Value = serde_json::from_str(line).map_err(|_| format!("a bench program printed: {line}"))?;
        let text = |name: &str| row[name].as_str().map(str::to_owned).ok_or_else(|| format!("no {name} in: {line}"));
        let ours = row["ours"].as_f64().ok_or_else(|| format!("no number in: {line}"))?;
        let (theirs, ratio) = (row["theirs"].as_f64(), row["ratio"].as_f64());
        Ok(Self { id: text("id")?, unit: text("unit")?, ours, theirs, ratio })
    }
}

pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => values[count / 2],
        count => f64::midpoint(values[count / 2 - 1], values[count / 2]),
    }
}

/// What a row should show.
#[derive(Debug, Clone, Copy, PartialEq)]
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
    /// How the measured number compares: the number, and how far it lies on the wrong side.
    fn missed_by(self, row: &Row) -> Option<(f64, f64)> {
        Some(match self {
            Self::RatioAtMost(goal) => (row.ratio?, row.ratio? - goal),
            Self::RatioAtLeast(goal) => (row.ratio?, goal - row.ratio?),
            Self::AtMost(goal) => (row.ours, row.ours - goal),
            Self::MoreAtMost(goal) => (row.ours - row.theirs?, row.ours - row.theirs? - goal),
        })
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

/// What a row is called, what it should show, and what is known where it does not.
#[derive(Debug)]
struct About {
    id: &'static str,
    what: &'static str,
    theirs: &'static str,
    goal: Option<Goal>,
    why_missed: &'static str,
}

const fn about(id: &'static str, what: &'static str, theirs: &'static str) -> About {
    About { id, what, theirs, goal: None, why_missed: "" }
}

impl About {
    const fn goal(mut self, goal: Goal, why_missed: &'static str) -> Self {
        self.goal = Some(goal);
        self.why_missed = why_missed;
        self
    }
}

const WHY_CALL: &str = "ours reads the date, the marker and the source out of its six fields, and has time limits (the \
                        next row has them on both sides)";
const WHY_START: &str = "ours writes the marker and the path anew for each call, has time limits (the next row has them \
                         on both sides), and keeps the body so that it can be sent again";
const WHY_ALLOCATIONS: &str =
    "a create's mark and operation are texts, and its body is kept so that it can be sent again";
const WHY_DECODE: &str = "ours goes on to read the date, the size, the marker and the source out of the six texts, which \
                          the plain structs leave as they are";
const WHY_VERSION: &str = "the time is that of starting a process and mapping a program of this size";
const WHY_MANY: &str = "the client's one thread has no time left over, and a create is more than its three calls: it is \
                        checked, marked, kept so that it can be looked for, and each of its polls has a deadline";

/// Every row there may be, in the order of the tables.
const ROWS: &[About] = &[
    about("create.cpu", "create: CPU time", "reqwest").goal(Goal::RatioAtMost(1.05), WHY_START),
    about("create.cpu-with-limits", "create: CPU time", "reqwest with our time limits"),
    about("create.latency", "create: latency", "reqwest"),
    about("create.allocations", "create: allocations", "reqwest").goal(Goal::RatioAtMost(1.10), WHY_ALLOCATIONS),
    about("create.bytes", "create: bytes allocated", "reqwest"),
    about("create.instructions", "create: instructions", "reqwest"),
    about("create.instructions-with-limits", "create: instructions", "reqwest with our time limits"),
    about("get.cpu", "get: CPU time", "reqwest").goal(Goal::RatioAtMost(1.05), WHY_CALL),
    about("get.cpu-with-limits", "get: CPU time", "reqwest with our time limits"),
    about("get.latency", "get: latency", "reqwest"),
    about("get.allocations", "get: allocations", "reqwest").goal(Goal::RatioAtMost(1.10), WHY_ALLOCATIONS),
    about("get.bytes", "get: bytes allocated", "reqwest"),
    about("get.instructions", "get: instructions", "reqwest"),
    about("get.instructions-with-limits", "get: instructions", "reqwest with our time limits"),
    about("list.cpu", "list of 50: CPU time", "reqwest").goal(Goal::RatioAtMost(1.05), WHY_CALL),
    about("list.cpu-with-limits", "list of 50: CPU time", "reqwest with our time limits"),
    about("list.latency", "list of 50: latency", "reqwest"),
    about("list.allocations", "list of 50: allocations", "reqwest").goal(Goal::RatioAtMost(1.10), WHY_ALLOCATIONS),
    about("list.bytes", "list of 50: bytes allocated", "reqwest"),
    about("list.instructions", "list of 50: instructions", "reqwest"),
    about("list.instructions-with-limits", "list of 50: instructions", "reqwest with our time limits"),
    about("decode.net", "body to snapshots (a call, less the reading of its bytes by reqwest)", "six fields, the same")
        .goal(Goal::RatioAtMost(1.10), WHY_DECODE),
    about("decode.whole", "the call as a whole, over loopback", "reqwest and six fields"),
    about("decode.wire", "body to our wire structs, in memory", "structs of all documented fields"),
    about("decode.fields", "all documented fields, plain structs", "six fields, plain structs"),
    about("decode.peak", "most memory at one time, body included", "reqwest and six fields"),
    about("decode.allocations", "allocations", "reqwest and six fields"),
    about("version", "`cloudsnap --version`", "").goal(Goal::AtMost(3.0), WHY_VERSION),
    about("version-hcloud", "`cloudsnap --version`", "`hcloud version`").goal(Goal::RatioAtMost(0.50), WHY_VERSION),
    about("version-true", "`cloudsnap --version`", "`true`, which does nothing"),
    about("list-curl", "`cloudsnap list ionos -o json`, 50 snapshots", "`curl`, the bytes only").goal(
        Goal::RatioAtMost(1.0),
        "curl prints the bytes as they come; ours starts a runtime, decodes and prints again",
    ),
    about("create-curl", "`cloudsnap create --no-wait`", "`curl`, one POST"),
    about("create-wait", "`cloudsnap create`, of a snapshot that takes 1 s", "that second"),
    about("list-python", "`cloudsnap list ionos -o json`, 50 snapshots", "IONOS's kit for Python"),
    about("list-node", "`cloudsnap list ionos -o json`, 50 snapshots", "IONOS's kit for Node"),
    about("create-python", "`cloudsnap create`, of a snapshot that takes 1 s", "IONOS's kit for Python, its own wait"),
    about(
        "create-node",
        "`cloudsnap create`, of a snapshot that takes 1 s",
        "IONOS's kit for Node, polled each second",
    ),
    about("many-100.throughput", "100 creates: finished in a second", "reqwest")
        .goal(Goal::RatioAtLeast(0.95), WHY_MANY),
    about("many-100.cpu", "100 creates: CPU time of each", "reqwest"),
    about("many-100.requests", "100 creates: requests of each", "reqwest"),
    about("many-1000.throughput", "1,000 creates: finished in a second", "reqwest")
        .goal(Goal::RatioAtLeast(0.95), WHY_MANY),
    about("many-1000.cpu", "1,000 creates: CPU time of each", "reqwest"),
    about("many-1000.requests", "1,000 creates: requests of each", "reqwest"),
    about("many-10000.throughput", "10,000 creates: finished in a second", "reqwest")
        .goal(Goal::RatioAtLeast(0.95), WHY_MANY),
    about("many-10000.cpu", "10,000 creates: CPU time of each", "reqwest"),
    about("many-10000.requests", "10,000 creates: requests of each", "reqwest"),
    about("many.requests-of-a-wait", "requests of a create that takes 2 s, with the default pauses", ""),
    about("many.memory", "memory of a create that waits, its connection included", "reqwest"),
    about("build.seconds", "time", "reqwest")
        .goal(Goal::RatioAtMost(1.10), "what comes on top of reqwest is compiled too, ours at the very end"),
    about("build.crates", "crates", "reqwest")
        .goal(Goal::MoreAtMost(10.0), "each is named in the root manifest, with its use"),
    about("build.size", "size of the program", "reqwest"),
    about("build.full-seconds", "all four providers: time", "reqwest"),
    about("build.full-crates", "all four providers: crates", "reqwest"),
    about("build.full-size", "all four providers: size of the program", "reqwest"),
    about("build.command-size", "the command, release, stripped: size", ""),
];

/// Where a row stands in its table.
pub(super) fn position(id: &str) -> usize {
    ROWS.iter().position(|row| row.id == id).unwrap_or(usize::MAX)
}

/// The table, with what was missed in words below it.
pub(super) fn table(rows: &[Row]) -> String {
    let mut table = String::from("| what | ours | beside | | ratio | goal | |\n|---|--:|---|--:|--:|--:|---|\n");
    let mut missed = Vec::new();
    for row in rows {
        let about = ROWS.iter().find(|about| about.id == row.id);
        let (what, beside) = about.map_or((row.id.as_str(), ""), |about| (about.what, about.theirs));
        let (goal, verdict) = match about.and_then(|about| about.goal.map(|goal| (about, goal))) {
            None => (String::new(), String::new()),
            Some((about, goal)) => (goal.words(&row.unit), verdict(about, goal, row, &mut missed)),
        };
        let (ours, unit) = (number(row.ours), &row.unit);
        let theirs = row.theirs.map(|theirs| format!("{} {unit}", number(theirs))).unwrap_or_default();
        let ratio = row.ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(table, "| {what} | {ours} {unit} | {beside} | {theirs} | {ratio} | {goal} | {verdict} |");
    }
    for (why, which) in missed {
        let _ = write!(table, "\nMissed in {}: {why}.\n", which.join("; "));
    }
    table
}

/// Says whether the goal is met, and notes where it is not.
fn verdict(
    about: &'static About,
    goal: Goal,
    row: &Row,
    missed: &mut Vec<(&'static str, Vec<&'static str>)>,
) -> String {
    match goal.missed_by(row) {
        None => "not measured".to_owned(),
        Some((_, by)) if by <= 0.0 => "met".to_owned(),
        Some((_, by)) => {
            match missed.iter_mut().find(|(why, _)| *why == about.why_missed) {
                Some((_, which)) => which.push(about.what),
                None => missed.push((about.why_missed, vec![about.what])),
            }
            if by < 0.005 { "just missed".to_owned() } else { format!("missed by {}", number(by)) }
        }
    }
}

/// Three digits that count, and thousands apart.
fn number(value: f64) -> String {
    let digits = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    let text = format!("{value:.digits$}");
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match fraction {
        Some(fraction) => format!("{grouped}.{fraction}"),
        None => grouped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_the_median_of_the_rounds_ratios() {
        // The second round was slow for both.
        let row = Row::new("get.cpu", "µs", &[10.0, 100.0, 11.0], &[10.0, 100.0, 10.0]);
        assert_eq!((row.ours, row.theirs, row.ratio), (11.0, Some(10.0), Some(1.0)));
    }

    #[test]
    fn a_line_of_a_program_is_read() {
        let row = Row::read(r#"{"id":"get.cpu","unit":"µs","ours":1.5,"theirs":null,"ratio":null}"#).unwrap();
        assert_eq!(row, Row::fact("get.cpu", "µs", 1.5));
        assert!(Row::read("hello").unwrap_err().contains("hello"));
    }

    #[test]
    fn what_is_missed_says_by_how_much_and_why() {
        let row = |id, ours| Row::new(id, "µs", &[ours], &[10.0]);
        let table = table(&[row("get.cpu", 12.0), row("list.cpu", 12.0), Row::fact("version", "ms", 2.0)]);
        assert!(table.contains("| get: CPU time | 12.0 µs | reqwest | 10.0 µs | 1.20 | ≤ 1.05 × | missed by 0.15 |"));
        assert!(table.contains("| ≤ 3 ms | met |"));
        assert!(table.contains(&format!("Missed in get: CPU time; list of 50: CPU time: {WHY_CALL}.")), "{table}");
    }

    #[test]
    fn goals_have_their_direction() {
        let row = Row::new("x", "", &[104.0], &[100.0]);
        let missed = |goal: Goal| goal.missed_by(&row).unwrap().1 > 0.0;
        assert!(!missed(Goal::RatioAtMost(1.05)) && missed(Goal::RatioAtMost(1.0)));
        assert!(!missed(Goal::RatioAtLeast(0.95)) && missed(Goal::RatioAtLeast(1.05)));
        assert!(!missed(Goal::MoreAtMost(10.0)) && missed(Goal::MoreAtMost(3.0)));
        assert!(!missed(Goal::AtMost(104.0)) && missed(Goal::AtMost(3.0)));
    }

    #[test]
    fn numbers_are_readable() {
        let shown = [0.125, 12.34, 123.4, 1_234_567.0, -1234.0].map(number);
        assert_eq!(shown, ["0.12", "12.3", "123", "1,234,567", "-1,234"]);
    }
}
