//! What is learned from one call and used by the next.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use std::time::Duration;

use cloudsnap_core::provider::Account;
use cloudsnap_core::testing::ScriptedServer;
use sitehost::{
    Client, Config, CreateImage, CreateSnapshot, ErrorKind, HttpOptions, ListSnapshots, LookupOptions, Operation,
    OperationKind, RetryOptions, SnapshotProvider, SnapshotProviderExt,
};

const RUNNING: &str = r#"{"return": {"state": "Running"}, "msg": "Successful", "status": true}"#;
const REFUSED: &str = r#"{"status": false, "msg": "Error: not found."}"#;
const LOST: &str = "HTTP/1.1 502 Bad Gateway\n\n";

fn json(body: &str) -> String {
    format!("HTTP/1.1 200 OK\nContent-Type: application/json\n\n{body}")
}

fn client(server: &ScriptedServer) -> Client {
    let http = HttpOptions::default().with_retry(RetryOptions::never());
    Client::new(Config::new("made-up-key", 1).with_base_url(server.url()).with_http(http)).unwrap()
}

#[tokio::test]
async fn the_type_of_job_that_was_found_is_asked_for_first() {
    let server = ScriptedServer::start([REFUSED, RUNNING, RUNNING].map(json)).await;
    let client = client(&server);
    let account = Account::new("sitehost", "sitehost", "api.sitehost.nz");
    let create = Operation::new(&account, OperationKind::Create)
        .with_snapshot("sitehost:servername@93".parse().unwrap())
        .with_detail("job", "29")
        .with_detail("job_version", "1.3");
    for client in [client.clone(), client] {
        client.poll(std::slice::from_ref(&create)).await.remove(0).unwrap();
    }
    let targets: Vec<String> = server.finish().into_iter().map(|request| request.target).collect();
    let kinds: Vec<&str> = targets.iter().filter_map(|target| Some(target.split_once("&type=")?.1)).collect();
    assert_eq!(kinds, ["scheduler", "daemon", "daemon"]);
}

#[tokio::test]
async fn an_image_whose_creation_does_not_show_is_never_sent_twice_and_can_be_waited_for() {
    let answers = [json(REFUSED), LOST.to_owned(), json(REFUSED)];
    let image = json(r#"{"return": {"id": "491", "code": "my-custom-image"}, "msg": "Successful", "status": true}"#);
    let server = ScriptedServer::start(answers.into_iter().chain([image])).await;
    let client = client(&server);
    let image = CreateImage {
        label: "My Custom Image".to_owned(),
        code: Some("my-custom-image".to_owned()),
        ..Default::default()
    };
    let images = client.images().with_lookup_options(LookupOptions::default().with_settle(Duration::ZERO));
    let unknown = images.start_image(&image).await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::OutcomeUnknown);
    let operation: Operation = unknown.token().unwrap().parse().unwrap();
    client.wait(operation).await.unwrap();
    let posts = server.finish().into_iter().filter(|request| request.method == "POST").count();
    assert_eq!(posts, 1);
}

#[tokio::test]
async fn a_delete_whose_answer_was_lost_is_done_when_the_list_is_without_the_snapshot() {
    let gone = r#"{"return": [], "msg": "Successful", "status": true}"#;
    let pending = r#"{"return": [{"id": "93", "pending": "1"}], "msg": "Successful", "status": true}"#;
    let answers = [LOST.to_owned(), json(pending), json(gone), json(gone)];
    let server = ScriptedServer::start(answers).await;
    let deleted = client(&server).delete("sitehost:servername@93".parse().unwrap()).await.unwrap();
    assert!(deleted.confirmed && deleted.snapshot.is_none());
    assert_eq!(server.finish().len(), 4);
}

#[tokio::test]
async fn a_lifetime_that_cannot_be_is_refused_before_anything_is_sent() {
    let server = ScriptedServer::start(Vec::<String>::new()).await;
    let client = client(&server);
    for hours in [0, 25, u64::MAX] {
        let refused = client.api().create_snapshot("servername", "xvda2", Some(hours)).await.unwrap_err();
        assert_eq!((refused.kind(), refused.is_own_refusal()), (ErrorKind::InvalidInput, true));
    }
    assert!(server.finish().is_empty());
}

#[tokio::test]
async fn a_source_that_is_a_path_is_refused_before_anything_is_sent() {
    let server = ScriptedServer::start([] as [&str; 0]).await;
    let client = client(&server);
    for source in ["sitehost:../x", "sitehost:web1/..", "sitehost:./x"] {
        let request = CreateSnapshot::new(source.parse().unwrap());
        assert_eq!(client.validate_create(&request).unwrap_err().kind(), ErrorKind::InvalidInput, "{source}");
        let listed = client.list_snapshots(&ListSnapshots::of(request.source)).await;
        assert_eq!(listed.unwrap_err().kind(), ErrorKind::InvalidInput, "{source}");
    }
    assert!(server.finish().is_empty());
}
