//! Every call as it goes over the wire, and what becomes of every documented answer.
//!
//! A case is a file below `tests/wire/CALL/`; adding one is adding a file.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::time::Duration;

use cloudsnap_core::http::HttpOptions;
use cloudsnap_core::testing::{Case, ScriptedServer, cases, transcript};
use cloudsnap_core::{
    CreateMark, CreateSnapshot, ErrorKind, ListSnapshots, Operation, OperationKind, PageToken, RestoreSnapshot, Result,
    RetryOptions, SnapshotProvider, SnapshotProviderExt, Stage, UpdateSnapshot, Variables,
};
use hostway::{AccountFilter, AccountPage, Client, Config, CreateServerSnapshot, ServerFilter};

/// Ids as the wiki has them.
const ACCOUNT_ID: &str = "smith1234";
const SERVER: &str = "jello614636-USOTE-0214";
const SNAPSHOT: &str = "snapshot_jello614636-USOTE-0214_2012Jul19_m5yf9Bz8a";

const CANARY: &str = "canary-3b1f-never-shown";

/// Parameters whose values the snapshots show.
const PUBLIC: &[&str] = &["filterStatus", "image", "name", "page", "pageSize", "region", "status", "zone"];

#[tokio::test]
async fn every_case_on_the_wire() {
    for case in cases("tests/wire") {
        let server = ScriptedServer::start(case.answers.clone()).await;
        let outcome = shown(call(&client(&case, &server), &case.call).await);
        let text = transcript(&case, &server.finish(), PUBLIC, &outcome);
        insta::assert_snapshot!(case.name.as_str(), text);
    }
}

/// The table of errors in the README is what the cases end in.
#[tokio::test]
async fn the_readme_says_what_every_refusal_becomes() {
    let mut rows = BTreeSet::new();
    for case in cases("tests/wire") {
        let server = ScriptedServer::start(case.answers.clone()).await;
        let Err(error) = call(&client(&case, &server), &case.call).await else { continue };
        if let Some(status @ 300..) = error.status() {
            let operation = error.operation().unwrap_or_default();
            let code = error.code().unwrap_or("–");
            let words = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
            rows.insert(format!("| {operation} | {status} | {code} | {words} | `{}` |", error.kind()));
        }
    }
    let table: String = rows.into_iter().map(|row| row + "\n").collect();
    assert!(include_str!("../README.md").contains(&table), "the README's table should be:\n{table}");
}

#[tokio::test]
async fn credentials_are_never_shown() {
    let unauthorized = "HTTP/1.1 401 Unauthorized\n\n401 Unauthorized";
    let server = ScriptedServer::start([unauthorized]).await;
    let config = Config::new("made-up-user", CANARY).base_url(server.url()).account_id(ACCOUNT_ID);
    let client = Client::new(config.clone()).unwrap();
    let error = client.server_snapshots(SERVER).await.unwrap_err();
    let shown = format!("{config:?}{config:#?}{client:?}{client:#?}{error}{error:?}");
    let sent = server.finish()[0].header("authorization").unwrap().to_owned();
    let encoded = sent.strip_prefix("Basic ").unwrap();
    assert!(encoded.len() > CANARY.len());
    assert!(!shown.contains(CANARY) && !shown.contains(encoded), "{shown}");

    let unusable = Config::new("made-up-user", CANARY).base_url(format!("https://user:{CANARY}@api.hostway.com"));
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
    let shown = r#"Config { account: "work", base_url: "http://127.0.0.1:1/", account_id: Some("smith1234"), .. }"#;
    assert_eq!(format!("{config:?}"), shown);
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
    let client = Client::new(config().base_url("http://127.0.0.1:1")).unwrap();
    let refused = [
        CreateSnapshot::new("hostway:server/disk".parse().unwrap()),
        CreateSnapshot::new("hostway:..".parse().unwrap()),
        create().option("memory", "true"),
        create().expires_in(Duration::MAX),
    ];
    let reasons = refused.map(|request| client.validate_create(&request).unwrap_err().to_string());
    insta::assert_snapshot!("refused_creates", reasons.join("\n"));
    client.validate_create(&create().expires_in(Duration::from_secs(3600))).unwrap();
}

#[tokio::test]
async fn a_create_without_a_name_gets_one_of_its_own() {
    let client = Client::new(config().base_url("http://127.0.0.1:1")).unwrap();
    let mark = client.mark(&CreateSnapshot::new(source())).await.unwrap();
    assert_eq!(mark.name, Some(format!("cloudsnap-{}", &mark.id[..12])));
    let named = client.mark(&create()).await.unwrap();
    assert_eq!(named.name.as_deref(), Some("before-upgrade"));
}

