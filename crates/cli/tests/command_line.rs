//! The binary itself, without a provider: help, wrong input, and what needs no account.

#![expect(clippy::expect_used, reason = "a test says what it expects")]

use std::process::{Command, Output};

use serde_json::Value;

fn cloudsnap(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cloudsnap"))
        .args(arguments)
        .env_clear()
        .env("HOME", "/nonexistent")
        .output()
        .expect("the binary runs")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn every_command_has_a_help_with_an_example() {
    for command in [
        &["create"][..],
        &["wait"],
        &["sources"],
        &["list"],
        &["show"],
        &["restore"],
        &["delete"],
        &["update"],
        &["prune"],
        &["timeline"],
        &["doctor"],
        &["simulate"],
        &["sitehost", "image", "create"],
        &["nodecoid", "schedule"],
    ] {
        let output = cloudsnap(&[command, &["--help"]].concat());
        let help = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0));
        assert!(help.contains("Example") && help.contains(&format!("cloudsnap {}", command.join(" "))), "{help}");
    }
}

#[test]
fn a_wrong_command_line_is_one_json_object_where_json_is_wanted() {
    for arguments in [
        &["create", "-o", "json"][..],
        &["nonesuch", "--output=json"],
        &["-ojsonl", "wait"],
        &["create", "ionos:a/b", "--timeout", "-5s", "-o", "json"],
        &["create", "ionos:a/b", "--timeout", "0s", "-o", "json"],
        &["create", "malformed", "-o", "json"],
        &["create", "nonesuch:a", "-o", "json"],
        &["create", "ionos:a/b", "-o", "json"],
        &["create", "--simulated", "ionos:a/b", "--name", "{nonesuch}", "-o", "json"],
        &["delete", "--simulated", "ionos:@1", "-o", "json"],
        &["delete", "--simulated", "hostway:1@1", "--yes", "-o", "json"],
        &["wait", "garbage", "-o", "json"],
        &["list", "-o", "json"],
    ] {
        let output = cloudsnap(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        let failure: Value = serde_json::from_slice(&output.stderr).expect("one JSON object");
        let kind = failure["error"]["kind"].as_str().expect("a kind");
        assert!(["invalid_input", "config", "unsupported"].contains(&kind), "{failure}");
    }
}

#[test]
fn every_wrong_item_has_a_line_and_nothing_is_sent() {
    let output = cloudsnap(&["--simulated", "create", "ionos:a1/b2/c3", "malformed", "nonesuch:a", "hostway:1"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stderr).lines().count(), 3, "{}", text(&output.stderr));
}

#[test]
fn the_demo_finishes_a_snapshot_at_each_provider() {
    let output = cloudsnap(&["demo", "-o", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let items: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let providers: Vec<_> =
        items.as_array().expect("an array").iter().map(|item| &item["snapshot"]["provider"]).collect();
    assert_eq!(providers, ["sitehost", "hostway", "nodecoid", "ionos"]);
    for item in items.as_array().expect("an array") {
        assert_eq!((&item["outcome"], &item["snapshot"]["state"]), (&"created".into(), &"available".into()));
    }
}

#[test]
fn what_providers_can_do_is_told_without_an_account() {
    let output = cloudsnap(&["providers", "-o", "jsonl"]);
    assert_eq!((output.status.code(), text(&output.stdout).lines().count()), (Some(0), 4));
}
