//! What it costs to build the programs in `tests/benches/builds`: time, crates, size.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use xshell::cmd;

use super::Bench;
use super::processes::command;
use super::rows::Row;

/// What is measured of a build, and in which unit.
const MEASURES: [(&str, &str); 3] = [("time", "s"), ("crates", "crates"), ("size of the program", "MB")];

pub(super) fn run(bench: &Bench<'_>) -> Result<Vec<Row>> {
    let size = megabytes(&command(bench)?)?;
    let mut rows = vec![Row::alone("the command, release, stripped: size", "MB", size)];
    if bench.quick {
        println!("skipped: builds");
        return Ok(rows);
    }
    let theirs = build(bench, "with-reqwest")?;
    for (name, program) in [("ionos", "with-ionos"), ("all four providers", "with-all")] {
        let ours = build(bench, program)?;
        for (index, (measure, unit)) in MEASURES.into_iter().enumerate() {
            rows.push(Row::new(&format!("{name}: {measure}"), "reqwest", unit, ours[index], theirs[index]));
        }
    }
    Ok(rows)
}

/// Builds a program from nothing, with the versions that this repository has, and answers its [`MEASURES`].
fn build(bench: &Bench<'_>, name: &str) -> Result<[f64; 3]> {
    let shell = &bench.workspace.shell;
    let folder = format!("tests/benches/builds/{name}");
    let manifest = format!("{folder}/Cargo.toml");
    // Cargo drops what is not needed.
    shell.copy_file("Cargo.lock", format!("{folder}/Cargo.lock"))?;
    cmd!(shell, "cargo fetch --manifest-path {manifest}").run()?;
    let target = shell.create_temp_dir()?;
    let target = target.path();
    let start = Instant::now();
    cmd!(shell, "cargo build --offline --quiet --manifest-path {manifest} --target-dir {target}").run()?;
    let seconds = start.elapsed().as_secs_f64();
    let edges = ["--edges", "normal,build", "--prefix", "none", "--format", "{p}"];
    let tree = cmd!(shell, "cargo tree --offline --manifest-path {manifest} {edges...}").read()?;
    Ok([seconds, crates_of(&tree), megabytes(&target.join("debug").join(name))?])
}

/// The crates of a tree but the first, each counted once however often it stands there.
fn crates_of(tree: &str) -> f64 {
    let crates: BTreeSet<&str> = tree.lines().skip(1).map(|line| line.trim_end_matches(" (*)")).collect();
    crates.iter().map(|_| 1.0).sum()
}

fn megabytes(program: &Path) -> Result<f64> {
    let size = fs::metadata(program).with_context(|| format!("no {}", program.display()))?.len();
    Ok(size as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_counted_once() {
        assert_eq!(crates_of("a v1.0.0 (/w/a)\nb v2.0.0\nb v2.0.0 (*)\nb v1.0.0"), 2.0);
    }
}
