//! Waiting: in another process, to a deadline, until interrupted.

use std::process::{Command, Stdio};

use crate::simulated::{HOSTWAY, IONOS, NODECOID, SITEHOST, Simulated};

#[test]
fn another_process_finishes_what_this_one_started() {
    let simulated = Simulated::start(&[]);
    for source in [SITEHOST, HOSTWAY, NODECOID, IONOS] {
        let started = simulated.run(&["create", source, "--no-wait", "-o", "json", "-q"]);
        assert_eq!((started.code, &started.json()[0]["outcome"]), (Some(0), &"pending".into()));
        assert_eq!(started.json()[0]["snapshot"]["state"], "pending", "{}", started.shown());
        let token = started.json()[0]["operation"].as_str().unwrap().to_owned();
        let waited = simulated.run(&["wait", &token, "-o", "json", "-q"]);
        assert_eq!(waited.code, Some(0), "{}", waited.shown());
        assert_eq!((&waited.json()[0]["source"], &waited.json()[0]["outcome"]), (&source.into(), &"created".into()));
        assert_eq!(waited.json()[0]["snapshot"]["state"], "available");
    }
}

#[test]
fn a_deadline_that_passes_is_5_and_can_be_resumed() {
    let simulated = Simulated::start(&["--build-time", "6s"]);
    let ran = simulated.run(&["create", NODECOID, "--timeout", "4s", "-o", "json", "-q"]);
    assert_eq!((ran.code, &ran.json()[0]["outcome"]), (Some(5), &"timeout".into()), "{}", ran.shown());
    assert_eq!(ran.json()[0]["error"]["kind"], "wait_timeout");
    let token = ran.json()[0]["operation"].as_str().unwrap().to_owned();
    assert_eq!(simulated.run(&["wait", &token, "-q"]).code, Some(0));
    assert_eq!(simulated.creates_committed("NODECOID_API_URL"), 1);
}

#[test]
#[cfg(unix)]
fn an_interrupt_is_130_and_prints_the_command_that_resumes() {
    let simulated = Simulated::start(&["--build-time", "60s"]);
    let mut command = simulated.command(&["create", NODECOID]);
    let process = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while simulated.creates_committed("NODECOID_API_URL") == 0 {
        std::thread::yield_now();
    }
    let killed = Command::new("kill").args(["-INT", &process.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let ended = process.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    let stderr = String::from_utf8(ended.stderr).unwrap();
    assert!(stderr.contains("cloudsnap wait cs1_"), "{stderr}");
}

#[test]
fn a_wait_survives_trouble_on_the_way() {
    let simulated = Simulated::start(&["--fault", "*:poll=reset-before#1", "--fault", "*:poll=garbage#1"]);
    let ran = simulated.run(&["create", SITEHOST, HOSTWAY, NODECOID, IONOS, "-q"]);
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
}
