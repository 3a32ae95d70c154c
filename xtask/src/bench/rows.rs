//! What was measured: a row of one run, and the median and the spread of its runs.

use serde::Deserialize;

/// One number, alone or beside another, as one whole run measured it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Row {
    pub(super) what: String,
    /// What the other number is of; empty where there is none.
    pub(super) beside: String,
    pub(super) unit: String,
    pub(super) ours: f64,
    pub(super) theirs: Option<f64>,
    pub(super) ratio: Option<f64>,
}

impl Row {
    pub(super) fn new(what: &str, beside: &str, unit: &str, ours: f64, theirs: f64) -> Self {
        let alone = Self::alone(what, unit, ours);
        Self { beside: beside.to_owned(), theirs: Some(theirs), ratio: Some(ours / theirs), ..alone }
    }

    /// A number that is compared with none.
    pub(super) fn alone(what: &str, unit: &str, ours: f64) -> Self {
        let (what, unit) = (what.to_owned(), unit.to_owned());
        Self { what, beside: String::new(), unit, ours, theirs: None, ratio: None }
    }
}

/// The same row of all runs.
#[derive(Debug, PartialEq)]
pub(super) struct Summary {
    /// The median of each number.
    pub(super) median: Row,
    /// The least and the greatest ratio, or number where it is compared with none.
    pub(super) spread: [f64; 2],
}

impl Summary {
    fn of(runs: &[&Row]) -> Self {
        let sorted = |value: fn(&Row) -> Option<f64>| {
            let mut values: Vec<f64> = runs.iter().filter_map(|row| value(row)).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let (ours, theirs, ratio) = (sorted(|row| Some(row.ours)), sorted(|row| row.theirs), sorted(|row| row.ratio));
        let (theirs, of_ratio) = (median(&theirs), median(&ratio));
        let spread = if ratio.is_empty() { &ours } else { &ratio };
        Self {
            spread: [spread[0], spread[spread.len() - 1]],
            median: Row { ours: median(&ours).unwrap_or(f64::NAN), theirs, ratio: of_ratio, ..runs[0].clone() },
        }
    }
}

/// The middle of sorted values.
fn median(sorted: &[f64]) -> Option<f64> {
    let half = sorted.len() / 2;
    let upper = *sorted.get(half)?;
    Some(if sorted.len() % 2 == 1 { upper } else { f64::midpoint(sorted[half - 1], upper) })
}

/// A summary for each row, in the order in which the first run measured them.
pub(super) fn summaries(rows: &[Row]) -> Vec<Summary> {
    let mut runs: Vec<Vec<&Row>> = Vec::new();
    for row in rows {
        match runs.iter_mut().find(|same| (&same[0].what, &same[0].beside) == (&row.what, &row.beside)) {
            Some(same) => same.push(row),
            None => runs.push(vec![row]),
        }
    }
    runs.iter().map(|same| Summary::of(same)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_runs_is_reported_never_the_best() {
        let run = |ours, theirs| Row::new("get", "reqwest", "µs", ours, theirs);
        let rows = [run(10.0, 10.0), Row::alone("size", "MB", 7.0), run(30.0, 10.0), run(20.0, 5.0)];
        let get = Summary { median: Row { ratio: Some(3.0), ..run(20.0, 10.0) }, spread: [1.0, 4.0] };
        let size = Summary { median: Row::alone("size", "MB", 7.0), spread: [7.0, 7.0] };
        assert_eq!(summaries(&rows), [get, size]);
        assert_eq!(median(&[1.0, 2.0, 4.0, 9.0]), Some(3.0));
    }

    #[test]
    fn a_line_of_a_program_is_read() {
        let line = r#"{"what":"get","beside":"","unit":"µs","ours":1.5}"#;
        assert_eq!(serde_json::from_str::<Row>(line).unwrap(), Row::alone("get", "µs", 1.5));
    }
}
