//! What a script tells success from failure by.

use std::io::Read;
use std::process::Stdio;

use crate::assert_shown;
use crate::simulated::{HOSTWAY, IONOS, NODECOID, SITEHOST, Simulated};

#[test]
fn wrong_input_is_2_with_a_line_each_and_nothing_is_sent() {
    let simulated = Simulated::start(&[]);
    for arguments in [
        &["create", "nowhere:server"][..],
        &["create", "ionos"],
        &["create", "ionos:only-a-datacenter"],
        &["create", "ionos:a/"],
        &["create", SITEHOST, "--expires", "48h"],
        &["create", SITEHOST, "--option", "lifetime=0"],
        &["create", IONOS, "--option", "no_such=1"],
        &["create", NODECOID, "--expires", "3h"],
        &["create", IONOS, "--timeout", "soon"],
        &["delete", "hostway:test_server_0001@x", "--yes"],
        &["delete", "ionos:@x"],
        &["restore", "ionos:@x", "--yes"],
        &["wait", "cs1_cutoff"],
        &["show", "ionos:no-at-sign"],
    ] {
        let ran = simulated.run(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{arguments:?}: {}", ran.shown());
        assert_eq!(ran.stderr.lines().next().map(|line| line.starts_with("error: ")), Some(true), "{}", ran.shown());
    }
    for variable in ["SH_API_URL", "HOSTWAY_API_URL", "NODECOID_API_URL", "IONOS_API_URL"] {
        assert_eq!(simulated.creates_committed(variable), 0);
    }
}

#[test]
fn one_wrong_item_keeps_the_right_ones_from_being_sent() {
    let simulated = Simulated::start(&[]);
    let ran = simulated.run(&["create", IONOS, "ionos:wrong"]);
    assert_eq!(ran.code, Some(2), "{}", ran.shown());
    assert_eq!(simulated.creates_committed("IONOS_API_URL"), 0);
}

#[test]
fn wrong_settings_name_the_variable() {
    let simulated = Simulated::start(&[]);
    for (changes, source, named) in [
        (("SH_APIKEY", ""), SITEHOST, "SH_APIKEY"),
        (("SH_CLIENT_ID", "abc"), SITEHOST, "SH_CLIENT_ID"),
        (("SH_API_VERSION", "latest"), SITEHOST, "SH_API_VERSION"),
        (("HOSTWAY_PASSWORD", ""), HOSTWAY, "HOSTWAY_PASSWORD"),
        (("NODECOID_API_KEY", ""), NODECOID, "NODECOID_API_KEY"),
        (("NODECOID_CLIENT_IP", "::1"), NODECOID, "NODECOID_CLIENT_IP"),
        (("IONOS_CONTRACT_NUMBER", "x"), IONOS, "IONOS_CONTRACT_NUMBER"),
        (("IONOS_API_URL", "http://api.example.com"), IONOS, "IONOS_API_URL"),
        (("SH_API_URL", "http://10.0.0.1"), SITEHOST, "SH_API_URL"),
    ] {
        let ran = simulated.run_with(&[changes], &["create", source]);
        assert_eq!(ran.code, Some(2), "{changes:?}: {}", ran.shown());
        assert!(ran.stderr.contains(named), "{changes:?}: {}", ran.shown());
    }
}

#[test]
fn a_refusal_is_1_in_the_providers_words() {
    let simulated = Simulated::start(&[]);
    assert_shown!(simulated.run(&["create", "ionos:nowhere/nothing", "-o", "json", "-q"]));
    assert_shown!(simulated.run(&["create", "hostway:test_server_0004_volumes", "-q"]));
    assert_shown!(simulated.run_with(&[("IONOS_TOKEN", "wrong")], &["list", "ionos"]));
}

#[test]
fn some_done_and_some_failed_is_3() {
    let simulated = Simulated::start(&[]);
    let ran = simulated.run(&["create", IONOS, "ionos:nowhere/nothing", "-o", "json", "-q"]);
    assert_eq!(ran.code, Some(3), "{}", ran.shown());
    assert_eq!([&ran.json()[0]["outcome"], &ran.json()[1]["outcome"]], ["created", "failed"]);
}

#[test]
fn a_snapshot_that_ends_failed_is_never_0() {
    let simulated = Simulated::start(&["--fault", "*:create=operation-fails"]);
    for source in [SITEHOST, HOSTWAY, NODECOID, IONOS] {
        let ran = simulated.run(&["create", source, "-o", "json", "-q"]);
        assert_eq!(ran.code, Some(1), "{}", ran.shown());
        assert_eq!(ran.json()[0]["error"]["kind"], "operation_failed", "{}", ran.shown());
    }
}

#[test]
fn a_lost_answer_is_adopted_and_0() {
    let simulated = Simulated::start(&["--fault", "*:create=reset-after#1"]);
    for (source, variable) in [
        (SITEHOST, "SH_API_URL"),
        (HOSTWAY, "HOSTWAY_API_URL"),
        (NODECOID, "NODECOID_API_URL"),
        (IONOS, "IONOS_API_URL"),
    ] {
        let ran = simulated.run(&["create", source, "-o", "json", "-q"]);
        assert_eq!((ran.code, &ran.json()[0]["outcome"]), (Some(0), &"adopted".into()), "{}", ran.shown());
        assert_eq!(simulated.creates_committed(variable), 1);
    }
}

#[test]
fn what_nobody_can_tell_is_4_with_a_token() {
    let simulated = Simulated::start(&["--fault", "ionos:*=reset-after"]);
    let ran = simulated.run(&["create", IONOS, "--timeout", "2s", "-o", "json", "-q"]);
    assert_eq!((ran.code, &ran.json()[0]["outcome"]), (Some(4), &"unknown".into()), "{}", ran.shown());
    assert!(ran.json()[0]["operation"].as_str().unwrap().starts_with("cs1_"));
    assert_eq!(ran.json()[0]["error"]["kind"], "outcome_unknown");
}

#[test]
fn a_redirect_receives_no_request_and_is_an_error() {
    let simulated = Simulated::start(&["--fault", "*:*=redirect"]);
    assert_shown!(simulated.run(&["list", "ionos"]));
}

#[test]
fn a_pipe_that_closes_is_no_error() {
    let simulated = Simulated::start(&["--snapshots", "100"]);
    let mut command = simulated.command(&["list", "-o", "json"]);
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut byte = [0];
    let mut stdout = process.stdout.take().unwrap();
    stdout.read_exact(&mut byte).unwrap();
    drop(stdout);
    let ended = process.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn no_credential_is_printed_however_much_is_asked_for() {
    let simulated = Simulated::start(&["--fault", "*:*=status-500@0.3", "--seed", "3"]);
    let create = ["create", SITEHOST, HOSTWAY, NODECOID, IONOS, "--settle", "1s", "--timeout", "5s"];
    for arguments in [&["doctor"][..], &["list"], &["sources"], &create] {
        let ran = simulated.run(&[arguments, &["-vvv"]].concat());
        for canary in
            ["simulated-sitehost-key", "simulated-hostway-password", "simulated-nodecoid-key", "simulated-ionos"]
        {
            assert!(!ran.shown().contains(canary), "{arguments:?} shows {canary}");
        }
    }
}

#[test]
fn where_nobody_reads_the_results_any_more_they_are_said_on_stderr() {
    let simulated = Simulated::start(&["--build-time", "100ms"]);
    for format in ["table", "json", "jsonl"] {
        for waiting in [&[][..], &["--no-wait"]] {
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            let mut create = simulated.command(&["create", IONOS, "-o", format]);
            let ended = create.args(waiting).stdout(writer).output().unwrap();
            let said = String::from_utf8(ended.stderr).unwrap();
            let told = if waiting.is_empty() { "created ionos:@" } else { "cloudsnap wait cs1_" };
            assert!(said.contains(told), "{format}: {said}");
            assert_eq!(ended.status.code(), Some(0), "{format}: {said}");
        }
    }
}
