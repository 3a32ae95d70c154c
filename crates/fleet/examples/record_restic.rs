//! Asks real restic which snapshots it keeps, and why, and writes its answers to `tests/restic.jsonl`.
//!
//! ```text
//! cargo run -p cloudsnap-fleet --example record_restic -- /usr/bin/restic older/restic
//! ```
//!
//! Each argument is one restic; the first makes the repository. Takes about half an hour.

#![expect(clippy::unwrap_used, reason = "a recording that cannot be made must fail")]

#[path = "../tests/retention/recording.rs"]
mod recording;
#[path = "../tests/retention/strategies.rs"]
mod strategies;

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cloudsnap_fleet::retention::{Rules, Span};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use recording::{Case, Header};
use serde_json::{Value, json};

const CASES_IN_EACH_ZONE: usize = 125;
const SEED: [u8; 32] = *b"snapshots that restic would keep";

/// What restic is asked: a time zone, rules, snapshots in order.
struct Question {
    zone: &'static str,
    rules: Rules,
    taken_at: Vec<Timestamp>,
}

fn main() {
    let mut restics: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if restics.is_empty() {
        restics.push("restic".into());
    }
    let folder = std::env::temp_dir().join(format!("record-restic-{}", std::process::id()));
    fs::create_dir(&folder).unwrap();
    let questions = questions();
    make_repository(&restics[0], &folder, &questions);
    let recording = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/restic.jsonl");
    record(&restics, &folder, &questions, &recording);
    fs::remove_dir_all(&folder).unwrap();
}

fn questions() -> Vec<Question> {
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &SEED));
    let mut questions = Vec::new();
    for (zone, clock_changes) in strategies::ZONES {
        let question = (strategies::history_from(strategies::pool(zone, clock_changes)), strategies::any_rules());
        for _ in 0..CASES_IN_EACH_ZONE {
            let (taken_at, rules) = question.new_tree(&mut runner).unwrap().current();
            questions.push(Question { zone, rules, taken_at });
        }
        questions.extend(clock_changes.iter().flat_map(|day| spans_from(zone, *day)));
        questions.extend([month_without_the_day(zone), nothing_but_the_future(zone)]);
    }
    questions
}

/// Spans that begin on a day on which the clocks change, at a time that they may skip or repeat.
fn spans_from(zone: &'static str, day: Date) -> Vec<Question> {
    let from = |(span, months, days), hour| {
        let mut taken_at = strategies::morning(zone, day);
        taken_at.push(strategies::later(zone, day, months, days, hour));
        question(zone, &json!({"keep-within": span, "keep-hourly": 2, "keep-within-hourly": span}), taken_at)
    };
    strategies::LATER.into_iter().flat_map(|later| [1, 2].map(|hour| from(later, hour))).collect()
}

/// A month before 31 March, to the second, and around the days that February does not have.
fn month_without_the_day(zone: &'static str) -> Question {
    let at = |day: Date, second| day.at(12, 0, second, 0).in_tz(zone).unwrap().timestamp();
    let days = [date(2023, 2, 28), date(2023, 3, 2), date(2023, 3, 3), date(2023, 3, 4)];
    let mut taken_at: Vec<Timestamp> = days.iter().flat_map(|day| [0, 1].map(|second| at(*day, second))).collect();
    taken_at.push(at(date(2023, 3, 31), 0));
    question(zone, &json!({"keep-within": "1mo", "keep-within-hourly": "1mo"}), taken_at)
}

/// No snapshot is there to measure a span from.
fn nothing_but_the_future(zone: &'static str) -> Question {
    let taken_at = [2097, 2098, 2099].map(|year| date(year, 5, 1).at(12, 0, 0, 0).in_tz(zone).unwrap().timestamp());
    question(zone, &json!({"keep-within": "1d", "keep-within-yearly": "1y", "keep-last": 1}), taken_at.to_vec())
}

fn question(zone: &'static str, rules: &Value, taken_at: Vec<Timestamp>) -> Question {
    Question { zone, rules: serde_json::from_value(rules.clone()).unwrap(), taken_at }
}

/// One snapshot for each moment of a zone, tagged with the questions it belongs to. One for each question would take
/// hours, because restic takes most of a second to start.
fn make_repository(restic: &Path, folder: &Path, questions: &[Question]) {
    run(restic, folder, "UTC", &["init"]);
    fs::write(folder.join("file"), "tiny").unwrap();
    let mut tags: BTreeMap<(&str, Timestamp), Vec<String>> = BTreeMap::new();
    for (number, question) in questions.iter().enumerate() {
        for taken_at in &question.taken_at {
            tags.entry((question.zone, *taken_at)).or_default().push(tag(number));
        }
    }
    for (done, ((zone, taken_at), tags)) in tags.iter().enumerate() {
        // A zone of the very offset, in which no time is skipped or repeated. Its name has the sign reversed.
        let local = taken_at.to_zoned(TimeZone::get(zone).unwrap());
        let fixed = format!("Etc/GMT{:+}", -local.offset().seconds() / 3600);
        let time = local.strftime("%Y-%m-%d %H:%M:%S").to_string();
        run(restic, folder, &fixed, &["backup", "--force", "--time", &time, "--tag", &tags.join(","), "file"]);
        progress(done + 1, "snapshots");
    }
}

