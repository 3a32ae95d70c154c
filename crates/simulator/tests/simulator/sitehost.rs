use cloudsnap_simulator::{Operation, Provider, SimulatorOptions};
use jiff::civil::DateTime;
use reqwest::Method;
use serde_json::{Value, json};

use crate::talk::{BUILD_TIME, Heard, Talk, assert_transcript, wait_for_builds};

const AUTH: &str = "apikey=simulated-sitehost-key&client_id=979387";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

impl Talk {
    async fn ask(&mut self, path: &str, query: &str) -> Heard {
        self.say(Method::GET, &format!("{path}.json?{AUTH}{query}"), &[], "").await
    }

    async fn order(&mut self, path: &str, form: &str) -> Heard {
        self.say(Method::POST, &format!("{path}.json"), &[FORM], &format!("{AUTH}{form}")).await
    }

    async fn message(&mut self, path: &str, form: &str) -> String {
        let heard = self.order(path, form).await;
        let json = heard.json();
        assert_eq!(json["status"], false, "{json}");
        format!("{} {}", heard.status, json["msg"].as_str().unwrap())
    }
}

/// The hours from `created` to `expires`.
fn lifetime(snapshot: &Value) -> i32 {
    let time = |name: &str| {
        let text = snapshot[name].as_str().unwrap();
        DateTime::strptime("%Y-%m-%d %H:%M:%S", text).unwrap()
    };
    (time("expires") - time("created")).total(jiff::Unit::Hour).unwrap() as i32
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_at_1_5_from_create_to_delete() {
    let mut talk = Talk::with(Provider::SiteHost).await;
    talk.order("/1.5/server/snapshot/create", "&name=server1&partition=xvda2&lifetime=3").await;
    talk.ask("/1.5/job/get", "&type=scheduler&id=29658457").await;
    talk.ask("/1.5/server/snapshot/list_all", "&name=server1").await;
    tokio::time::advance(BUILD_TIME / 2).await;
    talk.ask("/1.5/job/get", "&type=scheduler&id=29658457").await;
    wait_for_builds().await;
    talk.ask("/1.5/job/get", "&type=scheduler&id=29658457").await;
    talk.order("/1.5/server/snapshot/set_lifetime", "&name=server1&snapshot=91695&lifetime=2").await;
    wait_for_builds().await;
    let extended = talk.ask("/1.5/server/snapshot/list_all", "&name=server1").await.json();
    assert_eq!(lifetime(&extended["return"][0]), 5);
    talk.order("/1.5/server/snapshot/restore", "&name=server1&snapshot=91695").await;
    wait_for_builds().await;
    talk.ask("/1.5/server/get_state", "&name=server1").await;
    talk.order("/1.5/server/snapshot/delete", "&name=server1&snapshot=91695").await;
    wait_for_builds().await;
    talk.ask("/1.5/server/snapshot/list_all", "&name=server1").await;
    assert_transcript("sitehost_1_5", &talk);

    let state = talk.simulator.state(Provider::SiteHost);
    assert_eq!(state.snapshots, []);
    assert_eq!(state.creates_committed(), 1);
    assert_eq!(state.requests(Operation::Poll), 3);
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_at_1_3_has_its_id_at_once() {
    let mut talk = Talk::with(Provider::SiteHost).await;
    talk.order("/1.3/server/snapshot/create", "&name=server3&partition=scsi0&lifetime=24").await;
    talk.ask("/1.3/job/get", "&job_id=29658457&type=daemon").await;
    wait_for_builds().await;
    talk.ask("/1.3/server/snapshot/list_all", "&name=server3").await;
    talk.order("/1.0/cloud/image/create", "&label=Another+Image&params%5Bssh_keys%5D%5B%5D=23").await;
    assert_transcript("sitehost_1_3", &talk);

    let state = talk.simulator.state(Provider::SiteHost);
    assert_eq!((state.creates_committed(), state.images_committed()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn what_can_be_snapshotted() {
    let mut talk = Talk::start(Provider::SiteHost, SimulatorOptions::default().servers(2)).await;
    talk.say(Method::GET, "/1.5/api/get_info.json?apikey=simulated-sitehost-key", &[], "").await;
    talk.ask("/1.5/server/list_servers", "&filters[state]=On&filters[page_number]=1").await;
    talk.ask("/1.5/server/get_server", "&name=server1").await;
    assert_transcript("sitehost_sources", &talk);
}

#[tokio::test(start_paused = true)]
async fn lists_of_servers_are_paged() {
    let mut talk = Talk::start(Provider::SiteHost, SimulatorOptions::default().servers(45)).await;
    let mut names = Vec::new();
    for page in 1..=3 {
        let query = format!("&filters[page_number]={page}");
        let json = talk.ask("/1.5/server/list_servers", &query).await.json();
        assert_eq!(json["return"]["total_pages"], 3);
        let data = json["return"]["data"].as_array().unwrap().clone();
        names.extend(data.iter().map(|server| server["name"].to_string()));
    }
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 45);
}

#[tokio::test(start_paused = true)]
async fn an_image_from_create_to_a_build() {
    let mut talk = Talk::with(Provider::SiteHost).await;
    let form = "&label=Fork&params[code]=fork&params[ssh_keys][0]=23&params[fork_id]=61";
    talk.order("/1.5/cloud/image/create", form).await;
    talk.ask("/1.5/cloud/image/get", "&code=fork").await;
    wait_for_builds().await;
    talk.ask("/1.5/cloud/image/get", "&code=fork").await;
    wait_for_builds().await;
    talk.ask("/1.5/cloud/image/version/list_all", "&image_id=492").await;
    talk.ask("/1.5/cloud/image/version/get_build", "&code=seeded-image&build_id=1075").await;
    talk.order("/1.5/cloud/image/version/delete", "&code=fork&version=1.1-1077").await;
    talk.order("/1.5/cloud/image/delete", "&code=fork").await;
    wait_for_builds().await;
    let json = talk.ask("/1.5/cloud/image/list_all", "&filters[code]=fork").await.json();
    assert_eq!(json["return"]["total_items"], 0);
    assert_transcript("sitehost_image", &talk);
}

#[tokio::test(start_paused = true)]
async fn a_failed_create_fails_its_job_and_leaves_nothing() {
    let fault = "sitehost:create=operation-fails".parse().unwrap();
    let options = SimulatorOptions::default().fault(fault);
    let mut talk = Talk::start(Provider::SiteHost, options).await;
    talk.order("/1.5/server/snapshot/create", "&name=server1&partition=xvda2&lifetime=1").await;
    wait_for_builds().await;
    let job = talk.ask("/1.5/job/get", "&type=scheduler&id=29658457").await.json();
    assert_eq!(job["return"]["state"], "Failed");
    let list = talk.ask("/1.5/server/snapshot/list_all", "&name=server1").await.json();
    assert_eq!(list["return"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn what_the_reference_does_not_allow_is_refused() {
    let mut talk = Talk::start(Provider::SiteHost, SimulatorOptions::default().strict(true)).await;
    let create = "/1.5/server/snapshot/create";
    let refused = [
        talk.message(create, "&partition=xvda2&name=server1").await,
        talk.message(create, "&name=server1&partition=xvda2&label=x").await,
        talk.message(create, "&name=server1&name=server1&partition=xvda2").await,
        talk.message(create, "&name=server1").await,
        talk.message(create, "&name=server1&partition=xvda2&lifetime=25").await,
        talk.message(create, "&name=server1&partition=xvda2&lifetime=0").await,
        talk.message(create, "&name=nobody&partition=xvda2").await,
        talk.message(create, "&name=server1&partition=scsi0").await,
        talk.message("/1.3/server/snapshot/delete", "&name=server1&snapshot=1").await,
        talk.message("/1.5/server/snapshot/delete", "&name=server1&snapshot=1").await,
        talk.message("/1.4/server/snapshot/create", "&name=server1&partition=xvda2").await,
        talk.message("/1.5/server/snapshot/list_all", "&name=server1").await,
    ];
    insta::assert_snapshot!(refused.join("\n"));

    let key_in_query = format!("{create}.json?{AUTH}");
    let heard = talk.say(Method::POST, &key_in_query, &[FORM], "name=server1&partition=xvda2").await;
    assert_eq!(heard.json()["status"], false);
    let wrong_key = "apikey=wrong&client_id=979387&name=server1&partition=xvda2";
    let heard = talk.say(Method::POST, &format!("{create}.json"), &[FORM], wrong_key).await;
    assert_eq!(heard.json()["msg"], "The token is invalid.");
    let swapped = "client_id=979387&apikey=simulated-sitehost-key&name=server1&partition=xvda2";
    let heard = talk.say(Method::POST, &format!("{create}.json"), &[FORM], swapped).await;
    assert_eq!(heard.status, 500);
    let old_order = talk.ask("/1.5/job/get", "&id=29658457&type=scheduler").await;
    assert_eq!(old_order.status, 500);
    assert_eq!(talk.simulator.state(Provider::SiteHost).creates_committed(), 0);
}

const MULTIPART: (&str, &str) = ("content-type", "multipart/form-data; boundary=x");

fn multipart(fields: &[(&str, &str)]) -> String {
    let part = |(name, value): &(&str, &str)| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    fields.iter().map(part).collect::<String>() + "--x--\r\n"
}

/// The code samples of the two pages: JavaScript and PHP send multipart forms, Rails and Python URL-encoded ones.
#[tokio::test(start_paused = true)]
async fn the_sample_calls_of_the_pages() {
    let snapshot = [
        ("apikey", "simulated-sitehost-key"),
        ("client_id", "979387"),
        ("name", "server1"),
        ("partition", "xvda2"),
        ("lifetime", "1"),
    ];
    let image = [
        ("apikey", "simulated-sitehost-key"),
        ("client_id", "979387"),
        ("label", "My Custom Image"),
        ("params[code]", "my-custom-image"),
        ("params[ssh_keys][]", "23"),
        ("params[fork_id]", "61"),
    ];
    for strict in [false, true] {
        for (path, fields) in
            [("/1.3/server/snapshot/create.json", &snapshot[..]), ("/1.0/cloud/image/create.json", &image[..])]
        {
            let options = || SimulatorOptions::default().strict(strict);
            let mut talk = Talk::start(Provider::SiteHost, options()).await;
            let heard = talk.say(Method::POST, path, &[MULTIPART], &multipart(fields)).await;
            assert_eq!(heard.json()["status"], true, "{}", heard.text);
            let mut talk = Talk::start(Provider::SiteHost, options()).await;
            let form = serde_urlencoded::to_string(fields).unwrap();
            let heard = talk.say(Method::POST, path, &[FORM], &form).await;
            assert_eq!(heard.json()["status"], true, "{}", heard.text);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_reference_leaves_open_is_accepted() {
    let mut talk = Talk::with(Provider::SiteHost).await;
    let create = "/1.5/server/snapshot/create.json";
    let accepted = [
        // As the official Go client sends it: the account in the query, and again in the body.
        talk.say(Method::POST, &format!("{create}?{AUTH}"), &[FORM], "client_id=979387&name=server1&partition=xvda2")
            .await,
        talk.say(Method::POST, &format!("{create}?{AUTH}&name=server1&partition=xvda2"), &[], "").await,
        talk.ask("/1.5/server/snapshot/create", "&name=server1&partition=xvda2").await,
        talk.order("/1.5/server/snapshot/create", "&name=server1&note=x&partition=xvda2&name=server2").await,
        talk.order("/1.5/server/snapshot/list_all", "&name=server1").await,
        talk.order("/1.2/server/snapshot/create", "&name=server1&partition=xvda2").await,
        // While its create is under way.
        talk.order("/1.0/server/snapshot/set_lifetime", "&name=server1&snapshot=91695&lifetime=2").await,
        talk.order("/1.3/server/snapshot/delete", "&name=server1&snapshot=91695").await,
    ];
    for heard in &accepted {
        assert_eq!(heard.json()["status"], true, "{}", heard.text);
    }
    let state = talk.simulator.state(Provider::SiteHost);
    assert_eq!((state.creates_committed(), state.committed(Operation::Delete)), (5, 1));
    assert_eq!(state.snapshots[0].state, "pending");
    for _ in 0..3 {
        wait_for_builds().await;
    }
    assert_eq!(talk.simulator.state(Provider::SiteHost).snapshots.len(), 4);
}

/// The order of parameters, the lifetime and the versions are documented, and so refused in any case.
#[tokio::test(start_paused = true)]
async fn what_the_reference_demands_is_demanded() {
    let mut talk = Talk::with(Provider::SiteHost).await;
    let create = "/1.5/server/snapshot/create";
    let refused = [
        talk.message(create, "&partition=xvda2&name=server1").await,
        talk.message(create, "&name=server1&partition=xvda2&lifetime=25").await,
        talk.message(create, "&name=server1").await,
        talk.message("/1.4/server/snapshot/create", "&name=server1&partition=xvda2").await,
        talk.message("/1.5/job/get", "&id=29658457&type=scheduler").await,
        talk.message("/1.3/job/get", "&type=scheduler&job_id=29658457").await,
    ];
    insta::assert_snapshot!(refused.join("\n"), @"
    500 Error: Parameter 'name' is out of order.
    400 Error: Parameter 'lifetime' must be between 1 and 24.
    400 Error: Missing parameter 'partition'.
    400 Error: The requested API function does not exist.
    500 Error: Parameter 'type' is out of order.
    500 Error: Parameter 'job_id' is out of order.
    ");
}
