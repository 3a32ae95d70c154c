//! One successful call is exactly one snapshot, whatever goes wrong on the way.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use cloudsnap::{
    CreateSnapshot, Created, ErrorKind, HttpOptions, RestoreSnapshot, RestoreTarget, Result, SnapshotProvider,
    SnapshotProviderExt, SnapshotState, SourceRef,
};
use cloudsnap_simulator::{Fault, FaultKind, Operation, Provider};
use cloudsnap_tests::{World, assert_documented, options, quick, quick_lookup, quick_poll, quickly};

/// The faults that were put to the official clients, too.
const MATRIX: [FaultKind; 11] = [
    FaultKind::ResetBefore,
    FaultKind::ResetAfter,
    FaultKind::Status502,
    FaultKind::Status502After,
    FaultKind::Status503,
    FaultKind::Status503After,
    FaultKind::Status504After,
    FaultKind::Truncate,
    FaultKind::Garbage,
    FaultKind::ThrottleBare,
    FaultKind::Throttle,
];

/// Every fault of the matrix, hitting the first create or the first poll, ends with exactly one snapshot and a call that
/// says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_ends_with_exactly_one_snapshot_and_a_call_that_says_so() {
    let mut cases = Vec::new();
    for provider in Provider::ALL {
        for operation in [Operation::Create, Operation::Poll] {
            for kind in MATRIX {
                cases.push((provider, operation, kind, tokio::spawn(ending(provider, operation, kind))));
            }
        }
    }
    let mut endings = BTreeMap::new();
    for (provider, operation, kind, ending) in cases {
        let ending = ending.await.unwrap();
        assert!(ending.is_right(), "{provider}:{operation}={kind}: {ending:?}");
        endings.insert((operation, kind.to_string(), provider), ending.outcome);
    }
    assert_documented("docs/fault-matrix.md", &matrix_page(&endings));
}

#[derive(Debug)]
struct Ending {
    committed: u64,
    faults_hit: bool,
    outcome: String,
}

impl Ending {
    fn is_right(&self) -> bool {
        self.committed == 1 && self.faults_hit && matches!(self.outcome.as_str(), "created" | "adopted")
    }
}

async fn ending(provider: Provider, operation: Operation, kind: FaultKind) -> Ending {
    let fault = Fault::new(kind).operation(operation).times(1);
    // Long enough that the first poll, in the crowd of cases, still meets a snapshot that is being made.
    let world = World::with(provider, options().build_time(Duration::from_secs(2)).fault(fault)).await;
    let client = world.connect(quick());
    let created = quickly(client.create(CreateSnapshot::new(world.source()))).await;
    Ending {
        committed: world.creates_committed(),
        faults_hit: world.simulator.state(provider).requests(operation) > 0,
        outcome: match created {
            Ok(Created { adopted: true, .. }) => "adopted".to_owned(),
            Ok(_) => "created".to_owned(),
            Err(error) => error.to_string(),
        },
    }
}

fn matrix_page(endings: &BTreeMap<(Operation, String, Provider), String>) -> String {
    let mut page = String::from(
        "# The fault matrix\n\n\
         What became of one `create` and its wait when the first create, or the first poll, met a fault: at each provider \
         over its simulator, on real sockets. Every case ended with exactly one snapshot at the provider and a call that \
         said so. This page is written, and checked, by `tests/tests/faults.rs`.\n\n\
         `created`: the answer came. `adopted`: the answer was lost, and the snapshot was found.\n",
    );
    for operation in [Operation::Create, Operation::Poll] {
        let _ = write!(page, "\n## The first {operation}\n\n| fault |");
        Provider::ALL.iter().for_each(|provider| {
            let _ = write!(page, " {provider} |");
        });
        page.push_str("\n| --- |");
        page.push_str(&" --- |".repeat(Provider::ALL.len()));
        for kind in MATRIX.map(|kind| kind.to_string()) {
            let _ = write!(page, "\n| `{kind}` |");
            for provider in Provider::ALL {
                let _ = write!(page, " {} |", endings[&(operation, kind.clone(), provider)]);
            }
        }
        page.push('\n');
    }
    page
}

