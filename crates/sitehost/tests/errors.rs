//! The table of failures in the README is what the client makes of them.

use cloudsnap_core::testing::{ScriptedServer, cases};
use sitehost::{Client, Config, ErrorKind, HttpOptions, RetryOptions};

#[tokio::test]
async fn the_readme_says_what_each_failure_becomes() {
    let mut rows: Vec<String> = Vec::new();
    for case in cases("tests/wire").into_iter().filter(|case| ["create", "check_access"].contains(&&*case.call)) {
        let server = ScriptedServer::start(case.answers).await;
        let http = HttpOptions::default().with_retry(RetryOptions::never());
        let client = Client::new(Config::new("made-up-key", 1).with_base_url(server.url()).with_http(http)).unwrap();
        let Err(error) = client.api().get_info().await else { continue };
        if error.kind() == ErrorKind::Decode {
            continue;
        }
        rows.push(format!("| {} | {} | `{}` |", error.status().unwrap(), error.message(), error.kind()));
    }
    rows.sort();
    rows.dedup();
    insta::assert_snapshot!(rows.join("\n"));
    let readme = include_str!("../README.md");
    assert!(readme.contains(&rows.join("\n")), "the README's table should be\n{}", rows.join("\n"));
}
