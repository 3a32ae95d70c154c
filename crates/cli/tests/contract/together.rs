//! Two processes at the same moment.

use std::process::{Child, Stdio};

use crate::simulated::{NODECOID, Ran, SITEHOST, Simulated};

/// More of them by hand: `CLOUDSNAP_ROUNDS=20`.
fn rounds() -> u64 {
    std::env::var("CLOUDSNAP_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(2)
}

fn create(simulated: &Simulated) -> Child {
    let mut command = simulated.command(&["create", SITEHOST, NODECOID, "-o", "json", "-q"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn references(process: Child) -> Vec<String> {
    let ran = Ran::from(process.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    let items = ran.json();
    items.as_array().unwrap().iter().map(|item| item["snapshot"]["ref"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn two_processes_whose_answers_are_lost_have_a_snapshot_each() {
    let simulated = Simulated::start(&["--fault", "*:create=reset-after"]);
    for round in 1..=rounds() {
        let both = [create(&simulated), create(&simulated)];
        let mut made: Vec<String> = both.into_iter().flat_map(references).collect();
        made.sort_unstable();
        made.dedup();
        assert_eq!(made.len(), 4, "round {round}: {made:?}");
        for variable in ["SH_API_URL", "NODECOID_API_URL"] {
            assert_eq!(simulated.creates_committed(variable), 2 * round, "{variable}");
        }
    }
}
