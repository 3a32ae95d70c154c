//! What every public type can be used for: sent between threads, kept behind a pointer, printed.

use std::fmt::{Debug, Display};
use std::sync::Arc;

use cloudsnap_core::provider::{
    Account, Authentication, Body, ClockOffset, CreateFingerprint, CreateLookup, Cursor, DecodeError, DescriptionTag,
    Failure, HttpClient, NestedCursor, PollQueue, ProviderTime, Request, Response, Variables,
};
use cloudsnap_core::{
    AccountAccess, Capabilities, Connection, Create, CreateIdentity, CreateSnapshot, Created, Deadline, Delete,
    Details, Error, Finished, HttpOptions, ListSnapshots, ListSources, LookupOptions, Operation, OperationStatus, Page,
    PageToken, Pager, PollOptions, ProcessState, Report, Restore, RestoreSnapshot, Scope, Secret, Snapshot,
    SnapshotProvider, SnapshotProviderExt, SnapshotRef, SnapshotState, Source, SourceRef, Started, StateStore, Update,
    UpdateSnapshot, Wait,
};

use super::common::{ACCOUNT, Scripted, job, reference, request};

fn shared<T: Send + Sync + Debug + ?Sized>() {}
fn sent<T: Send + Debug>() {}
fn future<T: Send>(_: T) {}

#[test]
fn every_public_type_can_be_shared_between_threads_and_printed() {
    macro_rules! all_shared {
        ($($type:ty),+ $(,)?) => { $( shared::<$type>(); )+ };
    }
    all_shared!(
        Account,
        AccountAccess,
        Authentication,
        Body,
        Capabilities,
        ClockOffset,
        Connection,
        CreateFingerprint,
        CreateLookup,
        CreateSnapshot,
        Created,
        Cursor,
        Deadline,
        DecodeError,
        DescriptionTag<'_>,
        Error,
        Failure,
        Finished,
        HttpClient,
        HttpOptions,
        LookupOptions,
        NestedCursor,
        Operation,
        OperationStatus,
        Page<Snapshot>,
        PageToken,
        PollOptions,
        PollQueue,
        ProcessState,
        ProviderTime,
        Report,
        Request,
        Response,
        RestoreSnapshot,
        Scope,
        Secret,
        Snapshot,
        SnapshotRef,
        SnapshotState,
        Source,
        SourceRef,
        Started,
        UpdateSnapshot,
        Variables<'_>,
        dyn SnapshotProvider,
        dyn StateStore,
        Box<dyn SnapshotProvider>,
        Arc<dyn SnapshotProvider>,
    );
    // These hold the caller's closures and futures, which need not be shareable.
    sent::<Create<'_, dyn SnapshotProvider>>();
    sent::<Restore<'_, dyn SnapshotProvider>>();
    sent::<Delete<'_, dyn SnapshotProvider>>();
    sent::<Update<'_, dyn SnapshotProvider>>();
    sent::<Wait<'_, dyn SnapshotProvider>>();
    sent::<Pager<'_, Snapshot>>();
}

#[test]
fn every_future_can_be_spawned() {
    let provider = Scripted::new();
    let shown = format!("{:?}", provider.create(request("scripted:web1")));
    assert!(shown.starts_with("Call { account: Account") && shown.contains("web1"), "{shown}");
    future(provider.create(request("scripted:web1")).start());
    future(async { provider.create(request("scripted:web1")).await });
    future(async { provider.restore(RestoreSnapshot::new(reference("93"))).await });
    future(async { provider.delete(reference("93")).await });
    future(async { provider.update(UpdateSnapshot::new(reference("93"))).await });
    future(async { provider.wait(job()).await });
    future(async { provider.snapshots(ListSnapshots::default()).try_collect().await });
    future(Scope::new().run(provider.check_access()));
}

#[test]
fn an_error_is_what_libraries_expect_of_an_error() {
    fn usable<E: std::error::Error + Display + Send + Sync + 'static>() {}
    usable::<Error>();
    usable::<DecodeError>();
    assert!(size_of::<Error>() <= size_of::<usize>(), "an error costs a result no more than a pointer");
}

