//! The table of failures in the README is what the client makes of them.

use cloudsnap_core::testing::{ScriptedServer, cases};
use ionos::{Client, Config, ErrorKind, HttpOptions, RetryOptions};

#[tokio::test]
async fn the_readme_says_what_each_failure_becomes() {
    let mut rows: Vec<String> = Vec::new();
    for case in cases("tests/wire").into_iter().filter(|case| case.call == "create") {
        let server = ScriptedServer::start(case.answers).await;
        let http = HttpOptions::default().with_retry(RetryOptions::never());
        let config = Config::with_token("made-up").with_base_url(server.url()).with_http(http);
        let client = Client::new(config).unwrap();
        let Err(error) = client.api().get_snapshot("some-id").await else { continue };
        if error.kind() == ErrorKind::Decode {
            continue;
        }
        let (status, code) = (error.status().unwrap(), error.code().unwrap_or("–"));
        let refused = if error.is_definite() { "yes" } else { "no" };
        rows.push(format!("| {status} | {code} | {} | `{}` | {refused} |", error.message(), error.kind()));
    }
    rows.sort();
    rows.dedup();
    insta::assert_snapshot!(rows.join("\n"));
    let readme = include_str!("../README.md");
    for row in rows {
        assert!(readme.contains(&row), "the README lacks the row\n{row}");
    }
}
