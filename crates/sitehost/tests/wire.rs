//! Every call as it goes over the wire, and what becomes of every documented answer.
//!
//! A case is a file below `tests/wire/CALL/`; adding one is adding a file.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use std::fmt::Debug;
use std::time::Duration;

use cloudsnap_core::provider::{Account, CreateFingerprint};
use cloudsnap_core::testing::{Case, ScriptedServer, cases, transcript};
use sitehost::{
    ApiVersion, Client, Config, CreateImage, CreateSnapshot, HttpOptions, JobRef, ListSnapshots, ListSources,
    Operation, OperationKind, OperationStatus, Paging, RestoreSnapshot, Result, RetryOptions, ServerFilter,
    SnapshotProvider, SnapshotRef, SortDirection, SourceRef, UpdateSnapshot,
};

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
        let text = transcript(&case, &requests, PUBLIC, &outcome).replace(&**client.account().host(), "{host}");
        assert!(!format!("{text}{client:?}").contains(KEY), "{}: the key is shown", case.name);
        insta::assert_snapshot!(case.name.as_str(), text);
    }
}

fn client(case: &Case, server: &ScriptedServer) -> Client {
    let mut config = Config::new(KEY, 1);
    if case.call.ends_with("_at_1_5") {
        config = config.with_api_version(ApiVersion::V1_5);
    }
    let again = RetryOptions::default().with_pauses(Duration::ZERO, Duration::ZERO);
    let retry = if case.call.ends_with("_again") { again } else { RetryOptions::never() };
    let config = config.with_base_url(server.url()).with_http(HttpOptions::default().with_retry(retry));
    assert!(!format!("{config:?}").contains(KEY));
    Client::new(config).unwrap()
}

async fn call(client: &Client, call: &str) -> String {
    match call {
        "create" | "create_at_1_5" => shown(client.start_create(&create(), &fingerprint()).await),
        "create_for_24_hours" => shown(client.start_create(&CreateSnapshot::new(source()), &fingerprint()).await),
        "create_by_provider" => {
            let request = CreateSnapshot::new(source()).with_option("lifetime", "provider");
            shown(client.start_create(&request, &fingerprint()).await)
        }
        "fingerprint" => shown(client.fingerprint(&create()).await.map(|fingerprint| fingerprint.known_ids)),
        "find_created" => shown(client.find_created(&fingerprint()).await),
        "restore" => shown(client.start_restore(&RestoreSnapshot::new(snapshot())).await),
        "restore_onto" => shown(client.start_restore(&RestoreSnapshot::new(snapshot()).with_target(source())).await),
        "delete" | "delete_again" => shown(client.start_delete(&snapshot()).await),
        "update" => shown(client.start_update(&UpdateSnapshot::new(snapshot()).with_expires_in(hours(3))).await),
        "update_by_option" => {
            shown(client.start_update(&UpdateSnapshot::new(snapshot()).with_option("lifetime", "48")).await)
        }
        "get_snapshot" => shown(client.get_snapshot(&snapshot()).await),
        "list_snapshots" => shown(client.list_snapshots(&ListSnapshots::default()).await),
        "list_snapshots_of_disk" => shown(client.list_snapshots(&ListSnapshots::of(source())).await),
        "list_snapshots_of_server" => {
            shown(client.list_snapshots(&ListSnapshots::of("sitehost:servername".parse().unwrap())).await)
        }
        "list_sources" => shown(client.list_sources(&ListSources::default()).await),
        "check_access" => shown(client.check_access().await),
        call => polled(client, call).await,
    }
}

async fn polled(client: &Client, call: &str) -> String {
    let at_1_5 = |kind| {
        operation(kind)
            .with_detail("job", "29658457")
            .with_detail("job_type", "scheduler")
            .with_detail("job_version", "1.5")
    };
    let at_1_3 = operation(OperationKind::Create).with_detail("job", "29").with_detail("job_version", "1.3");
    let unnamed = at_1_5(OperationKind::Create).with_source(source()).with_fingerprint(fingerprint());
    let of_image = |kind| operation(kind).with_detail("job", "3433562").with_detail("job_version", "1.0");
    let image =
        of_image(OperationKind::Create).with_detail("image_label", "My Custom Image").with_detail("image_known", "490");
    let operation = match call {
        "poll_create" => at_1_3.with_source(source()).with_snapshot(snapshot()),
        "poll_create_adopted" => operation(OperationKind::Create).with_source(source()).with_snapshot(snapshot()),
        "poll_create_at_1_5" => unnamed,
        "poll_delete" => at_1_5(OperationKind::Delete).with_snapshot(snapshot()),
        "poll_restore" => at_1_5(OperationKind::Restore).with_snapshot(snapshot()),
        "poll_restore_unanswered" => operation(OperationKind::Restore).with_snapshot(snapshot()),
        "poll_update" => {
            at_1_5(OperationKind::Update).with_snapshot(snapshot()).with_detail("expired_before", "2026-05-02 14:50:00")
        }
        "poll_many" => return shown_each(client.poll(&several_of_one_server(&at_1_5)).await),
        "poll_image_delete" => of_image(OperationKind::Delete).with_detail("image_code", IMAGE),
        "poll_image" => {
            return shown(client.images().poll_image(&image.with_detail("image_code", IMAGE)).await);
        }
        "poll_image_without_code" => return shown(client.images().poll_image(&image).await),
        call => return api_call(client, call).await,
    };
    shown(client.poll(&[operation]).await.remove(0))
}

