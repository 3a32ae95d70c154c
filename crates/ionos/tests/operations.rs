//! What a client does not ask again, and by which clock it asks.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use std::future::IntoFuture;
use std::time::Duration;

use cloudsnap_core::testing::ScriptedServer;
use ionos::jiff::civil::DateTime;
use ionos::jiff::tz::TimeZone;
use ionos::jiff::{SignedDuration, Timestamp};
use ionos::{
    Client, Config, CreateSnapshot, HttpOptions, Operation, OperationKind, OperationStatus, PollOptions, RetryOptions,
    SnapshotProvider, SnapshotProviderExt, SnapshotRef,
};

const NOT_FOUND: &str = r#"HTTP/1.1 404 Not Found

{"httpStatus": 404, "messages": [{"errorCode": "309", "message": "Resource does not exist"}]}"#;

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\n\n{body}")
}

fn snapshot(id: &str, state: &str) -> String {
    format!(r#"{{"id": "{id}", "metadata": {{"state": "{state}"}}, "properties": {{}}}}"#)
}

fn request(status: &str) -> String {
    format!(r#"{{"id": "r", "metadata": {{"status": "{status}"}}}}"#)
}

fn client(server: &ScriptedServer) -> Client {
    let retry = RetryOptions::default().with_pauses(Duration::from_millis(1), Duration::from_millis(1));
    let http = HttpOptions::default().with_retry(retry);
    Client::new(Config::with_token("made-up").with_base_url(server.url()).with_http(http)).unwrap()
}

fn reference(id: &str) -> SnapshotRef {
    format!("ionos:@{id}").parse().unwrap()
}

fn operation(client: &Client, kind: OperationKind, id: &str) -> Operation {
    Operation::new(client.account(), kind).with_detail("request", "r").with_snapshot(reference(id))
}

/// The paths that were asked for.
fn paths(server: ScriptedServer) -> Vec<String> {
    let path = |target: String| target.split('?').next().unwrap().trim_start_matches("/cloudapi/v6").to_owned();
    server.finish().into_iter().map(|request| path(request.target)).collect()
}

#[tokio::test]
async fn a_request_is_asked_for_failures_once_in_a_while() {
    let answers = [ok(&snapshot("s", "BUSY")), ok(&request("RUNNING")), ok(&snapshot("s", "BUSY"))];
    let server = ScriptedServer::start(answers).await;
    let client = client(&server);
    for _ in 0..2 {
        let status = client.poll(&[operation(&client, OperationKind::Create, "s")]).await.remove(0).unwrap();
        assert!(matches!(status, OperationStatus::Running { .. }), "{status:?}");
    }
    assert_eq!(paths(server), ["/snapshots/s", "/requests/r/status", "/snapshots/s"]);
}

#[tokio::test]
async fn a_request_that_is_done_is_not_asked_for_again() {
    let answers = [ok(&request("DONE")), ok(&snapshot("s", "BUSY")), ok(&snapshot("s", "AVAILABLE"))];
    let server = ScriptedServer::start(answers).await;
    let client = client(&server);
    let mut last = None;
    for _ in 0..2 {
        last = client.poll(&[operation(&client, OperationKind::Update, "s")]).await.pop();
    }
    assert!(matches!(last, Some(Ok(OperationStatus::Succeeded { .. }))), "{last:?}");
    assert_eq!(paths(server), ["/requests/r/status", "/snapshots/s", "/snapshots/s"]);
}

#[tokio::test]
async fn a_long_list_is_not_read_for_the_sake_of_few_operations() {
    let items: Vec<String> = (0..201).map(|number| snapshot(&format!("s{number}"), "AVAILABLE")).collect();
    let list = ok(&format!(r#"{{"items": [{}]}}"#, items.join(",")));
    let singly = [ok(&snapshot("s0", "AVAILABLE")), ok(&snapshot("s1", "AVAILABLE"))];
    let server = ScriptedServer::start([list].into_iter().chain(singly)).await;
    let client = client(&server);
    for _ in 0..2 {
        let operations = ["s0", "s1"].map(|id| operation(&client, OperationKind::Create, id));
        for status in client.poll(&operations).await {
            assert!(matches!(status, Ok(OperationStatus::Succeeded { .. })), "{status:?}");
        }
    }
    assert_eq!(paths(server), ["/snapshots", "/snapshots/s0", "/snapshots/s1"]);
}

#[tokio::test]
async fn two_waits_at_once_both_end() {
    let server = ScriptedServer::start([ok(&snapshot("s0", "AVAILABLE")), ok(&snapshot("s1", "AVAILABLE"))]).await;
    let client = client(&server);
    let options = PollOptions::default().with_pauses(Duration::from_millis(1), Duration::from_millis(1));
    let wait = |id| client.wait(operation(&client, OperationKind::Create, id)).with_poll_options(options.clone());
    let (one, other) = tokio::join!(wait("s0").into_future(), wait("s1").into_future());
    assert_eq!([one, other].map(|ended| ended.unwrap().snapshot.unwrap().id), ["s0", "s1"]);
    assert_eq!(paths(server), ["/snapshots/s0", "/snapshots/s1"]);
}

#[tokio::test]
async fn a_delete_that_an_earlier_attempt_has_done_is_done() {
    let lost = "HTTP/1.1 504 Gateway Timeout\n\n";
    let server = ScriptedServer::start([lost, NOT_FOUND, lost, NOT_FOUND]).await;
    let client = client(&server);
    let operation = client.start_delete(&reference("s")).await.unwrap();
    assert_eq!((operation.kind(), operation.snapshot()), (OperationKind::Delete, Some(&reference("s"))));
    assert_eq!(paths(server), ["/snapshots/s"; 4]);
}

#[tokio::test]
async fn the_log_is_filtered_by_the_clock_of_ionos() {
    let ahead = SignedDuration::from_hours(48);
    let date = (Timestamp::now() + ahead).strftime("%a, %d %b %Y %H:%M:%S GMT");
    let list = format!("HTTP/1.1 200 OK\nDate: {date}\n\n{{\"items\": []}}");
    let server = ScriptedServer::start([list, ok(r#"{"items": []}"#)]).await;
    let client = client(&server);
    let fingerprint = client.fingerprint(&CreateSnapshot::new("ionos:d/v".parse().unwrap())).await.unwrap();
    client.find_created(&fingerprint).await.unwrap();
    let log = server.finish().remove(1).target;
    let since = log.split("filter.createdAfter=").nth(1).unwrap().replace("%20", " ").replace("%3A", ":");
    let since: DateTime = DateTime::strptime("%Y-%m-%d %H:%M:%S", &since).unwrap();
    let since = since.to_zoned(TimeZone::UTC).unwrap().timestamp();
    let expected = fingerprint.taken_at + ahead - SignedDuration::from_hours(24);
    assert!(since <= expected && expected.duration_since(since) < SignedDuration::from_mins(5), "{since}");
}
