//! Every call as it goes over the wire, and what becomes of every documented answer.
//!
//! A case is a file below `tests/wire/CALL/`; adding one is adding a file.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use std::fmt::Debug;
use std::time::Duration;

use cloudsnap_core::http::HttpOptions;
use cloudsnap_core::testing::{Case, ScriptedServer, cases, transcript};
use cloudsnap_core::{
    CreateMark, CreateSnapshot, ListSnapshots, ListSources, Operation, OperationKind, RestoreSnapshot, RetryOptions,
    SnapshotProvider, UpdateSnapshot,
};
use sitehost::{ApiVersion, Client, Config, CreateImage, JobRef, Paging, ServerFilter, SortDirection};

/// Made up, and to be seen nowhere.
const KEY: &str = "made-up-key";

/// The names of the provider's page.
const SERVER: &str = "servername";
const DISK: &str = "xvda2";
const SNAPSHOT: &str = "93";
const IMAGE: &str = "my-custom-image";

/// Parameters whose values the snapshots show: all but the key.
const PUBLIC: &[&str] = &[
    "build_id",
    "client_id",
    "code",
    "filters[code]",
    "filters[location]",
    "filters[location_node]",
    "filters[name]",
    "filters[page_number]",
    "filters[page_size]",
    "filters[product_code]",
    "filters[product_type]",
    "filters[sort_by]",
    "filters[sort_dir]",
    "filters[state]",
    "filters[type]",
    "filters[updated_since]",
    "id",
    "image_id",
    "job_id",
    "label",
    "lifetime",
    "name",
    "params[code]",
    "params[fork_id]",
    "params[ssh_keys][0]",
    "params[ssh_keys][1]",
    "params[ssh_keys][]",
    "partition",
    "snapshot",
    "type",
    "version",
];

#[tokio::test]
async fn every_case_on_the_wire() {
    for case in cases("tests/wire") {
        let server = ScriptedServer::start(case.answers.clone()).await;
        let client = client(&case, &server);
        let outcome = call(&client, &case.call).await;
        let requests = server.finish();
        for request in &requests {
            let parameters =
                if request.method == "GET" { request.target.split_once('?').unwrap().1 } else { &request.body };
            assert!(parameters.starts_with(&format!("apikey={KEY}")), "{}: the key comes first", case.name);
        }
        let text = transcript(&case, &requests, PUBLIC, &outcome);
        assert!(!format!("{text}{client:?}").contains(KEY), "{}: the key is shown", case.name);
        insta::assert_snapshot!(case.name.as_str(), text);
    }
}

fn client(case: &Case, server: &ScriptedServer) -> Client {
    let mut config = Config::new(KEY, 1);
    if case.call.ends_with("_at_1_5") {
        config = config.api_version(ApiVersion::V1_5);
    }
    let again = RetryOptions::default().pauses(Duration::ZERO, Duration::ZERO);
    let retry = if case.call.ends_with("_again") { again } else { RetryOptions::never() };
    let http = HttpOptions::default().retry(retry);
    let config = config.base_url(server.url()).http(http);
    assert!(!format!("{config:?}").contains(KEY));
    Client::new(config).unwrap()
}

async fn call(client: &Client, call: &str) -> String {
    match call {
        "create" | "create_at_1_5" => shown(client.start_create(&create(), &mark()).await),
        "mark" => shown(client.mark(&create()).await.map(|mark| mark.known_ids)),
        "find_created" => shown(client.find_created(&mark()).await),
        "poll_create" => shown(poll(client, create_job()).await),
        "poll_create_at_1_5" => shown(poll(client, at_1_5(OperationKind::Create).source(source()).mark(mark())).await),
        "poll_delete" => shown(poll(client, at_1_5(OperationKind::Delete).snapshot(snapshot())).await),
        "poll_restore" => shown(poll(client, at_1_5(OperationKind::Restore).snapshot(snapshot())).await),
        "poll_update" => shown(poll(client, at_1_5(OperationKind::Update).snapshot(snapshot())).await),
        "restore" => shown(client.start_restore(&RestoreSnapshot::new(snapshot())).await),
        "restore_onto" => shown(client.start_restore(&RestoreSnapshot::new(snapshot()).onto(source())).await),
        "delete" | "delete_again" => shown(client.start_delete(&snapshot()).await),
        "update" => shown(client.start_update(&extended()).await),
        "get_snapshot" => shown(client.get_snapshot(&snapshot()).await),
        "list_snapshots" => shown(client.list_snapshots(&ListSnapshots::default()).await),
        "list_snapshots_of_disk" => shown(client.list_snapshots(&ListSnapshots::of(source())).await),
        "list_snapshots_of_server" => {
            shown(client.list_snapshots(&ListSnapshots::of("sitehost:servername".parse().unwrap())).await)
        }
        "list_sources" => shown(client.list_sources(&ListSources::default()).await),
        "check_access" => shown(client.check_access().await),
        "info" => shown(client.info().await),
        "server_snapshots" => shown(client.server_snapshots(SERVER).await),
        "job" => shown(client.job(&job("32563", ApiVersion::V1_5)).await),
        "job_at_1_3" => shown(client.job(&job("29", ApiVersion::V1_3)).await),
        "server" => shown(client.server(SERVER).await),
        "server_state" => shown(client.server_state(SERVER).await),
        "servers" => shown(client.servers(&ServerFilter { state: Some("On".into()), ..Default::default() }).await),
        "server_page" => shown(client.server_page(&every_filter(), &every_order()).await),
        call => image_call(client, call).await,
    }
}

