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

    /// By which runs are ordered: the ratio, or the number where it is compared with none.
    fn value(&self) -> f64 {
        self.ratio.unwrap_or(self.ours)
    }
}

/// The same row of all runs.
#[derive(Debug, PartialEq)]
pub(super) struct Summary<'a> {
    /// The row of the run in the middle; of an even number of runs, of the greater of the two.
    pub(super) median: &'a Row,
    /// The least and the greatest value.
    pub(super) spread: [f64; 2],
}

/// A summary for each row, in the order in which the first run measured them.
pub(super) fn summaries(rows: &[Row]) -> Vec<Summary<'_>> {
    let mut runs: Vec<Vec<&Row>> = Vec::new();
    for row in rows {
        match runs.iter_mut().find(|same| (&same[0].what, &same[0].beside) == (&row.what, &row.beside)) {
            Some(same) => same.push(row),
            None => runs.push(vec![row]),
        }
    }
    runs.into_iter().map(summary).collect()
}

fn summary(mut runs: Vec<&Row>) -> Summary<'_> {
    runs.sort_by(|a, b| a.value().total_cmp(&b.value()));
    Summary { median: runs[runs.len() / 2], spread: [runs[0].value(), runs[runs.len() - 1].value()] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_runs_is_reported_never_the_best() {
        let run = |ours, theirs| Row::new("get", "reqwest", "µs", ours, theirs);
        let rows = [run(10.0, 10.0), Row::alone("size", "MB", 7.0), run(30.0, 10.0), run(20.0, 5.0)];
        let get = Summary { median: &rows[2], spread: [1.0, 4.0] };
        let size = Summary { median: &rows[1], spread: [7.0, 7.0] };
        assert_eq!(summaries(&rows), [get, size]);
    }

    #[test]
    fn a_line_of_a_program_is_read() {
        let line = r#"{"what":"get","beside":"","unit":"µs","ours":1.5}"#;
        assert_eq!(serde_json::from_str::<Row>(line).unwrap(), Row::alone("get", "µs", 1.5));
    }
}
