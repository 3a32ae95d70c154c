//! The examples of the crates do what they say, against the simulator.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use std::path::{Path, PathBuf};
use std::process::Command;

use cloudsnap_simulator::{Provider, Simulator};
use cloudsnap_tests::options;

/// Each provider's `examples/create.rs`, as a user would run it: in a process of its own, with an environment.
///
/// One after another: cargo gives the examples of all crates the same file name. Without default features, since TLS
/// is of no use on loopback and takes the longest to build.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_provider_s_example_creates_a_snapshot() {
    let simulator = Simulator::start(options()).await.unwrap();
    for provider in Provider::ALL {
        let source = simulator.sources(provider).swap_remove(0);
        let mut example = cargo(&provider.to_string(), "create");
        example.arg("--").arg(&source).envs(simulator.environment());
        let printed = tokio::task::spawn_blocking(move || output(example)).await.unwrap();
        assert!(printed.starts_with(&format!("{provider}:")) && printed.ends_with(" available\n"), "{printed}");
        assert_eq!(simulator.state(provider).creates_committed(), 1, "{provider}");
    }
}

/// What a client that simply sends again makes of a lost answer: the simulator's own example.
#[test]
fn the_simulator_s_example_counts_two_snapshots() {
    assert_eq!(output(cargo("cloudsnap-simulator", "lost_answer")), "the client was told of 1, the provider has 2\n");
}

/// An example that nothing runs is wrong sooner or later.
#[test]
fn no_example_is_left_out() {
    let mut found: Vec<String> = std::fs::read_dir(root().join("crates"))
        .unwrap()
        .filter_map(|folder| std::fs::read_dir(folder.unwrap().path().join("examples")).ok())
        .flatten()
        .map(|file| file.unwrap().path().strip_prefix(root().join("crates")).unwrap().display().to_string())
        .collect();
    found.sort();
    let mut run: Vec<String> = Provider::ALL.iter().map(|provider| format!("{provider}/examples/create.rs")).collect();
    run.push("simulator/examples/lost_answer.rs".to_owned());
    run.sort();
    assert_eq!(found, run);
}

fn cargo(package: &str, example: &str) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(root()).args(["run", "--quiet", "--package", package, "--example", example]);
    if package != "cloudsnap-simulator" {
        command.arg("--no-default-features");
    }
    command
}

/// What it prints, where it ends well.
fn output(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