/// Where the provider is lost right after the create, nobody can know. The call says so in time, and another process finds
/// out once the provider is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outcome_that_cannot_be_known_is_said_to_be_unknown_and_found_out_later() {
    for provider in Provider::ALL {
        let world = World::with(provider, options()).await;
        let client = world.connect(quick());
        let lost = |operation| Fault::new(FaultKind::ResetAfter).operation(operation);
        let operations = [Operation::Create, Operation::Poll, Operation::Get, Operation::Sources];
        world.simulator.set_faults(operations.map(lost).to_vec());
        let create = quickly(client.create(CreateSnapshot::new(world.source()))).timeout(Duration::from_secs(2));
        let asked = tokio::time::Instant::now();
        // The fingerprint is taken; from the create on, lists fail too.
        let created = tokio::join!(create, async {
            while world.creates_committed() == 0 {
                tokio::task::yield_now().await;
            }
            world.simulator.set_faults(vec![Fault::new(FaultKind::ResetAfter)]);
        });
        let error = created.0.unwrap_err();
        assert!(asked.elapsed() < Duration::from_secs(4), "{provider}: {:?}", asked.elapsed());
        assert!(matches!(error.kind(), ErrorKind::OutcomeUnknown | ErrorKind::WaitTimeout), "{provider}: {error}");
        let token = error.token().unwrap().to_owned();

        world.simulator.set_faults(Vec::new());
        let elsewhere = world.connect(quick());
        let found = elsewhere.wait(token.parse().unwrap()).with_poll_options(quick_poll()).await.unwrap();
        assert_eq!(found.snapshot.unwrap().state, SnapshotState::Available, "{provider}");
        assert_eq!(world.creates_committed(), 1, "{provider}");
    }
}

/// A provider that is down for good: every create ends in time, as failed or unknown, and as neither falsely.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_down_ends_every_create_truthfully_and_in_time() {
    for provider in Provider::ALL {
        for kind in [FaultKind::ResetBefore, FaultKind::Status503, FaultKind::Hang, FaultKind::ThrottleBare] {
            let world = World::with(provider, options().servers(creates()).fault(Fault::new(kind))).await;
            let client: Arc<dyn SnapshotProvider> = world.connect(quick()).into();
            let asked = tokio::time::Instant::now();
            let mut calls = tokio::task::JoinSet::new();
            for source in world.sources() {
                let client = Arc::clone(&client);
                calls.spawn(async move {
                    quickly(client.create(CreateSnapshot::new(source))).timeout(Duration::from_secs(1)).await
                });
            }
            for outcome in calls.join_all().await {
                let error = outcome.unwrap_err();
                let is_unknown = error.kind() == ErrorKind::OutcomeUnknown;
                assert_eq!(is_unknown, error.token().is_some(), "{provider} {kind}: {error}");
            }
            assert!(asked.elapsed() < Duration::from_secs(8), "{provider} {kind}: {:?}", asked.elapsed());
            assert_eq!(world.creates_committed(), 0, "{provider} {kind}");
        }
    }
}

/// A delete may be sent again: whatever the first meets, the snapshot is gone and the call says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delete_is_done_whatever_its_first_request_meets() {
    for provider in Provider::ALL {
        for kind in MATRIX {
            let world = World::with(provider, options()).await;
            let client = world.connect(quick());
            if !client.capabilities().delete {
                continue;
            }
            let created = quickly(client.create(CreateSnapshot::new(world.source()))).await.unwrap();
            world.simulator.set_faults(vec![Fault::new(kind).operation(Operation::Delete).times(1)]);
            let started = client.start_delete(&created.snapshot.reference()).await;
            // What may not be read twice is an error; the delete itself was accepted then.
            if let Err(error) = started {
                assert!(kind == FaultKind::Garbage && error.kind() == ErrorKind::Decode, "{provider} {kind}: {error}");
                continue;
            }
            let ended = client.wait(started.unwrap()).with_poll_options(quick_poll()).await;
            assert!(ended.is_ok(), "{provider} {kind}: {ended:?}");
            let left = world.simulator.state(provider).snapshots;
            assert!(left.is_empty(), "{provider} {kind}: {left:?}");
        }
    }
}

/// A restore overwrites: it is never sent again where the first may have been done, and then the call says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_is_never_done_twice() {
    for provider in Provider::ALL {
        for kind in MATRIX {
            let world = World::with(provider, options()).await;
            let client = world.connect(quick());
            let created = quickly(client.create(CreateSnapshot::new(world.source()))).await.unwrap();
            world.simulator.set_faults(vec![Fault::new(kind).operation(Operation::Restore).times(1)]);
            let mut request = RestoreSnapshot::new(created.snapshot.reference());
            if client.capabilities().restore == RestoreTarget::OntoTarget {
                request = request.with_target(world.source());
            }
            let started = client.start_restore(&request).await;
            let done = world.simulator.state(provider).committed(Operation::Restore);
            match started {
                Ok(_) => assert_eq!(done, 1, "{provider} {kind}"),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{provider} {kind}: {error}");
                    assert!(done <= 1, "{provider} {kind}: restored {done} times");
                }
            }
        }
    }
}

