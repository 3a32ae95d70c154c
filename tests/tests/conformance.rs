//! What holds for every provider, in plain words.
//!
//! Each contract runs for each provider over its simulator, through `&P`, `Box<dyn …>` and `Arc<dyn …>`, all made by the
//! umbrella. A new provider gets all of it by one line at the end of this file.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cloudsnap::provider::{Account, CreateFingerprint, SendWindow};
use cloudsnap::{
    CreateSnapshot, ErrorKind, Expiry, ListSnapshots, ListSources, Operation, OperationKind, PageToken,
    RestoreSnapshot, RestoreTarget, Scope, Snapshot, SnapshotProvider, SnapshotProviderExt, SnapshotRef, SnapshotState,
    SourceRef, UpdateSnapshot,
};
use cloudsnap_simulator::{Provider, SimulatorOptions};
use cloudsnap_tests::{World, options, quick, quick_poll, quickly};

const HOUR: Duration = Duration::from_secs(3600);

async fn created(world: &World, provider: &impl SnapshotProvider) -> Snapshot {
    let request = CreateSnapshot::new(world.source());
    quickly(provider.create(request)).await.unwrap().snapshot
}

async fn all(provider: &impl SnapshotProvider) -> Vec<Snapshot> {
    provider.snapshots(ListSnapshots::default()).try_collect().await.unwrap()
}

/// A reference of the provider's form, to a snapshot that is not there.
fn missing(world: &World) -> SnapshotRef {
    let source = world.source();
    let id = match world.provider {
        Provider::SiteHost => "424242",
        Provider::Ionos => "00000000-0000-4000-8000-00000000dead",
        _ => "nosuchsnapshot",
    };
    SnapshotRef::new(source.account(), first_part(&source), id).unwrap()
}

/// What the provider's snapshots are filed under.
fn first_part(source: &SourceRef) -> Vec<String> {
    let path = source.written_path();
    path.split('/').take(1).map(str::to_owned).collect()
}

/// Where a snapshot of the first source is restored to, as far as the provider lets one choose.
fn restore_of(provider: &impl SnapshotProvider, snapshot: &Snapshot, source: SourceRef) -> RestoreSnapshot {
    let request = RestoreSnapshot::new(snapshot.reference());
    match provider.capabilities().restore {
        RestoreTarget::OntoTarget => request.with_target(source),
        _ => request,
    }
}

mod contract {
    use super::*;

    pub(super) fn few() -> SimulatorOptions {
        options()
    }

    pub(super) fn many() -> SimulatorOptions {
        options().servers(45).snapshots(250)
    }

    // --- finding what to snapshot ---

    pub(super) async fn sources_are_complete_across_pages(world: &World, provider: &impl SnapshotProvider) {
        let listed: BTreeSet<SourceRef> = provider
            .sources(ListSources::default())
            .try_collect()
            .await
            .unwrap()
            .into_iter()
            .map(|found| found.reference)
            .collect();
        let there: BTreeSet<SourceRef> = world.sources().into_iter().collect();
        assert_eq!(there.difference(&listed).collect::<Vec<_>>(), Vec::<&SourceRef>::new());
    }

    pub(super) async fn a_listed_source_can_be_snapshotted(world: &World, provider: &impl SnapshotProvider) {
        let sources = provider.sources(ListSources::default()).try_collect().await.unwrap();
        let first = sources.into_iter().find(|found| found.reference == world.source()).unwrap();
        quickly(provider.create(CreateSnapshot::new(first.reference))).await.unwrap();
        assert_eq!(world.creates_committed(), 1);
    }

    // --- listing ---

    pub(super) async fn a_list_is_complete_across_pages(world: &World, provider: &impl SnapshotProvider) {
        let listed = all(provider).await;
        let ids: BTreeSet<String> = listed.iter().map(|snapshot| snapshot.reference().to_string()).collect();
        assert_eq!(ids.len(), listed.len(), "a snapshot is listed twice");
        let there = serde_json::to_value(world.simulator.state(world.provider)).unwrap()["snapshots"].clone();
        assert_eq!(listed.len(), there.as_array().unwrap().len());
    }

    pub(super) async fn what_is_listed_can_be_got(_: &World, provider: &impl SnapshotProvider) {
        for listed in all(provider).await.into_iter().take(3) {
            let got = provider.get_snapshot(&listed.reference()).await.unwrap();
            assert_eq!((got.id, got.state, got.created_at), (listed.id, listed.state, listed.created_at));
        }
    }

