//! Measures what the README claims, beside bare reqwest, curl, hcloud and IONOS's own kits, and writes the tables of
//! `docs/benchmarks.md`: the median of several whole runs, with their spread. The words around them are written by hand.

mod builds;
mod instructions;
mod machine;
mod processes;
mod rows;
mod table;

use anyhow::{Context, Result};
use clap::builder::PossibleValuesParser;
use xshell::cmd;

use crate::workspace::Workspace;
use rows::Row;

/// Where the tables stand.
const PAGE: &str = "docs/benchmarks.md";

/// Fewer runs say nothing about the spread.
const LEAST_RUNS: u32 = 3;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// What to measure; without any all, and the page is written
    #[arg(value_parser = PossibleValuesParser::new(GROUPS.map(|(name, _)| name)))]
    groups: Vec<String>,
    /// How many whole runs; the page needs three
    #[arg(long, value_name = "N", default_value_t = LEAST_RUNS, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Also IONOS's kits for Python and Node, installed into a temporary folder
    #[arg(long)]
    peers: bool,
    /// One run of few rounds and no builds, to see that it works; the page stays
    #[arg(long)]
    quick: bool,
}

/// What all groups need.
#[derive(Debug)]
struct Bench<'a> {
    workspace: &'a Workspace,
    quick: bool,
    peers: bool,
}

impl Bench<'_> {
    /// The first number, or the second where it has to be quick.
    fn rounds(&self, usual: u32, quick: u32) -> String {
        if self.quick { quick.to_string() } else { usual.to_string() }
    }

    /// What a bench program of `tests/benches` prints: a row a line.
    fn program(&self, name: &str, arguments: &[&str]) -> Result<Vec<Row>> {
        self.program_of("cloudsnap-tests", name, arguments)
    }

    fn program_of(&self, package: &str, name: &str, arguments: &[&str]) -> Result<Vec<Row>> {
        let program = cmd!(self.workspace.shell, "cargo bench -p {package} --bench {name} --");
        let printed = program.args(arguments).read()?;
        let row = |line| serde_json::from_str(line).with_context(|| format!("the bench {name} printed: {line}"));
        printed.lines().map(row).collect()
    }
}

/// What measures each table of the page.
type Measure = fn(&Bench<'_>) -> Result<Vec<Row>>;

const GROUPS: [(&str, Measure); 7] = [
    ("per-call", per_call),
    ("instructions", instructions::run),
    ("decode", decode),
    ("process", processes::run),
    ("many", many),
    ("plan", plan),
    ("build", builds::run),
];

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let bench = Bench { workspace, quick: options.quick, peers: options.peers };
    let runs = if options.quick { 1 } else { options.runs };
    let is_chosen = |name: &str| options.groups.is_empty() || options.groups.iter().any(|chosen| chosen == name);
    let mut page = fill(&workspace.shell.read_file(PAGE)?, "machine", &machine::describe(workspace, runs)?)?;
    let mut measured = GROUPS.map(|(name, measure)| (name, measure, Vec::new()));
    for run in 1..=runs {
        for (name, measure, rows) in measured.iter_mut().filter(|(name, ..)| is_chosen(name)) {
            println!("\n=== run {run} of {runs}: {name}");
            rows.extend(measure(&bench)?);
        }
    }
    for (name, _, rows) in measured.iter().filter(|(name, ..)| is_chosen(name)) {
        let table = table::table(&rows::summaries(rows));
        println!("\n{name}\n\n{table}");
        page = fill(&page, name, &table)?;
    }
    // Tables of different days on one page would be compared.
    if options.groups.is_empty() && runs >= LEAST_RUNS {
        workspace.shell.write_file(PAGE, page)?;
        println!("{PAGE} is written");
    }
    Ok(())
}

/// Writes a text into its place in the page, between `<!-- NAME -->` and `<!-- end -->`.
fn fill(page: &str, name: &str, text: &str) -> Result<String> {
    let start = format!("<!-- {name} -->\n");
    let parts = page.split_once(&start).and_then(|(before, rest)| Some((before, rest.split_once("<!-- end -->")?.1)));
    let (before, after) = parts.with_context(|| format!("{PAGE} has no place for {name}"))?;
    Ok(format!("{before}{start}\n{text}\n<!-- end -->{after}"))
}

fn per_call(bench: &Bench<'_>) -> Result<Vec<Row>> {
    let (rounds, calls) = (bench.rounds(41, 5), bench.rounds(500, 100));
    let times = bench.program("clients", &["per-call", "--rounds", &rounds, "--calls", &calls])?;
    Ok([times, bench.program("allocations", &["per-call"])?].concat())
}

fn decode(bench: &Bench<'_>) -> Result<Vec<Row>> {
    let (rounds, snapshots) = (bench.rounds(9, 3), bench.rounds(100_000, 20_000));
    let times = bench.program("clients", &["decode", "--rounds", &rounds, "--snapshots", &snapshots])?;
    Ok([times, bench.program("allocations", &["decode", "--snapshots", &snapshots])?].concat())
}

fn many(bench: &Bench<'_>) -> Result<Vec<Row>> {
    let (rounds, creates) = (bench.rounds(7, 2), bench.rounds(1000, 200));
    let times = bench.program("clients", &["many", "--rounds", &rounds])?;
    Ok([times, bench.program("allocations", &["many", "--creates", &creates])?].concat())
}

fn plan(bench: &Bench<'_>) -> Result<Vec<Row>> {
    bench.program_of("cloudsnap-fleet", "plan", &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_a_place_for_each_table() {
        let page = Workspace::load().unwrap().shell.read_file(PAGE).unwrap();
        let page = fill(&page, "machine", "- of one machine\n").unwrap();
        let page = GROUPS.iter().fold(page, |page, (name, _)| fill(&page, name, &format!("of {name}\n")).unwrap());
        assert!(page.contains("<!-- many -->\n\nof many\n\n<!-- end -->\n\n"), "{page}");
        assert!(fill(&page, "fly", "").unwrap_err().to_string().contains("no place for fly"));
    }
}