/// Faults of every kind, on three requests of ten. A redirect of the create itself is a final answer, and no weather: it
/// hits what is asked before and after.
fn weather(provider: Provider) -> Vec<Fault> {
    let everywhere = FaultKind::ALL
        .into_iter()
        .filter(|kind| !matches!(kind, FaultKind::Slow | FaultKind::OperationFails | FaultKind::Redirect))
        // Throttling is no accident: it follows from the rate, which the account's budget learns.
        .filter(|kind| !matches!(kind, FaultKind::Throttle | FaultKind::ThrottleBare))
        .map(Fault::new);
    let reads = [Operation::Poll, Operation::List, Operation::Get, Operation::Sources];
    let redirects = reads.map(|read| Fault::new(FaultKind::Redirect).operation(read));
    // One rule after the other is tried: each takes its share of what the ones before left over.
    let kinds = FaultKind::ALL.len() - 4;
    let share = 0.3 / kinds as f64;
    let rule = |(index, fault): (usize, Fault)| {
        fault.provider(provider).probability(share / (1.0 - share * index.min(kinds - 1) as f64))
    };
    everywhere.chain(redirects).enumerate().map(rule).collect()
}

fn in_bad_weather() -> HttpOptions {
    quick().with_request_timeout(Duration::from_secs(1)).with_max_response_bytes(4 * 1024 * 1024)
}

/// In a crowd of throttled creates each of them takes long.
const PATIENCE: Duration = Duration::from_secs(1800);

/// Creates in bad weather: no snapshot is made twice, none is made that no call speaks of, and no call is left in doubt.
async fn many_creates_in_bad_weather(provider: Provider, creates: usize, side_by_side: usize) {
    let world = World::with(provider, options().servers(creates).seed(20_261_121)).await;
    world.simulator.set_faults(weather(provider));
    let client: Arc<dyn SnapshotProvider> = world.connect(in_bad_weather()).into();
    let turns = Arc::new(tokio::sync::Semaphore::new(side_by_side));
    let mut calls = tokio::task::JoinSet::new();
    for source in world.sources() {
        let (client, turns) = (Arc::clone(&client), Arc::clone(&turns));
        calls.spawn(async move {
            let _turn = turns.acquire_owned().await.unwrap();
            let create = quickly(client.create(CreateSnapshot::new(source.clone()))).timeout(PATIENCE);
            (source, create.with_lookup_options(quick_lookup().with_lookup_timeout(PATIENCE)).await)
        });
    }
    let outcomes = calls.join_all().await;
    judge(provider, creates, &outcomes, &world);
}

/// Each call says what became of its source: created is this one snapshot, and told are all duplicates; failed is none.
fn judge(provider: Provider, creates: usize, outcomes: &[(SourceRef, Result<Created>)], world: &World) {
    let mut made: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for snapshot in world.simulator.state(provider).snapshots {
        made.entry(snapshot.source).or_default().insert(snapshot.id);
    }
    let mut came_through = 0;
    for (source, outcome) in outcomes {
        let made = made.remove(&source.to_string()).unwrap_or_default();
        match outcome {
            Ok(created) => {
                came_through += 1;
                assert_eq!(created.snapshot.state, SnapshotState::Available, "{source}");
                let told = 1 + created.duplicates.len();
                assert!(made.contains(&created.snapshot.id), "{source}: {} is not there", created.snapshot.id);
                assert_eq!(made.len(), told, "{source}: {made:?} were made, {created:?} was told");
            }
            Err(error) if error.kind() == ErrorKind::OutcomeUnknown => {
                assert!(error.token().is_some() && made.len() <= 1, "{source}: {made:?}, {error}");
            }
            Err(error) => {
                assert!(made.is_empty(), "{source}: {made:?} were made, and it is said to have failed: {error}")
            }
        }
    }
    assert_eq!(made, BTreeMap::new(), "{provider}: snapshots of which no call speaks");
    assert!(came_through * 100 >= creates * 95, "{provider}: only {came_through} of {creates} creates came through");
}

macro_rules! bad_weather {
    ($($name:ident: $provider:expr, $side_by_side:expr;)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            many_creates_in_bad_weather($provider, creates(), $side_by_side).await;
        }
    )+};
}

bad_weather! {
    sitehost_in_bad_weather: Provider::SiteHost, 30;
    hostway_in_bad_weather: Provider::Hostway, 7;
    nodecoid_in_bad_weather: Provider::NodeCoId, 60;
    ionos_in_bad_weather: Provider::Ionos, 100;
}

/// A few hundred in the daily run; `CREATES_IN_BAD_WEATHER=2500` for the whole storm: 10,000 at all four.
fn creates() -> usize {
    std::env::var("CREATES_IN_BAD_WEATHER").ok().and_then(|number| number.parse().ok()).unwrap_or(150)
}
