//! The examples of the crates do what they say, against the simulator.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use cloudsnap::{CreateSnapshot, SnapshotProviderExt};
use cloudsnap_simulator::credentials::IONOS_TOKEN;
use cloudsnap_simulator::{Operation, Provider, Simulator};
use cloudsnap_tests::{World, options, quick, quickly};

/// Each provider's `examples/create.rs`, as a user would run it: in a process of its own, with an environment.
///
/// One after another: cargo gives the examples of all crates the same file name. Without default features, since TLS
/// is of no use on loopback and takes the longest to build.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_provider_s_example_creates_a_snapshot() {
    let simulator = Simulator::start(options()).await.unwrap();
    for provider in Provider::ALL {
        let source = simulator.sources(provider).swap_remove(0);
        let mut example = cargo(&provider.to_string(), "create", &["--no-default-features"]);
        example.arg(&source).envs(simulator.environment());
        let printed = tokio::task::spawn_blocking(move || output(example)).await.unwrap();
        assert!(printed.starts_with(&format!("{provider}:")) && printed.ends_with(" available\n"), "{printed}");
        assert_eq!(simulator.state(provider).creates_committed(), 1, "{provider}");
    }
}

/// The umbrella's: a create that is waited for, within a limit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_umbrella_s_example_creates_within_a_limit() {
    let world = World::new(Provider::NodeCoId).await;
    let printed = umbrella(&world, "create_within", &[&world.source().to_string()]).await;
    assert!(printed.starts_with("nodecoid:@") && printed.ends_with(" available\n"), "{printed}");
    assert_eq!(world.creates_committed(), 1);
}

/// In place where no target is named; onto the target where one is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_umbrella_s_example_restores_and_says_whether_the_end_was_seen() {
    for (provider, target, ended) in [
        (Provider::SiteHost, None, "restored\n"),
        (Provider::Hostway, None, "accepted; the provider shows no end\n"),
        (Provider::Ionos, Some(1), "restored\n"),
    ] {
        let world = World::new(provider).await;
        let created = quickly(world.connect(quick()).create(CreateSnapshot::new(world.source()))).await.unwrap();
        let target = target.map(|index: usize| world.sources().remove(index).to_string());
        let arguments: Vec<String> = [created.snapshot.reference().to_string()].into_iter().chain(target).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        assert_eq!(umbrella(&world, "restore", &arguments).await, ended, "{provider}");
        assert_eq!(world.simulator.state(provider).committed(Operation::Restore), 1, "{provider}");
    }
}

/// Each page is read by a process of its own, which knows nothing but the token that the one before saved.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_umbrella_s_example_goes_on_with_a_list_where_another_process_stopped() {
    let world = World::with(Provider::SiteHost, options().snapshots(5)).await;
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("resume_list.json");
    std::fs::write(&file, "null").unwrap();
    let mut pages = Vec::new();
    while pages.is_empty() || std::fs::read_to_string(&file).unwrap() != "null" {
        pages.push(umbrella(&world, "resume_list", &["sitehost", file.to_str().unwrap()]).await);
    }
    let listed: BTreeSet<&str> = pages.iter().flat_map(|page| page.lines()).collect();
    assert_eq!((pages.len(), listed.len()), (3, 5), "a page for each server: {pages:?}");
}

/// The umbrella's: what has a snapshot of the last day is named no longer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_umbrella_s_example_names_what_has_no_recent_snapshot() {
    let world = World::new(Provider::Ionos).await;
    let created = quickly(world.connect(quick()).create(CreateSnapshot::new(world.source()))).await.unwrap();
    let mut example = cargo("cloudsnap", "overdue", FULL);
    example.envs(world.simulator.environment());
    let ended = tokio::task::spawn_blocking(move || example.output().unwrap()).await.unwrap();
    let printed = String::from_utf8(ended.stdout).unwrap();
    let named: BTreeSet<&str> = printed.lines().collect();
    let covered = created.snapshot.source.unwrap().to_string();
    let others = Provider::ALL.iter().flat_map(|provider| world.simulator.sources(*provider));
    let others: BTreeSet<String> = others.filter(|source| *source != covered).collect();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(others.iter().all(|source| named.contains(&**source)), "{printed}{said}");
    assert!(!named.contains(&*covered), "{printed}{said}");
    assert_eq!(ended.status.code(), Some(1));
}

/// The core's: any API that takes a token.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_core_s_example_asks_an_api_and_says_what_it_refused() {
    let simulator = Simulator::start(options()).await.unwrap();
    let ask = |token: &str| {
        let mut example = cargo("cloudsnap-core", "protocol", &["--no-default-features"]);
        example.args([&simulator.url(Provider::Ionos), "/snapshots"]).env("TOKEN", token);
        tokio::task::spawn_blocking(move || example.output().unwrap())
    };
    let (allowed, refused) = (ask(IONOS_TOKEN).await.unwrap(), ask("another").await.unwrap());
    let printed = String::from_utf8(allowed.stdout).unwrap();
    assert!(printed.contains("\"type\":\"collection\""), "{printed}{}", String::from_utf8_lossy(&allowed.stderr));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("401") && !refused.status.success(), "{said}");
}

/// What a client that simply sends again makes of a lost answer: the simulator's own example.
#[test]
fn the_simulator_s_example_counts_two_snapshots() {
    assert_eq!(
        output(cargo("cloudsnap-simulator", "lost_answer", &[])),
        "the client was told of 1, the provider has 2\n"
    );
}

/// An example that nothing runs is wrong sooner or later. `record_restic` needs restic and half an hour, and is run by
/// hand when the recording changes.
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
    let others = [
        "cloudsnap/examples/create_within.rs",
        "cloudsnap/examples/overdue.rs",
        "cloudsnap/examples/restore.rs",
        "cloudsnap/examples/resume_list.rs",
        "core/examples/protocol.rs",
        "fleet/examples/record_restic.rs",
        "simulator/examples/lost_answer.rs",
    ];
    run.extend(others.map(str::to_owned));
    run.sort();
    assert_eq!(found, run);
}

/// All providers, without TLS.
const FULL: &[&str] = &["--no-default-features", "--features", "full"];

/// What an example of the umbrella prints with the credentials of this world.
async fn umbrella(world: &World, example: &str, arguments: &[&str]) -> String {
    let mut example = cargo("cloudsnap", example, FULL);
    example.args(arguments).envs(world.simulator.environment());
    tokio::task::spawn_blocking(move || output(example)).await.unwrap()
}

/// An example with these options of cargo's; what is added to it are its own arguments.
fn cargo(package: &str, example: &str, options: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(root()).args(["run", "--quiet", "--package", package, "--example", example]).args(options);
    command.arg("--");
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
