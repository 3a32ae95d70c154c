//! What is seen on a terminal of 80 columns.

use std::process::Command;

use serde_json::Value;

use crate::simulated::{IONOS, Ran, Simulated};
use crate::terminal::{Left, Terminal};

const VARIABLES: [&str; 4] = ["SH_API_URL", "HOSTWAY_API_URL", "NODECOID_API_URL", "IONOS_API_URL"];

/// As many as make 32 sources.
const SERVERS: usize = 8;

/// What spinners and the line of their total are drawn with.
fn is_progress(line: &str) -> bool {
    line.contains(['⠁', '⠉', '⠙', '⠚', '⠒', '⠂', '⠲', '⠴', '⠤', '⠄', '⠠', '⠐', '⠋', '⠓', '⠖', '⠦', '⠈'])
        || line.contains(" ended")
        || line.contains("reading ")
}

fn run(simulated: &Simulated, rows: u16, arguments: &[&str]) -> Left {
    Terminal::run(&simulated.command(arguments), rows).end()
}

/// One disk of each server.
fn all_sources(simulated: &Simulated) -> Vec<String> {
    let sources = simulated.run(&["sources", "-o", "json", "-q"]).json();
    let references = sources.as_array().unwrap().iter().filter_map(|source| source["ref"].as_str());
    let usable = references.filter(|source| !source.ends_with("xvda1") && !source.ends_with("scsi1"));
    usable.filter(|source| !source.ends_with("_volumes")).map(str::to_owned).collect()
}

#[test]
fn no_line_of_a_table_is_wider_than_the_terminal() {
    let simulated = Simulated::start(&["--servers", "4", "--snapshots", "3"]);
    for arguments in [&["list"][..], &["sources"], &["status"], &["providers"], &["accounts"], &["doctor"]] {
        let left = run(&simulated, 24, arguments);
        assert_eq!(left.wrapped, [""; 0], "{arguments:?}:\n{}", left.text());
        assert!(left.lines.len() > 4, "{arguments:?}:\n{}", left.text());
    }
}

#[test]
fn a_create_of_ten_leaves_a_table_and_no_more() {
    let simulated = Simulated::start(&["--servers", "3"]);
    let sources = all_sources(&simulated);
    let ten: Vec<&str> = sources.iter().map(String::as_str).take(10).collect();
    let left = run(&simulated, 24, &[&["create"], &*ten].concat());
    assert_eq!((left.code, ten.len()), (0, 10), "{}", left.text());
    assert_eq!(left.wrapped, [""; 0], "{}", left.text());
    assert!(left.lines[0].starts_with("OF"), "{}", left.text());
    assert!(!left.lines.iter().any(|line| is_progress(line)), "{}", left.text());
}

#[test]
fn more_work_than_the_terminal_has_lines_is_shown_in_part_with_a_total() {
    let simulated = Simulated::start(&["--servers", "8", "--build-time", "2s"]);
    let sources = all_sources(&simulated);
    let arguments: Vec<&str> = ["create"].into_iter().chain(sources.iter().map(String::as_str)).collect();
    let terminal = Terminal::run(&simulated.command(&arguments), 10);
    let total = format!("of {} ended", sources.len());
    // The total is the last line, and all others of the screen are of what is under way.
    let is_full = |screen: &str| {
        let lines: Vec<&str> = screen.trim_end().lines().collect();
        let states = lines.iter().filter(|line| line.contains("s  starting") || line.contains("s  started")).count();
        states >= 7 && lines.last().is_some_and(|line| line.contains(&total))
    };
    terminal.until(is_full);
    let left = terminal.end();
    assert_eq!(left.code, 0, "{}", left.text());
    assert!(left.lines[0].starts_with("OF") && left.wrapped.is_empty(), "{}", left.text());
}

#[test]
fn a_read_that_takes_long_shows_that_something_goes_on_and_leaves_nothing() {
    let simulated = Simulated::start(&["--snapshots", "1", "--latency", "1s"]);
    let terminal = Terminal::run(&simulated.command(&["list", "ionos"]), 24);
    terminal.until(|screen| screen.contains("reading snapshots"));
    let left = terminal.end();
    assert_eq!(left.code, 0);
    assert!(left.lines[0].starts_with("SNAPSHOT"), "{}", left.text());
    assert!(!left.lines.iter().any(|line| is_progress(line)), "{}", left.text());
}

#[test]
fn an_interrupt_while_something_is_read_or_asked_leaves_nothing_behind() {
    let simulated = Simulated::start(&["--snapshots", "1", "--latency", "1s"]);
    let mut terminal = Terminal::run(&simulated.command(&["create", "ionos:*"]), 24);
    terminal.until(|screen| screen.contains("reading "));
    terminal.type_in("\u{3}");
    let left = terminal.end();
    assert_eq!((left.code, left.text().replace("^C", "").trim()), (130, ""), "{}", left.text());
    let mut terminal = Terminal::run(&simulated.command(&["delete", "sitehost:server1@91695"]), 24);
    terminal.until(|screen| screen.contains("Go on? [y/N]"));
    terminal.type_in("\u{3}");
    assert_eq!(terminal.end().code, 130);
    assert_eq!(simulated.run(&["show", "sitehost:server1@91695", "-q"]).code, Some(0));
}

