//! Every call as it goes over the wire, and what becomes of every documented answer.
//!
//! A case is a file below `tests/wire/CALL/`; adding one is adding a file. Calls that end in `_xml` ask for XML.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use std::collections::HashSet;
use std::fmt::Debug;
use std::net::Ipv4Addr;
use std::time::Duration;

use cloudsnap_core::provider::CreateFingerprint;
use cloudsnap_core::testing::{Case, ScriptedServer, cases, transcript};
use nodecoid::{
    Client, Config, CreateSnapshot, ErrorKind, Format, HttpOptions, ListSnapshots, ListSources, LookupOptions,
    Operation, OperationKind, PageToken, ReinstallServer, RestoreSnapshot, RetryOptions, ServerFilter, SnapshotFilter,
    SnapshotProvider, SnapshotRef, SnapshotSchedule, SourceRef, UpdateSnapshot,
};
use serde_json::json;
use sha1::{Digest, Sha1};

/// The ids of the provider's examples.
const SERVER: &str = "12345";
const SNAPSHOT: &str = "hjgasd7hagdj";
const USER_ID: &str = "12312";
const API_KEY: &str = "hasdh6ghvhgFDa454565jasdbNBS";
/// The address of the provider's examples.
const CLIENT_IP: Ipv4Addr = Ipv4Addr::new(103, 219, 248, 10);

/// Parameters whose values the snapshots show.
const PUBLIC: &[&str] = &[
    "user_id",
    "format",
    "server_id",
    "snapshot_id",
    "client_ip_address",
    "records_per_page",
    "page",
    "sorted_by",
    "ownership",
    "snapshot_status",
    "snapshot_cycle",
    "order_status",
    "server_status",
    "package",
    "custom_info_1",
    "install_source",
    "os_template",
    "hostname",
    "ssh_keys",
    "iso_file_option",
    "cached_iso_file",
    "iso_url",
    "os_variant",
    "arch",
    "daily_snapshot",
    "daily_snapshot_max_age",
    "weekly_snapshot",
    "weekly_snapshot_max_age",
    "monthly_snapshot",
    "monthly_snapshot_max_age",
];

#[tokio::test]
async fn every_case_on_the_wire() {
    for case in cases("tests/wire") {
        let (call_name, format) = match case.call.strip_suffix("_xml") {
            Some(call_name) => (call_name, xml()),
            None => (case.call.as_str(), Some(Format::Json)),
        };
        let Some(format) = format else { continue };
        let server = ScriptedServer::start(case.answers.clone()).await;
        let outcome = call(&client(&server, format, call_name), call_name).await;
        let text = transcript(&case, &server.finish(), PUBLIC, &outcome);
        assert_secrets_hidden(&case, &text);
        let filters = [(r"127\.0\.0\.1:\d+", "{host}"), (r"asked until [^,]+", "asked until {now}")];
        insta::with_settings!({filters => filters}, { insta::assert_snapshot!(case.name.as_str(), text) });
    }
}

fn xml() -> Option<Format> {
    #[cfg(feature = "xml")]
    return Some(Format::Xml);
    #[cfg(not(feature = "xml"))]
    None
}

/// The key, and what the answers of the cases hold of root passwords and download URLs.
fn assert_secrets_hidden(case: &Case, text: &str) {
    for secret in [API_KEY, "jhg&*^", "md5="] {
        assert!(!text.contains(secret), "{}: shows {secret}", case.name);
    }
}

fn client(server: &ScriptedServer, format: Format, call: &str) -> Client {
    let at_once = LookupOptions::default().with_settle(Duration::ZERO).with_max_sends(2);
    let config = Config::new(USER_ID, API_KEY)
        .with_base_url(format!("{}/api/v1", server.url()))
        .with_format(format)
        .with_http(HttpOptions::default().with_retry(RetryOptions::never()))
        .with_lookup_options(at_once);
    Client::new(match call {
        "download_url_for_nobody" => config,
        _ => config.with_client_ip(CLIENT_IP),
    })
    .unwrap()
}

