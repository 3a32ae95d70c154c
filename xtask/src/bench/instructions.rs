//! Instructions of calls, counted by valgrind's callgrind through gungraun (`tests/benches/instructions.rs`).

use anyhow::{Context, Result};
use serde_json::Value;
use xshell::cmd;

use super::rows::Row;
use super::{Bench, machine};
use crate::tools;

/// The calls as the bench and as the page name them.
const CALLS: [(&str, &str); 3] = [("create", "create"), ("get", "get"), ("list", "list of 50")];

/// So many calls make one count.
const COUNTED_TOGETHER: f64 = 100.0;

pub(super) fn run(bench: &Bench<'_>) -> Result<Vec<Row>> {
    let shell = &bench.workspace.shell;
    if machine::first_line(shell, "valgrind --version").is_none() {
        println!("skipped: valgrind is not installed");
        return Ok(Vec::new());
    }
    // The runner has to have the version of the crate.
    let version = format!("--version={}", machine::locked(bench.workspace, "gungraun")?);
    let folder = bench.workspace.target.join("tools");
    tools::cargo_install(shell, &["gungraun-runner", &version, "--root", &folder.to_string_lossy()])?;
    let counting = cmd!(shell, "cargo bench -p cloudsnap-tests --bench instructions -- --output-format=json");
    let printed = counting.env("GUNGRAUN_RUNNER", folder.join("bin/gungraun-runner")).read()?;
    let counts: Vec<Value> = printed.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let mut rows = Vec::new();
    for (id, name) in CALLS {
        let what = format!("{name}: instructions");
        let ours = count(&counts, &format!("{id}_ours"))?;
        for (other, beside) in [("bare", "reqwest"), ("limited", "reqwest with our time limits")] {
            rows.push(Row::new(&what, beside, "instructions", ours, count(&counts, &format!("{id}_{other}"))?));
        }
    }
    Ok(rows)
}

/// What was counted of one call, on average.
fn count(counts: &[Value], id: &str) -> Result<f64> {
    let counted = counts.iter().find(|counted| counted["id"] == id);
    let instructions =
        counted.and_then(|counted| counted["profiles"][0]["data"]["total"]["metrics"]["Ir"]["values"]["new"].as_f64());
    Ok(instructions.with_context(|| format!("the instructions of {id} were not counted"))? / COUNTED_TOGETHER)
}
