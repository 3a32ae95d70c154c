//! Instructions of calls, counted by valgrind's callgrind through the crate gungraun (`tests/benches/instructions.rs`).

use serde_json::Value;

use super::machine;
use super::rows::{self, Row};
use crate::cargo::Cargo;
use crate::workspace::{self, Workspace};
use crate::{Result, files};

const CALLS: [&str; 3] = ["create", "get", "list"];

/// So many calls make one count.
const COUNTED_TOGETHER: f64 = 100.0;

pub(super) fn run() -> Result<Vec<Row>> {
    if machine::first_line("valgrind", &["--version"]).is_none() {
        println!("skipped: valgrind is not installed");
        return Ok(Vec::new());
    }
    let counting = Cargo::new("bench")?.args(["-p", "cloudsnap-tests", "--bench", "instructions"]);
    let counts = counting.args(["--", "--output-format=json"]).env("GUNGRAUN_RUNNER", install_runner()?).read()?;
    let counts: Vec<Value> = counts.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let mut rows = Vec::new();
    for call in CALLS {
        let count = |who| count(&counts, &format!("{call}_{who}"));
        let ours = [count("ours")?];
        rows.push(Row::new(&format!("{call}.instructions"), "instructions", &ours, &[count("bare")?]));
        rows.push(Row::new(&format!("{call}.instructions-with-limits"), "instructions", &ours, &[count("limited")?]));
    }
    rows.sort_by_key(|row| rows::position(&row.id));
    Ok(rows)
}

/// The runner has to have the version of the crate. Where it is there already, cargo leaves it.
fn install_runner() -> Result<std::path::PathBuf> {
    let lock = files::read(&workspace::root()?.join("Cargo.lock"))?;
    let version = machine::locked(&lock, "gungraun").ok_or("Cargo.lock has no gungraun")?;
    let folder = Workspace::load()?.target_folder.join("tools");
    let install = Cargo::new("install")?.args(["gungraun-runner", "--locked", "--version", &version, "--root"]);
    install.arg(folder.to_string_lossy()).run()?;
    Ok(folder.join("bin/gungraun-runner"))
}

/// What was counted of one call, on average.
fn count(counts: &[Value], id: &str) -> Result<f64> {
    let counted = counts.iter().find(|counted| counted["id"] == id).ok_or_else(|| format!("{id} was not counted"))?;
    let instructions = counted["profiles"][0]["data"]["total"]["metrics"]["Ir"]["values"]["new"].as_f64();
    Ok(instructions.ok_or_else(|| format!("no instructions in the count of {id}"))? / COUNTED_TOGETHER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_of_a_call_is_read() {
        let total = r#"{"metrics":{"Ir":{"values":{"new":11532840,"old":11532292}}}}"#;
        let line = format!(r#"{{"id":"create_ours","profiles":[{{"data":{{"total":{total}}}}}]}}"#);
        let counts = [serde_json::from_str(&line).unwrap()];
        assert!((count(&counts, "create_ours").unwrap() - 115_328.40).abs() < 0.001);
        assert!(count(&counts, "get_ours").unwrap_err().contains("get_ours"));
    }
}
