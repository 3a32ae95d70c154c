//! Policies: run whole, killed, started twice, watched; and what the history says of it.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::assert_shown;
use crate::simulated::{HOSTWAY, IONOS, NODECOID, Ran, SITEHOST, Simulated};

/// All four providers, without the server at Hostway whose volumes keep it from being snapshotted.
const ALL: &str = "name = \"nightly\"\nsources = [\"sitehost:server1/*\", \"hostway:*\", \"nodecoid:*\", \"ionos:*\"]\n\
                   exclude = [\"*_volumes\"]\n";

/// A folder of one test: its policy, its state, and what its hooks write.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("cloudsnap-runs-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.0.join(name), text).unwrap();
        self.path(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap_or_default()
    }

    /// A shell script that is a hook.
    #[cfg(unix)]
    fn script(&self, name: &str, script: &str) -> String {
        let path = self.write(name, &format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A simulator, a folder and a policy in it.
struct Estate {
    simulated: Simulated,
    folder: Folder,
    policy: String,
    state: String,
}

impl Estate {
    fn new(simulator: &[&str], policy: &str) -> Self {
        let folder = Folder::new();
        let (policy, state) = (folder.write("policy.toml", policy), folder.path("state.db"));
        Self { simulated: Simulated::start(simulator), folder, policy, state }
    }

    fn arguments<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let settle: &[&str] = if more.contains(&"--settle") { &[] } else { &["--settle", "1s"] };
        [&["run", &self.policy, "--state", &self.state], settle, more].concat()
    }

    fn run(&self, more: &[&str]) -> Ran {
        self.simulated.run(&self.arguments(more))
    }

    fn start(&self, more: &[&str]) -> Child {
        let mut command = self.simulated.command(&self.arguments(more));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    fn history(&self) -> Value {
        self.simulated.run(&["history", "--state", &self.state, "-o", "json"]).json()
    }

    fn committed(&self) -> u64 {
        let variables = ["SH_API_URL", "HOSTWAY_API_URL", "NODECOID_API_URL", "IONOS_API_URL"];
        variables.iter().map(|variable| self.simulated.creates_committed(variable)).sum()
    }
}

fn outcomes(run: &Value) -> Vec<&str> {
    run["items"].as_array().unwrap().iter().map(|item| item["outcome"].as_str().unwrap()).collect()
}

fn sources(run: &Value) -> Vec<&str> {
    run["items"].as_array().unwrap().iter().map(|item| item["source"].as_str().unwrap()).collect()
}

fn is_every(run: &Value, outcome: &str) -> bool {
    !outcomes(run).is_empty() && outcomes(run).iter().all(|one| *one == outcome)
}

#[test]
fn a_policy_over_all_four_gives_items_in_the_order_given() {
    let estate = Estate::new(&[], ALL);
    let ran = estate.run(&["-o", "json", "-q"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{}", ran.shown());
    let run = ran.json();
    let keys: Vec<&str> = run.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["run", "policy", "resumed", "items", "prune", "elapsed_ms", "requests"];
    assert_eq!(keys.len(), expected.len());
    assert!(expected.iter().all(|key| keys.contains(key)), "{keys:?}");
    assert_eq!((&run["policy"], &run["resumed"], &run["prune"]), (&"nightly".into(), &false.into(), &Value::Null));
    assert!(is_every(&run, "created"), "{}", ran.shown());
    let accounts: Vec<&str> = sources(&run).iter().map(|source| source.split(':').next().unwrap()).collect();
    let mut in_order = accounts.clone();
    in_order.sort_by_key(|account| ["sitehost", "hostway", "nodecoid", "ionos"].iter().position(|one| one == account));
    assert_eq!(accounts, in_order);
    assert_eq!(estate.committed(), u64::try_from(accounts.len()).unwrap());
    let of_items: u64 = run["items"].as_array().unwrap().iter().map(|item| item["requests"].as_u64().unwrap()).sum();
    assert!(run["requests"].as_u64().unwrap() >= of_items, "{}", ran.shown());
}

#[test]
fn a_run_and_the_history_in_tables() {
    let policy = format!("name = \"two\"\nsources = [\"{SITEHOST}\", \"{IONOS}\"]\nsnapshot-name = \"{{policy}}\"\n");
    let estate = Estate::new(&[], &policy);
    assert_shown!(estate.run(&[]));
    let shown = estate.simulated.run(&[
        "history",
        "two",
        "--state",
        &estate.state,
        "--columns",
        "policy,outcome,done,failed,open",
    ]);
    assert_shown!(shown);
    let history = estate.history();
    assert_eq!((&history[0]["outcome"], &history[0]["policy"]), (&"done".into(), &"two".into()));
    assert_eq!(sources(&history[0]), [SITEHOST, IONOS]);
}

#[test]
fn overrides_names_and_freshness_are_those_of_each_source() {
    let policy = format!(
        "name = \"per-source\"\nsources = [\"{IONOS}\", \"{NODECOID}\"]\nsnapshot-name = \"{{policy}}-x\"\nexpires = \"3d\"\n\
         if-older-than = \"1h\"\n[[override]]\nsources = [\"ionos:*\"]\nexpires = \"5d\"\n"
    );
    let estate = Estate::new(&[], &policy);
    let first = estate.run(&["-o", "json"]);
    assert_eq!(first.code, Some(0), "{}", first.shown());
    assert!(first.stderr.contains("nodecoid has no names"), "{}", first.shown());
    let snapshot = &first.json()["items"][0]["snapshot"];
    assert_eq!(snapshot["name"], "per-source-x");
    let (created, expires) = (&snapshot["created_at"], &snapshot["expires_at"]);
    let day = |moment: &Value| moment.as_str().unwrap()[..10].parse::<jiff::civil::Date>().unwrap();
    assert!((4..=5).contains(&day(created).until(day(expires)).unwrap().get_days()), "{}", first.shown());
    let second = estate.run(&["-o", "json", "-q"]);
    assert_eq!(outcomes(&second.json()), ["fresh", "fresh"], "{}", second.shown());
    assert_eq!(estate.committed(), 2);
}

#[test]
fn what_is_wrong_with_a_policy_is_told_together_and_nothing_is_sent() {
    let estate = Estate::new(&[], "name = \"x\"\nsources = [\"ionos:datacentre1\"]\n");
    let ran = estate.run(&[]);
    assert_eq!(ran.code, Some(2), "{}", ran.shown());
    let policy =
        estate.folder.write("wrong.toml", "name = \"X\"\nsuorces = [\"ionos:*\"]\nretention = { keep-dayly = 7 }\n");
    let wrong = estate.simulated.run(&["run", &policy, "--state", &estate.state]);
    assert_eq!(wrong.code, Some(2));
    for said in ["wrong.toml:1:8: ", "wrong.toml:2:1: ", "'sources'", "wrong.toml:3:15: ", "'keep-daily'"] {
        assert!(wrong.stderr.contains(said), "{said}: {}", wrong.shown());
    }
    let other = estate.run(&["--account", "nodecoid"]);
    assert_eq!(other.code, Some(2), "{}", other.shown());
    assert_eq!(estate.committed(), 0);
    assert_eq!(estate.history().as_array().unwrap().len(), 0);
}

#[test]
fn a_dry_run_shows_and_changes_nothing() {
    let policy = format!(
        "{ALL}[retention]\nkeep-last = 1\ninclude-unowned = true\nmax-delete = 1000\n[hooks]\nbefore = [\"false\"]\n"
    );
    let estate = Estate::new(&["--snapshots", "12"], &policy);
    let ran = estate.run(&["--dry-run"]);
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    assert!(ran.stderr.contains(&format!("{HOSTWAY}: would be snapshotted")), "{}", ran.shown());
    assert!(ran.stdout.contains(" delete "), "{}", ran.shown());
    let object = estate.run(&["--dry-run", "-o", "json", "-q"]).json();
    assert!(!object["prune"]["delete"].as_array().unwrap().is_empty());
    assert!(object["items"].as_array().unwrap().iter().any(|item| item["source"] == HOSTWAY && item["fresh"] == false));
    assert_eq!(estate.committed(), 0);
    assert_eq!(estate.history().as_array().unwrap().len(), 0);
}

#[test]
fn a_provider_that_is_down_costs_the_others_nothing() {
    let estate = Estate::new(&["--fault", "ionos:*=status-503"], ALL);
    let ran = estate.run(&["-o", "json", "-q"]);
    assert_eq!(ran.code, Some(3), "{}", ran.shown());
    let run = ran.json();
    let (down, up): (Vec<&Value>, Vec<&Value>) =
        run["items"].as_array().unwrap().iter().partition(|item| item["outcome"] == "failed");
    assert_eq!((down.len(), &down[0]["error"]["kind"]), (1, &"unavailable".into()), "{}", ran.shown());
    assert!(up.iter().all(|item| item["outcome"] == "created"), "{}", ran.shown());
    assert!(up.len() > 3);
    assert_eq!(estate.history()[0]["outcome"], "partial");
}

#[test]
fn a_provider_that_hangs_keeps_the_others_waiting_for_nothing() {
    let estate = Estate::new(&["--fault", "hostway:*=hang"], ALL);
    let mut process = estate.start(&["-o", "jsonl", "-q", "--request-timeout", "20s"]);
    let lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
    let began = Instant::now();
    let accounts: Vec<String> = lines
        .take(3)
        .map(|line| serde_json::from_str::<Value>(&line).unwrap()["source"].as_str().unwrap().to_owned())
        .collect();
    assert!(began.elapsed() < Duration::from_secs(15), "{accounts:?}");
    process.kill().unwrap();
    process.wait().unwrap();
}

#[test]
fn two_at_once_are_refused_with_who_runs_it() {
    let estate = Estate::new(&["--build-time", "30s"], ALL);
    let mut first = estate.start(&["-q"]);
    while estate.committed() == 0 {
        std::thread::yield_now();
    }
    let second = estate.run(&[]);
    assert_eq!(second.code, Some(2), "{}", second.shown());
    assert!(second.stderr.contains(&format!("process {} on ", first.id())), "{}", second.shown());
    assert!(second.stderr.contains("since 20"), "{}", second.shown());
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
fn fresh_leaves_the_old_run_and_begins_another() {
    let estate = Estate::new(&["--build-time", "3s"], &format!("name = \"a\"\nsources = [\"{NODECOID}\"]\n"));
    let mut first = estate.start(&["-q"]);
    while estate.committed() == 0 {
        std::thread::yield_now();
    }
    first.kill().unwrap();
    first.wait().unwrap();
    let pending = || estate.simulated.run(&["pending", "--state", &estate.state, "-o", "json"]).json();
    assert_eq!(pending().as_array().unwrap().len(), 1);
    let fresh = estate.run(&["--fresh", "-o", "json", "-q"]);
    assert_eq!(fresh.json()["resumed"], false);
    assert_eq!(pending().as_array().unwrap().len(), 1, "what was pending stays pending");
    let history = estate.history();
    assert_eq!(history[1]["outcome"], "given up");
}

/// Kills the run again and again, each time later or earlier, and lets the last start go on to its end.
fn killed_times(kills: usize, seed: u64, policy: &str) {
    let estate = Estate::new(&["--latency", "20ms", "--build-time", "2s"], policy);
    let mut moment = seed;
    for _ in 0..kills {
        let mut process = estate.start(&["-q"]);
        moment = moment.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_millis(20 + (moment >> 33) % 700));
        process.kill().unwrap();
        process.wait().unwrap();
    }
    let last = estate.run(&["-o", "json", "-q"]);
    assert_eq!(last.code, Some(0), "{}", last.shown());
    let run = last.json();
    assert!(outcomes(&run).iter().all(|outcome| ["created", "adopted"].contains(outcome)), "{}", last.shown());
    // A start after the end of a run begins another one, which is done by the last at the latest.
    let history = estate.history();
    let runs = history.as_array().unwrap();
    assert!(runs.iter().all(|run| run["outcome"] == "done"), "seed {seed}: {history}");
    let references = runs.iter().flat_map(|run| run["items"].as_array().unwrap());
    let references: Vec<&str> = references.map(|item| item["ref"].as_str().unwrap()).collect();
    let distinct: std::collections::HashSet<&&str> = references.iter().collect();
    assert_eq!(distinct.len(), references.len(), "seed {seed}: {history}");
    assert_eq!(estate.committed(), u64::try_from(references.len()).unwrap(), "seed {seed}: {history}");
}

#[test]
fn killed_at_any_moment_each_source_has_exactly_one_snapshot() {
    let kills = std::env::var("CLOUDSNAP_TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(12);
    // Runs of a few kills each, so that moments late in a run are among them.
    for seed in 0..kills / 4 {
        killed_times(4, 17 + seed, ALL);
    }
}

#[test]
fn what_a_killed_run_sent_and_the_provider_does_late_is_no_second_snapshot() {
    let faults = ["--fault", "ionos:create=late-4s#1", "--build-time", "2s"];
    let estate = Estate::new(&faults, &format!("name = \"a\"\nsources = [\"{IONOS}\"]\n"));
    let mut first = estate.start(&["-q"]);
    while estate.simulated.requests("IONOS_API_URL", "create") == 0 {
        std::thread::yield_now();
    }
    first.kill().unwrap();
    first.wait().unwrap();
    let second = estate.run(&["-o", "json", "--settle", "3s"]);
    let run = second.json();
    assert!(is_every(&run, "created"), "{}", second.shown());
    assert_eq!(estate.committed(), 2);
    let listed = estate.simulated.run(&["list", "ionos", "-o", "json"]).json();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{}", second.shown());
    assert_eq!(listed[0]["ref"], run["items"][0]["ref"]);
}

#[test]
#[cfg(unix)]
fn hooks_see_the_run() {
    let folder = Folder::new();
    let script = folder.script(
        "hook",
        "echo \"$1 $CLOUDSNAP_POLICY $CLOUDSNAP_OUTCOME $CLOUDSNAP_CREATED $CLOUDSNAP_FAILED $CLOUDSNAP_UNKNOWN\" >> \"$2\"\n\
         cp \"$CLOUDSNAP_REPORT\" \"$2.$1.json\"\necho on stdout",
    );
    let log = folder.path("log");
    let hook = |name: &str| format!("{name} = [\"{script}\", \"{name}\", \"{log}\"]\n");
    let policy = |sources: &str| {
        let hooks = hook("before") + &hook("after") + &hook("on-failure");
        format!("name = \"watched\"\nsources = [{sources}]\n[hooks]\n{hooks}")
    };
    let good = Estate::new(&[], &policy(&format!("\"{IONOS}\"")));
    let ran = good.run(&["-o", "json", "-q"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), "on stdout\non stdout\n"), "{}", ran.shown());
    assert_eq!(folder.read("log"), "before watched begun 0 0 0\nafter watched done 1 0 0\n");
    let report: Value = serde_json::from_str(&folder.read("log.after.json")).unwrap();
    assert_eq!((&report["run"], &report["items"]), (&ran.json()["run"], &ran.json()["items"]));
    fs::remove_file(&log).unwrap();
    let bad = Estate::new(&[], &policy(&format!("\"{IONOS}\", \"ionos:0/1\"")));
    assert_eq!(bad.run(&["-q"]).code, Some(3));
    assert_eq!(
        folder.read("log"),
        "before watched begun 0 0 0\nafter watched partial 1 1 0\non-failure watched partial 1 1 0\n"
    );
    let left = fs::read_dir(std::env::temp_dir()).unwrap().filter_map(Result::ok);
    let left = left.filter(|entry| entry.file_name().to_string_lossy().starts_with("cloudsnap-watched-"));
    assert_eq!(left.count(), 0, "a report was left behind");
}

#[test]
#[cfg(unix)]
fn a_before_that_fails_stops_the_run_and_after_is_run_all_the_same() {
    let folder = Folder::new();
    let (failing, after) = (folder.script("before", "exit 7"), folder.script("after", "echo after >> \"$1\""));
    let log = folder.path("log");
    let policy = format!(
        "name = \"hooked\"\nsources = [\"{IONOS}\"]\n[hooks]\nbefore = [\"{failing}\"]\nafter = [\"{after}\", \"{log}\"]\n"
    );
    let estate = Estate::new(&[], &policy);
    let ran = estate.run(&["-o", "json"]);
    assert_eq!(ran.code, Some(1), "{}", ran.shown());
    assert!(ran.stderr.contains("the hook 'before' failed (exit status: 7)"), "{}", ran.shown());
    assert_eq!((estate.committed(), folder.read("log").as_str()), (0, "after\n"));
}

#[test]
#[cfg(unix)]
fn after_an_interruption_after_is_run_and_the_next_start_goes_on() {
    let folder = Folder::new();
    let hook = folder.script("hook", "echo \"$1 $CLOUDSNAP_OUTCOME\" >> \"$2\"");
    let log = folder.path("log");
    let policy = format!(
        "name = \"hooked\"\nsources = [\"{NODECOID}\"]\n[hooks]\nbefore = [\"{hook}\", \"before\", \"{log}\"]\n\
         after = [\"{hook}\", \"after\", \"{log}\"]\n"
    );
    let estate = Estate::new(&["--build-time", "4s"], &policy);
    let process = estate.start(&["-o", "json", "-q"]);
    while estate.committed() == 0 {
        std::thread::yield_now();
    }
    let killed = std::process::Command::new("kill").args(["-TERM", &process.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let ended = Ran::from(process.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(130), "{}", ended.shown());
    assert_eq!(outcomes(&ended.json()), ["pending"]);
    assert!(ended.stderr.contains("cloudsnap wait cs1_"), "{}", ended.shown());
    assert_eq!(folder.read("log"), "before begun\nafter interrupted\n");
    let next = estate.run(&["-o", "json", "-q"]);
    assert_eq!((next.code, &next.json()["resumed"]), (Some(0), &true.into()), "{}", next.shown());
    assert_eq!((&next.json()["run"], outcomes(&next.json())), (&ended.json()["run"], vec!["created"]));
    assert_eq!(estate.committed(), 1);
}

/// Answers each request, and tells its first line.
fn listener(status: &'static str) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/check-7f", listener.local_addr().unwrap());
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut line = String::new();
            BufReader::new(stream.try_clone().unwrap()).read_line(&mut line).unwrap();
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).unwrap();
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    (url, lines)
}

#[test]
fn the_ping_tells_good_from_bad_and_never_fails_a_run() {
    let (url, lines) = listener("200 OK");
    let policy = |sources: &str, url: &str| format!("name = \"p\"\nsources = [{sources}]\nhooks.ping = \"{url}\"\n");
    let good = format!("\"{IONOS}\"");
    assert_eq!(Estate::new(&[], &policy(&good, &url)).run(&["-q"]).code, Some(0));
    assert_eq!(lines.recv().unwrap(), "GET /check-7f HTTP/1.1\r\n");
    assert_eq!(Estate::new(&[], &policy("\"ionos:0/1\"", &url)).run(&["-q"]).code, Some(1));
    assert_eq!(lines.recv().unwrap(), "GET /check-7f/fail HTTP/1.1\r\n");
    let (url, lines) = listener("500 Oops");
    let ran = Estate::new(&[], &policy(&good, &url)).run(&["-q"]);
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    assert_eq!(lines.try_iter().count(), 3, "it is tried again");
    assert_eq!(ran.stderr, "warning: the ping did not arrive: HTTP 500\n");
}

#[test]
fn metrics_are_prometheus_text() {
    let folder = Folder::new();
    let file = folder.path("cloudsnap.prom");
    let estate = Estate::new(&[], &format!("name = \"m\"\nsources = [\"{IONOS}\", \"ionos:0/1\"]\n"));
    assert_eq!(estate.run(&["-q", "--metrics-file", &file]).code, Some(3));
    let text = folder.read("cloudsnap.prom");
    let lines = text.lines().map(|line| Ok(line.to_owned()));
    let scraped = prometheus_parse::Scrape::parse(lines).unwrap();
    let value = |metric: &str, label: Option<(&str, &str)>| {
        let sample = scraped.samples.iter().find(|sample| {
            sample.metric == metric && label.is_none_or(|(name, value)| sample.labels.get(name) == Some(value))
        });
        match sample.unwrap_or_else(|| panic!("no {metric} in {text}")).value {
            prometheus_parse::Value::Gauge(value) => value,
            ref other => panic!("{metric} is {other:?}"),
        }
    };
    assert_eq!(value("cloudsnap_run_last_exit_code", Some(("policy", "m"))), 3.0);
    assert_eq!(value("cloudsnap_run_last_items", Some(("outcome", "created"))), 1.0);
    assert_eq!(value("cloudsnap_run_last_items", Some(("outcome", "failed"))), 1.0);
    assert!(value("cloudsnap_run_last_requests", None) >= 3.0);
    assert!(value("cloudsnap_run_last_duration_seconds", None) > 0.0);
    let of_source = Some(("source", IONOS));
    let (success, age) = (
        value("cloudsnap_source_last_success_timestamp_seconds", of_source),
        value("cloudsnap_source_age_seconds", of_source),
    );
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    assert!((0.0..120.0).contains(&(now - success - age)), "{text}");
    let of_failed = scraped.samples.iter().filter(|sample| sample.labels.get("source") == Some("ionos:0/1"));
    assert!(of_failed.into_iter().all(|sample| sample.metric != "cloudsnap_source_last_success_timestamp_seconds"));
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1, "nothing is left beside it");
    let nowhere = estate.run(&["--metrics-file", Path::new(&file).join("x").to_str().unwrap()]);
    assert_eq!(nowhere.code, Some(2), "{}", nowhere.shown());
}

#[test]
fn prune_keeps_what_the_policy_says_and_nothing_of_a_source_that_failed_is_touched() {
    let policy = format!("name = \"pruned\"\nsources = [\"{IONOS}\", \"{NODECOID}\"]\n[retention]\nkeep-last = 1\n");
    let estate = Estate::new(&[], &policy);
    assert_eq!(estate.run(&["-q"]).code, Some(0));
    let second = estate.run(&["-o", "json", "-q"]);
    assert_eq!(second.code, Some(0), "{}", second.shown());
    let prune = &second.json()["prune"];
    let deleted: Vec<&str> =
        prune["delete"].as_array().unwrap().iter().map(|one| one["outcome"].as_str().unwrap()).collect();
    assert!(!deleted.is_empty() && deleted.iter().all(|outcome| *outcome == "deleted"), "{}", second.shown());
    let unowned = policy.replace(IONOS, SITEHOST) + "include-unowned = true\n";
    let failing = Estate::new(&["--snapshots", "12", "--fault", "sitehost:create=operation-fails"], &unowned);
    let ran = failing.run(&["-o", "json", "-q"]);
    assert_eq!(ran.code, Some(3), "{}", ran.shown());
    let run = ran.json();
    let deleted = run["prune"]["delete"].as_array().unwrap();
    assert!(
        !deleted.is_empty() && deleted.iter().all(|one| one["snapshot"]["provider"] == "nodecoid"),
        "{}",
        ran.shown()
    );
    let skipped = run["prune"]["skipped"].as_array().unwrap();
    assert!(skipped.iter().any(|one| one["snapshot"]["provider"] == "sitehost"), "{}", ran.shown());
}

#[test]
fn one_account_of_a_policy_may_be_run_alone() {
    let estate = Estate::new(&[], ALL);
    let ran = estate.run(&["--account", "nodecoid", "-o", "json", "-q"]);
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    assert!(sources(&ran.json()).iter().all(|source| source.starts_with("nodecoid:")));
    assert_eq!(estate.committed(), estate.simulated.creates_committed("NODECOID_API_URL"));
}

#[test]
fn lines_of_json_come_as_items_finish_and_the_run_comes_last() {
    let estate = Estate::new(&[], &format!("name = \"a\"\nsources = [\"{SITEHOST}\", \"{NODECOID}\"]\n"));
    let ran = estate.run(&["-o", "jsonl", "-q"]);
    let lines: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3, "{}", ran.shown());
    assert!(lines[..2].iter().all(|line| line["outcome"] == "created") && is_every(&lines[2], "created"));
}
