use cloudsnap_simulator::{Operation, Provider, SimulatorOptions};
use reqwest::Method;
use serde_json::{Value, json};

use crate::talk::{BUILD_TIME, Heard, Talk, assert_transcript, wait_for_builds};

const BEARER: (&str, &str) = ("authorization", "Bearer simulated-ionos-token");
const JSON: (&str, &str) = ("content-type", "application/json");
const VOLUMES: &str = "/datacenters/d0000000-0000-4000-8000-000000000001/volumes";
const VOLUME: &str = "/datacenters/d0000000-0000-4000-8000-000000000001/volumes/b0000000-0000-4000-8000-000000000001";

impl Talk {
    async fn get(&mut self, path: &str) -> Heard {
        self.say(Method::GET, path, &[BEARER], "").await
    }

    async fn send(&mut self, method: Method, path: &str, body: Value) -> Heard {
        self.say(method, path, &[BEARER, JSON], &body.to_string()).await
    }

    async fn create(&mut self, properties: Value) -> Heard {
        let path = format!("{VOLUME}/create-snapshot");
        self.send(Method::POST, &path, json!({ "properties": properties })).await
    }
}

fn id(heard: &Heard) -> String {
    heard.json()["id"].as_str().unwrap().to_owned()
}

/// The path below the base URL, whatever host the location names.
fn followed(heard: &Heard) -> String {
    heard.location.as_deref().unwrap().split_once("/cloudapi/v6").unwrap().1.to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_from_create_to_delete() {
    let mut talk = Talk::with(Provider::Ionos).await;
    let properties = json!({ "name": "db", "description": "nightly", "licenceType": "LINUX" });
    let created = talk.create(properties).await;
    let snapshot = format!("/snapshots/{}", id(&created));
    talk.get(&followed(&created)).await;
    tokio::time::advance(BUILD_TIME * 3 / 4).await;
    // The request is done, the snapshot still busy.
    talk.get(&followed(&created)).await;
    talk.get(&snapshot).await;
    wait_for_builds().await;
    talk.get(&format!("{snapshot}?depth=0")).await;
    talk.send(Method::PATCH, &snapshot, json!({ "name": "renamed" })).await;
    talk.send(Method::PUT, &snapshot, json!({ "properties": { "description": "" } })).await;
    let restore = json!({ "properties": { "snapshotId": id(&created) } });
    talk.send(Method::POST, &format!("{VOLUME}/restore-snapshot"), restore).await;
    talk.get(VOLUME).await;
    let label = json!({ "properties": { "key": "volume", "value": "db-data" } });
    talk.send(Method::POST, &format!("{snapshot}/labels"), label).await;
    talk.get(&format!("{snapshot}/labels?depth=1")).await;
    let deleted = talk.say(Method::DELETE, &snapshot, &[BEARER], "").await;
    for _ in 0..4 {
        wait_for_builds().await;
    }
    talk.get(&followed(&deleted)).await;
    talk.get(&snapshot).await;
    assert_transcript("ionos", &talk);

    let state = talk.simulator.state(Provider::Ionos);
    assert_eq!(state.snapshots, []);
    assert_eq!(state.requests(Operation::Poll), 5);
    assert_eq!(state.requests(Operation::Get), 3);
}

#[tokio::test(start_paused = true)]
async fn the_request_log_finds_a_create_again() {
    let mut talk = Talk::with(Provider::Ionos).await;
    talk.create(json!({ "name": "one" })).await;
    talk.create(json!({ "name": "two" })).await;
    let found = talk
        .get("/requests?depth=2&filter.method=POST&filter.url=create-snapshot&filter.body=TWO&filter.createdAfter=2026-01-01%2000:00:00&limit=1")
        .await;
    assert_eq!(found.json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(talk.get("/requests?filter.method=POST").await.status, 400);
    let failed = talk.get("/requests?filter.status=FAILED").await.json();
    assert_eq!(failed["items"], json!([]));
    let entry = format!("/requests/{}?depth=1", found.json()["items"][0]["id"].as_str().unwrap());
    talk.get(&entry).await;
    assert_transcript("ionos_requests", &talk);
}

#[tokio::test(start_paused = true)]
async fn lists() {
    let options = SimulatorOptions::default().servers(3).snapshots(2);
    let mut talk = Talk::start(Provider::Ionos, options).await;
    talk.get("/datacenters?depth=1&limit=1&offset=0").await;
    talk.get(&format!("{VOLUMES}?depth=1&limit=1&offset=1")).await;
    talk.get("/snapshots").await;
    talk.get("/snapshots?depth=1&filter.name=SEEDED-2").await;
    let lower_case = talk.get("/snapshots?depth=1&filter.secauthprotection=false").await;
    assert_eq!(lower_case.json()["items"], json!([]));
    assert_transcript("ionos_lists", &talk);
}

#[tokio::test(start_paused = true)]
async fn a_failed_create_fails_its_request_and_leaves_nothing() {
    let options = SimulatorOptions::default().fault("*:create=operation-fails".parse().unwrap());
    let mut talk = Talk::start(Provider::Ionos, options).await;
    let created = talk.create(json!({})).await;
    wait_for_builds().await;
    let request = talk.get(&followed(&created)).await.json();
    assert_eq!(request["metadata"]["status"], "FAILED");
    let snapshot = format!("/snapshots/{}", id(&created));
    assert_eq!(talk.get(&snapshot).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn the_documented_refusals() {
    let mut talk = Talk::start(Provider::Ionos, SimulatorOptions::default().snapshots(1)).await;
    let snapshot = format!("/snapshots/{}", talk.simulator.state(Provider::Ionos).snapshots[0].id);
    let form = ("content-type", "application/x-www-form-urlencoded");
    let create = format!("{VOLUME}/create-snapshot");
    let statuses = [
        talk.say(Method::GET, "/snapshots", &[], "").await.status,
        talk.say(Method::GET, "/no/such/path", &[], "").await.status,
        talk.get("/no/such/path").await.status,
        talk.get("/snapshots/none").await.status,
        talk.get("/snapshots?depth=11").await.status,
        talk.say(Method::PATCH, "/snapshots", &[BEARER], "").await.status,
        talk.say(Method::POST, &create, &[BEARER, form], "name=x").await.status,
        talk.say(Method::POST, &create, &[BEARER, JSON], "{").await.status,
        talk.create(json!({ "name": 1 })).await.status,
        talk.create(json!({ "exposeSerial": true })).await.status,
        talk.create(json!({ "licenceType": "BSD" })).await.status,
        talk.send(Method::POST, &create, json!({ "name": "bare" })).await.status,
        talk.send(Method::PATCH, &snapshot, json!({ "properties": {} })).await.status,
        talk.send(Method::PATCH, &snapshot, json!({ "size": 1 })).await.status,
        talk.send(Method::PUT, &snapshot, json!({ "id": "x", "properties": {} })).await.status,
        talk.send(Method::PUT, &snapshot, json!({})).await.status,
        talk.send(Method::POST, &format!("{VOLUME}/restore-snapshot"), json!({})).await.status,
    ];
    let expected = [401, 401, 404, 404, 400, 405, 415, 400, 422, 422, 422, 422, 422, 422, 422, 422, 422];
    assert_eq!(statuses, expected);
    let contract = ("x-contract-number", "many");
    assert_eq!(talk.say(Method::GET, "/snapshots", &[BEARER, contract], "").await.status, 400);
    let basic = ("authorization", "Basic b3BzQGV4YW1wbGUuY29tOnNpbXVsYXRlZC1pb25vcy1wYXNzd29yZA==");
    assert_eq!(talk.say(Method::GET, "/snapshots", &[basic], "").await.status, 200);
    assert_transcript("ionos_refusals", &talk);
    assert_eq!(talk.simulator.state(Provider::Ionos).creates_committed(), 0);
}
