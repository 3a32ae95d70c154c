//! Random histories and rules, of the kinds that rules can get wrong.
//!
//! Used by the property tests, and by `examples/record_restic.rs` to choose what restic is asked.

use cloudsnap_fleet::retention::Rules;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

/// Time zones east and west of Greenwich and on both halves of the earth, and the days on which their clocks change.
pub(crate) const ZONES: [(&str, [Date; 2]); 4] = [
    ("UTC", [date(2024, 2, 29), date(2024, 12, 31)]),
    ("Europe/Berlin", [date(2024, 3, 31), date(2024, 10, 27)]),
    ("Pacific/Auckland", [date(2024, 9, 29), date(2025, 4, 6)]),
    ("America/New_York", [date(2024, 3, 10), date(2024, 11, 3)]),
];

/// When snapshots are taken in a time zone: on the days on which the clocks change and a day, a fortnight and a month
/// later, around the ends of years, on leap days, in bursts and at all distances, and in the future.
pub(crate) fn pool(zone: &str, clock_changes: [Date; 2]) -> Vec<Timestamp> {
    let time_zone = TimeZone::get(zone).unwrap();
    let at = |day: Date, hour, minute| time_zone.to_timestamp(day.at(hour, minute, 0, 0)).unwrap();
    let mut pool = Vec::new();
    for day in clock_changes {
        pool.extend(morning(zone, day));
        pool.extend(
            LATER.iter().flat_map(|(_, months, days)| [1, 2].map(|hour| later(zone, day, *months, *days, hour))),
        );
    }
    for year in [2019, 2020, 2021, 2023, 2024] {
        pool.extend([29, 30, 31].map(|day| at(date(year, 12, day), 23, 59)));
        pool.extend([1, 2, 3, 4].map(|day| at(date(year + 1, 1, day), 0, 1)));
        pool.extend([date(year, 3, 1).yesterday().unwrap(), date(year, 3, 31)].map(|day| at(day, 12, 0)));
    }
    pool.extend([at(date(2098, 6, 1), 3, 0), at(date(2099, 12, 1), 3, 0)]);
    pool.extend(walk_back(at(date(2025, 9, 15), 4, 5), 80));
    pool.sort();
    pool.dedup();
    pool
}

/// Spans, and how many months and days after the day on which the clocks change a snapshot was taken, so that the span
/// before it begins on that day.
pub(crate) const LATER: [(&str, i8, i8); 3] = [("1d", 0, 1), ("14d", 0, 14), ("1mo", 1, 0)];

/// A snapshot at half past an hour, some time after the day on which the clocks change.
pub(crate) fn later(zone: &str, day: Date, months: i8, days: i8, hour: i8) -> Timestamp {
    let day = day.saturating_add(jiff::Span::new().months(months).days(days));
    day.at(hour, 30, 0, 0).in_tz(zone).unwrap().timestamp()
}

/// Every twenty minutes of the first eight hours of a day, those included that the clocks repeat.
pub(crate) fn morning(zone: &str, day: Date) -> Vec<Timestamp> {
    let midnight = day.at(0, 0, 0, 0).in_tz(zone).unwrap().timestamp();
    (0..24).map(|step| midnight + SignedDuration::from_mins(20 * step)).collect()
}

/// Moments ever further apart: minutes, then hours, days and weeks.
fn walk_back(newest: Timestamp, count: i64) -> impl Iterator<Item = Timestamp> {
    (1..=count).map(move |number| newest - SignedDuration::from_secs(97 * number * number * number + 61 * number))
}

/// Up to 40 snapshots of a pool: from all of it, or from a part of it where they lie close together.
pub(crate) fn history_from(pool: Vec<Timestamp>) -> impl Strategy<Value = Vec<Timestamp>> {
    let part = (any::<Index>(), 10..60_usize).prop_map({
        let pool = pool.clone();
        move |(start, length)| {
            let start = start.index(pool.len() - 9);
            pool[start..pool.len().min(start + length)].to_vec()
        }
    });
    let few_of = |pool: Vec<Timestamp>| {
        let most = pool.len().min(40);
        subsequence(pool, 1..=most)
    };
    prop_oneof![few_of(pool), part.prop_flat_map(few_of)]
}

const COUNTS: [&str; 6] = ["keep-last", "keep-hourly", "keep-daily", "keep-weekly", "keep-monthly", "keep-yearly"];

const SPANS: [&str; 6] = [
    "keep-within",
    "keep-within-hourly",
    "keep-within-daily",
    "keep-within-weekly",
    "keep-within-monthly",
    "keep-within-yearly",
];

/// One to five rules, none of them off.
pub(crate) fn any_rules() -> impl Strategy<Value = Rules> {
    let count = prop_oneof![
        9 => (1..15_u32).prop_map(|count| count.to_string()),
        1 => Just("unlimited".to_owned()),
    ];
    let counted = (select(&COUNTS[..]), count);
    let within = (select(&SPANS[..]), any_span());
    let rule = prop_oneof![counted, within].prop_map(|(name, value)| (name.to_owned(), value.into()));
    prop::collection::vec(rule, 1..=5)
        .prop_map(|rules| serde_json::from_value(serde_json::Value::Object(rules.into_iter().collect())).unwrap())
}

fn any_span() -> impl Strategy<Value = String> {
    let fixed = select(vec!["1d", "14d", "2w", "1mo", "3mo", "1y", "1d1h", "24h"]).prop_map(str::to_owned);
    let parts = (0..3_u32, 0..14_u32, 0..6_u32, 0..40_u32, 0..50_u32);
    let sum =
        parts.prop_map(|(years, months, weeks, days, hours)| format!("{years}y{months}mo{weeks}w{days}d{hours}h"));
    let single =
        (1..60_u32, select(vec!["h", "d", "w", "mo", "y"])).prop_map(|(number, unit)| format!("{number}{unit}"));
    let not_zero = sum.prop_filter("a span has a length", |span| span.contains(|digit| ('1'..='9').contains(&digit)));
    prop_oneof![fixed, single, not_zero]
}