async fn image_call(client: &Client, call: &str) -> String {
    let without_code = CreateImage { label: "My Custom Image".into(), ..Default::default() };
    let job = |version: &str| {
        let operation = Operation::new("sitehost", "sitehost", OperationKind::Create);
        let operation = operation.detail("job", "3433562").detail("job_type", "scheduler");
        operation.detail("job_version", version).detail("image_label", "My Custom Image").detail("image_known", "490")
    };
    match call {
        "create_image" | "create_image_at_1_5" => shown(client.create_image(&every_parameter()).await),
        "start_image" => shown(client.start_image(&every_parameter()).await),
        "start_image_without_code" => shown(client.start_image(&without_code).await),
        "poll_image" => shown(client.poll_image(&job("1.0").detail("image_code", IMAGE)).await),
        "poll_image_without_code" => shown(client.poll_image(&job("1.0")).await),
        "poll_image_delete" => shown(poll(client, at_1_5(OperationKind::Delete).detail("image_code", IMAGE)).await),
        "start_image_delete" => shown(client.start_image_delete(IMAGE).await),
        "images" => shown(client.images(Some(IMAGE)).await),
        "image" => shown(client.image(IMAGE).await),
        "delete_image" => shown(client.delete_image(IMAGE).await),
        "image_versions" => shown(client.image_versions("415").await),
        "newest_image_version" => shown(client.newest_image_version("77").await),
        "image_build" => shown(client.image_build(IMAGE, "11").await),
        "delete_image_version" => shown(client.delete_image_version(IMAGE, "1.1-1076").await),
        "image_changelog" => shown(client.image_changelog("sitehost-php55").await),
        "stack_images" => shown(client.stack_images(&every_order()).await),
        unknown => panic!("tests/wire/{unknown}: no such call; add it to `call`"),
    }
}

async fn poll(client: &Client, operation: Operation) -> cloudsnap_core::Result<cloudsnap_core::OperationStatus> {
    client.poll(&[operation]).await.remove(0)
}

/// What came of it: the model, or the error as a person reads it.
fn shown<T: Debug>(outcome: cloudsnap_core::Result<T>) -> String {
    match outcome {
        Ok(value) => format!("{value:#?}"),
        Err(error) => format!("{error}\n{error:#?}"),
    }
}

fn create_job() -> Operation {
    let operation = Operation::new("sitehost", "sitehost", OperationKind::Create).source(source()).snapshot(snapshot());
    operation.detail("job", "29").detail("job_type", "scheduler").detail("job_version", "1.3")
}

fn at_1_5(kind: OperationKind) -> Operation {
    let operation = Operation::new("sitehost", "sitehost", kind).detail("job", "29658457");
    operation.detail("job_type", "scheduler").detail("job_version", "1.5")
}

fn job(id: &str, version: ApiVersion) -> JobRef {
    JobRef { id: id.into(), kind: "scheduler".into(), version }
}

fn every_filter() -> ServerFilter {
    ServerFilter {
        state: Some("On".into()),
        kind: Some("VPS".into()),
        name: Some(SERVER.into()),
        location: Some("AIR".into()),
        location_node: Some("NZ-AKL1-6JKW20".into()),
        product_type: Some("LINVPS".into()),
        product_code: Some("CODE".into()),
        updated_since: Some("2023-01-01 13:30:00".into()),
    }
}

fn every_order() -> Paging {
    Paging {
        sort_by: Some("name".into()),
        sort_dir: Some(SortDirection::Ascending),
        page_size: Some(10),
        page_number: Some(1),
    }
}

fn every_parameter() -> CreateImage {
    CreateImage {
        label: "My Custom Image".into(),
        code: Some(IMAGE.into()),
        ssh_keys: vec!["23".into(), "25".into()],
        fork_id: Some("61".into()),
    }
}

fn source() -> cloudsnap_core::Source {
    format!("sitehost:{SERVER}/{DISK}").parse().unwrap()
}

fn snapshot() -> cloudsnap_core::SnapshotRef {
    format!("sitehost:{SERVER}@{SNAPSHOT}").parse().unwrap()
}

fn create() -> CreateSnapshot {
    CreateSnapshot::new(source()).expires_in(Duration::from_secs(3600))
}

fn extended() -> UpdateSnapshot {
    UpdateSnapshot::new(snapshot()).expires_in(Duration::from_secs(3 * 3600))
}

/// A fixed mark, with one snapshot that was there before.
fn mark() -> CreateMark {
    serde_json::from_value(serde_json::json!({
        "id": "3f0a91c2b4d5e6f708192a3b",
        "source": source(),
        "marked_at": "2026-05-02T01:50:00Z",
        "known_ids": ["91695"],
    }))
    .unwrap()
}
