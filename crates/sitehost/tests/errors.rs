//! The table of failures in the README is what the client makes of them.

use cloudsnap_core::http::HttpOptions;
use cloudsnap_core::testing::{ScriptedServer, cases};
use cloudsnap_core::{ErrorKind, RetryOptions};
use sitehost::{Client, Config};

#[tokio::test]
async fn the_readme_says_what_each_failure_becomes() {
    let mut rows: Vec<String> = Vec::new();
    for case in cases("tests/wire").into_iter().filter(|case| ["create", "check_access"].contains(&&*case.call)) {
        let server = ScriptedServer::start(case.answers).await;
        let http = HttpOptions::default().retry(RetryOptions::never());
        let client = Client::new(Config::new("made-up-key", 1).base_url(server.url()).http(http)).unwrap();
        let Err(error) = client.info().await else { continue };
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
