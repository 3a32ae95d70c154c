use cloudsnap_simulator::{Operation, Provider, SimulatorOptions};
use reqwest::Method;
use serde_json::Value;
use sha1::{Digest, Sha1};

use crate::talk::{Heard, Talk, assert_transcript, wait_for_builds};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

fn signed(random: &str) -> String {
    let mut text = format!("12312simulated-nodecoid-key{random}");
    for _ in 0..3 {
        let digest = Sha1::digest(text.as_bytes());
        text = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    }
    format!("user_id=12312&random={random}&checksum={text}")
}

impl Talk {
    /// Each call of a test has a number of its own, which is its random string.
    async fn call(&mut self, number: u32, function: &str, form: &str) -> Heard {
        let body = format!("{}{form}", signed(&format!("{number:024x}")));
        self.say(Method::POST, &format!("/{function}"), &[FORM], &body).await
    }

    async fn code(&mut self, number: u32, function: &str, form: &str) -> String {
        let json = self.call(number, function, form).await.json();
        json["code"].as_str().unwrap().to_owned()
    }
}

fn snapshot_id(heard: &Heard) -> String {
    heard.json()["data"]["snapshot_id"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_from_create_to_delete() {
    let mut talk = Talk::with(Provider::NodeCoId).await;
    let id = snapshot_id(&talk.call(1, "create_snapshot", "&format=json&server_id=12345").await);
    let detail = format!("&snapshot_id={id}&client_ip_address=203.0.113.9");
    talk.call(2, "get_snapshot_detail", &detail).await;
    talk.call(3, "get_snapshot_list", "&client_ip_address=203.0.113.9").await;
    wait_for_builds().await;
    talk.call(4, "get_snapshot_detail", &detail).await;
    talk.call(5, "get_snapshot_list", "&format=xml&client_ip_address=203.0.113.9").await;
    let restore = format!("&server_id=12346&install_source=snapshot&snapshot_id={id}");
    talk.call(6, "reinstall_server", &restore).await;
    talk.call(7, "get_server_detail", "&server_id=12346").await;
    talk.call(8, "delete_snapshot", &format!("&snapshot_id={id}")).await;
    talk.call(9, "get_snapshot_detail", &detail).await;
    assert_transcript("nodecoid", &talk);

    let state = talk.simulator.state(Provider::NodeCoId);
    assert_eq!(state.snapshots, []);
    assert_eq!(state.requests(Operation::Poll), 2);
}

#[tokio::test(start_paused = true)]
async fn a_switch_that_is_left_out_is_off() {
    let mut talk = Talk::with(Provider::NodeCoId).await;
    let function = "set_server_snapshot_schedule";
    let weekly = "&server_id=12345&weekly_snapshot=yes&weekly_snapshot_max_age=4";
    talk.call(1, function, weekly).await;
    let daily = "&server_id=12345&daily_snapshot=yes&daily_snapshot_max_age=7";
    talk.call(2, function, daily).await;
    let server = talk.call(3, "get_server_detail", "&server_id=12345").await.json();
    assert_eq!(server["data"]["weekly_snapshots"], "no");
    assert_eq!(server["data"]["retain_daily_snapshots"], 7);
    assert_transcript("nodecoid_schedule", &talk);
}

#[tokio::test(start_paused = true)]
async fn defaults_hide_and_the_last_page_repeats() {
    let options = SimulatorOptions::default().servers(45).snapshots(250);
    let mut talk = Talk::start(Provider::NodeCoId, options).await;
    let total = |heard: Heard| heard.json()["data"]["total_records"].clone();
    assert_eq!(total(talk.call(1, "get_server_list", "").await), 30);
    assert_eq!(total(talk.call(2, "get_server_list", "&server_status=all").await), 45);

    talk.call(3, "create_snapshot", "&server_id=12345").await;
    let list = "&client_ip_address=1.2.3.4&records_per_page=100";
    assert_eq!(total(talk.call(4, "get_snapshot_list", list).await), 250);
    let all = format!("{list}&snapshot_status=all");
    let mut ids = Vec::new();
    for page in 1..=4 {
        let form = format!("{all}&page={page}");
        let json = talk.call(10 + page, "get_snapshot_list", &form).await.json();
        assert_eq!(json["data"]["page"], page.min(3));
        let records = json["data"]["records"].as_object().unwrap().clone();
        ids.extend(records.values().map(|record| record["snapshot_id"].to_string()));
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 251);
    let empty = format!("{list}&server_id=nobody");
    let json = talk.call(20, "get_snapshot_list", &empty).await.json();
    assert_eq!(json["data"]["records"], Value::Array(Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn a_failed_create_ends_deleted() {
    let options = SimulatorOptions::default().fault("*:create=operation-fails".parse().unwrap());
    let mut talk = Talk::start(Provider::NodeCoId, options).await;
    let id = snapshot_id(&talk.call(1, "create_snapshot", "&server_id=12345").await);
    wait_for_builds().await;
    let detail = format!("&snapshot_id={id}&client_ip_address=203.0.113.9");
    let json = talk.call(2, "get_snapshot_detail", &detail).await.json();
    assert_eq!(json["data"]["snapshot_status"], "deleted");
}

#[tokio::test(start_paused = true)]
async fn a_failed_restore_suspends_the_server() {
    let fault = "*:restore=operation-fails".parse().unwrap();
    let mut talk = Talk::start(Provider::NodeCoId, SimulatorOptions::default().snapshots(1).fault(fault)).await;
    let id = talk.simulator.state(Provider::NodeCoId).snapshots[0].id.clone();
    let restore = format!("&server_id=12345&install_source=snapshot&snapshot_id={id}");
    assert_eq!(talk.code(1, "reinstall_server", &restore).await, "OK");
    wait_for_builds().await;
    let server = talk.call(2, "get_server_detail", "&server_id=12345").await.json();
    assert_eq!(server["data"]["server_status"], "suspended");
}

#[tokio::test(start_paused = true)]
async fn a_bad_call_gets_another_code() {
    let mut talk = Talk::start(Provider::NodeCoId, SimulatorOptions::default().strict(true)).await;
    let list = "get_snapshot_list";
    let schedule = "set_server_snapshot_schedule";
    let codes = [
        talk.code(1, "create_snapshot", "&server_id=12345").await,
        talk.code(1, "create_snapshot", "&server_id=12345").await,
        talk.code(2, "create_snapshot", "&server_id=nobody").await,
        talk.code(3, "create_snapshot", "").await,
        talk.code(4, "create_snapshot", "&server_id=12345&name=x").await,
        talk.code(5, "create_snapshot", "&server_id=12345&format=yaml").await,
        talk.code(6, list, "").await,
        talk.code(7, list, "&client_ip_address=::1").await,
        talk.code(8, list, "&client_ip_address=1.2.3.4&records_per_page=9").await,
        talk.code(12, list, "&client_ip_address=127.0.0.1").await,
        talk.code(9, schedule, "&server_id=12345&daily_snapshot=yes").await,
        talk.code(10, "create_server", "&server_label=x").await,
        talk.code(11, "get_snapshot_detail", "&snapshot_id=x&client_ip_address=1.2.3.4").await,
    ];
    insta::assert_snapshot!(codes.join("\n"));

    let raw_bytes = "user_id=12312&random=r&checksum=9aafa648b47b7d528c755d7392a9d7d39a6fa478";
    let heard = talk.say(Method::POST, "/create_snapshot", &[FORM], raw_bytes).await;
    assert_eq!(heard.json()["code"], "INVALID_CHECKSUM");
    let sandbox = format!("/../../api-sandbox/v1/get_server_list?{}", signed("sandbox"));
    assert_eq!(talk.say(Method::GET, &sandbox, &[], "").await.json()["code"], "OK");
    assert_eq!(talk.simulator.state(Provider::NodeCoId).creates_committed(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_the_pages_leave_open_is_accepted() {
    let mut talk = Talk::with(Provider::NodeCoId).await;
    let id = snapshot_id(&talk.call(1, "create_snapshot", "&server_id=12345&note=x").await);
    let codes = [
        talk.code(1, "get_snapshot_list", "&client_ip_address=127.0.0.1").await,
        talk.code(2, "get_server_detail", "&server_id=12345&server_id=12346").await,
        // While it is processed.
        talk.code(3, "delete_snapshot", &format!("&snapshot_id={id}")).await,
    ];
    assert_eq!(codes, ["OK"; 3]);
    assert_eq!(talk.simulator.state(Provider::NodeCoId).snapshots, []);
}