    pub(super) async fn a_snapshot_being_made_is_listed(world: &World, provider: &impl SnapshotProvider) {
        quickly(provider.create(CreateSnapshot::new(world.source()))).start().await.unwrap();
        let listed = all(provider).await;
        assert_eq!(listed.len(), 1, "{listed:#?}");
    }

    pub(super) async fn a_list_of_a_source_leaves_out_the_others(world: &World, provider: &impl SnapshotProvider) {
        let mine = created(world, provider).await;
        let other = world.sources().remove(1);
        let theirs = quickly(provider.create(CreateSnapshot::new(other))).await.unwrap().snapshot;
        let listed = provider.snapshots(ListSnapshots::of(world.source())).try_collect().await.unwrap();
        let ids: Vec<&str> = listed.iter().map(|snapshot| snapshot.id.as_str()).collect();
        assert!(ids.contains(&mine.id.as_str()) && !ids.contains(&theirs.id.as_str()), "{ids:?}");
    }

    pub(super) async fn a_missing_snapshot_is_not_found(world: &World, provider: &impl SnapshotProvider) {
        let error = provider.get_snapshot(&missing(world)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    }

    // --- creating ---

    pub(super) async fn a_finished_create_can_be_got_by_its_id(world: &World, provider: &impl SnapshotProvider) {
        let snapshot = created(world, provider).await;
        assert_eq!(snapshot.state, SnapshotState::Available);
        let got = provider.get_snapshot(&snapshot.reference()).await.unwrap();
        assert_eq!((&got.id, &got.state), (&snapshot.id, &SnapshotState::Available));
    }

    pub(super) async fn a_create_makes_one_snapshot(world: &World, provider: &impl SnapshotProvider) {
        let snapshot = created(world, provider).await;
        assert_eq!(world.creates_committed(), 1);
        let ids: Vec<String> = all(provider).await.into_iter().map(|found| found.id).collect();
        assert_eq!(ids, [snapshot.id]);
    }

    pub(super) async fn creates_of_one_source_side_by_side_are_told_apart(
        world: &World,
        provider: &impl SnapshotProvider,
    ) {
        let create =
            || async { quickly(provider.create(CreateSnapshot::new(world.source()))).await.unwrap().snapshot.id };
        let (one, other) = tokio::join!(create(), create());
        assert_ne!(one, other);
        assert_eq!(world.creates_committed(), 2);
    }

    pub(super) async fn an_operation_read_back_polls_the_same(world: &World, provider: &impl SnapshotProvider) {
        let started = quickly(provider.create(CreateSnapshot::new(world.source()))).start().await.unwrap();
        let token = started.operation.to_string();
        let elsewhere = world.connect(quick());
        let read_back: Operation = token.parse().unwrap();
        assert_eq!(read_back, started.operation);
        let finished = elsewhere.wait(read_back).with_poll_options(quick_poll()).await.unwrap();
        let snapshot = finished.snapshot.unwrap();
        assert_eq!(snapshot.state, SnapshotState::Available);
        assert_eq!(provider.get_snapshot(&snapshot.reference()).await.unwrap().id, snapshot.id);
    }

    pub(super) async fn dropping_a_wait_sends_nothing(world: &World, provider: &impl SnapshotProvider) {
        let started = quickly(provider.create(CreateSnapshot::new(world.source()))).start().await.unwrap();
        let polled = tokio::sync::Notify::new();
        {
            let wait = provider.wait(started.operation).with_poll_options(quick_poll());
            let wait = wait.on_progress(|_| polled.notify_one()).into_future();
            tokio::select! {
                () = polled.notified() => {}
                ended = wait => panic!("it ended before it was dropped: {ended:?}"),
            }
        }
        let sent = world.requests();
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(world.requests(), sent);
    }

    pub(super) async fn requests_are_counted_as_the_provider_sees_them(
        world: &World,
        provider: &impl SnapshotProvider,
    ) {
        let scope = Scope::new();
        scope.run(created(world, provider)).await;
        assert_eq!(u64::from(scope.requests()), world.requests());
    }

    pub(super) async fn a_source_of_another_shape_is_refused_before_anything_is_sent(
        world: &World,
        provider: &impl SnapshotProvider,
    ) {
        let shapeless = SourceRef::new(&**provider.account().name(), ["a", "b", "c", "d"]).unwrap();
        let error = provider.create(CreateSnapshot::new(shapeless)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert_eq!(world.requests(), 0);
    }

    pub(super) async fn an_unknown_option_is_refused_before_anything_is_sent(
        world: &World,
        provider: &impl SnapshotProvider,
    ) {
        let request = CreateSnapshot::new(world.source()).with_option("no_such_option", "1");
        let error = provider.create(request).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.message().contains("no_such_option"), "{error}");
        assert_eq!(world.requests(), 0);
    }

    pub(super) async fn a_hostile_id_reaches_no_other_path(world: &World, provider: &impl SnapshotProvider) {
        for id in ["..", ".", "../x", "a/b", "a?b=c", "a#b", "%2e%2e", "a b", "a\r\nX: y", "ü"] {
            let hostile = SnapshotRef::new(&**provider.account().name(), first_part(&world.source()), id).unwrap();
            let error = provider.get_snapshot(&hostile).await.unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidInput), "{id:?}: {error}");
        }
    }

    pub(super) async fn a_server_that_is_not_there_is_an_error_and_makes_nothing(
        world: &World,
        provider: &impl SnapshotProvider,
    ) {
        let path = match world.provider {
            Provider::SiteHost | Provider::Ionos => vec!["nosuchserver", "nosuchdisk"],
            _ => vec!["nosuchserver"],
        };
        let nowhere = SourceRef::new(&**provider.account().name(), path).unwrap();
        let error = quickly(provider.create(CreateSnapshot::new(nowhere))).await.unwrap_err();
        assert_ne!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");
        assert_eq!(world.creates_committed(), 0);
    }

    // --- what capabilities say ---

    pub(super) async fn a_name_is_kept_or_refused(world: &World, provider: &impl SnapshotProvider) {
        let request = CreateSnapshot::new(world.source()).with_name("before-upgrade");
        let outcome = quickly(provider.create(request)).await;
        if provider.capabilities().name {
            assert_eq!(outcome.unwrap().snapshot.name.as_deref(), Some("before-upgrade"));
        } else {
            assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Unsupported);
            assert_eq!(world.requests(), 0);
        }
    }

    pub(super) async fn a_description_is_kept_or_refused(world: &World, provider: &impl SnapshotProvider) {
        let request = CreateSnapshot::new(world.source()).with_description("state before the upgrade");
        let outcome = quickly(provider.create(request)).await;
        if provider.capabilities().description {
            let snapshot = outcome.unwrap().snapshot;
            assert_eq!(snapshot.description.as_deref(), Some("state before the upgrade"));
        } else {
            assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Unsupported);
            assert_eq!(world.requests(), 0);
        }
    }

    pub(super) async fn an_expiry_is_kept_or_refused(world: &World, provider: &impl SnapshotProvider) {
        let request = CreateSnapshot::new(world.source()).with_expires_in(3 * HOUR);
        let outcome = quickly(provider.create(request)).await;
        if provider.capabilities().expiry == Expiry::Unsupported {
            assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Unsupported);
            assert_eq!(world.requests(), 0);
        } else {
            let listed = all(provider).await.remove(0);
            let expires_at = listed.expires_at.unwrap();
            let left = expires_at.duration_since(jiff::Timestamp::now());
            assert!((2..=3).contains(&left.as_hours()), "{left:?}");
            assert_eq!(outcome.unwrap().snapshot.expires_at, Some(expires_at));
        }
    }

    pub(super) async fn a_snapshot_knows_its_source_where_the_provider_lets_it(
        world: &World,
        provider: &impl SnapshotProvider,
    ) {
        created(world, provider).await;
        let listed = all(provider).await.remove(0);
        if let Some(source) = listed.source {
            assert!(world.source().is_within(&source), "{source} is not {}", world.source());
        } else {
            assert_eq!(
                world.provider,
                Provider::SiteHost,
                "{}: only SiteHost's list leaves the disk out",
                world.provider
            );
        }
    }

    pub(super) async fn a_delete_is_done_or_refused(world: &World, provider: &impl SnapshotProvider) {
        let snapshot = created(world, provider).await;
        let sent = world.requests();
        let outcome = provider.start_delete(&snapshot.reference()).await;
        if provider.capabilities().delete {
            let finished = provider.wait(outcome.unwrap()).with_poll_options(quick_poll()).await.unwrap();
            assert_eq!(finished.snapshot, None);
            let gone = all(provider).await.into_iter().all(|left| left.state == SnapshotState::Deleted);
            assert!(gone, "the snapshot is still there");
        } else {
            assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Unsupported);
            assert_eq!(world.requests(), sent);
        }
    }

    pub(super) async fn deleting_what_is_not_there_is_not_found(world: &World, provider: &impl SnapshotProvider) {
        let error = provider.start_delete(&missing(world)).await.unwrap_err();
        let expected = if provider.capabilities().delete { ErrorKind::NotFound } else { ErrorKind::Unsupported };
        assert_eq!(error.kind(), expected, "{error}");
    }

    pub(super) async fn a_restore_is_done_or_refused(world: &World, provider: &impl SnapshotProvider) {
        let snapshot = created(world, provider).await;
        let outcome = provider.start_restore(&restore_of(provider, &snapshot, world.source())).await;
        match provider.capabilities().restore {
            RestoreTarget::Unsupported => assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Unsupported),
            how => {
                let finished = provider.wait(outcome.unwrap()).with_poll_options(quick_poll()).await.unwrap();
                assert_eq!(finished.confirmed, how != RestoreTarget::InPlaceUnobserved);
            }
        }
    }

    pub(super) async fn a_restore_without_a_target_that_is_needed_is_refused_before_anything_is_sent(
        world: &World,
        provider: &impl SnapshotProvider,
    ) {
        if provider.capabilities().restore == RestoreTarget::OntoTarget {
            let error = provider.start_restore(&RestoreSnapshot::new(missing(world))).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
            assert_eq!(world.requests(), 0);
        }
    }

    pub(super) async fn a_rename_is_done_or_refused(world: &World, provider: &impl SnapshotProvider) {
        let snapshot = created(world, provider).await;
        let sent = world.requests();
        let request = UpdateSnapshot::new(snapshot.reference()).with_name("renamed").with_description("kept");
        let outcome = provider.start_update(&request).await;
        if provider.capabilities().rename {
            provider.wait(outcome.unwrap()).with_poll_options(quick_poll()).await.unwrap();
            let got = provider.get_snapshot(&snapshot.reference()).await.unwrap();
            assert_eq!((got.name.as_deref(), got.description.as_deref()), (Some("renamed"), Some("kept")));
            assert_eq!(got.source, snapshot.source, "a new description must not lose the source");
        } else {
            assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Unsupported);
            assert_eq!(world.requests(), sent);
        }
    }

    pub(super) async fn a_new_expiry_is_reported_as_the_provider_has_it(
        world: &World,
        provider: &impl SnapshotProvider,
    ) {
        let snapshot = created(world, provider).await;
        let sent = world.requests();
        let request = UpdateSnapshot::new(snapshot.reference()).with_expires_in(48 * HOUR);
        let outcome = provider.start_update(&request).await;
        if provider.capabilities().change_expiry {
            let finished = provider.wait(outcome.unwrap()).with_poll_options(quick_poll()).await.unwrap();
            let reported = finished.snapshot.unwrap().expires_at;
            assert_eq!(reported, provider.get_snapshot(&snapshot.reference()).await.unwrap().expires_at);
            assert!(reported > snapshot.expires_at);
        } else {
            assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Unsupported);
            assert_eq!(world.requests(), sent);
        }
    }

    // --- whose it is ---

    /// What belongs to another account, or to another provider's, is refused by every call before anything is sent.
    pub(super) async fn what_belongs_to_another_account_opens_nothing(world: &World, provider: &impl SnapshotProvider) {
        let strangers = [
            Account::new(provider.account().provider(), "another", "127.0.0.1"),
            Account::new("another", &**provider.account().name(), "127.0.0.1"),
        ];
        for stranger in strangers {
            let source = SourceRef::from_written_path("another", &world.source().written_path()).unwrap();
            let snapshot = SnapshotRef::new("another", first_part(&world.source()), "93").unwrap();
            let request = CreateSnapshot::new(source.clone());
            let fingerprint = CreateFingerprint::new(&Account::new("x", "another", ""), &request)
                .unwrap()
                .with_sent(SendWindow::now());
            let restore = RestoreSnapshot::new(snapshot.clone()).with_target(source.clone());
            let update = UpdateSnapshot::new(snapshot.clone()).with_name("x").with_expires_in(HOUR);
            let operation = Operation::new(&stranger, OperationKind::Delete).with_snapshot(snapshot.clone());
            let unconfirmed = Operation::unconfirmed(&stranger, fingerprint.clone());
            let errors = [
                provider.validate_create(&request).unwrap_err(),
                provider.create(request.clone()).await.unwrap_err(),
                provider.fingerprint(&request).await.unwrap_err(),
                provider.start_create(&request, &fingerprint).await.unwrap_err(),
                provider.find_created(&fingerprint).await.unwrap_err(),
                provider.list_snapshots(&ListSnapshots::of(source.clone())).await.unwrap_err(),
                provider.get_snapshot(&snapshot).await.unwrap_err(),
                provider.restore(restore.clone()).await.unwrap_err(),
                provider.start_restore(&restore).await.unwrap_err(),
                provider.delete(snapshot.clone()).await.unwrap_err(),
                provider.start_delete(&snapshot).await.unwrap_err(),
                provider.update(update.clone()).await.unwrap_err(),
                provider.start_update(&update).await.unwrap_err(),
                provider.wait(operation.clone()).await.unwrap_err(),
                provider.wait(unconfirmed.clone()).await.unwrap_err(),
                provider.poll(std::slice::from_ref(&operation)).await.remove(0).unwrap_err(),
                provider.poll(&[unconfirmed]).await.remove(0).unwrap_err(),
            ];
            for error in errors {
                let is_refused = matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported);
                assert!(is_refused && error.is_own_refusal(), "{error}");
            }
        }
        let token: PageToken = serde_json::from_str(r#""{\"list\":\"ionos:another:sources\",\"at\":\"1\"}""#).unwrap();
        let lists = [
            provider.list_sources(&ListSources::default().with_page(token.clone())).await.map(drop).unwrap_err(),
            provider.list_snapshots(&ListSnapshots::default().with_page(token)).await.map(drop).unwrap_err(),
        ];
        assert!(lists.iter().all(|error| error.kind() == ErrorKind::InvalidInput), "{lists:?}");
        assert_eq!(world.requests(), 0);
    }

    // --- access ---

    pub(super) async fn access_is_checked_with_one_request(world: &World, provider: &impl SnapshotProvider) {
        provider.check_access().await.unwrap();
        assert_eq!(world.requests(), 1);
    }
}