#[tokio::test]
async fn times_are_moments_only_in_a_zone_that_was_given() {
    let answer = r#"HTTP/1.1 200 OK

{"snapshot": {"id": "1", "status": "ACTIVE", "create_time": "2012-07-19 08:15:30"}}"#;
    let server = ScriptedServer::start([answer]).await;
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(-5));
    let client = Client::new(config().base_url(server.url()).time_zone(zone)).unwrap();
    let got = client.get_snapshot(&snapshot()).await.unwrap();
    assert_eq!(got.created_at, Some("2012-07-19T13:15:30Z".parse().unwrap()));
    assert_eq!(got.created_text.as_deref(), Some("2012-07-19 08:15:30"));
}

/// A page token from elsewhere cannot turn the base URL into another host's.
#[tokio::test]
async fn page_tokens_of_other_lists_are_refused() {
    let client = Client::new(config().base_url("http://127.0.0.1:1")).unwrap();
    for token in ["", ".evil.example/servers", "@evil.example/servers", "https://evil.example/"] {
        let mut request = ListSnapshots::of(source());
        request.page = Some(PageToken::new(token));
        let error = client.list_snapshots(&request).await.unwrap_err();
        assert_eq!((error.kind(), error.stage()), (ErrorKind::InvalidInput, Stage::NotSent), "{token}");
    }
}

/// Calls whose names end in `_short` go over the short form of the URIs.
fn client(case: &Case, server: &ScriptedServer) -> Client {
    let config = config().base_url(server.url());
    Client::new(if case.call.ends_with("_short") { config } else { config.account_id(ACCOUNT_ID) }).unwrap()
}

fn config() -> Config {
    let http = HttpOptions::default().retry(RetryOptions::never());
    Config::new("made-up-user", "made-up-password").http(http)
}

async fn call(client: &Client, call: &str) -> Result<String> {
    match call.trim_end_matches("_short") {
        "create_snapshot" => debug(client.create_snapshot(SERVER, &reference_create()).await),
        "create" => debug(client.start_create(&create(), &mark()).await),
        "find_created" => debug(client.find_created(&mark()).await),
        "poll_create" => debug(poll(client).await),
        "restore" => debug(client.start_restore(&RestoreSnapshot::new(snapshot())).await),
        "restore_elsewhere" => {
            let elsewhere = "hostway:test_server_0001".parse().unwrap();
            debug(client.start_restore(&RestoreSnapshot::new(snapshot()).onto(elsewhere)).await)
        }
        "delete" => debug(client.start_delete(&snapshot()).await),
        "update" => debug(client.start_update(&UpdateSnapshot::new(snapshot()).name("renamed")).await),
        "get_snapshot" => debug(client.get_snapshot(&snapshot()).await),
        "server_snapshot" => debug(client.server_snapshot(SERVER, SNAPSHOT).await),
        "server_snapshots" => debug(client.server_snapshots(SERVER).await),
        "list_snapshots" => debug(client.snapshots(ListSnapshots::default()).collect().await),
        "list_snapshots_of" => debug(client.snapshots(ListSnapshots::of(source())).collect().await),
        "list_sources" => debug(client.sources().collect().await),
        "check_access" => debug(client.check_access().await),
        "servers" => debug(client.servers(&every_filter()).await),
        "servers_in_detail" => debug(client.servers_in_detail(&ServerFilter::default()).await),
        "server" => debug(client.server("test_server_0001").await),
        "volume_attachments" => debug(client.volume_attachments(SERVER).await),
        "accounts" => debug(client.accounts(&AccountFilter { status: Some("open".into()), page: None }).await),
        "accounts_page" => {
            let page = AccountPage { number: 2, size: 100 };
            debug(client.accounts(&AccountFilter { status: None, page: Some(page) }).await)
        }
        "zones" => debug(client.zones().await),
        unknown => panic!("tests/wire/{unknown}: no such call; add it to `call`"),
    }
}

async fn poll(client: &Client) -> Result<cloudsnap_core::OperationStatus> {
    let operation = Operation::new("hostway", "hostway", OperationKind::Create).snapshot(snapshot());
    client.poll(&[operation]).await.remove(0)
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

fn source() -> cloudsnap_core::Source {
    format!("hostway:{SERVER}").parse().unwrap()
}

fn snapshot() -> cloudsnap_core::SnapshotRef {
    format!("hostway:{SERVER}@{SNAPSHOT}").parse().unwrap()
}

fn create() -> CreateSnapshot {
    CreateSnapshot::new(source()).name("before-upgrade").description("state before the upgrade")
}

/// A fixed mark, so that the marker in the description is the same in each run.
fn mark() -> CreateMark {
    serde_json::from_value(serde_json::json!({
        "id": "3f0a91c2b4d5e6f708192a3b",
        "source": source(),
        "marked_at": "2026-01-31T02:00:00Z",
        "expires_at": "2026-03-01T02:00:00Z",
        "name": "before-upgrade",
    }))
    .unwrap()
}