/// Every call of the trait through a pointer arrives at the provider behind it.
async fn every_call(provider: impl SnapshotProvider) {
    let (request, snapshot) = (request("scripted:web1"), reference("93"));
    assert_eq!((provider.account(), provider.capabilities().identity), (&*ACCOUNT, CreateIdentity::Tag));
    assert!(format!("{:?}", provider.poll_queue()).starts_with("PollQueue"));
    provider.validate_create(&request).unwrap();
    assert_eq!(provider.check_access().await.unwrap().summary, "scripted");
    provider.list_sources(&ListSources::default()).await.unwrap();
    provider.list_snapshots(&ListSnapshots::default()).await.unwrap();
    assert_eq!(provider.snapshot(&snapshot).await.unwrap().id, "93");
    let fingerprint = provider.fingerprint(&request).await.unwrap();
    let operation = provider.start_create(&request, &fingerprint).await.unwrap();
    assert_eq!(provider.find_created(&fingerprint).await.unwrap(), CreateLookup::Absent);
    provider.start_restore(&RestoreSnapshot::new(snapshot.clone())).await.unwrap();
    provider.start_delete(&snapshot).await.unwrap();
    provider.start_update(&UpdateSnapshot::new(snapshot)).await.unwrap();
    assert_eq!(provider.poll(&[operation.clone(), operation]).await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn references_boxes_and_arcs_forward_every_call() {
    let plain = Scripted::new();
    every_call(&plain).await;
    assert_eq!(plain.calls().len(), 12);

    let shared = Arc::new(Scripted::new());
    every_call(Arc::clone(&shared)).await;
    every_call(Box::new(Arc::clone(&shared)) as Box<dyn SnapshotProvider>).await;
    every_call(&*shared as &dyn SnapshotProvider).await;
    let expected: Vec<String> = std::iter::repeat_n(plain.calls(), 3).flatten().collect();
    assert_eq!(shared.calls(), expected);
}

#[test]
fn a_snapshot_is_serialised_as_the_command_promises() {
    let mut snapshot = Snapshot::new("work".into(), "sitehost", "93", SnapshotState::Other("FROBNICATING".to_owned()));
    insta::assert_snapshot!("snapshot_of_which_little_is_known", serde_json::to_string_pretty(&snapshot).unwrap());
    snapshot.path = vec!["web1".to_owned()];
    snapshot.source = Some("work:web1/vda".parse().unwrap());
    snapshot.name = Some("nightly".to_owned());
    snapshot.description = Some("before the upgrade".to_owned());
    snapshot.state = SnapshotState::Available;
    snapshot.created_at = Some("2026-05-02T13:50:00Z".parse().unwrap());
    snapshot.expires_at = Some("2026-05-09T13:50:00Z".parse().unwrap());
    snapshot.created_text = Some("2026-05-03 01:50:00".to_owned());
    snapshot.expires_text = Some("2026-05-10 01:50:00".to_owned());
    snapshot.size_bytes = Some(10_737_418_240);
    insta::assert_snapshot!("snapshot_of_which_all_is_known", serde_json::to_string_pretty(&snapshot).unwrap());
    assert_eq!(snapshot.reference().to_string(), "work:web1@93");
}

#[test]
fn what_a_provider_tells_beyond_the_shared_fields_is_kept_under_its_own_names() {
    #[derive(serde::Serialize)]
    struct Wire {
        cpu_hot_plug: bool,
        label: Option<&'static str>,
        tags: [u8; 2],
        licence: &'static str,
    }
    let details = Details::of(&Wire { cpu_hot_plug: true, label: None, tags: [1, 2], licence: "LINUX" });
    let told: Vec<String> = details.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(told, ["cpu_hot_plug=true", "licence=LINUX", "tags=[1,2]"]);
    assert_eq!(serde_json::to_string(&details).unwrap(), r#"{"cpu_hot_plug":true,"licence":"LINUX","tags":[1,2]}"#);
    let mut snapshot = Snapshot::new("work".into(), "ionos", "93", SnapshotState::Available);
    snapshot.details = details;
    assert!(
        serde_json::to_string(&snapshot)
            .unwrap()
            .ends_with(r#","details":{"cpu_hot_plug":true,"licence":"LINUX","tags":[1,2]}}"#)
    );
    for nothing in [Details::of(&"text"), Details::of(&serde_json::json!({"a": null})), Details::default()] {
        assert!(nothing.is_empty() && nothing.iter().next().is_none());
        assert_eq!(serde_json::to_string(&nothing).unwrap(), "{}");
    }
}