async fn call(client: &Client, call: &str) -> String {
    let api = client.api();
    match call {
        // The provider's own calls.
        "create_snapshot" => shown(api.create_snapshot(SERVER).await),
        "delete_snapshot" => shown(api.delete_snapshot(SNAPSHOT).await),
        "get_snapshot_detail" => shown(api.get_snapshot_detail("hjagsdjhg89").await),
        "download_url" | "download_url_for_nobody" => {
            let url = api.download_url("hjagsdjhg89").await;
            shown(url.map(|url| url.map(|url| (url.clone(), url.expires_at(), url.expose().len()))))
        }
        "get_snapshot_list" => shown(api.get_snapshot_list(&every_snapshot_filter(), 2).await),
        "get_snapshot_list_too_large" => {
            let filter = SnapshotFilter { records_per_page: Some(101), ..SnapshotFilter::default() };
            shown(api.get_snapshot_list(&filter, 1).await)
        }
        "all_snapshots" => shown(api.all_snapshots(&SnapshotFilter::default()).await),
        "reinstall_server" => {
            shown(api.reinstall_server("1122334", &ReinstallServer::from_snapshot("hjagsdjhg89")).await)
        }
        "reinstall_server_from_iso" => shown(api.reinstall_server("1122334", &every_parameter()).await),
        "set_server_snapshot_schedule" => {
            let schedule = SnapshotSchedule { daily: Some(7), ..SnapshotSchedule::default() };
            shown(api.set_server_snapshot_schedule(SERVER, &schedule).await)
        }
        "set_server_snapshot_schedule_too_long" => {
            let schedule = SnapshotSchedule { weekly: Some(100), ..SnapshotSchedule::default() };
            shown(api.set_server_snapshot_schedule(SERVER, &schedule).await)
        }
        "snapshot_schedule" => shown(api.snapshot_schedule("12346").await),
        "get_server_list" => shown(api.get_server_list(&every_server_filter(), 1).await),
        "get_server_detail" => shown(api.get_server_detail("12346").await),
        // The trait's.
        "check_access" => shown(client.check_access().await),
        "list_sources" => shown(client.list_sources(&ListSources::default()).await),
        "list_snapshots" => shown(client.list_snapshots(&ListSnapshots::default()).await),
        "list_snapshots_of_a_server" => shown(client.list_snapshots(&ListSnapshots::of(source())).await),
        "list_snapshots_page_3" => {
            shown(client.list_snapshots(&ListSnapshots::default().with_page(page_token("3"))).await)
        }
        "list_snapshots_at_a_crafted_place" => {
            shown(client.list_snapshots(&ListSnapshots::default().with_page(page_token("-1&page=2"))).await)
        }
        "get_snapshot" => shown(client.get_snapshot(&snapshot()).await),
        "fingerprint" => shown(client.fingerprint(&create()).await.map(|fingerprint| fingerprint.known_ids)),
        "create" => shown(client.start_create(&create(), &fingerprint(&[])).await),
        "find_created" => shown(client.find_created(&fingerprint(&["adhjgahdad", "hjagsdjhg89"])).await),
        "restore" => shown(client.start_restore(&RestoreSnapshot::new(snapshot())).await),
        "restore_onto" => {
            let target = "nodecoid:1122334".parse().unwrap();
            shown(client.start_restore(&RestoreSnapshot::new(snapshot()).with_target(target)).await)
        }
        "restore_with_keys" => {
            let keys = "ssh-ed25519 AAAAC3one me@home\n\nssh-ed25519 AAAAC3two me@work\n";
            shown(client.start_restore(&RestoreSnapshot::new(snapshot()).with_option("ssh_keys", keys)).await)
        }
        "restore_with_eleven_keys" => {
            let keys = "ssh-ed25519 AAAAC3one\n".repeat(11);
            shown(client.start_restore(&RestoreSnapshot::new(snapshot()).with_option("ssh_keys", keys)).await)
        }
        "restore_with_an_unknown_option" => {
            shown(client.start_restore(&RestoreSnapshot::new(snapshot()).with_option("hostname", "web1")).await)
        }
        "delete" => shown(client.start_delete(&snapshot()).await),
        "update" => shown(client.start_update(&UpdateSnapshot::new(snapshot()).with_name("renamed")).await),
        "poll_create" => shown(poll(client, operation(client, OperationKind::Create)).await),
        "poll_delete" => shown(poll(client, operation(client, OperationKind::Delete)).await),
        "poll_restore" => {
            let accepted = operation(client, OperationKind::Restore).with_detail("server_status", "reinstall");
            shown(poll(client, accepted).await)
        }
        "poll_restore_lost" => shown(poll(client, operation(client, OperationKind::Restore)).await),
        "poll_several" => {
            let several = [("c1", OperationKind::Create), ("c3", OperationKind::Create), ("d1", OperationKind::Delete)];
            let several = several.map(|(id, kind)| operation(client, kind).with_snapshot(snapshot_of(id)));
            let statuses = client.poll(&several).await;
            statuses.into_iter().map(shown).collect::<Vec<_>>().join("\n")
        }
        "poll_several_restores" => {
            let several = ["nodecoid:12345", "nodecoid:12346"].map(|server| {
                let restore = operation(client, OperationKind::Restore).with_source(server.parse().unwrap());
                restore.with_detail("server_status", "reinstall")
            });
            let statuses = client.poll(&several).await;
            statuses.into_iter().map(shown).collect::<Vec<_>>().join("\n")
        }
        unknown => panic!("tests/wire/{unknown}: no such call; add it to `call`"),
    }
}

