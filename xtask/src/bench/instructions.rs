//! Instructions a call, counted by valgrind's callgrind.
//!
//! The crates that wrap it count one function from its first to its last instruction; a call is spread over many polls
//! of a runtime, so the whole program is run twice instead, once with more calls. The start cancels out.

use std::process::{Command, Stdio};

use super::Bench;
use super::programs::{Programs, Server, shown};
use super::rows::{self, Row};
use crate::Result;

const CALLS: [&str; 3] = ["create", "get", "list"];
const WHO: [&str; 3] = ["ours", "bare", "limits"];

/// Where the server is, and a snapshot that it has.
#[derive(Debug)]
struct Place {
    url: String,
    snapshot: String,
}

pub(super) fn run(bench: &Bench) -> Result<Vec<Row>> {
    if super::machine::first_line("valgrind", &["--version"]).is_none() {
        println!("skipped: valgrind is not installed");
        return Ok(Vec::new());
    }
    let programs = Programs::build()?;
    let calls = bench.rounds(200, 50);
    let mut rows = Vec::new();
    for call in CALLS {
        let mut each = [const { Vec::new() }; 3];
        for (who, each) in WHO.iter().zip(&mut each) {
            // Creates make the list longer: each client finds it as the other did.
            let mut server = Server::start(Command::new(&programs.clients).arg("serve-listed"))?;
            let line = server.line()?;
            let (url, snapshot) = line.split_once(' ').ok_or("the server did not say where it is")?;
            let place = Place { url: url.to_owned(), snapshot: snapshot.to_owned() };
            for _ in 0..bench.rounds(3, 1) {
                let short = count(&programs, who, call, 20, &place)?;
                let long = count(&programs, who, call, 20 + calls, &place)?;
                #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 instructions")]
                each.push(long.saturating_sub(short) as f64 / calls as f64);
            }
        }
        let [ours, bare, limits] = each;
        rows.push(Row::new(&format!("{call}.instructions"), "instructions", &ours, &bare));
        rows.push(Row::new(&format!("{call}.instructions-with-limits"), "instructions", &ours, &limits));
    }
    rows.sort_by_key(|row| rows::position(&row.id));
    Ok(rows)
}

fn count(programs: &Programs, who: &str, call: &str, calls: usize, place: &Place) -> Result<u64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(&programs.clients);
    command.args(["call", who, call, "--url", &place.url, "--snapshot", &place.snapshot]);
    command.args(["--calls", &calls.to_string()]).stdin(Stdio::null());
    println!("$ {}", shown(&command));
    let output = command.output().map_err(|error| format!("valgrind could not be started: {error}"))?;
    let report = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("`{}` failed ({}):\n{report}", shown(&command), output.status));
    }
    collected(&report).ok_or_else(|| format!("callgrind counted nothing:\n{report}"))
}

/// `==1== Collected : 1234`
fn collected(report: &str) -> Option<u64> {
    let line = report.lines().find(|line| line.contains("Collected"))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callgrinds_count_is_read() {
        assert_eq!(collected("==7== \n==7== Events    : Ir\n==7== Collected : 5067117\n"), Some(5_067_117));
        assert_eq!(collected("==7== nothing"), None);
    }
}
