//! The rules once more, plain and slow, written from restic's documentation: every rule gathers the snapshots into named
//! periods and takes the newest of each.

use std::collections::{BTreeMap, BTreeSet};

use cloudsnap_fleet::retention::Rules;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde_json::Value;

/// The reasons of each snapshot in restic's words, with the snapshot's number in front of counted ones. Of snapshots
/// taken at the same time, an earlier one in the list is the newer.
pub(crate) fn reasons(rules: &Rules, taken_at: &[Timestamp], zone: &TimeZone, now: Timestamp) -> Vec<BTreeSet<String>> {
    let rules = serde_json::to_value(rules).unwrap();
    let newest_first = newest_first(taken_at);
    let newest = newest_first.iter().map(|index| taken_at[*index]).filter(|taken_at| *taken_at < now).max();
    let mut reasons = vec![BTreeSet::new(); taken_at.len()];
    for (name, value) in rules.as_object().unwrap() {
        let name = name.strip_prefix("keep-").unwrap();
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let (within, period) = match name.strip_prefix("within") {
            Some(period) => (true, period.trim_start_matches('-')),
            None => (false, name),
        };
        let in_reach: Vec<usize> = match newest {
            Some(newest) if within => {
                let start = start(&text, newest, zone);
                newest_first.iter().copied().filter(|index| taken_at[*index] > start).collect()
            }
            _ => newest_first.clone(),
        };
        // Of each period, newest first, the position of its newest snapshot.
        let mut periods: Vec<(String, usize)> = Vec::new();
        for index in in_reach.iter().copied() {
            let period = period_name(period, taken_at[index], index, zone);
            if periods.iter().all(|(seen, _)| *seen != period) {
                periods.push((period, index));
            }
        }
        let room = if within { usize::MAX } else { room(value) };
        for (number, (_, index)) in periods.iter().take(room).enumerate() {
            reasons[*index].insert(words(within, period, &text, number + 1, ""));
        }
        let oldest = *newest_first.last().unwrap();
        let oldest_is_kept = periods.iter().any(|(_, index)| *index == oldest);
        if periods.len() < room && in_reach.contains(&oldest) && !oldest_is_kept {
            reasons[oldest].insert(words(within, period, &text, periods.len() + 1, "oldest "));
        }
    }
    reasons
}

fn newest_first(taken_at: &[Timestamp]) -> Vec<usize> {
    let mut by_time: BTreeMap<Timestamp, Vec<usize>> = BTreeMap::new();
    for (index, at) in taken_at.iter().enumerate() {
        by_time.entry(*at).or_default().push(index);
    }
    by_time.into_values().rev().flatten().collect()
}

fn room(count: &Value) -> usize {
    count.as_u64().map_or(usize::MAX, |count| usize::try_from(count).unwrap())
}

fn period_name(period: &str, taken_at: Timestamp, index: usize, zone: &TimeZone) -> String {
    let local = taken_at.to_zoned(zone.clone());
    let format = match period {
        "hourly" => "%Y-%m-%d %H",
        "daily" => "%Y-%m-%d",
        "weekly" => "%G-W%V",
        "monthly" => "%Y-%m",
        "yearly" => "%Y",
        _ => return index.to_string(),
    };
    local.strftime(format).to_string()
}

fn words(within: bool, period: &str, value: &str, number: usize, oldest: &str) -> String {
    match (within, period) {
        (true, "") => format!("within {value}"),
        (true, period) => format!("{oldest}{period} within {value}"),
        (false, period) => format!("{oldest}{period} snapshot {number}"),
    }
}

/// A calendar's span before a moment, a step at a time.
fn start(span: &str, newest: Timestamp, zone: &TimeZone) -> Timestamp {
    let mut number = String::new();
    let mut unit = String::new();
    let mut parts: BTreeMap<String, i64> = BTreeMap::new();
    for character in span.chars().chain(['0']) {
        if character.is_ascii_digit() && !unit.is_empty() {
            parts.insert(std::mem::take(&mut unit), std::mem::take(&mut number).parse().unwrap());
        }
        if character.is_ascii_digit() { &mut number } else { &mut unit }.push(character);
    }
    let part = |unit: &str| parts.get(unit).copied().unwrap_or(0);

    let local: Zoned = newest.to_zoned(zone.clone());
    let (mut year, mut month) = (local.year(), local.month());
    for _ in 0..part("y") * 12 + part("mo") {
        (year, month) = if month == 1 { (year - 1, 12) } else { (year, month - 1) };
    }
    let mut date = jiff::civil::date(year, month, 1);
    for _ in 1..local.day() {
        date = date.tomorrow().unwrap();
    }
    for _ in 0..part("w") * 7 + part("d") {
        date = date.yesterday().unwrap();
    }
    let start = zone.to_ambiguous_timestamp(date.to_datetime(local.time()));
    // Where the clocks skip or repeat a time, restic takes the later moment east of Greenwich and the earlier west of it.
    let start = if local.offset().is_negative() { start.earlier() } else { start.later() }.unwrap();
    start - jiff::SignedDuration::from_hours(part("h"))
}
