//! The whole life of a snapshot: found, created, listed, shown, changed, restored, deleted.

use crate::assert_shown;
use crate::simulated::{HOSTWAY, IONOS, NODECOID, SITEHOST, Simulated};

#[test]
fn create_at_all_four_gives_an_element_a_source_in_the_order_given() {
    let simulated = Simulated::start(&[]);
    let ran = simulated.run(&["create", SITEHOST, HOSTWAY, NODECOID, IONOS, "-o", "json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    let items = ran.json();
    for (item, source) in items.as_array().unwrap().iter().zip([SITEHOST, HOSTWAY, NODECOID, IONOS]) {
        assert_eq!(item["source"], source);
        assert_eq!(item["outcome"], "created");
        assert_eq!(item["snapshot"]["state"], "available");
        assert_eq!(item["operation"], serde_json::Value::Null);
    }
    for variable in ["SH_API_URL", "HOSTWAY_API_URL", "NODECOID_API_URL", "IONOS_API_URL"] {
        assert_eq!(simulated.creates_committed(variable), 1, "{variable}");
    }
}

#[test]
fn create_of_one_in_json() {
    let simulated = Simulated::start(&[]);
    assert_shown!(simulated.run(&[
        "create",
        IONOS,
        "--name",
        "nightly",
        "--description",
        "by hand",
        "-o",
        "json",
        "-q"
    ]));
}

#[test]
fn create_in_lines_of_json_gives_an_object_as_each_is_done() {
    let simulated = Simulated::start(&[]);
    let ran = simulated.run(&["create", SITEHOST, NODECOID, "-o", "jsonl", "-q"]);
    let outcomes: Vec<serde_json::Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(outcomes.len(), 2, "{}", ran.shown());
    assert!(outcomes.iter().all(|item| item["outcome"] == "created"));
}

#[test]
fn create_in_a_table() {
    let simulated = Simulated::start(&[]);
    let mut ran = simulated.run(&["create", SITEHOST, "--expires", "3h"]);
    // Progress has a test of its own.
    ran.stderr.clear();
    assert_shown!(ran);
}

#[test]
fn quiet_prints_nothing_where_all_went_well() {
    let simulated = Simulated::start(&[]);
    let ran = simulated.run(&["create", SITEHOST, "-q"]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), "", ""), "{}", ran.shown());
}

#[test]
fn progress_goes_to_stderr_a_line_a_change() {
    let simulated = Simulated::start(&["--build-time", "2s"]);
    let ran = simulated.run(&["create", NODECOID]);
    assert!(ran.stderr.contains("nodecoid:12345: processing"), "{}", ran.shown());
    assert!(!ran.stdout.contains("processing"), "{}", ran.shown());
}

#[test]
fn every_version_and_every_credential_is_taken() {
    let simulated = Simulated::start(&[]);
    for (changes, source) in [
        (&[("SH_API_VERSION", "1.5")][..], SITEHOST),
        (&[("SH_API_VERSION", "1.3")], "sitehost:server2/xvda2"),
        (&[("HOSTWAY_ACCOUNT_ID", "")], HOSTWAY),
        (&[("IONOS_TOKEN", "")], IONOS),
        (&[("NODECOID_FORMAT", "xml")], NODECOID),
    ] {
        let ran = simulated.run_with(changes, &["create", source, "-o", "json", "-q"]);
        assert_eq!(ran.code, Some(0), "{changes:?}: {}", ran.shown());
        assert_eq!(ran.json()[0]["outcome"], "created");
    }
}

#[test]
fn what_there_is_to_snapshot() {
    let simulated = Simulated::start(&["--servers", "2"]);
    assert_shown!(simulated.run(&["sources"]));
    assert_shown!(simulated.run(&["sources", "ionos", "-o", "json"]));
}

#[test]
fn the_snapshots_there_are() {
    let simulated = Simulated::start(&["--servers", "2", "--snapshots", "2"]);
    assert_shown!(simulated.run(&["list"]));
    assert_shown!(simulated.run(&["list", "hostway", "-o", "json"]));
}