macro_rules! contracts {
    ($provider:expr => $($options:ident: $($contract:ident),+;)+) => {$($(
        #[tokio::test]
        async fn $contract() {
            let world = World::with($provider, contract::$options()).await;
            contract::$contract(&world, &&*world.connect(quick())).await;
            let world = World::with($provider, contract::$options()).await;
            contract::$contract(&world, &world.connect(quick())).await;
            let world = World::with($provider, contract::$options()).await;
            contract::$contract(&world, &Arc::<dyn SnapshotProvider>::from(world.connect(quick()))).await;
        }
    )+)+};
}

macro_rules! conformance {
    ($name:ident, $provider:expr) => {
        mod $name {
            use super::*;

            contracts! { $provider =>
                many:
                    sources_are_complete_across_pages,
                    a_list_is_complete_across_pages,
                    what_is_listed_can_be_got;
                few:
                    a_listed_source_can_be_snapshotted,
                    a_snapshot_being_made_is_listed,
                    a_list_of_a_source_leaves_out_the_others,
                    a_missing_snapshot_is_not_found,
                    a_finished_create_can_be_got_by_its_id,
                    a_create_makes_one_snapshot,
                    creates_of_one_source_side_by_side_are_told_apart,
                    an_operation_read_back_polls_the_same,
                    dropping_a_wait_sends_nothing,
                    requests_are_counted_as_the_provider_sees_them,
                    a_source_of_another_shape_is_refused_before_anything_is_sent,
                    an_unknown_option_is_refused_before_anything_is_sent,
                    a_hostile_id_reaches_no_other_path,
                    a_server_that_is_not_there_is_an_error_and_makes_nothing,
                    a_name_is_kept_or_refused,
                    a_description_is_kept_or_refused,
                    an_expiry_is_kept_or_refused,
                    a_snapshot_knows_its_source_where_the_provider_lets_it,
                    a_delete_is_done_or_refused,
                    deleting_what_is_not_there_is_not_found,
                    a_restore_is_done_or_refused,
                    a_restore_without_a_target_that_is_needed_is_refused_before_anything_is_sent,
                    a_rename_is_done_or_refused,
                    a_new_expiry_is_reported_as_the_provider_has_it,
                    what_belongs_to_another_account_opens_nothing,
                    access_is_checked_with_one_request;
            }
        }
    };
}

conformance!(sitehost, Provider::SiteHost);
conformance!(hostway, Provider::Hostway);
conformance!(nodecoid, Provider::NodeCoId);
conformance!(ionos, Provider::Ionos);

/// node.co.id has one list for the account: the first create reads its server's, the others share one.
#[tokio::test]
async fn fingerprints_that_are_taken_at_the_same_time_share_a_list() {
    let world = World::with(Provider::NodeCoId, contract::few()).await;
    let client = world.connect(quick());
    let sources = world.sources();
    let fingerprint = |index: usize| {
        let request = CreateSnapshot::new(sources[index].clone());
        let client = &client;
        async move { client.fingerprint(&request).await.unwrap().source }
    };
    let taken = tokio::join!(fingerprint(0), fingerprint(1), fingerprint(2));
    assert_eq!([taken.0, taken.1, taken.2], sources[..3]);
    assert_eq!(world.requests(), 2);
}
