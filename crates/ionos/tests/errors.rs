//! The table of failures in the README is what the client makes of them.

use cloudsnap_core::http::HttpOptions;
use cloudsnap_core::testing::{ScriptedServer, cases};
use cloudsnap_core::{ErrorKind, RetryOptions};
use ionos::{Client, Config};

#[tokio::test]
async fn the_readme_says_what_each_failure_becomes() {
    let mut rows: Vec<String> = Vec::new();
    for case in cases("tests/wire").into_iter().filter(|case| case.call == "create") {
        let server = ScriptedServer::start(case.answers).await;
        let http = HttpOptions::default().retry(RetryOptions::never());
        let client = Client::new(Config::with_token("made-up").base_url(server.url()).http(http)).unwrap();
        let Err(error) = client.volume_snapshot("some-id").await else { continue };
        if error.kind() == ErrorKind::Decode {
            continue;
        }
        let (status, code) = (error.status().unwrap(), error.code().unwrap_or("–"));
        rows.push(format!("| {status} | {code} | {} | `{}` |", error.message(), error.kind()));
    }
    rows.sort();
    rows.dedup();
    insta::assert_snapshot!(rows.join("\n"));
    let readme = include_str!("../README.md");
    for row in rows {
        assert!(readme.contains(&row), "the README lacks the row\n{row}");
    }
}
