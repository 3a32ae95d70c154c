//! Every call as it goes over the wire, and what becomes of every documented answer.
//!
//! A case is a file below `tests/wire/CALL/`; adding one is adding a file.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use std::fmt::Debug;

use cloudsnap_core::http::HttpOptions;
use cloudsnap_core::testing::{Case, ScriptedServer, cases, transcript};
use cloudsnap_core::{
    CreateMark, CreateSnapshot, ListSnapshots, ListSources, Operation, OperationKind, RestoreSnapshot, RetryOptions,
    SnapshotProvider, UpdateSnapshot,
};
use ionos::{Client, Config, CreateVolumeSnapshot, Label, RequestFilter, SnapshotChanges};

/// Made-up ids, as the provider's page has them.
const DATACENTER: &str = "7f0c1d2e-0000-4000-8000-0000000000d1";
const VOLUME: &str = "2b9e3f4a-0000-4000-8000-0000000000b1";
const SNAPSHOT: &str = "c1d2e3f4-0000-4000-8000-000000000001";
const REQUEST: &str = "9d0e1f2a-0000-4000-8000-000000000009";

/// Parameters whose values the snapshots show.
const PUBLIC: &[&str] =
    &["depth", "filter.createdAfter", "filter.method", "filter.status", "filter.url", "limit", "offset", "pretty"];

#[tokio::test]
async fn every_case_on_the_wire() {
    for case in cases("tests/wire") {
        let server = ScriptedServer::start(case.answers.clone()).await;
        let outcome = call(&client(&case, &server), &case.call).await;
        let text = transcript(&case, &server.finish(), PUBLIC, &outcome);
        insta::assert_snapshot!(case.name.as_str(), text);
    }
}

fn client(case: &Case, server: &ScriptedServer) -> Client {
    let config = match case.call.as_str() {
        "create_snapshot_with_password" => Config::with_password("user@example.com", "made-up-password"),
        _ => Config::with_token("made-up-token").contract_number(31_884_391),
    };
    let http = HttpOptions::default().retry(RetryOptions::never());
    Client::new(config.base_url(server.url()).http(http)).unwrap()
}

async fn call(client: &Client, call: &str) -> String {
    match call {
        "create_snapshot" => shown(client.create_snapshot(DATACENTER, VOLUME, &every_parameter()).await),
        "create_snapshot_with_password" | "create_snapshot_bare" => {
            shown(client.create_snapshot(DATACENTER, VOLUME, &CreateVolumeSnapshot::default()).await)
        }
        "create" => shown(client.start_create(&create(), &mark()).await),
        "find_created" => shown(client.find_created(&mark()).await),
        "poll_create" => shown(poll(client, OperationKind::Create).await),
        "poll_delete" => shown(poll(client, OperationKind::Delete).await),
        "restore" => shown(client.start_restore(&RestoreSnapshot::new(snapshot()).onto(source())).await),
        "delete" => shown(client.start_delete(&snapshot()).await),
        "update" => shown(
            client.start_update(&UpdateSnapshot::new(snapshot()).name("renamed").description("kept until Q3")).await,
        ),
        "change_snapshot" => shown(client.change_snapshot(SNAPSHOT, &renamed()).await),
        "replace_snapshot" => shown(client.replace_snapshot(SNAPSHOT, &renamed()).await),
        "get_snapshot" => shown(client.get_snapshot(&snapshot()).await),
        "volume_snapshot" => shown(client.volume_snapshot(SNAPSHOT).await),
        "list_snapshots" => shown(client.list_snapshots(&ListSnapshots::default()).await),
        "list_sources" => shown(client.list_sources(&ListSources::default()).await),
        "check_access" => shown(client.check_access().await),
        "request_status" => shown(client.request_status(REQUEST).await),
        "requests" => {
            shown(client.requests(&RequestFilter { status: Some("DONE".into()), ..Default::default() }).await)
        }
        "snapshot_labels" => shown(client.snapshot_labels(SNAPSHOT).await),
        "add_snapshot_label" => shown(client.add_snapshot_label(SNAPSHOT, &Label::new("env", "prod")).await),
        "set_snapshot_label" => shown(client.set_snapshot_label(SNAPSHOT, &Label::new("env", "test")).await),
        "delete_snapshot_label" => shown(client.delete_snapshot_label(SNAPSHOT, "env").await),
        unknown => panic!("tests/wire/{unknown}: no such call; add it to `call`"),
    }
}

async fn poll(client: &Client, kind: OperationKind) -> cloudsnap_core::Result<cloudsnap_core::OperationStatus> {
    let operation = Operation::new("ionos", "ionos", kind).detail("request", REQUEST).snapshot(snapshot());
    client.poll(&[operation]).await.remove(0)
}

/// What came of it: the model, or the error as a person reads it.
fn shown<T: Debug>(outcome: cloudsnap_core::Result<T>) -> String {
    match outcome {
        Ok(value) => format!("{value:#?}"),
        Err(error) => format!("{error}\n{error:#?}"),
    }
}

fn every_parameter() -> CreateVolumeSnapshot {
    CreateVolumeSnapshot {
        name: Some("db-2026-01-31".into()),
        description: Some("nightly".into()),
        sec_auth_protection: Some(false),
        licence_type: Some("LINUX".into()),
        application_type: None,
    }
}

fn renamed() -> SnapshotChanges {
    SnapshotChanges { name: Some("renamed".into()), licence_type: Some("LINUX".into()), ..Default::default() }
}

fn source() -> cloudsnap_core::Source {
    format!("ionos:{DATACENTER}/{VOLUME}").parse().unwrap()
}

fn snapshot() -> cloudsnap_core::SnapshotRef {
    format!("ionos:@{SNAPSHOT}").parse().unwrap()
}

fn create() -> CreateSnapshot {
    CreateSnapshot::new(source()).name("db-2026-01-31").description("nightly").option("licence_type", "LINUX")
}

/// A fixed mark, so that the marker in the description is the same in each run.
fn mark() -> CreateMark {
    serde_json::from_value(serde_json::json!({
        "id": "3f0a91c2b4d5e6f708192a3b",
        "source": source(),
        "marked_at": "2026-01-31T02:00:00Z",
        "name": "db-2026-01-31",
    }))
    .unwrap()
}
