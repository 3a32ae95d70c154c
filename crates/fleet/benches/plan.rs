//! How long it takes to plan 10,000 snapshots of 500 sources, and to compare the plan with the list again.
//! `cargo xtask bench plan` runs it, and makes a table of the lines it prints.

#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up must fail")]

use std::time::{Duration, Instant};

use cloudsnap_fleet::retention::{ListedAccount, ListedSnapshot, Listing, Plan, PlanOptions, Rules};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

const SOURCES: i64 = 500;
const SNAPSHOTS_OF_EACH: i64 = 20;
const ROUNDS: usize = 21;

fn main() {
    let now: Timestamp = "2026-03-10T12:00:00Z".parse().unwrap();
    let listing = listing(now);
    let rules: Rules = serde_json::from_str(
        r#"{"keep-last": 3, "keep-daily": 7, "keep-weekly": 4, "keep-monthly": 12, "keep-within": "2d", "keep-within-daily": "1w"}"#,
    )
    .unwrap();
    for zone in ["UTC", "Europe/Berlin"] {
        let mut options = PlanOptions::new(now);
        options.time_zone = TimeZone::get(zone).unwrap();
        let plan = Plan::new(&listing, &rules, &options).unwrap();
        print_row(zone, "planned", median(|| Plan::new(&listing, &rules, &options).unwrap().entries.len()));
        print_row(zone, "compared with a list", median(|| plan.compare(&listing, now).unchanged.len()));
    }
}

fn print_row(zone: &str, done: &str, time: Duration) {
    let what = format!("10,000 snapshots of 500 sources, {zone}: {done}");
    let row = serde_json::json!({"what": what, "beside": "", "unit": "ms", "ours": time.as_secs_f64() * 1000.0});
    println!("{row}");
}

/// Every source at a pace of its own, from one snapshot an hour to one in three weeks, in no order.
fn listing(now: Timestamp) -> Listing {
    let mut listing = Listing::default();
    listing.accounts.insert("ionos".to_owned(), ListedAccount { complete: true, can_delete: true });
    for number in 0..SNAPSHOTS_OF_EACH {
        for source in 0..SOURCES {
            let id = (number * SOURCES + source) * 7_919 % 10_007;
            let mut snapshot =
                ListedSnapshot::new(format!("ionos:@{id:08}-0000-4000-8000-{source:012}"), "ionos", "available");
            snapshot.source = Some(format!("ionos:0e5f0f0e-0000-4000-8000-000000000000/{source:08}-0000"));
            snapshot.taken_at = Some(now - SignedDuration::from_hours((number + 1) * (source + 1)));
            snapshot.size_bytes = Some(10_000_000_000);
            snapshot.owned = true;
            listing.snapshots.push(snapshot);
        }
    }
    listing
}

fn median<T>(mut work: impl FnMut() -> T) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let begun = Instant::now();
            std::hint::black_box(work());
            begun.elapsed()
        })
        .collect();
    times.sort();
    times[ROUNDS / 2]
}
