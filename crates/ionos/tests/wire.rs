//! Every call as it goes over the wire, and what becomes of every documented answer.
//!
//! A case is a file below `tests/wire/CALL/`; adding one is adding a file. The calls of [`Api`](ionos::Api) begin with
//! `api_`.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use std::fmt::Debug;

use cloudsnap_core::provider::{Account, CreateFingerprint};
use cloudsnap_core::testing::{Case, ScriptedServer, cases, transcript};
use ionos::{
    Client, Config, CreateSnapshot, CreateVolumeSnapshot, HttpOptions, Label, ListQuery, ListSnapshots, ListSources,
    Operation, OperationKind, RestoreSnapshot, RetryOptions, SnapshotChanges, SnapshotProvider, SnapshotRef, SourceRef,
    UpdateSnapshot,
};

/// Made-up ids, as the provider's page has them.
const DATACENTER: &str = "7f0c1d2e-0000-4000-8000-0000000000d1";
const VOLUME: &str = "2b9e3f4a-0000-4000-8000-0000000000b1";
const SNAPSHOTS: [&str; 3] = [
    "c1d2e3f4-0000-4000-8000-000000000001",
    "c1d2e3f4-0000-4000-8000-000000000002",
    "c1d2e3f4-0000-4000-8000-000000000003",
];
const REQUESTS: [&str; 3] = [
    "9d0e1f2a-0000-4000-8000-000000000009",
    "9d0e1f2a-0000-4000-8000-00000000000a",
    "9d0e1f2a-0000-4000-8000-00000000000b",
];

/// Parameters whose values the snapshots show.
const PUBLIC: &[&str] = &[
    "depth",
    "filter.createdBefore",
    "filter.method",
    "filter.name",
    "filter.status",
    "filter.url",
    "limit",
    "maxResults",
    "offset",
    "orderBy",
    "pretty",
];

#[tokio::test]
async fn every_case_on_the_wire() {
    for case in cases("tests/wire") {
        let server = ScriptedServer::start(case.answers.clone()).await;
        let client = client(&case, &server);
        let outcome = match case.call.strip_prefix("api_") {
            Some(call) => api_call(&client, call).await,
            None => call(&client, &case.call).await,
        };
        let text = transcript(&case, &server.finish(), PUBLIC, &outcome).replace(client_host(&client), "{host}");
        insta::assert_snapshot!(case.name.as_str(), text);
    }
}

fn client_host(client: &Client) -> &str {
    client.account().host()
}

fn client(case: &Case, server: &ScriptedServer) -> Client {
    let config = match case.call.as_str() {
        "api_create_snapshot_with_password" => Config::with_password("user@example.com", "made-up-password"),
        _ => Config::with_token("made-up-token").with_contract_number(31_884_391),
    };
    let http = HttpOptions::default().with_retry(RetryOptions::never());
    Client::new(config.with_base_url(server.url()).with_http(http)).unwrap()
}

async fn call(client: &Client, call: &str) -> String {
    match call {
        "check_access" => shown(client.check_access().await),
        "list_sources" => shown(client.list_sources(&ListSources::default()).await),
        "list_snapshots" => shown(client.list_snapshots(&ListSnapshots::default()).await),
        "get_snapshot" => shown(client.get_snapshot(&snapshot(0)).await),
        "create" => shown(client.start_create(&create(), &fingerprint()).await),
        "find_created" => shown(client.find_created(&fingerprint()).await),
        "restore" => shown(client.start_restore(&RestoreSnapshot::new(snapshot(0)).with_target(volume())).await),
        "delete" => shown(client.start_delete(&snapshot(0)).await),
        "update" => shown(client.start_update(&update().with_name("renamed").with_description("kept until Q3")).await),
        "update_never_expires" => shown(client.start_update(&update().with_no_expiry()).await),
        "update_options" => shown(client.start_update(&update_of_options()).await),
        "poll_create" => poll(client, &[operation(client, OperationKind::Create, 0)]).await,
        "poll_unnamed_create" => poll(client, &[unnamed_create(client)]).await,
        "poll_delete" => poll(client, &[operation(client, OperationKind::Delete, 0)]).await,
        "poll_update" => poll(client, &[operation(client, OperationKind::Update, 0)]).await,
        "poll_restore" => poll(client, &[operation(client, OperationKind::Restore, 0).with_source(volume())]).await,
        "poll_many" => {
            let kinds = [OperationKind::Create, OperationKind::Create, OperationKind::Delete];
            let operations: Vec<_> =
                kinds.into_iter().enumerate().map(|(at, kind)| operation(client, kind, at)).collect();
            poll(client, &operations).await
        }
        unknown => panic!("tests/wire/{unknown}: no such call; add it to `call`"),
    }
}

