//! Every call as it goes over the wire, and what becomes of every documented answer.
//!
//! A case is a file below `tests/wire/CALL/`; adding one is adding a file.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::time::Duration;

use cloudsnap_core::provider::{Account, CreateFingerprint, Variables};
use cloudsnap_core::testing::{Case, ScriptedServer, cases, transcript};
use hostway::{
    AccountFilter, AccountPage, ActionSpelling, Client, Config, CreateServerSnapshot, CreateSnapshot, Error, ErrorKind,
    HttpOptions, ListSnapshots, ListSources, Operation, OperationKind, PageToken, RestoreSnapshot, Result,
    RetryOptions, ServerFilter, SnapshotProvider, SnapshotProviderExt, SnapshotRef, SourceRef, Stage, UpdateSnapshot,
    jiff,
};

/// Ids as the wiki has them.
const ACCOUNT_ID: &str = "smith1234";
const SERVER: &str = "jello614636-USOTE-0214";
const SNAPSHOT: &str = "snapshot_jello614636-USOTE-0214_2012Jul19_m5yf9Bz8a";

const CANARY: &str = "canary-3b1f-never-shown";

/// Parameters whose values the snapshots show.
const PUBLIC: &[&str] = &["filterStatus", "image", "name", "page", "pageSize", "region", "status", "zone"];

/// What was sent and what came of it is a snapshot. What refusals become stands in the README.
#[tokio::test]
async fn every_case_on_the_wire() {
    let mut refusals = BTreeSet::new();
    for case in cases("tests/wire") {
        let server = ScriptedServer::start(case.answers.clone()).await;
        let host = server.url().trim_start_matches("http://").to_owned();
        let outcome = call(&client(&case, &server), &case.call).await;
        refusals.extend(outcome.as_ref().err().and_then(refusal));
        let text = transcript(&case, &server.finish(), PUBLIC, &shown(outcome).replace(&host, "{host}"));
        insta::assert_snapshot!(case.name.as_str(), text);
    }
    let table: String = refusals.into_iter().map(|row| row + "\n").collect();
    assert!(include_str!("../README.md").contains(&table), "the README's table should be:\n{table}");
}

/// A line of the README's table.
fn refusal(error: &Error) -> Option<String> {
    let status = error.status().filter(|status| *status >= 300)?;
    let operation = error.operation().unwrap_or_default();
    let code = error.code().unwrap_or("–");
    let words = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
    Some(format!("| {operation} | {status} | {code} | {words} | `{}` |", error.kind()))
}

#[tokio::test]
async fn credentials_are_never_shown() {
    let unauthorized = "HTTP/1.1 401 Unauthorized\n\n401 Unauthorized";
    let server = ScriptedServer::start([unauthorized]).await;
    let config = Config::new("made-up-user", CANARY).with_base_url(server.url()).with_account_id(ACCOUNT_ID);
    let client = Client::new(config.clone()).unwrap();
    let error = client.api().list_snapshots(SERVER).await.unwrap_err();
    let shown = format!("{config:?}{config:#?}{client:?}{client:#?}{error}{error:?}");
    let sent = server.finish()[0].header("authorization").unwrap().to_owned();
    let encoded = sent.strip_prefix("Basic ").unwrap();
    assert!(encoded.len() > CANARY.len());
    assert!(!shown.contains(CANARY) && !shown.contains(encoded), "{shown}");

    let unusable = Config::new("made-up-user", CANARY).with_base_url(format!("https://user:{CANARY}@api.hostway.com"));
    let error = Client::new(unusable).unwrap_err();
    assert!(!format!("{error}{error:?}").contains(CANARY));
}

