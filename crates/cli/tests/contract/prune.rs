//! Pruning: what is planned, what is deleted, and above all what is not.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::assert_shown;
use crate::simulated::{IONOS, NODECOID, Ran, SITEHOST, Simulated};

/// A folder of its own, that is gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("cloudsnap-prune-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn path(&self, file: &str) -> String {
        self.0.join(file).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a provider of the simulator holds.
fn held(simulated: &Simulated, account: &str) -> Vec<String> {
    let listed = simulated.run(&["list", account, "-o", "json", "-q"]).json();
    let there = listed.as_array().unwrap().iter().filter(|snapshot| snapshot["state"] != "deleted");
    there.map(|snapshot| snapshot["ref"].as_str().unwrap().to_owned()).collect()
}

fn created(simulated: &Simulated, arguments: &[&str]) -> String {
    let ran = simulated.run(&[&["create"], arguments, &["-o", "json", "-q"]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    ran.json()[0]["snapshot"]["ref"].as_str().unwrap().to_owned()
}

fn refs(ran: &Ran, list: &str) -> Vec<String> {
    let list = ran.json()[list].clone();
    let reference = |entry: &Value| entry["snapshot"]["ref"].as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(reference).collect()
}

#[test]
fn a_dry_run_shows_what_would_be_done_and_why_and_does_nothing() {
    let simulated = Simulated::start(&["--servers", "1", "--snapshots", "4", "--snapshot-interval", "20d"]);
    let rules = ["prune", "nodecoid", "--include-unowned", "--keep-yearly", "1", "--keep-last", "2", "--dry-run"];
    assert_shown!(simulated.run(&rules));
    assert_eq!(held(&simulated, "nodecoid").len(), 4);
}

#[test]
fn what_a_dry_run_names_is_what_is_deleted() {
    let simulated = Simulated::start(&["--servers", "2", "--snapshots", "8", "--snapshot-interval", "1d"]);
    let rules = ["prune", "nodecoid", "--include-unowned", "--keep-daily", "2", "-o", "json", "-q"];
    let planned = simulated.run(&[&rules[..], &["--dry-run"]].concat());
    assert_eq!(planned.code, Some(0), "{}", planned.shown());
    let carried_out = simulated.run(&[&rules[..], &["--yes"]].concat());
    assert_eq!(carried_out.code, Some(0), "{}", carried_out.shown());
    assert_eq!(refs(&planned, "delete"), refs(&carried_out, "delete"));
    assert_eq!(refs(&carried_out, "delete").len(), 4);
    assert!(carried_out.json()["delete"].as_array().unwrap().iter().all(|entry| entry["outcome"] == "deleted"));
    let mut left = held(&simulated, "nodecoid");
    let mut kept = refs(&carried_out, "keep");
    left.sort();
    kept.sort();
    assert_eq!(left, kept);
    let again = simulated.run(&[&rules[..], &["--yes"]].concat());
    assert_eq!((again.code, refs(&again, "delete").len()), (Some(0), 0), "{}", again.shown());
}

#[test]
fn lines_of_json_have_the_decision_in_each() {
    let simulated = Simulated::start(&["--servers", "1", "--snapshots", "3", "--snapshot-interval", "1d"]);
    let ran =
        simulated.run(&["prune", "nodecoid", "--include-unowned", "--keep-last", "2", "--yes", "-o", "jsonl", "-q"]);
    let lines: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let decisions: Vec<&str> = lines.iter().map(|line| line["decision"].as_str().unwrap()).collect();
    assert_eq!((ran.code, decisions), (Some(0), vec!["keep", "keep", "delete"]), "{}", ran.shown());
    assert_eq!((&lines[2]["outcome"], &lines[0]["reasons"][0]), (&"deleted".into(), &"last snapshot 1".into()));
}

#[test]
fn a_wrong_set_of_rules_is_2_and_nothing_is_sent() {
    let simulated = Simulated::start(&["--snapshots", "3"]);
    let folder = Folder::new("wrong");
    std::fs::write(folder.path("plan.json"), "{}").unwrap();
    for (arguments, said) in [
        (&["prune", "--yes"][..], "no rule"),
        (&["prune", "--keep-last", "0", "--yes"], "keep nothing"),
        (&["prune", "--keep-within", "0d", "--yes"], "keep nothing"),
        (&["prune", "--keep-within", "3m", "--yes"], "3mo"),
        (&["prune", "--keep-daily", "few", "--yes"], "unlimited"),
        (&["prune", "--keep-last", "1", "--time-zone", "Mars/Olympus", "--yes"], "Europe/Berlin"),
        (&["prune", "--keep-last", "1"], "--yes"),
        (&["prune", "--keep-last", "1", "--apply", "plan.json", "--yes"], "cannot be used with"),
        (&["prune", "ionos", "--apply", "plan.json", "--yes"], "cannot be used with"),
        (&["prune", "--apply", "no-such-plan.json", "--yes"], "cannot be read"),
        (&["prune", "--apply", &folder.path("plan.json"), "--yes"], "cannot be read"),
        (&["prune", "nowhere", "--keep-last", "1", "--yes"], "no account"),
        (&["prune", "nodecoid:no-such*", "--keep-last", "1", "--yes"], "fits no source"),
        (&["timeline", "--keep-within", "3m"], "3mo"),
    ] {
        let ran = simulated.run(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{arguments:?}: {}", ran.shown());
        assert!(ran.stderr.contains(said), "{arguments:?}: {}", ran.shown());
    }
}

#[test]
fn what_someone_else_made_is_untouched_unless_it_is_asked_for() {
    let simulated = Simulated::start(&["--servers", "1", "--snapshots", "4", "--snapshot-interval", "1d"]);
    let before = held(&simulated, "nodecoid");
    let rules = ["prune", "nodecoid", "--keep-last", "1", "--yes", "-o", "json", "-q"];
    let ran = simulated.run(&rules);
    assert_eq!((ran.code, refs(&ran, "delete").len(), refs(&ran, "skipped").len()), (Some(0), 0, 4), "{}", ran.shown());
    assert!(ran.json()["skipped"][0]["why"].as_str().unwrap().contains("unowned"), "{}", ran.shown());
    assert_eq!(held(&simulated, "nodecoid"), before);
    let ran = simulated.run(&[&rules[..], &["--include-unowned"]].concat());
    assert_eq!((ran.code, held(&simulated, "nodecoid").len()), (Some(0), 1), "{}", ran.shown());
}

#[test]
fn what_the_journal_has_as_created_is_ours_without_a_tag() {
    let simulated = Simulated::start(&["--servers", "1"]);
    let folder = Folder::new("journal");
    let state = ["--state", &folder.path("state.db")];
    let ours: Vec<String> = (0..3).map(|_| created(&simulated, &[&[NODECOID], &state[..]].concat())).collect();
    let elsewhere = created(&simulated, &[NODECOID]);
    let ran =
        simulated.run(&[&["prune", "nodecoid", "--keep-last", "1", "--yes", "-o", "json", "-q"], &state[..]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    assert_eq!((refs(&ran, "keep").len(), refs(&ran, "delete").len()), (1, 2), "{}", ran.shown());
    assert!(refs(&ran, "delete").iter().all(|deleted| ours.contains(deleted)));
    assert_eq!(refs(&ran, "skipped"), [elsewhere], "made without this journal");
}

#[test]
fn a_tag_that_was_forged_altered_or_copied_proves_nothing() {
    let simulated = Simulated::start(&["--servers", "1"]);
    let other = "b0000000-0000-4000-8000-000000000009";
    let path = IONOS.split_once(':').unwrap().1;
    let ours = [created(&simulated, &[IONOS]), created(&simulated, &[IONOS]), created(&simulated, &[IONOS])];
    let written = |reference: &str| simulated.ionos_description(reference);
    let tag = written(&ours[0]);
    let forged = [
        format!("[cloudsnap id=3f0a91c2b4d5e6f708192a3b source={path}] by hand"),
        format!("[cloudsnap source={path}]"),
        tag.replace("id=", "id=0"),
        written(&ours[1]).replace(path, &path.replace("b0000000-0000-4000-8000-000000000001", other)),
        written(&ours[2]).replace(']', " expires=never]"),
    ];
    let made = forged.map(|description| simulated.ionos_create(&description));
    let ran = simulated.run(&["prune", "ionos", "--keep-last", "1", "--yes", "-o", "json", "-q"]);
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    let (deleted, left) = (refs(&ran, "delete"), held(&simulated, "ionos"));
    assert!(deleted.len() == 2 && deleted.iter().all(|deleted| ours.contains(deleted)), "{}", ran.shown());
    assert!(made.iter().all(|made| left.contains(made)), "{}", ran.shown());

    // Which of two that have the same tag it belongs to cannot be told.
    let newest = ours.iter().find(|ours| left.contains(ours)).unwrap();
    let copy = simulated.ionos_create(&written(newest));
    let last = created(&simulated, &[IONOS]);
    let ran = simulated.run(&["prune", "ionos", "--keep-last", "1", "--yes", "-o", "json", "-q"]);
    assert_eq!((ran.code, refs(&ran, "keep"), refs(&ran, "delete")), (Some(0), vec![last], vec![]), "{}", ran.shown());
    assert!(held(&simulated, "ionos").contains(&copy));
}

#[test]
fn a_list_that_breaks_off_on_its_second_page_deletes_nothing_of_its_account() {
    let simulated = Simulated::start(&["--servers", "1", "--snapshots", "150", "--snapshot-interval", "1h"]);
    let before = held(&simulated, "nodecoid");
    assert_eq!(before.len(), 150);
    let rules = ["prune", "nodecoid", "--include-unowned", "--keep-last", "1", "--max-delete", "1000", "--yes"];
    let is_second_page = |request: &str| request.contains("get_snapshot_list") && request.contains("&page=2");
    let arguments = [&rules[..], &["-o", "json", "-q"]].concat();
    let ran = simulated.run_broken("NODECOID_API_URL", is_second_page, &arguments);
    assert_eq!(ran.code, Some(1), "{}", ran.shown());
    assert_eq!(refs(&ran, "delete"), Vec::<String>::new());
    assert!(ran.json()["skipped"][0]["why"].as_str().unwrap().contains("not read to its end"), "{}", ran.shown());
    assert_eq!(held(&simulated, "nodecoid"), before);
}

#[test]
fn an_account_that_cannot_be_listed_is_3_and_the_others_are_pruned() {
    let simulated = Simulated::start(&["--servers", "1", "--snapshots", "2", "--fault", "ionos:list=status-503"]);
    let rules = ["prune", "ionos", "nodecoid", "--include-unowned", "--keep-last", "1", "--yes"];
    let ran = simulated.run(&[&rules[..], &["-o", "json", "-q"]].concat());
    assert_eq!((ran.code, refs(&ran, "delete").len()), (Some(3), 1), "{}", ran.shown());
    assert!(ran.stderr.contains("unavailable"), "{}", ran.shown());
}

#[test]
fn what_cannot_be_deleted_is_said_beforehand() {
    let simulated = Simulated::start(&["--servers", "1", "--snapshots", "2", "--snapshot-interval", "1d"]);
    assert_shown!(simulated.run_with(
        &[("HOSTWAY_TIME_ZONE", "UTC")],
        &["prune", "hostway", "--include-unowned", "--keep-last", "1", "--yes"]
    ));
}

#[test]
fn too_much_at_once_is_1_and_nothing_is_deleted() {
    let simulated = Simulated::start(&["--servers", "1", "--snapshots", "12", "--snapshot-interval", "1d"]);
    let rules = ["prune", "nodecoid", "--include-unowned", "--keep-last", "1", "--yes", "-o", "json", "-q"];
    let ran = simulated.run(&rules);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{}", ran.shown());
    assert!(ran.stderr.contains("11 of 12") && ran.stderr.contains("max-delete"), "{}", ran.shown());
    assert_eq!(held(&simulated, "nodecoid").len(), 12);
    let ran = simulated.run(&[&rules[..], &["--max-delete", "11"]].concat());
    assert_eq!((ran.code, held(&simulated, "nodecoid").len()), (Some(0), 1), "{}", ran.shown());
}

#[test]
fn a_plan_is_carried_out_as_it_was_written_but_for_what_has_changed() {
    let simulated = Simulated::start(&["--servers", "1", "--snapshots", "4", "--snapshot-interval", "1d"]);
    let folder = Folder::new("plan");
    let plan = folder.path("plan.json");
    let rules = ["prune", "nodecoid", "--include-unowned", "--keep-last", "1", "-o", "json", "-q"];
    let planned = simulated.run(&[&rules[..], &["--plan", &plan]].concat());
    assert_eq!((planned.code, held(&simulated, "nodecoid").len()), (Some(0), 4), "{}", planned.shown());
    let named = refs(&planned, "delete");
    assert_eq!(simulated.run(&["delete", &named[0], "--yes", "-q"]).code, Some(0));
    let newer = created(&simulated, &[NODECOID]);

    let applied = simulated.run(&["prune", "--apply", &plan, "--yes", "-o", "json", "-q"]);
    assert_eq!(applied.code, Some(0), "{}", applied.shown());
    let outcomes = applied.json()["delete"].clone();
    let mut outcomes: Vec<&str> =
        outcomes.as_array().unwrap().iter().map(|entry| entry["outcome"].as_str().unwrap()).collect();
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["deleted", "deleted", "gone"]);
    let left = held(&simulated, "nodecoid");
    assert_eq!(left.len(), 2);
    assert!(left.contains(&newer), "what is new since is not touched");
    let again = simulated.run(&["prune", "--apply", &plan, "--yes", "-o", "json", "-q"]);
    assert_eq!(again.code, Some(0), "{}", again.shown());
    assert!(again.json()["delete"].as_array().unwrap().iter().all(|entry| entry["outcome"] == "gone"));
}

#[test]
fn a_plan_whose_kept_snapshot_is_gone_is_refused() {
    let simulated = Simulated::start(&["--servers", "1", "--snapshots", "3", "--snapshot-interval", "1d"]);
    let folder = Folder::new("refused");
    let plan = folder.path("plan.json");
    let rules = ["prune", "nodecoid", "--include-unowned", "--keep-last", "1", "-o", "json", "-q"];
    let planned = simulated.run(&[&rules[..], &["--plan", &plan]].concat());
    assert_eq!(simulated.run(&["delete", &refs(&planned, "keep")[0], "--yes", "-q"]).code, Some(0));
    let applied = simulated.run(&["prune", "--apply", &plan, "--yes", "-o", "json", "-q"]);
    assert_eq!((applied.code, refs(&applied, "delete").len()), (Some(1), 0), "{}", applied.shown());
    assert_eq!(held(&simulated, "nodecoid").len(), 2);
}

#[test]
fn what_is_past_its_recorded_end_is_deleted_but_never_the_newest() {
    let simulated = Simulated::start(&["--servers", "1"]);
    let short = [created(&simulated, &[IONOS, "--expires", "1s"]), created(&simulated, &[IONOS, "--expires", "1s"])];
    let long = created(&simulated, &[IONOS, "--expires", "30d"]);
    let newest = created(&simulated, &[IONOS, "--expires", "1s"]);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(1100) {
        std::thread::sleep(Duration::from_millis(50));
    }
    let ran = simulated.run(&["prune", "ionos", "--expired", "--yes", "-o", "json", "-q"]);
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    let mut deleted = refs(&ran, "delete");
    deleted.sort();
    let mut short = short.to_vec();
    short.sort();
    assert_eq!(
        (deleted, refs(&ran, "keep"), refs(&ran, "skipped")),
        (short, vec![long], vec![newest]),
        "{}",
        ran.shown()
    );
}

#[test]
fn a_source_whose_create_was_not_seen_to_end_is_left_alone() {
    let simulated = Simulated::start(&["--servers", "1"]);
    let folder = Folder::new("unfinished");
    let state = ["--state", &folder.path("state.db")];
    (0..3).for_each(|_| drop(created(&simulated, &[&[SITEHOST], &state[..]].concat())));
    let begun = simulated.run(&[&["create", SITEHOST, "--no-wait", "-q"], &state[..]].concat());
    assert_eq!(begun.code, Some(0), "{}", begun.shown());
    let rules = ["prune", "sitehost", "--keep-last", "1", "--yes", "-o", "json", "-q"];
    let ran = simulated.run(&[&rules[..], &state[..]].concat());
    assert_eq!((ran.code, refs(&ran, "delete").len()), (Some(0), 0), "{}", ran.shown());
    assert!(ran.stdout.contains("latest create of its source"), "{}", ran.shown());
    assert_eq!(simulated.run(&[&["wait", "--pending", "-q"], &state[..]].concat()).code, Some(0));
    let ran = simulated.run(&[&rules[..], &state[..]].concat());
    assert_eq!((ran.code, refs(&ran, "delete").len()), (Some(0), 3), "{}", ran.shown());
}

#[test]
#[cfg(unix)]
fn killed_in_the_middle_and_run_again_it_deletes_what_the_plan_named_and_nothing_else() {
    let simulated =
        Simulated::start(&["--servers", "1", "--snapshots", "30", "--snapshot-interval", "1d", "--rate-limit", "20"]);
    let folder = Folder::new("killed");
    let state = ["--state", &folder.path("state.db")];
    let rules =
        ["prune", "nodecoid", "--include-unowned", "--keep-last", "3", "--max-delete", "30", "-o", "json", "-q"];
    let planned = simulated.run(&[&rules[..], &["--dry-run"]].concat());
    let (named, kept) = (refs(&planned, "delete"), refs(&planned, "keep"));
    assert_eq!((named.len(), kept.len()), (27, 3));
    let arguments = [&rules[..], &["--yes"], &state[..]].concat();
    let mut process = simulated.command(&arguments).stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    while simulated.committed("NODECOID_API_URL", "delete") < 3 {
        std::thread::yield_now();
    }
    process.kill().unwrap();
    process.wait().unwrap();
    let again = simulated.run(&arguments);
    assert_eq!(again.code, Some(0), "{}", again.shown());
    assert!(refs(&again, "delete").iter().all(|deleted| named.contains(deleted)), "{}", again.shown());
    let (mut left, mut kept) = (held(&simulated, "nodecoid"), kept);
    left.sort();
    kept.sort();
    assert_eq!(left, kept);
}
