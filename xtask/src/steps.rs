//! Runs named steps in order, stops at the first that fails, and tells the time of each.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::Result;
use crate::workspace::Workspace;

/// What a step has to say beyond "passed": the parts it had to leave out, and why.
pub(crate) type LeftOut = Option<String>;

/// One step of CI.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) run: fn(&Workspace) -> Result<LeftOut>,
}

/// How a step ended.
#[derive(Debug)]
struct Report {
    name: &'static str,
    took: Duration,
    outcome: Result<LeftOut>,
}

/// Runs the steps and prints a table of how each ended; an error names the step that failed.
pub(crate) fn run(workspace: &Workspace, steps: &[Step]) -> Result {
    let started = Instant::now();
    let reports = run_until_failure(workspace, steps);
    println!("\n{}", summary(&reports, steps.len(), started.elapsed()));
    match reports.last() {
        Some(Report { name, outcome: Err(error), .. }) => Err(format!("step {name}: {error}")),
        _ => Ok(()),
    }
}

/// Whether this is CI, where a missing tool is an error; a person is told and goes on without.
pub(crate) fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false")
}

fn run_until_failure(workspace: &Workspace, steps: &[Step]) -> Vec<Report> {
    let mut reports = Vec::new();
    for step in steps {
        println!("\n=== {}: {}", step.name, step.about);
        let started = Instant::now();
        let outcome = (step.run)(workspace);
        let took = started.elapsed();
        println!("=== {}: {} in {}", step.name, word(&outcome), seconds(took));
        let failed = outcome.is_err();
        reports.push(Report { name: step.name, took, outcome });
        if failed {
            break;
        }
    }
    reports
}

fn summary(reports: &[Report], planned: usize, total: Duration) -> String {
    let mut table = String::new();
    for Report { name, took, outcome } in reports {
        let left_out = match outcome {
            Ok(Some(what)) => format!("  (left out: {what})"),
            _ => String::new(),
        };
        let (took, word) = (seconds(*took), word(outcome));
        // Writing to a String cannot fail.
        let _ = writeln!(table, "{name:<10} {took:>8}  {word}{left_out}");
    }
    let not_run = planned - reports.len();
    if not_run > 0 {
        let _ = writeln!(table, "{not_run} more not run");
    }
    let _ = write!(table, "{:<10} {:>8}", "total", seconds(total));
    table
}

fn word(outcome: &Result<LeftOut>) -> &'static str {
    if outcome.is_ok() { "passed" } else { "FAILED" }
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSES: Step = Step { name: "good", about: "", run: |_| Ok(Some("a part".to_owned())) };
    const FAILS: Step = Step { name: "bad", about: "", run: |_| Err("broken".to_owned()) };

    fn empty() -> Workspace {
        Workspace { members: Vec::new(), target_folder: "/t".into() }
    }

    #[test]
    fn the_first_failure_ends_the_run_and_is_named() {
        let error = run(&empty(), &[PASSES, FAILS, PASSES]).unwrap_err();
        assert_eq!(error, "step bad: broken");
        assert_eq!(run(&empty(), &[PASSES, PASSES]), Ok(()));
    }

    #[test]
    fn the_summary_tells_what_passed_what_failed_and_what_was_not_run() {
        let reports = run_until_failure(&empty(), &[PASSES, FAILS, PASSES]);
        let table = summary(&reports, 3, Duration::from_secs(90));
        assert_eq!(
            table,
            "good          0.0 s  passed  (left out: a part)\n\
             bad           0.0 s  FAILED\n\
             1 more not run\n\
             total        90.0 s"
        );
    }
}
