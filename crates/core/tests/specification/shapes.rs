//! What every public type can be used for: sent between threads, kept behind a pointer, printed.

use std::fmt::{Debug, Display};
use std::sync::Arc;

use cloudsnap_core::http::{BaseUrl, Body, DecodeError, Failure, HttpClient, HttpOptions, Request, Response};
use cloudsnap_core::{
    AccountAccess, Capabilities, Create, CreateIdentity, CreateMark, CreateOption, CreateOptions, CreateSnapshot,
    Created, Effect, Error, ErrorKind, Expiry, Finished, Happened, ListSnapshots, ListSources, Marker, Operation,
    OperationKind, OperationStatus, Page, PageToken, Pager, PollOptions, Poller, Progress, ProviderTime, Restore,
    RestoreSnapshot, RetryOptions, Scope, Secret, Snapshot, SnapshotProvider, SnapshotProviderExt, SnapshotRef,
    SnapshotState, Source, SourceDetails, Stage, Started, UpdateSnapshot, Variables, Verdict, Walk,
};

use super::common::Scripted;

fn shared<T: Send + Sync + Debug + ?Sized>() {}
fn sent<T: Send + Debug>() {}
fn future<T: Send>(_: T) {}

#[test]
fn every_public_type_can_be_shared_between_threads_and_printed() {
    macro_rules! all_shared {
        ($($type:ty),+ $(,)?) => { $( shared::<$type>(); )+ };
    }
    all_shared!(
        AccountAccess,
        BaseUrl,
        Body,
        Capabilities,
        CreateIdentity,
        CreateMark,
        CreateOption,
        CreateOptions,
        CreateSnapshot,
        Created,
        DecodeError,
        Effect,
        Error,
        ErrorKind,
        Expiry,
        Failure,
        Finished,
        Happened,
        HttpClient,
        HttpOptions,
        ListSnapshots,
        ListSources,
        Marker,
        Operation,
        OperationKind,
        OperationStatus,
        Page<Snapshot>,
        PageToken,
        Pager<'_, Snapshot>,
        PollOptions,
        Progress,
        ProviderTime,
        Request,
        Response,
        Restore,
        RestoreSnapshot,
        RetryOptions,
        Scope,
        Secret,
        Snapshot,
        SnapshotRef,
        SnapshotState,
        Source,
        SourceDetails,
        Stage,
        Started,
        UpdateSnapshot,
        Variables<'_>,
        Verdict,
        Walk,
        dyn SnapshotProvider,
        Box<dyn SnapshotProvider>,
        Arc<dyn SnapshotProvider>,
    );
    // These hold the caller's closures, which need not be shareable.
    sent::<Create<'_, dyn SnapshotProvider>>();
    sent::<Poller<'_, dyn SnapshotProvider>>();
}

#[test]
fn every_future_can_be_spawned() {
    let provider = Scripted::new();
    let request = CreateSnapshot::new("scripted:web1".parse().unwrap());
    future(provider.create(request.clone()).start());
    future(async { provider.create(request).await });
    future(async { provider.wait(Operation::new("p", "a", OperationKind::Delete)).await });
    future(async { provider.snapshots(ListSnapshots::default()).collect().await });
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
    let source: Source = "scripted:web1".parse().unwrap();
    let snapshot: SnapshotRef = "scripted:web1@93".parse().unwrap();
    let request = CreateSnapshot::new(source);
    assert_eq!((provider.provider(), provider.account()), ("scripted", "scripted"));
    assert_eq!(provider.capabilities().identity, CreateIdentity::Marker);
    provider.validate_create(&request).unwrap();
    assert_eq!(provider.check_access().await.unwrap().summary, "scripted");
    provider.list_sources(&ListSources::default()).await.unwrap();
    provider.list_snapshots(&ListSnapshots::default()).await.unwrap();
    assert_eq!(provider.get_snapshot(&snapshot).await.unwrap().id, "93");
    let mark = provider.mark(&request).await.unwrap();
    let operation = provider.start_create(&request, &mark).await.unwrap();
    assert_eq!(provider.find_created(&mark).await.unwrap(), None);
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
    every_call(Box::new(Arc::clone(&shared))).await;
    every_call(Arc::clone(&shared) as Arc<dyn SnapshotProvider>).await;
    every_call(Box::new(Arc::clone(&shared)) as Box<dyn SnapshotProvider>).await;
    every_call(&*shared as &dyn SnapshotProvider).await;
    let expected: Vec<String> = std::iter::repeat_n(plain.calls(), 5).flatten().collect();
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