#[test]
fn a_question_says_what_is_lost_and_no_is_no() {
    let simulated = Simulated::start(&[]);
    let created = simulated.run(&["create", IONOS, "--name", "before the upgrade", "-o", "json", "-q"]).json();
    let reference = created[0]["snapshot"]["ref"].as_str().unwrap();
    for arguments in [&["delete", reference][..], &["restore", reference, "--to", IONOS]] {
        let mut terminal = Terminal::run(&simulated.command(arguments), 24);
        let question = terminal.until(|screen| screen.contains("Go on? [y/N]"));
        let question: String = question.lines().collect();
        for fact in [reference, "before the upgrade", IONOS, "old", "100 GB"] {
            assert!(question.contains(fact), "{fact}: {question}");
        }
        terminal.type_in("n\n");
        let left = terminal.end();
        assert_eq!(left.code, 1, "{}", left.text());
        assert!(left.text().contains("nothing was "), "{}", left.text());
    }
    assert_eq!(simulated.run(&["show", reference, "-q"]).code, Some(0));
    let left = run(&simulated, 24, &["delete", "ionos:@doesnotexist"]);
    assert!(left.code == 1 && !left.text().contains("Go on?"), "{}", left.text());
}

#[test]
fn what_an_interrupt_leaves_is_a_table_and_tokens_and_the_wait_finishes_each_once() {
    let left = broken_off(|terminal| terminal.type_in("\u{3}"));
    assert_eq!(left.code, 130, "{}", left.text());
    assert!(left.text().contains("cloudsnap wait cs1_"), "{}", left.text());
    let is_begun = |line: &&String| !line.starts_with("OF");
    assert!(left.lines.iter().take_while(is_begun).count() == 0, "{}", left.text());
    assert!(!left.lines.iter().any(|line| is_progress(line)), "{}", left.text());
}

#[test]
fn a_hangup_and_the_end_of_the_session_are_as_an_interrupt() {
    for signal in ["-HUP", "-TERM"] {
        let left = broken_off(|terminal| kill(signal, terminal));
        assert_eq!(left.code, 130, "{signal}: {}", left.text());
        assert!(left.text().contains("cloudsnap wait cs1_"), "{signal}: {}", left.text());
        assert!(!left.lines.iter().any(|line| is_progress(line)), "{signal}: {}", left.text());
    }
}

#[test]
fn a_process_that_is_killed_loses_no_operation() {
    broken_off(|terminal| kill("-KILL", terminal));
}

fn kill(signal: &str, terminal: &mut Terminal) {
    assert!(Command::new("kill").args([signal, &terminal.process_id().to_string()]).status().unwrap().success());
}

/// Begins a create of 32 at all four providers and breaks it off when each of them has begun some. What was begun is
/// pending, and a wait finishes it: as many snapshots as creates that the providers carried out.
fn broken_off(break_off: impl FnOnce(&mut Terminal)) -> Left {
    let servers = SERVERS.to_string();
    let simulated = Simulated::start(&["--servers", &servers, "--build-time", "3s"]);
    let sources = all_sources(&simulated);
    let arguments = ["create"].into_iter().chain(sources.iter().map(String::as_str));
    let mut terminal = Terminal::run(&simulated.command(&arguments.collect::<Vec<_>>()), 24);
    let committed = || VARIABLES.map(|variable| simulated.creates_committed(variable));
    while committed().contains(&0) {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    break_off(&mut terminal);
    let left = terminal.end();
    let waited = simulated.run(&["wait", "--pending", "-o", "json", "-q"]);
    assert_each_is_there_once(&waited, committed().iter().sum());
    let pending = simulated.run(&["pending", "-o", "json"]);
    assert_eq!(pending.json(), Value::Array(Vec::new()), "{}", pending.shown());
    left
}

fn assert_each_is_there_once(waited: &Ran, committed: u64) {
    let items = waited.json();
    let items: Vec<&Value> = items.as_array().unwrap().iter().filter(|item| item["outcome"] != "failed").collect();
    let mut references: Vec<&str> = items.iter().filter_map(|item| item["snapshot"]["ref"].as_str()).collect();
    references.sort_unstable();
    references.dedup();
    assert_eq!((references.len(), items.len()), (committed as usize, committed as usize), "{}", waited.shown());
    assert!(
        items.iter().all(|item| item["outcome"] == "created" || item["outcome"] == "adopted"),
        "{}",
        waited.shown()
    );
}