async fn api_call(client: &Client, call: &str) -> String {
    let without_code = CreateImage { label: "My Custom Image".into(), ..Default::default() };
    let api = client.api();
    match call {
        "info" => shown(api.get_info().await),
        "server_snapshots" => shown(api.list_snapshots(SERVER).await),
        "create_snapshot" => shown(api.create_snapshot(SERVER, DISK, Some(1)).await),
        "set_lifetime" => shown(api.set_snapshot_lifetime(SERVER, "3", 3).await),
        "restore_snapshot" => shown(api.restore_snapshot(SERVER, "91695").await),
        "delete_snapshot" => shown(api.delete_snapshot(SERVER, "91695").await),
        "job" => shown(api.get_job(&job("32563", ApiVersion::V1_5)).await),
        "job_at_1_3" => shown(api.get_job(&job("29", ApiVersion::V1_3)).await),
        "server" => shown(api.get_server(SERVER).await),
        "server_state" => shown(api.get_server_state(SERVER).await),
        "servers" => shown(api.all_servers(&ServerFilter { state: Some("On".into()), ..Default::default() }).await),
        "server_page" => shown(api.list_servers(&every_filter(), &every_order()).await),
        "create_image_of_the_page" => {
            shown(api.create_image(&CreateImage { ssh_keys: vec!["23".into()], ..every_parameter() }).await)
        }
        "create_image" | "create_image_at_1_5" => shown(api.create_image(&every_parameter()).await),
        "start_image" => shown(client.images().start_image(&every_parameter()).await),
        "start_image_without_code" => shown(client.images().start_image(&without_code).await),
        "start_image_delete" => shown(client.images().start_image_delete(IMAGE).await),
        "images" => shown(api.all_images(Some(IMAGE)).await),
        "image_page" => shown(api.list_images(None, &every_order()).await),
        "image" => shown(api.get_image(IMAGE).await),
        "delete_image" => shown(api.delete_image(IMAGE).await),
        "image_versions" => shown(api.all_image_versions("415").await),
        "newest_image_version" => shown(api.newest_image_version("77").await),
        "image_build" => shown(api.get_image_build(IMAGE, "11").await),
        "delete_image_version" => shown(api.delete_image_version(IMAGE, "1.1-1076").await),
        "image_changelog" => shown(api.get_image_changelog("sitehost-php55").await),
        "stack_images" => shown(api.list_stack_images(&every_order()).await),
        unknown => panic!("tests/wire/{unknown}: no such call; add it to `call`"),
    }
}

/// What came of it: the model, or the error as a person reads it.
fn shown<T: Debug>(outcome: Result<T>) -> String {
    match outcome {
        Ok(value) => format!("{value:#?}"),
        Err(error) => format!("{error}\n{error:#?}"),
    }
}

fn shown_each(outcomes: Vec<Result<OperationStatus>>) -> String {
    outcomes.into_iter().map(shown).collect::<Vec<_>>().join("\n")
}

fn operation(kind: OperationKind) -> Operation {
    Operation::new(&Account::new("sitehost", "sitehost", "api.sitehost.nz"), kind)
}

/// A create that is pending, a delete that is done, a restore whose job is at its end.
fn several_of_one_server(of: &impl Fn(OperationKind) -> Operation) -> [Operation; 3] {
    let snapshot = |id: &str| format!("sitehost:{SERVER}@{id}").parse().unwrap();
    [
        of(OperationKind::Create).with_source(source()).with_snapshot(snapshot("93")),
        of(OperationKind::Delete).with_snapshot(snapshot("94")),
        of(OperationKind::Restore).with_snapshot(snapshot("95")),
    ]
}

fn job(id: &str, version: ApiVersion) -> JobRef {
    JobRef { id: id.into(), kind: Some("scheduler".into()), version }
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

fn source() -> SourceRef {
    format!("sitehost:{SERVER}/{DISK}").parse().unwrap()
}

fn snapshot() -> SnapshotRef {
    format!("sitehost:{SERVER}@{SNAPSHOT}").parse().unwrap()
}

fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * 3600)
}

fn create() -> CreateSnapshot {
    CreateSnapshot::new(source()).with_expires_in(hours(1))
}

/// A fixed fingerprint, with one snapshot that was there before.
fn fingerprint() -> CreateFingerprint {
    serde_json::from_value(serde_json::json!({
        "id": "3f0a91c2b4d5e6f708192a3b",
        "source": source(),
        "taken_at": "2026-05-02T01:49:59Z",
        "known_ids": ["91695"],
        "sent": {"first": "2026-05-02T01:50:00Z", "last": "2026-05-02T01:50:01Z"},
    }))
    .unwrap()
}