#[test]
fn an_account_that_fails_does_not_hide_the_others() {
    let simulated = Simulated::start(&["--snapshots", "2", "--fault", "ionos:list=status-503"]);
    let ran = simulated.run(&["list", "-o", "json", "-q"]);
    assert_eq!(ran.code, Some(3), "{}", ran.shown());
    assert!(ran.json().as_array().unwrap().iter().any(|snapshot| snapshot["provider"] == "sitehost"));
    let error: serde_json::Value = serde_json::from_str(&ran.stderr).unwrap();
    assert_eq!(error["error"]["kind"], "unavailable");
}

#[test]
fn a_snapshot_is_shown_renamed_restored_and_deleted() {
    let simulated = Simulated::start(&[]);
    let created = simulated.run(&["create", IONOS, "-o", "json", "-q"]).json();
    let reference = created[0]["snapshot"]["ref"].as_str().unwrap();
    assert_shown!(simulated.run(&["update", reference, "--name", "kept", "--expires", "30d", "-o", "json", "-q"]));
    assert_shown!(simulated.run(&["show", reference, "-o", "json"]));
    assert_shown!(simulated.run(&["restore", reference, "--to", IONOS, "--yes", "-o", "json", "-q"]));
    assert_shown!(simulated.run(&["delete", reference, "--yes", "-o", "json", "-q"]));
    assert_shown!(simulated.run(&["show", reference, "-o", "json"]));
}

#[test]
fn a_restore_whose_end_nobody_can_see_is_accepted_and_no_more() {
    let simulated = Simulated::start(&[]);
    let created = simulated.run(&["create", HOSTWAY, "-o", "json", "-q"]).json();
    let reference = created[0]["snapshot"]["ref"].as_str().unwrap();
    assert_shown!(simulated.run(&["restore", reference, "--yes", "-o", "json", "-q"]));
}

#[test]
fn what_providers_can_do() {
    let simulated = Simulated::start(&[]);
    assert_shown!(simulated.run(&["providers"]));
    let said = simulated.run(&["providers", "-o", "json"]).json();
    for provider in said.as_array().unwrap() {
        let name = provider["provider"].as_str().unwrap();
        let library = serde_json::to_value(cloudsnap::capabilities(name).unwrap()).unwrap();
        for (capability, value) in library.as_object().unwrap() {
            assert_eq!(&provider[capability], value, "{name} {capability}");
        }
    }
}

#[test]
fn the_doctor_says_what_is_wrong_with_each_account() {
    let simulated = Simulated::start(&[]);
    assert_shown!(simulated.run(&["doctor"]));
    let changes = [("SH_APIKEY", "wrong"), ("IONOS_TOKEN", "wrong"), ("HOSTWAY_API_URL", "http://127.0.0.1:1")];
    assert_shown!(simulated.run_with(&changes, &["doctor", "-o", "json", "-q"]));
}

#[test]
fn images_at_sitehost() {
    let simulated = Simulated::start(&[]);
    let arguments = ["sitehost", "image", "create", "--label", "My Image", "--ssh-key", "23", "--ssh-key", "25"];
    assert_shown!(simulated.run(&[&arguments[..], &["-o", "json", "-q"]].concat()));
    assert_shown!(simulated.run(&["sitehost", "image", "list"]));
    assert_shown!(simulated.run(&["sitehost", "image", "delete", "my-image", "--yes", "-q"]));
}

#[test]
fn the_schedule_at_nodecoid_keeps_what_is_not_given() {
    let simulated = Simulated::start(&[]);
    simulated.run(&["nodecoid", "schedule", "12345", "--daily", "7", "--weekly", "off", "--monthly", "off"]);
    assert_shown!(simulated.run(&["nodecoid", "schedule", "12345", "--weekly", "4", "-o", "json"]));
}
