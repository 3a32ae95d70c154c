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
    let failed = talk.get("/requests?filter.status=FAILED").await.json();
    assert_eq!(failed["items"], json!([]));
    let entry = format!("/requests/{}?depth=1", found.json()["items"][0]["id"].as_str().unwrap());
    talk.get(&entry).await;
    talk.get(entry.trim_end_matches("?depth=1")).await;
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
    let mut talk = Talk::start(Provider::Ionos, SimulatorOptions::default().snapshots(1).strict(true)).await;
    let snapshot = format!("/snapshots/{}", talk.simulator.state(Provider::Ionos).snapshots[0].id);
    let form = ("content-type", "application/x-www-form-urlencoded");
    let create = format!("{VOLUME}/create-snapshot");
    let statuses = [
        talk.say(Method::GET, "/snapshots", &[], "").await.status,
        talk.say(Method::GET, "/no/such/path", &[], "").await.status,
        talk.get("/no/such/path").await.status,
        talk.get("/snapshots/none").await.status,
        talk.get("/snapshots?depth=11").await.status,
        talk.get("/datacenters/x/servers").await.status,
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
    let expected = [401, 401, 404, 404, 400, 404, 405, 415, 400, 422, 422, 422, 422, 422, 422, 422, 422, 422];
    assert_eq!(statuses, expected);
    assert_eq!(talk.get("/requests?filter.method=POST").await.status, 400);
    let contract = ("x-contract-number", "many");
    assert_eq!(talk.say(Method::GET, "/snapshots", &[BEARER, contract], "").await.status, 400);
    let basic = ("authorization", "Basic b3BzQGV4YW1wbGUuY29tOnNpbXVsYXRlZC1pb25vcy1wYXNzd29yZA==");
    assert_eq!(talk.say(Method::GET, "/snapshots", &[basic], "").await.status, 200);
    assert_transcript("ionos_refusals", &talk);
    assert_eq!(talk.simulator.state(Provider::Ionos).creates_committed(), 0);
}

