//! What cannot be known is said to be unknown; a delete is done; a restore is never done twice.

use std::sync::Arc;
use std::time::Duration;

use cloudsnap::{
    CreateSnapshot, ErrorKind, RestoreSnapshot, RestoreTarget, SnapshotProvider, SnapshotProviderExt, SnapshotState,
};
use cloudsnap_simulator::{Fault, FaultKind, Operation, Provider};
use cloudsnap_tests::{World, options, quick, quick_poll, quickly};

use super::matrix::{PEERS, kind};
use super::storm::creates;

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
        for kind in PEERS.map(kind) {
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
        for kind in PEERS.map(kind) {
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