fn operation(client: &Client, kind: OperationKind) -> Operation {
    Operation::new(client.account(), kind).with_source(source()).with_snapshot(snapshot())
}

async fn poll(client: &Client, operation: Operation) -> nodecoid::Result<nodecoid::OperationStatus> {
    client.poll(&[operation]).await.remove(0)
}

/// What came of it: the model, or the error as a person reads it.
fn shown<T: Debug>(outcome: nodecoid::Result<T>) -> String {
    match outcome {
        Ok(value) => format!("{value:#?}"),
        Err(error) => format!("{error}\n{error:#?}"),
    }
}

fn source() -> SourceRef {
    format!("nodecoid:{SERVER}").parse().unwrap()
}

fn snapshot() -> SnapshotRef {
    snapshot_of(SNAPSHOT)
}

fn snapshot_of(id: &str) -> SnapshotRef {
    format!("nodecoid:@{id}").parse().unwrap()
}

/// The token of the third page, or of a place that nobody was given.
fn page_token(place: &str) -> PageToken {
    let token = json!({"list": "nodecoid:nodecoid:snapshots", "at": {"at": place, "pages": 2}});
    serde_json::from_value(token.to_string().into()).unwrap()
}

fn create() -> CreateSnapshot {
    CreateSnapshot::new(source())
}

fn fingerprint(known_ids: &[&str]) -> CreateFingerprint {
    let fingerprint = json!({
        "id": "3f0a91c2b4d5e6f708192a3b",
        "source": source(),
        "taken_at": "2026-01-31T02:00:00Z",
        "known_ids": known_ids,
        "sent": {"first": "2026-01-31T02:00:01Z", "last": "2026-01-31T02:00:05Z"},
    });
    serde_json::from_value(fingerprint).unwrap()
}

/// No such installation makes sense; the page has these parameters.
fn every_parameter() -> ReinstallServer {
    ReinstallServer {
        install_source: "iso".into(),
        snapshot_id: Some("hjagsdjhg89".into()),
        os_template: Some("centos-6-64".into()),
        hostname: Some("myserver.domain.com".into()),
        ssh_keys: vec!["ssh-ed25519 AAAAC3one".into()],
        iso_file_option: Some("own_iso_file".into()),
        cached_iso_file: Some("debian.iso".into()),
        iso_url: Some("https://iso.example/debian.iso".into()),
        os_variant: Some("centos6.5".into()),
        arch: Some("x86_64".into()),
    }
}

fn every_snapshot_filter() -> SnapshotFilter {
    SnapshotFilter {
        server_id: Some(SERVER.into()),
        snapshot_status: Some("active".into()),
        snapshot_cycle: Some("daily".into()),
        ownership: Some("owner".into()),
        sorted_by: Some("snapshot_size_ascending".into()),
        records_per_page: Some(20),
    }
}

fn every_server_filter() -> ServerFilter {
    ServerFilter {
        order_status: Some("all".into()),
        server_status: Some("on".into()),
        ownership: Some("owner".into()),
        package: Some("compute1".into()),
        custom_info_1: Some("production".into()),
        sorted_by: Some("server_label_ascending".into()),
        ..ServerFilter::default()
    }
}

const OK: &str = "HTTP/1.1 200 OK\n\n{\"code\": \"OK\", \"message\": \"\", \"data\": {}}";