/// All that is wrong with a body is told at once.
#[tokio::test(start_paused = true)]
async fn each_wrong_property_gets_a_message() {
    let mut talk = Talk::with(Provider::Ionos).await;
    let refused = talk.create(json!({ "name": 1, "size": 2, "licenceType": "BSD" })).await;
    assert_eq!(refused.status, 422);
    let refused = refused.json();
    let messages = refused["messages"].as_array().unwrap().iter();
    let messages: Vec<_> = messages.map(|message| format!("{} {}", message["errorCode"], message["message"])).collect();
    insta::assert_snapshot!(messages.join("\n"), @r#"
    "100" "[(root).properties.licenceType] Attribute has a value that is not allowed"
    "100" "[(root).properties.name] Attribute has a value that is not allowed"
    "105" "[(root).properties.size] Attribute is read-only"
    "#);
}

#[tokio::test(start_paused = true)]
async fn what_the_documents_leave_open_is_accepted() {
    let mut talk = Talk::with(Provider::Ionos).await;
    let create = format!("{VOLUME}/create-snapshot");
    let form = ("content-type", "application/x-www-form-urlencoded");
    let created = [
        talk.say(Method::POST, &create, &[BEARER], "").await,
        talk.say(Method::POST, &create, &[BEARER, form], "name=old+client&secAuthProtection=true&licenceType=LINUX")
            .await,
        talk.send(Method::POST, &create, json!(null)).await,
        talk.create(json!({ "name": null, "exposeSerial": true, "unknown": 1 })).await,
    ];
    assert!(created.iter().all(|created| created.status == 202));
    let properties = &created[1].json()["properties"];
    assert_eq!((&properties["name"], &properties["secAuthProtection"]), (&json!("old client"), &json!(true)));
    assert_eq!(created[3].json()["properties"]["exposeSerial"], false);
    let unfiltered = talk.get("/snapshots?filter.name=OLD").await.json();
    assert_eq!(unfiltered["items"].as_array().unwrap().len(), 1);
    let restore = format!("{VOLUME}/restore-snapshot");
    let snapshot = format!("snapshotId={}", id(&created[0]));
    assert_eq!(talk.say(Method::POST, &restore, &[BEARER, form], &snapshot).await.status, 202);
}

#[tokio::test(start_paused = true)]
async fn labels_change_at_once() {
    let mut talk = Talk::start(Provider::Ionos, SimulatorOptions::default().snapshots(1)).await;
    let snapshot = format!("/snapshots/{}", talk.simulator.state(Provider::Ionos).snapshots[0].id);
    let label = |value: &str| json!({ "properties": { "key": "volume", "value": value } });
    talk.send(Method::POST, &format!("{snapshot}/labels"), label("one")).await;
    talk.send(Method::PUT, &format!("{snapshot}/labels/volume"), label("two")).await;
    talk.get(&format!("{snapshot}/labels/volume")).await;
    talk.get(&format!("{snapshot}/labels")).await;
    talk.say(Method::DELETE, &format!("{snapshot}/labels/volume"), &[BEARER], "").await;
    talk.get(&format!("{snapshot}/labels/volume")).await;
    talk.get("/requests?depth=2").await;
    assert_transcript("ionos_labels", &talk);
    assert_eq!(talk.simulator.state(Provider::Ionos).committed(Operation::Update), 3);
}

#[tokio::test(start_paused = true)]
async fn the_request_log_is_paged_filtered_and_ordered() {
    let mut talk = Talk::with(Provider::Ionos).await;
    for name in ["b", "c", "a"] {
        talk.create(json!({ "name": name })).await;
        tokio::time::advance(std::time::Duration::from_secs(1)).await;
    }
    let mut bodies = async |query: &str| {
        let json = talk.get(&format!("/requests?depth=1{query}")).await.json();
        let name = |item: &Value| item["properties"]["body"].as_str().unwrap()[23..24].to_owned();
        json["items"].as_array().unwrap().iter().map(name).collect::<String>()
    };
    assert_eq!(bodies("").await, "acb");
    assert_eq!(bodies("&orderBy=body").await, "abc");
    assert_eq!(bodies("&orderBy=createdDate").await, "bca");
    assert_eq!(bodies("&limit=1&offset=1").await, "c");
    assert_eq!(bodies("&maxResults=2").await, "ac");
    assert_eq!(bodies("&filter.body=%22A%22&filter.body=%22b%22").await, "ab");
    assert_eq!(bodies("&filter.status=QUEUED").await, "a");
    assert_eq!(bodies("&filter.status=QUEUED&filter.status=RUNNING").await, "acb");
    assert_eq!(bodies("&filter.requestStatus=que").await, "a");
    assert_eq!(talk.get("/requests?filter.status=DONE&filter.status=done").await.status, 400);
    assert_eq!(talk.get("/requests?filter.createdAfter=today").await.status, 400);
    assert_eq!(talk.get("/requests?limit=0").await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn the_tag_is_a_header_where_no_depth_is_asked_for() {
    let simulator = cloudsnap_simulator::Simulator::start(SimulatorOptions::default().snapshots(1)).await.unwrap();
    let id = simulator.state(Provider::Ionos).snapshots[0].id.clone();
    for path in [format!("/snapshots/{id}"), VOLUME.to_owned(), VOLUMES.strip_suffix("/volumes").unwrap().to_owned()] {
        let ask = async |query: &str| {
            let url = format!("{}{path}{query}", simulator.url(Provider::Ionos));
            let answer = reqwest::Client::new().get(url).header(BEARER.0, BEARER.1).send().await.unwrap();
            let header = answer.headers().get("etag").map(|value| value.to_str().unwrap().to_owned());
            (header, serde_json::from_str::<Value>(&answer.text().await.unwrap()).unwrap())
        };
        let (header, body) = ask("").await;
        assert_eq!(header, Some(body["metadata"]["etag"].to_string()));
        let (header, body) = ask("?depth=0").await;
        assert_eq!(header, None);
        assert!(body["properties"].is_object(), "a resource on its own has its properties at depth 0");
    }
}

#[tokio::test(start_paused = true)]
async fn the_location_is_this_origin_or_the_public_one() {
    let mut talk = Talk::with(Provider::Ionos).await;
    let created = talk.create(json!({})).await.location.unwrap();
    assert!(created.starts_with(&talk.simulator.url(Provider::Ionos)), "{created}");
    let mut talk = Talk::start(Provider::Ionos, SimulatorOptions::default().public_location(true)).await;
    let created = talk.create(json!({})).await.location.unwrap();
    assert!(created.starts_with("https://api.ionos.com/cloudapi/v6/requests/"), "{created}");
}
