//! What is refused before anything is sent.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use cloudsnap_core::provider::{Account, CreateFingerprint};
use cloudsnap_core::testing::ScriptedServer;
use ionos::{
    Client, Config, CreateSnapshot, ListQuery, ListSnapshots, ListSources, Operation, OperationKind, PageToken,
    RestoreSnapshot, SnapshotProvider, SnapshotRef, SourceRef, UpdateSnapshot,
};

fn source(text: &str) -> SourceRef {
    text.parse().unwrap()
}

fn snapshot(text: &str) -> SnapshotRef {
    text.parse().unwrap()
}

async fn server_and_client() -> (ScriptedServer, Client) {
    let server = ScriptedServer::start([] as [&str; 0]).await;
    let client = Client::new(Config::with_token("made-up").with_base_url(server.url())).unwrap();
    (server, client)
}

fn told<T: std::fmt::Debug>(outcome: ionos::Result<T>) -> String {
    outcome.unwrap_err().to_string()
}

#[tokio::test]
async fn wrong_input_is_refused_and_nothing_is_sent() {
    let (server, client) = server_and_client().await;
    let create = || CreateSnapshot::new(source("ionos:d/v"));
    let update = || UpdateSnapshot::new(snapshot("ionos:@s"));
    let restore = || RestoreSnapshot::new(snapshot("ionos:@s"));
    let refusals = [
        told(client.validate_create(&CreateSnapshot::new(source("ionos:v")))),
        told(client.validate_create(&create().with_option("licence", "LINUX"))),
        told(client.validate_create(&create().with_option("sec_auth_protection", "maybe"))),
        told(client.start_restore(&restore()).await),
        told(client.start_restore(&restore().with_target(source("ionos:v"))).await),
        told(client.start_restore(&restore().with_target(source("ionos:d/v")).with_option("force", "true")).await),
        told(client.start_update(&update()).await),
        told(client.start_update(&update().with_option("size", "10")).await),
        told(client.start_update(&update().with_option("cpu_hot_plug", "yes")).await),
        told(client.get_snapshot(&snapshot("ionos:@..")).await),
        told(client.api().with_depth(11).get_snapshot("s").await),
        told(client.api().list_requests(&ListQuery::new().with_limit(0)).await),
        told(client.poll(&[Operation::new(client.account(), OperationKind::Delete)]).await.remove(0)),
    ];
    insta::assert_snapshot!(refusals.join("\n"));
    assert!(server.finish().is_empty());
}

#[tokio::test]
async fn what_belongs_to_another_account_is_refused_and_nothing_is_sent() {
    let (server, client) = server_and_client().await;
    let (theirs, their_volume) = (snapshot("production:@s"), source("production:d/v"));
    let operation = |provider, name| {
        let account = Account::new(provider, name, "example.com");
        Operation::new(&account, OperationKind::Delete).with_snapshot(snapshot(&format!("{name}:@s")))
    };
    let of_another_provider = operation("hostway", "ionos");
    let of_another_account = operation("ionos", "production");
    let their_page: PageToken =
        serde_json::from_value(r#"{"list":"ionos:production:sources","at":{}}"#.into()).unwrap();
    let request = CreateSnapshot::new(their_volume.clone());
    let theirs_alone = Account::new("ionos", "production", "example.com");
    let fingerprint = CreateFingerprint::new(&theirs_alone, &request).unwrap();
    let refusals = [
        told(client.validate_create(&request)),
        told(client.fingerprint(&request).await),
        told(client.start_create(&request, &fingerprint).await),
        told(client.find_created(&fingerprint).await),
        told(client.list_snapshots(&ListSnapshots::of(their_volume.clone())).await),
        told(client.list_snapshots(&ListSnapshots::default().with_page(their_page.clone())).await),
        told(client.list_sources(&ListSources::default().with_page(their_page)).await),
        told(client.get_snapshot(&theirs).await),
        told(client.start_delete(&theirs).await),
        told(client.start_update(&UpdateSnapshot::new(theirs.clone()).with_name("mine")).await),
        told(client.start_restore(&RestoreSnapshot::new(theirs).with_target(source("ionos:d/v"))).await),
        told(client.start_restore(&RestoreSnapshot::new(snapshot("ionos:@s")).with_target(their_volume)).await),
        told(client.poll(std::slice::from_ref(&of_another_account)).await.remove(0)),
        told(client.poll(&[of_another_provider, of_another_account]).await.remove(0)),
    ];
    insta::assert_snapshot!(refusals.join("\n"));
    assert!(server.finish().is_empty());
}