#[tokio::test]
async fn every_request_has_a_random_of_its_own_and_the_checksum_of_it() {
    let server = ScriptedServer::start([OK; 5]).await;
    let client = client(&server, Format::Json, "");
    for _ in 0..5 {
        client.api().delete_snapshot(SNAPSHOT).await.unwrap();
    }
    let mut randoms = HashSet::new();
    for request in server.finish() {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(&request.body).unwrap();
        let names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["user_id", "random", "format", "checksum", "snapshot_id"], "as in the provider's sample");
        let round = |text: String| Sha1::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(pairs[3].1, round(round(round(format!("{USER_ID}{API_KEY}{}", pairs[1].1)))));
        assert!(randoms.insert(pairs[1].1.clone()), "a random was used twice");
    }
}

#[tokio::test]
async fn an_attempt_that_is_made_again_has_a_random_of_its_own() {
    let server = ScriptedServer::start(["HTTP/1.1 502 Bad Gateway\n\n", OK]).await;
    let client = Client::new(Config::new(USER_ID, API_KEY).with_base_url(server.url())).unwrap();
    client.api().get_server_list(&ServerFilter::default(), 1).await.unwrap();
    let requests = server.finish();
    assert_eq!(requests.len(), 2);
    assert_ne!(requests[0].body, requests[1].body);
}

#[tokio::test]
async fn the_url_is_exposed_on_demand_only() {
    let answer = r#"{"code": "OK", "data": {"snapshot_id": "a", "snapshot_url": "http://s/x.disk?md5=canary"}}"#;
    let server = ScriptedServer::start(vec![format!("HTTP/1.1 200 OK\n\n{answer}"); 2]).await;
    let client = client(&server, Format::Json, "");
    let url = client.api().download_url("a").await.unwrap().unwrap();
    assert_eq!(url.expose(), "http://s/x.disk?md5=canary");
    assert!(!format!("{url:?}").contains("canary"));
    assert!(!format!("{:?}", client.api().get_snapshot_detail("a").await.unwrap()).contains("canary"));
}

#[tokio::test]
async fn hostile_ids_stay_inside_their_parameter() {
    let server = ScriptedServer::start([OK]).await;
    client(&server, Format::Json, "").api().delete_snapshot("../a?b&server_id=1#\r\nX: y").await.unwrap();
    let requests = server.finish();
    assert_eq!(requests[0].target, "/api/v1/delete_snapshot");
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(&requests[0].body).unwrap();
    assert_eq!(pairs[4].1, "../a?b&server_id=1#\r\nX: y");
}

#[tokio::test]
async fn what_a_create_cannot_say_is_refused_before_anything_is_sent() {
    let server = ScriptedServer::start([] as [&str; 0]).await;
    let client = client(&server, Format::Json, "");
    let refused = |request: CreateSnapshot, kind: ErrorKind, word: &str| {
        let error = client.validate_create(&request).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(word), "{error}");
    };
    refused(create().with_name("nightly"), ErrorKind::Unsupported, "names");
    refused(create().with_description("nightly"), ErrorKind::Unsupported, "description");
    refused(create().with_expires_in(Duration::from_secs(3600)), ErrorKind::Unsupported, "lifetime");
    refused(create().with_option("compress", "yes"), ErrorKind::InvalidInput, "no option 'compress'");
    let path = CreateSnapshot::new("nodecoid:12345/disk".parse().unwrap());
    refused(path, ErrorKind::InvalidInput, "ACCOUNT:SERVER");
    client.validate_create(&create()).unwrap();
    assert!(server.finish().is_empty());
}

/// Answers that echo what they were sent must not be shown with the key in them: it is never sent.
#[tokio::test]
async fn the_key_is_in_nothing_that_is_printed_or_sent() {
    let server = ScriptedServer::start(["HTTP/1.1 200 OK\n\n{\"code\": \"E1\", \"message\": \"no\"}"; 2]).await;
    let config = Config::new(USER_ID, API_KEY).with_base_url(server.url());
    let mut printed = format!("{config:?} {config:#?}");
    let client = Client::new(config).unwrap();
    let error = client.api().create_snapshot(SERVER).await.unwrap_err();
    printed += &format!("{client:?} {client:#?} {error} {error:?} {error:#?}");
    let error = client.start_create(&create(), &fingerprint(&[])).await.unwrap_err();
    printed += &format!("{error} {error:?} {:?}", fingerprint(&[]));
    assert!(!printed.contains(API_KEY));
    for request in server.finish() {
        assert!(!format!("{request:?}").contains(API_KEY));
    }
}