async fn api_call(client: &Client, call: &str) -> String {
    let (api, id, all) = (client.api(), SNAPSHOTS[0], ListQuery::new());
    match call {
        "create_snapshot" => shown(api.create_snapshot(DATACENTER, VOLUME, &every_parameter()).await),
        "create_snapshot_with_password" | "create_snapshot_bare" => {
            shown(api.create_snapshot(DATACENTER, VOLUME, &CreateVolumeSnapshot::default()).await)
        }
        "restore_snapshot" => shown(api.restore_snapshot(DATACENTER, VOLUME, id).await),
        "list_snapshots" => shown(api.list_snapshots(&all).await),
        "list_snapshots_filtered" => shown(api.list_snapshots(&named_db_or_web()).await),
        "get_snapshot" => shown(api.get_snapshot(id).await),
        "get_snapshot_shaped" => shown(api.with_pretty(true).with_depth(2).get_snapshot(id).await),
        "patch_snapshot" => shown(api.patch_snapshot(id, &renamed()).await),
        "put_snapshot" => shown(api.put_snapshot(id, &renamed()).await),
        "delete_snapshot" => shown(api.delete_snapshot(id).await),
        "list_snapshot_labels" => shown(api.list_snapshot_labels(id, &all).await),
        "create_snapshot_label" => shown(api.create_snapshot_label(id, &Label::new("env", "prod")).await),
        "get_snapshot_label" => shown(api.get_snapshot_label(id, "env").await),
        "put_snapshot_label" => shown(api.put_snapshot_label(id, &Label::new("env", "test")).await),
        "delete_snapshot_label" => shown(api.delete_snapshot_label(id, "env").await),
        "list_requests" => shown(api.list_requests(&all.with_filter("status", "DONE")).await),
        "list_requests_filtered" => shown(api.with_depth(1).list_requests(&posted_before_february()).await),
        "list_all_requests" => shown(api.list_all_requests(&all.with_limit(1)).await),
        "get_request" => shown(api.get_request(REQUESTS[0]).await),
        "get_request_status" => shown(api.get_request_status(REQUESTS[0]).await),
        "list_datacenters" => shown(api.list_datacenters(&all).await),
        "list_volumes" => shown(api.list_volumes(DATACENTER, &all).await),
        "get_volume" => shown(api.get_volume(DATACENTER, VOLUME).await),
        unknown => panic!("tests/wire/api_{unknown}: no such call; add it to `api_call`"),
    }
}

async fn poll(client: &Client, operations: &[Operation]) -> String {
    client.poll(operations).await.into_iter().map(shown).collect::<Vec<_>>().join("\n")
}

/// What came of it: the model, or the error as a person reads it.
fn shown<T: Debug>(outcome: ionos::Result<T>) -> String {
    match outcome {
        Ok(value) => format!("{value:#?}"),
        Err(error) => format!("{error}\n{error:#?}"),
    }
}

fn operation(client: &Client, kind: OperationKind, at: usize) -> Operation {
    let account: &Account = client.account();
    Operation::new(account, kind).with_detail("request", REQUESTS[at]).with_snapshot(snapshot(at))
}

fn unnamed_create(client: &Client) -> Operation {
    Operation::unconfirmed(client.account(), fingerprint()).with_detail("request", REQUESTS[0])
}

fn every_parameter() -> CreateVolumeSnapshot {
    CreateVolumeSnapshot {
        name: Some("db-2026-01-31".into()),
        description: Some("nightly".into()),
        sec_auth_protection: Some(false),
        licence_type: Some("LINUX".into()),
        application_type: Some("UNKNOWN".into()),
    }
}

fn renamed() -> SnapshotChanges {
    SnapshotChanges { name: Some("renamed".into()), licence_type: Some("LINUX".into()), ..Default::default() }
}

fn named_db_or_web() -> ListQuery {
    let query = ListQuery::new().with_filter("name", "db").with_filter("name", "web").with_order_by("createdDate");
    query.with_max_results(500).with_limit(50).with_offset(0)
}

fn posted_before_february() -> ListQuery {
    let query = ListQuery::new().with_filter("method", "POST").with_filter("createdBefore", "2026-02-01 00:00:00");
    query.with_limit(10_000).with_offset(100)
}

fn volume() -> SourceRef {
    format!("ionos:{DATACENTER}/{VOLUME}").parse().unwrap()
}

fn snapshot(at: usize) -> SnapshotRef {
    format!("ionos:@{}", SNAPSHOTS[at]).parse().unwrap()
}

fn create() -> CreateSnapshot {
    let create = CreateSnapshot::new(volume()).with_name("db-2026-01-31").with_description("nightly");
    create.with_option("licence_type", "LINUX")
}

fn update() -> UpdateSnapshot {
    UpdateSnapshot::new(snapshot(0))
}

fn update_of_options() -> UpdateSnapshot {
    let update = update().with_option("licence_type", "WINDOWS2022").with_option("cpu_hot_plug", "true");
    update.with_option("expose_serial", "false").with_option("require_legacy_bios", "false")
}

/// A fixed fingerprint, so that the tag in the description is the same in each run.
fn fingerprint() -> CreateFingerprint {
    serde_json::from_value(serde_json::json!({
        "id": "3f0a91c2b4d5e6f708192a3b",
        "source": volume(),
        "taken_at": "2026-01-31T02:00:00Z",
        "name": "db-2026-01-31",
        "description": "nightly",
    }))
    .unwrap()
}
