use cloudsnap_simulator::{Operation, Provider, SimulatorOptions};
use reqwest::Method;

use crate::talk::{Heard, Talk, assert_transcript, wait_for_builds};

const AUTH: (&str, &str) = ("authorization", "Basic c2ltdWxhdGVkLXVzZXI6c2ltdWxhdGVkLWhvc3R3YXktcGFzc3dvcmQ=");
const JSON: (&str, &str) = ("content-type", "application/json");
const ACCOUNT: &str = "/accounts/smith1234/flexcloud";

impl Talk {
    async fn http(&mut self, method: Method, path: &str, body: &str) -> Heard {
        self.say(method, path, &[AUTH, JSON], body).await
    }

    async fn take_snapshot(&mut self, server: &str, name: &str) -> Heard {
        let body = format!(r#"{{"snapshot":{{"name":"{name}","description":""}}}}"#);
        self.http(Method::POST, &format!("/servers/{server}/snapshots"), &body).await
    }
}

fn path_of(location: &str) -> String {
    let path = location.splitn(4, '/').nth(3).unwrap();
    format!("/{}", path.trim_end_matches('/'))
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_in_the_account_form() {
    let mut talk = Talk::with(Provider::Hostway).await;
    let body = r#"{"snapshot":{"name":"before-upgrade","description":"state before the upgrade"}}"#;
    let snapshots = format!("{ACCOUNT}/servers/test_server_0001/snapshots");
    let created = talk.http(Method::POST, &snapshots, body).await;
    let snapshot = path_of(&created.location.unwrap());
    talk.http(Method::GET, &snapshot, "").await;
    wait_for_builds().await;
    talk.http(Method::GET, &snapshot, "").await;
    talk.http(Method::GET, &snapshots, "").await;
    talk.http(Method::POST, &format!("{snapshot}/actions"), r#"{"action":"restore"}"#).await;
    talk.http(Method::GET, &format!("{ACCOUNT}/servers/test_server_0001"), "").await;
    wait_for_builds().await;
    let server = talk.http(Method::GET, "/servers/test_server_0001", "").await.json();
    assert_eq!(server["server"]["status"], "ACTIVE");
    assert_transcript("hostway_account_form", &talk);

    let state = talk.simulator.state(Provider::Hostway);
    assert_eq!(state.requests(Operation::Poll), 2);
    assert_eq!(state.requests(Operation::Get), 1);
    assert_eq!(state.committed(Operation::Restore), 1);
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_in_the_short_form() {
    let mut talk = Talk::with(Provider::Hostway).await;
    let created = talk.take_snapshot("test_server_0001", "short").await;
    wait_for_builds().await;
    let snapshot = path_of(&created.location.unwrap());
    let action = r#"{"action":"restore"}"#;
    let plural = talk.http(Method::POST, &format!("{snapshot}/actions"), action).await;
    assert_eq!(plural.status, 404);
    let singular = talk.http(Method::POST, &format!("{snapshot}/action"), action).await;
    assert_eq!(singular.status, 202);
    assert_transcript("hostway_short_form", &talk);
}

#[tokio::test(start_paused = true)]
async fn what_can_be_snapshotted() {
    let mut talk = Talk::start(Provider::Hostway, SimulatorOptions::default().servers(1)).await;
    talk.http(Method::GET, "/accounts", "").await;
    talk.http(Method::GET, "/accounts/smith1234", "").await;
    talk.http(Method::GET, &format!("{ACCOUNT}/zone"), "").await;
    talk.http(Method::GET, &format!("{ACCOUNT}/servers"), "").await;
    talk.http(Method::GET, "/servers/detail", "").await;
    talk.http(Method::GET, "/servers/test_server_0002_volumes/os-volume_attachments", "").await;
    assert_transcript("hostway_sources", &talk);
}

#[tokio::test(start_paused = true)]
async fn a_failed_create_ends_deleted() {
    let options = SimulatorOptions::default().fault("*:create=operation-fails".parse().unwrap());
    let mut talk = Talk::start(Provider::Hostway, options).await;
    let created = talk.take_snapshot("test_server_0001", "doomed").await;
    wait_for_builds().await;
    let snapshot = talk.http(Method::GET, &path_of(&created.location.unwrap()), "").await.json();
    assert_eq!(snapshot["snapshot"]["status"], "DELETED");
    assert_eq!(talk.simulator.state(Provider::Hostway).snapshots, []);
}

#[tokio::test(start_paused = true)]
async fn a_failed_restore_suspends_the_server() {
    let fault = "*:restore=operation-fails".parse().unwrap();
    let mut talk = Talk::start(Provider::Hostway, SimulatorOptions::default().snapshots(1).fault(fault)).await;
    let id = talk.simulator.state(Provider::Hostway).snapshots[0].id.clone();
    let action = format!("/servers/test_server_0001/snapshots/{id}/action");
    assert_eq!(talk.http(Method::POST, &action, r#"{"action":"restore"}"#).await.status, 202);
    wait_for_builds().await;
    let server = talk.http(Method::GET, "/servers/test_server_0001", "").await.json();
    assert_eq!(server["server"]["status"], "SUSPENDED");
}

#[tokio::test(start_paused = true)]
async fn the_documented_refusals() {
    let options = SimulatorOptions::default().snapshots(6).strict(true);
    let mut talk = Talk::start(Provider::Hostway, options).await;
    let server = "test_server_0001";
    assert_eq!(talk.take_snapshot(server, "seeded-1").await.status, 409);
    assert_eq!(talk.take_snapshot(server, "third").await.status, 202);
    assert_eq!(talk.take_snapshot(server, "fourth").await.status, 413);
    assert_eq!(talk.take_snapshot(server, "third").await.status, 409);
    assert_eq!(talk.take_snapshot("nobody", "x").await.status, 404);
    assert_eq!(talk.take_snapshot("test_server_0004_volumes", "x").await.status, 400);
    assert_eq!(talk.take_snapshot("test_server_0002", "").await.status, 400);

    let list = "/servers/test_server_0001/snapshots";
    assert_eq!(talk.say(Method::GET, list, &[AUTH], "").await.status, 415);
    assert_eq!(talk.say(Method::GET, list, &[JSON], "").await.status, 401);
    assert_eq!(talk.http(Method::GET, &format!("{list}?name=x"), "").await.status, 400);
    assert_eq!(talk.http(Method::GET, "/accounts/other/flexcloud/servers", "").await.status, 404);
    let seeded = talk.simulator.state(Provider::Hostway).snapshots[0].id.clone();
    let seeded = format!("{list}/{seeded}");
    assert_eq!(talk.http(Method::DELETE, &seeded, "").await.status, 405);
    assert_eq!(talk.http(Method::PATCH, &seeded, "{}").await.status, 405);
    assert_eq!(talk.http(Method::POST, &format!("{seeded}/action"), "{}").await.status, 400);
    assert_transcript("hostway_refusals", &talk);
    assert_eq!(talk.simulator.state(Provider::Hostway).creates_committed(), 1);
}

/// The create as the page prints it: the content type runs into the character set, and the scheme lacks.
#[tokio::test(start_paused = true)]
async fn the_literal_create_of_the_page() {
    let mut talk = Talk::with(Provider::Hostway).await;
    let headers =
        [("content-type", "application/json Charset=UTF-8"), ("authorization", AUTH.1.strip_prefix("Basic ").unwrap())];
    let body = r#"{ "snapshot": { "name": "fitnesse snapshot", "description": "fitnesse test snapshot" } }"#;
    let snapshots = "/servers/test_server_0001/snapshots";
    assert_eq!(talk.say(Method::POST, snapshots, &headers, body).await.status, 202);
    assert_eq!(talk.simulator.state(Provider::Hostway).creates_committed(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_the_pages_leave_open_is_accepted() {
    let mut talk = Talk::with(Provider::Hostway).await;
    let list = "/servers/test_server_0001/snapshots";
    let mut statuses = Vec::new();
    for body in [
        r#"{"snapshot":{"name":"a"}}"#,
        r#"{"snapshot":{"description":"b"}}"#,
        r#"{"snapshot":{"name":"c","description":"","size":1},"more":true}"#,
    ] {
        statuses.push(talk.say(Method::POST, list, &[AUTH], body).await.status);
    }
    statuses.push(talk.say(Method::GET, &format!("{list}?name=x"), &[AUTH], "").await.status);
    assert_eq!(statuses, [202, 202, 202, 202]);
    // A snapshot that is still built is restored when it is.
    let id = talk.simulator.state(Provider::Hostway).snapshots[0].id.clone();
    let action = format!("{list}/{id}/action");
    assert_eq!(talk.http(Method::POST, &action, r#"{"action":"restore","force":true}"#).await.status, 202);
    wait_for_builds().await;
    let status = |heard: Heard| heard.json()["server"]["status"].clone();
    assert_eq!(status(talk.http(Method::GET, "/servers/test_server_0001", "").await), "PROCESSING");
    wait_for_builds().await;
    assert_eq!(status(talk.http(Method::GET, "/servers/test_server_0001", "").await), "ACTIVE");
    // Only the accounts document what a missing content type is answered with.
    assert_eq!(talk.say(Method::GET, "/accounts", &[AUTH], "").await.status, 415);
}
