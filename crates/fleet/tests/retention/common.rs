//! Short ways to write down rules, times and listings.

use cloudsnap_fleet::retention::{Decision, ListedAccount, ListedSnapshot, Listing, Plan, PlanOptions, Rules};
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::DateTime};

/// When the tests take place.
pub(crate) const NOW: &str = "2026-03-10T12:00:00Z";

pub(crate) fn now() -> Timestamp {
    at(NOW)
}

/// `2026-03-10T12:00:00Z`, or with an offset.
pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

/// `[("keep-daily", "7"), ("keep-within", "14d")]`
pub(crate) fn rules(options: &[(&str, &str)]) -> Rules {
    let options = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).into()));
    serde_json::from_value(serde_json::Value::Object(options.collect())).unwrap()
}

/// What each snapshot is kept for, newest first: its local time, and its reasons, comma-separated. Those that no rule
/// keeps are left out.
pub(crate) fn kept(rules: &Rules, zone_name: &str, taken_at: &[&str]) -> Vec<String> {
    let mut taken_at: Vec<Timestamp> = taken_at.iter().map(|text| at(text)).collect();
    taken_at.sort_by_key(|taken_at| std::cmp::Reverse(*taken_at));
    let zone = zone(zone_name);
    let reasons = rules.reasons(&taken_at, &zone, now());
    let line = |(taken_at, reasons): (&Timestamp, &Vec<_>)| {
        let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
        let local: DateTime = zone.to_datetime(*taken_at);
        format!("{}: {}", local.strftime("%Y-%m-%d %H:%M"), reasons.join(", "))
    };
    taken_at.iter().zip(&reasons).filter(|(_, reasons)| !reasons.is_empty()).map(line).collect()
}

pub(crate) const ACCOUNT: &str = "ionos";

/// An owned, available snapshot of 1 GB, in an account that can delete.
pub(crate) fn snapshot(id: &str, source: &str, taken_at: &str) -> ListedSnapshot {
    let mut snapshot = ListedSnapshot::new(format!("{ACCOUNT}:@{id}"), ACCOUNT, "available");
    snapshot.source = Some(format!("{ACCOUNT}:{source}"));
    snapshot.taken_at = Some(at(taken_at));
    snapshot.size_bytes = Some(1_000_000_000);
    snapshot.owned = true;
    snapshot
}

pub(crate) fn listing(snapshots: impl IntoIterator<Item = ListedSnapshot>) -> Listing {
    let mut listing = Listing::default();
    listing.accounts.insert(ACCOUNT.to_owned(), ListedAccount { complete: true, can_delete: true });
    listing.snapshots = snapshots.into_iter().collect();
    listing
}

/// `a` to `d` of one volume, a day apart; `d` is the newest.
pub(crate) fn four_days() -> Listing {
    listing([
        snapshot("a", "dc/vol", "2026-03-07T02:00:00Z"),
        snapshot("b", "dc/vol", "2026-03-08T02:00:00Z"),
        snapshot("c", "dc/vol", "2026-03-09T02:00:00Z"),
        snapshot("d", "dc/vol", "2026-03-10T02:00:00Z"),
    ])
}

/// The snapshot of a listing by its id.
pub(crate) fn get<'a>(listing: &'a mut Listing, id: &str) -> &'a mut ListedSnapshot {
    let reference = format!("{ACCOUNT}:@{id}");
    listing.snapshots.iter_mut().find(|snapshot| snapshot.reference == reference).unwrap()
}

pub(crate) fn plan(listing: &Listing, options: &[(&str, &str)]) -> Plan {
    Plan::new(listing, &rules(options), &PlanOptions::new(now())).unwrap()
}

/// `keep ionos:@d: daily snapshot 1`, a line an entry.
pub(crate) fn shown(plan: &Plan) -> String {
    let line = |entry: &cloudsnap_fleet::retention::PlanEntry| {
        let decision = match entry.decision {
            Decision::Keep => "keep",
            Decision::Delete => "delete",
            Decision::Skip => "skip",
        };
        format!("{decision} {}: {}\n", entry.snapshot.reference, entry.reasons.join(", "))
    };
    plan.entries.iter().map(line).collect()
}