#[test]
fn the_environment_is_read_and_what_is_wrong_is_named() {
    let all = |name: &str| match name {
        "HOSTWAY_USERNAME" => Some("made-up-user".to_owned()),
        "HOSTWAY_PASSWORD" => Some(CANARY.to_owned()),
        "HOSTWAY_ACCOUNT_ID" => Some(ACCOUNT_ID.to_owned()),
        "HOSTWAY_TIME_ZONE" => Some("UTC".to_owned()),
        "HOSTWAY_API_URL" => Some("http://127.0.0.1:1/".to_owned()),
        _ => None,
    };
    let config = Config::from_variables("work", &Variables::from_fn(all)).unwrap();
    let shown = format!("{config:?}");
    assert!(shown.contains(r#"base_url: "http://127.0.0.1:1/""#) && shown.contains("smith1234"), "{shown}");
    assert!(!shown.contains(CANARY), "{shown}");
    assert_eq!(&**Client::new(config).unwrap().account().name(), "work");
    for (name, value) in [
        ("HOSTWAY_USERNAME", None),
        ("HOSTWAY_PASSWORD", None),
        ("HOSTWAY_TIME_ZONE", Some("Mars/Olympus")),
        ("HOSTWAY_API_URL", Some("http://api.hostway.com")),
    ] {
        let variables = Variables::from_fn(|asked| if asked == name { value.map(str::to_owned) } else { all(asked) });
        let error = Config::from_variables("work", &variables).and_then(Client::new).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains(name), "{error}");
    }
}

#[test]
fn a_create_that_cannot_be_is_refused_before_anything_is_sent() {
    let client = Client::new(config().with_base_url("http://127.0.0.1:1")).unwrap();
    let refused = [
        CreateSnapshot::new("hostway:server/disk".parse().unwrap()),
        CreateSnapshot::new("hostway:..".parse().unwrap()),
        CreateSnapshot::new("other:server".parse().unwrap()),
        create().with_name(""),
        create().with_name(" "),
        create().with_option("memory", "true"),
        create().with_expires_in(Duration::MAX),
    ];
    let reasons = refused.map(|request| client.validate_create(&request).unwrap_err().to_string());
    insta::assert_snapshot!("refused_creates", reasons.join("\n"));
    client.validate_create(&create().with_expires_in(Duration::from_secs(3600))).unwrap();
}

#[tokio::test]
async fn a_create_without_a_name_gets_one_of_its_own() {
    let client = Client::new(config().with_base_url("http://127.0.0.1:1")).unwrap();
    let fingerprint = client.fingerprint(&CreateSnapshot::new(source())).await.unwrap();
    assert_eq!(fingerprint.name, Some(format!("cloudsnap-{}", &fingerprint.id.to_string()[..12])));
    let named = client.fingerprint(&create()).await.unwrap();
    assert_eq!(named.name.as_deref(), Some("before-upgrade"));
    let foreign = client.fingerprint(&CreateSnapshot::new("other:server".parse().unwrap())).await.unwrap_err();
    assert_eq!(foreign.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn an_empty_name_is_refused_before_anything_is_sent() {
    let client = Client::new(config().with_base_url("http://127.0.0.1:1")).unwrap();
    let nameless = CreateServerSnapshot::default();
    let error = client.api().create_snapshot(SERVER, &nameless).await.unwrap_err();
    assert_eq!((error.kind(), error.stage()), (ErrorKind::InvalidInput, Stage::NotSent));
}

#[tokio::test]
async fn times_are_moments_only_in_a_zone_that_was_given() {
    let answer = r#"HTTP/1.1 200 OK

{"snapshot": {"id": "1", "status": "ACTIVE", "create_time": "2012-07-19 08:15:30"}}"#;
    let server = ScriptedServer::start([answer]).await;
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(-5));
    let client = Client::new(config().with_base_url(server.url()).with_time_zone(zone)).unwrap();
    let got = client.get_snapshot(&snapshot()).await.unwrap();
    assert_eq!(got.created_at, Some("2012-07-19T13:15:30Z".parse().unwrap()));
    assert_eq!(got.created_text.as_deref(), Some("2012-07-19 08:15:30"));
}

/// A page token from elsewhere is refused, and none can turn the base URL into another host's.
#[tokio::test]
async fn page_tokens_of_other_lists_are_refused() {
    let client = Client::new(config().with_base_url("http://127.0.0.1:1")).unwrap();
    let of_list =
        |list: &str, at: &str| format!(r#"{{"list":"hostway:hostway:{list}","at":{{"at":"{at}","pages":0}}}}"#);
    for token in [
        String::new(),
        of_list("snapshots", "/servers"),
        of_list("snapshots of another-server", "/servers"),
        of_list(&format!("snapshots of {SERVER}"), ".evil.example/servers"),
        of_list(&format!("snapshots of {SERVER}"), "@evil.example/servers"),
        of_list(&format!("snapshots of {SERVER}"), "https://evil.example/"),
    ] {
        let page: PageToken = serde_json::from_value(token.clone().into()).unwrap();
        let error = client.list_snapshots(&ListSnapshots::of(source()).with_page(page)).await.unwrap_err();
        assert_eq!((error.kind(), error.stage()), (ErrorKind::InvalidInput, Stage::NotSent), "{token}");
    }
}

/// Calls whose names end in `_short` go over the short form of the URIs.
fn client(case: &Case, server: &ScriptedServer) -> Client {
    let config = config().with_base_url(server.url());
    Client::new(if case.call.ends_with("_short") { config } else { config.with_account_id(ACCOUNT_ID) }).unwrap()
}

fn config() -> Config {
    let http = HttpOptions::default().with_retry(RetryOptions::never());
    Config::new("made-up-user", "made-up-password").with_http(http)
}

async fn call(client: &Client, call: &str) -> Result<String> {
    let api = client.api();
    match call.trim_end_matches("_short") {
        "create" => debug(client.start_create(&create(), &fingerprint()).await),
        "find_created" => debug(client.find_created(&fingerprint()).await),
        "poll_create" => debug(client.poll(&[creation(snapshot())]).await.remove(0)),
        "poll_creates" => Ok(format!("{:#?}", client.poll(&several()).await)),
        "restore" => debug(client.start_restore(&RestoreSnapshot::new(snapshot())).await),
        "restore_elsewhere" => {
            let elsewhere = "hostway:test_server_0001".parse().unwrap();
            debug(client.start_restore(&RestoreSnapshot::new(snapshot()).with_target(elsewhere)).await)
        }
        "restore_with_option" => {
            debug(client.start_restore(&RestoreSnapshot::new(snapshot()).with_option("force", "true")).await)
        }
        "delete" => debug(client.start_delete(&snapshot()).await),
        "update" => debug(client.start_update(&UpdateSnapshot::new(snapshot()).with_name("renamed")).await),
        "get_snapshot" => debug(client.get_snapshot(&snapshot()).await),
        "list_snapshots" => debug(client.snapshots(ListSnapshots::default()).try_collect().await),
        "list_snapshots_of" => debug(client.snapshots(ListSnapshots::of(source())).try_collect().await),
        "list_sources" => debug(client.sources(ListSources::default()).try_collect().await),
        "check_access" => debug(client.check_access().await),
        "api_create_snapshot" => debug(api.create_snapshot(SERVER, &reference_create()).await),
        "api_list_snapshots" => debug(api.list_snapshots(SERVER).await),
        "api_get_snapshot" => debug(api.get_snapshot(SERVER, SNAPSHOT).await),
        "api_restore_snapshot" => debug(api.restore_snapshot(SERVER, SNAPSHOT, ActionSpelling::Other).await),
        "api_list_servers" => debug(api.list_servers(&every_filter()).await),
        "api_list_server_details" => debug(api.list_server_details(&ServerFilter::default()).await),
        "api_list_servers_in_every_status" => debug(api.list_servers_in_every_status().await),
        "api_get_server" => debug(api.get_server("test_server_0001").await),
        "api_list_volume_attachments" => debug(api.list_volume_attachments(SERVER).await),
        "api_list_accounts" => {
            debug(api.list_accounts(&AccountFilter { status: Some("open".into()), page: None }).await)
        }
        "api_list_accounts_page" => {
            let page = AccountPage { number: 2, size: 100 };
            debug(api.list_accounts(&AccountFilter { status: None, page: Some(page) }).await)
        }
        "api_list_zones" => debug(api.list_zones().await),
        unknown => panic!("tests/wire/{unknown}: no such call; add it to `call`"),
    }
}

fn creation(snapshot: SnapshotRef) -> Operation {
    Operation::new(&account(), OperationKind::Create).with_snapshot(snapshot)
}

/// Two creates of one server, and the restore of another.
fn several() -> [Operation; 3] {
    let restored = "hostway:test_server_0001@snapshot_3".parse().unwrap();
    [
        creation(snapshot()),
        Operation::new(&account(), OperationKind::Restore).with_snapshot(restored),
        creation(format!("hostway:{SERVER}@snapshot_2").parse().unwrap()),
    ]
}

fn account() -> Account {
    Account::new("hostway", "hostway", "api.hostway.com")
}

fn debug<T: Debug>(outcome: Result<T>) -> Result<String> {
    outcome.map(|value| format!("{value:#?}"))
}

/// What came of it: the model, or the error as a person reads it.
fn shown(outcome: Result<String>) -> String {
    match outcome {
        Ok(value) => value,
        Err(error) => format!("{error}\n{error:#?}"),
    }
}

/// The body of the wiki's example.
fn reference_create() -> CreateServerSnapshot {
    CreateServerSnapshot { name: "fitnesse snapshot".into(), description: "fitnesse test snapshot".into() }
}

fn every_filter() -> ServerFilter {
    ServerFilter {
        name: Some("web-1".into()),
        status: Some("STOPPED".into()),
        image: Some("https://api.hostway.com/images/1/".into()),
        zone: Some("AUS001".into()),
        region: Some("AUS".into()),
    }
}

fn source() -> SourceRef {
    format!("hostway:{SERVER}").parse().unwrap()
}

fn snapshot() -> SnapshotRef {
    format!("hostway:{SERVER}@{SNAPSHOT}").parse().unwrap()
}

fn create() -> CreateSnapshot {
    CreateSnapshot::new(source()).with_name("before-upgrade").with_description("state before the upgrade")
}

/// A fixed fingerprint, so that the tag in the description is the same in each run.
fn fingerprint() -> CreateFingerprint {
    serde_json::from_value(serde_json::json!({
        "id": "3f0a91c2b4d5e6f708192a3b",
        "source": source(),
        "taken_at": "2026-01-31T02:00:00Z",
        "expires_at": "2026-03-01T02:00:00Z",
        "name": "before-upgrade",
        "description": "state before the upgrade",
    }))
    .unwrap()
}