fn record(restics: &[PathBuf], folder: &Path, questions: &[Question], recording: &Path) {
    let versions: Vec<String> = restics.iter().map(|restic| version(restic, folder)).collect();
    let mut file = BufWriter::new(File::create(recording).unwrap());
    let header = Header { restic: versions.clone(), recorded_at: Timestamp::now() };
    writeln!(file, "{}", serde_json::to_string(&header).unwrap()).unwrap();
    for (number, question) in questions.iter().enumerate() {
        let mut case = Case {
            zone: question.zone.to_owned(),
            rules: question.rules.clone(),
            taken_at: distances(&question.taken_at),
            reasons: Vec::new(),
            kept: BTreeMap::new(),
        };
        for (restic, version) in restics.iter().zip(&versions) {
            if let Some(answer) = ask(restic, folder, number, question) {
                let number = version.split(' ').nth(1).unwrap().to_owned();
                case.kept.insert(number, shorten(&answer, &question.taken_at, &mut case.reasons));
            }
        }
        writeln!(file, "{}", serde_json::to_string(&case).unwrap()).unwrap();
        progress(number + 1, "answers");
    }
    file.flush().unwrap();
}

/// The reasons of each snapshot that is kept, or `None` where this restic does not know one of the rules.
fn ask(restic: &Path, folder: &Path, number: usize, question: &Question) -> Option<HashMap<Timestamp, Vec<String>>> {
    let mut arguments: Vec<String> =
        ["forget", "--no-lock", "--dry-run", "--json", "--group-by", "", "--tag"].map(str::to_owned).to_vec();
    arguments.push(tag(number));
    arguments.extend(options(&question.rules));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = output(restic, folder, question.zone, &arguments);
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("unlimited"), "{said}");
        return None;
    }
    let groups: Value = serde_json::from_slice(&output.stdout).unwrap();
    let group = &groups.as_array().unwrap()[0];
    let length = |name: &str| group[name].as_array().map_or(0, Vec::len);
    assert_eq!(length("keep"), length("reasons"));
    assert_eq!(length("keep") + length("remove"), question.taken_at.len());
    let kept = group["reasons"].as_array().unwrap().iter().map(|kept| {
        let matches: Vec<String> = serde_json::from_value(kept["matches"].clone()).unwrap();
        (kept["snapshot"]["time"].as_str().unwrap().parse().unwrap(), matches)
    });
    Some(kept.collect())
}

/// restic's options are called as ours; its spans are written in another way.
fn options(rules: &Rules) -> Vec<String> {
    let rules = serde_json::to_value(rules).unwrap();
    let option = |(name, value): (&String, &Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let value = value.parse().map_or(value, |span: Span| span.to_restic());
        [format!("--{name}"), value]
    };
    rules.as_object().unwrap().iter().flat_map(option).collect()
}

fn distances(taken_at: &[Timestamp]) -> Vec<i64> {
    let before = std::iter::once(0).chain(taken_at.iter().map(|taken_at| taken_at.as_second()));
    taken_at.iter().zip(before).map(|(taken_at, before)| taken_at.as_second() - before).collect()
}

fn shorten(
    answer: &HashMap<Timestamp, Vec<String>>,
    taken_at: &[Timestamp],
    reasons: &mut Vec<String>,
) -> Vec<Vec<usize>> {
    let mut index = |reason: &String| {
        let known = reasons.iter().position(|known| known == reason);
        known.unwrap_or_else(|| {
            reasons.push(reason.clone());
            reasons.len() - 1
        })
    };
    let kept = taken_at.iter().map(|taken_at| answer.get(taken_at).into_iter().flatten().map(&mut index).collect());
    kept.collect()
}

fn tag(number: usize) -> String {
    format!("case{number}")
}

fn version(restic: &Path, folder: &Path) -> String {
    let output = run(restic, folder, "UTC", &["version"]);
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn run(restic: &Path, folder: &Path, zone: &str, arguments: &[&str]) -> Output {
    let output = output(restic, folder, zone, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn output(restic: &Path, folder: &Path, zone: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(restic);
    command.args(["--no-cache", "--quiet", "--repo", "repository"]).args(arguments);
    command.current_dir(folder).env("TZ", zone).env("RESTIC_PASSWORD", "recording");
    command.output().unwrap()
}

fn progress(done: usize, what: &str) {
    if done.is_multiple_of(50) {
        eprintln!("{done} {what}");
    }
}
