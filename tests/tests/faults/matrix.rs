//! The page of the guide that says what became of one create at each fault, and that no cell of it is untrue.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use cloudsnap::{CreateSnapshot, ProcessState, SnapshotProviderExt, StateStore};
use cloudsnap_simulator::{Fault, FaultKind, Operation, Provider};
use cloudsnap_tests::{World, assert_documented, options, quick, quickly};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::{Told, made, told};

/// Faults that hit one request of this operation.
struct Section {
    title: &'static str,
    operation: Operation,
    faults: Vec<String>,
    /// Whether all of them end with the snapshot.
    must_succeed: bool,
}

/// The faults that were put to the official clients, too.
pub(super) const PEERS: [&str; 11] = [
    "reset-before",
    "reset-after",
    "status-502",
    "status-502-after",
    "status-503",
    "status-503-after",
    "status-504-after",
    "truncate",
    "garbage",
    "throttle-bare",
    "throttle",
];

/// What a gateway or a firewall answers, and what only looks like the provider's refusal.
const STATUSES: [u16; 19] =
    [101, 300, 302, 303, 304, 307, 400, 401, 403, 404, 405, 408, 409, 413, 421, 425, 451, 499, 500];

/// What a provider refuses in its own envelope.
const REFUSALS: [u16; 7] = [400, 401, 403, 404, 409, 422, 423];

fn all_sections() -> Vec<Section> {
    let statuses =
        |suffix| -> Vec<String> { STATUSES.iter().map(|status| format!("status-{status}{suffix}")).collect() };
    let named = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    let section = |title, operation, faults| Section { title, operation, faults, must_succeed: false };
    let create = |title, faults| section(title, Operation::Create, faults);
    let poll = |title, faults| section(title, Operation::Poll, faults);
    let peers = |title, operation| Section { must_succeed: true, ..section(title, operation, named(&PEERS)) };
    vec![
        peers("The first create", Operation::Create),
        create("The first create is not done, and a gateway answers with a page", statuses("")),
        create(
            "The first create is done, and a gateway answers with a page",
            statuses("-after").into_iter().filter(|fault| fault != "status-401-after").collect(),
        ),
        create(
            "The provider refuses the first create",
            REFUSALS.iter().map(|status| format!("refuse-{status}")).collect(),
        ),
        create(
            "The provider is late, or says something else",
            named(&[
                "internal-error",
                "internal-error-after",
                "busy",
                "lost-busy-500ms",
                "forbidden",
                "not-found",
                "hang",
                "slow",
                "misprint",
                "oversize",
                "late-100ms",
                "late-2s",
                "late-504-100ms",
                "late-504-2s",
                "lag-100ms",
                "lag-1s",
                "vanish",
                "operation-fails",
                "daemon-job",
                "hostile-text",
            ]),
        ),
        peers("The first poll", Operation::Poll),
        poll("The first poll, and a gateway answers with a page", statuses("")),
        poll(
            "The first poll, otherwise",
            named(&["internal-error", "not-found", "hang", "slow", "misprint", "oversize"]),
        ),
    ]
}

/// Every case ends with a call that tells the truth; where it says created, exactly the snapshots that it names are there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_ends_with_a_call_that_tells_the_truth() {
    let turns = Arc::new(Semaphore::new(32));
    let mut page = String::from(INTRODUCTION);
    let mut sections: Vec<(Section, Vec<Row>)> = Vec::new();
    for section in all_sections() {
        let rows = section.faults.iter().map(|fault| {
            let kind = kind(fault);
            let fault = Fault::new(kind).operation(section.operation).times(1);
            (
                kind.to_string(),
                Provider::ALL.map(|provider| tokio::spawn(told_of(provider, fault.clone(), Arc::clone(&turns)))),
            )
        });
        let rows = rows.collect();
        sections.push((section, rows));
    }
    for (section, rows) in sections {
        let _ = write!(
            page,
            "\n## {}\n\n| fault | sitehost | hostway | nodecoid | ionos |\n| --- | --- | --- | --- | --- |\n",
            section.title
        );
        for (fault, cells) in rows {
            let _ = write!(page, "| `{fault}` |");
            for cell in cells {
                let told = cell.await.unwrap();
                assert!(!section.must_succeed || matches!(told, Told::Created | Told::Adopted), "{fault}: {told:?}");
                let _ = write!(page, " {} |", format!("{told:?}").to_lowercase());
            }
            page.push('\n');
        }
    }
    assert_documented("docs/fault-matrix.md", &page);
}

type Row = (String, [JoinHandle<Told>; 4]);

const INTRODUCTION: &str = "\
# The fault matrix

What one `create` and its wait said when the first create, or the first poll, met a fault: at each provider over its \
simulator, on real sockets. In every case what it said was true. This page is written, and checked, by \
`tests/tests/faults/matrix.rs`.

- `created`: the answer came, and exactly this snapshot was made.
- `adopted`: the answer was lost, and exactly the snapshot that was found was made.
- `failed`: no snapshot was made.
- `unknown`: nobody can tell, and the error has a token by which to find out later.

Where a late request made a second snapshot, the call named it. A 401 is taken at its word, whoever sends it: credentials \
are checked before anything is done.
";

async fn told_of(provider: Provider, fault: Fault, turns: Arc<Semaphore>) -> Told {
    let _turn = turns.acquire_owned().await.unwrap();
    let case = fault.to_string();
    // Long enough that the first poll, in the crowd of cases, still meets a snapshot that is being made.
    let world = World::with(provider, options().build_time(Duration::from_secs(2)).fault(fault)).await;
    let client = world.connect(quick());
    let source = world.source();
    // Its own: another case may have had the same port, and snapshots with the same ids.
    let store: Arc<dyn StateStore> = Arc::new(ProcessState::default());
    let outcome = quickly(client.create(CreateSnapshot::new(source.clone()))).with_state_store(store).await;
    let state = world.simulator.state(provider);
    assert!(state.requests(Operation::Poll) + state.requests(Operation::Create) > 0, "{provider} {case}");
    told(&format!("{provider} {case}"), &outcome, &made(&world, &source))
}

/// The kind of fault of this name.
pub(super) fn kind(name: &str) -> FaultKind {
    name.parse().unwrap()
}
