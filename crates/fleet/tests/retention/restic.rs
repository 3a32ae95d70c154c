//! The rules give the answers that real restic gave.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::common::zone;
use super::recording::{Case, Header};

/// A restic of these versions gave the answers; Debian 13 and Debian 12 have them.
const CURRENT: &str = "0.18.0";
const OLD: &str = "0.14.0";

fn recording() -> (Header, Vec<Case>) {
    let mut lines = include_str!("../restic.jsonl").lines();
    let header = serde_json::from_str(lines.next().unwrap()).unwrap();
    (header, lines.map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// The reasons that the rules give, in restic's words.
fn our_reasons(case: &Case, now: Timestamp) -> Vec<Vec<String>> {
    let taken_at: Vec<Timestamp> = case
        .taken_at
        .iter()
        .scan(0, |at, distance| {
            *at += distance;
            Some(Timestamp::from_second(*at).unwrap())
        })
        .collect();
    let reasons = case.rules.reasons(&taken_at, &zone(&case.zone), now);
    reasons.iter().map(|reasons| reasons.iter().map(|reason| reason.to_restic()).collect()).collect()
}

fn restic_s_reasons(case: &Case, version: &str) -> Option<Vec<Vec<String>>> {
    let kept = case.kept.get(version)?;
    Some(kept.iter().map(|reasons| reasons.iter().map(|index| case.reasons[*index].clone()).collect()).collect())
}

#[test]
fn the_rules_keep_what_restic_keeps_for_the_same_reasons_in_the_same_order() {
    let (header, cases) = recording();
    assert!(header.restic.iter().any(|restic| restic.starts_with(&format!("restic {CURRENT} "))));
    assert_eq!(cases.len(), 556);
    for case in &cases {
        assert_eq!(our_reasons(case, header.recorded_at), restic_s_reasons(case, CURRENT).unwrap(), "{case:?}");
    }
}

/// Before 0.16, restic did not keep the oldest snapshot where a rule had room left, and did not know `unlimited`.
#[test]
fn an_older_restic_keeps_the_same_but_for_the_oldest() {
    let (header, cases) = recording();
    for case in &cases {
        let Some(theirs) = restic_s_reasons(case, OLD) else {
            assert!(serde_json::to_string(&case.rules).unwrap().contains("unlimited"), "{case:?}");
            continue;
        };
        let mut ours = our_reasons(case, header.recorded_at);
        ours.iter_mut().for_each(|reasons| reasons.retain(|reason| !reason.starts_with("oldest ")));
        assert_eq!(ours, theirs, "{case:?}");
    }
}

/// A recording in which a rule, a reason or a seam does not occur proves nothing about it.
#[test]
fn the_recording_has_every_rule_every_reason_and_every_time_zone() {
    let (header, cases) = recording();
    let occurs = |text: &str| cases.iter().filter(|case| serde_json::to_string(case).unwrap().contains(text)).count();
    for period in ["hourly", "daily", "weekly", "monthly", "yearly"] {
        for reason in
            ["", "oldest "].map(|oldest| [format!("{oldest}{period} snapshot"), format!("{oldest}{period} within ")])
        {
            assert!(reason.iter().all(|reason| occurs(&format!("\"{reason}")) >= 3), "{reason:?}");
        }
    }
    assert!(["\"last snapshot", "\"within ", "unlimited", "\"keep-within\""].iter().all(|text| occurs(text) >= 10));
    let zones: BTreeSet<&str> = cases.iter().map(|case| &*case.zone).collect();
    assert_eq!(zones.into_iter().collect::<Vec<_>>(), ["America/New_York", "Europe/Berlin", "Pacific/Auckland", "UTC"]);
    let in_the_future = |case: &&Case| case.taken_at.iter().sum::<i64>() > header.recorded_at.as_second();
    assert!(cases.iter().filter(in_the_future).count() >= 10);
}
