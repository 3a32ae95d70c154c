//! Measures what the README claims: beside bare reqwest, curl, hcloud and IONOS's own kits, all in one run on one
//! machine, and writes the tables to `docs/benchmarks.md`.
//!
//! Ratios are medians of rounds in which the two sides take turns, so that what slows the machine slows both.

mod builds;
mod instructions;
mod machine;
mod peers;
mod processes;
mod programs;
mod rows;

use std::time::Instant;

use crate::workspace;
use crate::{Result, files};
use rows::Row;

/// Where the tables stand.
const PAGE: &str = "docs/benchmarks.md";

/// What to measure.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// The names of groups; all where none is named.
    pub(crate) groups: Vec<String>,
    /// Also IONOS's kits for Python and Node, installed into a temporary folder.
    pub(crate) peers: bool,
    /// Fewer rounds, and no builds: to see that it works.
    pub(crate) quick: bool,
    /// All rounds, and no builds, which take longer than everything else.
    pub(crate) without_builds: bool,
}

/// Some rows that belong together.
#[derive(Debug)]
struct Group {
    name: &'static str,
    title: &'static str,
    about: &'static str,
    run: fn(&Bench) -> Result<Vec<Row>>,
}

/// What all groups need.
#[derive(Debug)]
struct Bench {
    peers: bool,
    quick: bool,
    without_builds: bool,
}

impl Bench {
    /// The first number, or the second where it has to be quick.
    fn rounds(&self, usual: usize, quick: usize) -> usize {
        if self.quick { quick } else { usual }
    }
}

const GROUPS: &[Group] = &[
    Group {
        name: "per-call",
        title: "One call",
        about: "Our client for IONOS against bare reqwest that sends the same bytes to the same simulator and decodes \
                the answer with serde_json into structs of the six fields it needs. CPU time and allocations are \
                those of the client's thread alone; http on loopback, no TLS on either side. Bare reqwest has no time \
                limits, unless the row says so.",
        run: per_call,
    },
    Group {
        name: "instructions",
        title: "Instructions",
        about: "The same calls, counted by callgrind through gungraun, in the thread that makes them. The kernel's part \
                is left out, and so is the machine's mood: compare these numbers with those of an earlier version.",
        run: |_| instructions::run(),
    },
    Group {
        name: "decode",
        title: "A list of 100,000",
        about: "From the bytes of IONOS's list to a vector of snapshots, against serde_json into structs of the same \
                six fields, in CPU time. Ours reads the dates, the size and the marker besides; the plain structs \
                keep text.",
        run: decode,
    },
    Group {
        name: "process",
        title: "A whole process",
        about: "From the start of a process to its end, by the clock; release build, stripped, against the simulator \
                in another process.",
        run: processes::run,
    },
    Group {
        name: "many",
        title: "Many at once",
        about: "Creates side by side in one thread, all started at the same moment, each followed to its end: three \
                requests each, a connection each, no pause at the provider. Bare reqwest makes the same requests in \
                as many tasks.",
        run: many,
    },
    Group {
        name: "build",
        title: "Building it",
        about: "A clean debug build of a program of ten lines that lists snapshots: with the crate `ionos`, and with \
                reqwest, serde and serde_json, the same versions and the same TLS (rustls).",
        run: builds::run,
    },
];

/// Whether a group has this name.
pub(crate) fn is_group(name: &str) -> bool {
    GROUPS.iter().any(|group| group.name == name)
}

/// The names of all groups.
pub(crate) fn names() -> String {
    GROUPS.iter().map(|group| group.name).collect::<Vec<_>>().join(", ")
}

pub(crate) fn run(options: &Options) -> Result {
    let bench =
        Bench { peers: options.peers, quick: options.quick, without_builds: options.without_builds || options.quick };
    let chosen = |group: &&Group| options.groups.is_empty() || options.groups.iter().any(|name| name == group.name);
    let mut page = machine::head(&bench)?;
    println!("{page}");
    for group in GROUPS.iter().filter(chosen) {
        let started = Instant::now();
        let rows = (group.run)(&bench)?;
        let section = format!("\n## {}\n\n{}\n\n{}", group.title, group.about, rows::table(&rows));
        println!("{section}\n(`{}` took {:.0} s)", group.name, started.elapsed().as_secs_f64());
        page.push_str(&section);
    }
    // Half a page would pass for the whole one.
    if options.groups.is_empty() {
        files::write(&workspace::root()?.join(PAGE), &page)?;
        println!("\nwritten to {PAGE}");
    }
    Ok(())
}

fn per_call(bench: &Bench) -> Result<Vec<Row>> {
    let programs = programs::Programs::build()?;
    let rounds = ("--rounds", bench.rounds(41, 5).to_string());
    let calls = ("--calls", bench.rounds(500, 100).to_string());
    let mut rows = programs.clients("per-call", &[rounds, calls])?;
    rows.extend(programs.allocations("per-call", &[])?);
    // By call, and each call's numbers together.
    rows.sort_by_key(|row| rows::position(&row.id));
    Ok(rows)
}

fn decode(bench: &Bench) -> Result<Vec<Row>> {
    let programs = programs::Programs::build()?;
    let rounds = ("--rounds", bench.rounds(9, 3).to_string());
    let snapshots = ("--snapshots", bench.rounds(100_000, 20_000).to_string());
    let mut rows = programs.clients("decode", &[rounds, snapshots.clone()])?;
    rows.extend(programs.allocations("decode", &[snapshots])?);
    Ok(rows)
}

fn many(bench: &Bench) -> Result<Vec<Row>> {
    let programs = programs::Programs::build()?;
    let rounds = ("--rounds", bench.rounds(7, 2).to_string());
    let counts = ("--counts", counts(machine::open_files()));
    let creates = ("--creates", bench.rounds(1000, 200).to_string());
    let mut rows = programs.clients("many", &[rounds, counts])?;
    rows.extend(programs.allocations("many", &[creates])?);
    Ok(rows)
}

/// How many creates at once: as many as are asked for, where each may open a connection.
fn counts(open_files: usize) -> String {
    const AT_ONCE: [usize; 3] = [100, 1000, 10_000];
    const BESIDE: usize = 200;
    let (possible, left_out): (Vec<usize>, Vec<usize>) =
        AT_ONCE.iter().partition(|count| **count + BESIDE <= open_files);
    for count in left_out {
        println!("skipped: {count} at once, of {open_files} files that may be open; `ulimit -n {}`", count + BESIDE);
    }
    possible.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_group_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = GROUPS.iter().map(|group| group.name).collect();
        assert_eq!(names.len(), GROUPS.len());
        assert!(is_group("many") && !is_group("fly"));
    }

    #[test]
    fn no_more_connections_are_opened_than_the_system_allows() {
        assert_eq!(counts(20_000), "100,1000,10000");
        assert_eq!(counts(1024), "100");
    }
}
