//! What holds for all histories and rules.

use std::collections::BTreeSet;

use cloudsnap_fleet::retention::{Decision, ListedSnapshot, ListedState, Listing, Plan, PlanOptions, Reason, Rules};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;

use super::common::{listing, zone};
use super::reference;
use super::strategies::{ZONES, any_rules, history_from, pool};

/// A time zone, and snapshots in it.
fn any_history() -> impl Strategy<Value = (&'static str, Vec<Timestamp>)> {
    Union::new(ZONES.map(|(zone, clock_changes)| {
        let history = prop_oneof![history_from(pool(zone, clock_changes)), any_walk()];
        history.prop_map(move |history| (zone, history))
    }))
}

/// Up to 40 snapshots at any distances, from seconds to years; some at the same time.
fn any_walk() -> impl Strategy<Value = Vec<Timestamp>> {
    let distance =
        prop_oneof![Just(0), 1..7_200_i64, 3_600..172_800_i64, 86_400..2_678_400_i64, 604_800..63_072_000_i64];
    let newest = 1_600_000_000..1_900_000_000_i64;
    (newest, prop::collection::vec(distance, 0..40)).prop_map(|(newest, distances)| {
        let walk = std::iter::once(newest).chain(distances.into_iter().scan(newest, |at, distance| {
            *at -= distance;
            Some(*at)
        }));
        walk.map(|at| Timestamp::from_second(at).unwrap()).collect()
    })
}

/// Rarely in the middle of the history, so that a part of it is in the future.
fn any_now(history: &[Timestamp]) -> impl Strategy<Value = Timestamp> + use<> {
    let newest = history.iter().copied().max().unwrap();
    prop_oneof![
        3 => Just(newest + SignedDuration::from_secs(1)),
        1 => select(history.to_vec()),
    ]
}

/// A listing of up to three sources with all that a listing can have, and the present.
fn any_listing() -> impl Strategy<Value = (&'static str, Listing, Timestamp)> {
    any_history()
        .prop_flat_map(|(zone, history)| {
            let now = any_now(&history);
            let snapshots: Vec<_> = history.into_iter().enumerate().map(|(id, at)| any_snapshot(id, at)).collect();
            let unverified = prop::bool::weighted(0.2);
            (Just(zone), snapshots, now, unverified)
        })
        .prop_map(|(zone, snapshots, now, unverified)| {
            let mut listing = listing(snapshots);
            if unverified {
                listing.unverified_sources.insert("ionos:0".to_owned());
            }
            (zone, listing, now)
        })
}

fn any_snapshot(id: usize, taken_at: Timestamp) -> impl Strategy<Value = ListedSnapshot> {
    let mostly = prop::bool::weighted(0.9);
    let ends = prop::option::weighted(0.3, 0..500_i64);
    (0..3, mostly, mostly, mostly, mostly, ends).prop_map(
        move |(source, has_source, has_time, available, owned, ends)| {
            let state = if available { "available" } else { "pending" };
            let mut snapshot = ListedSnapshot::new(format!("ionos:@{id}"), "ionos", state);
            snapshot.source = has_source.then(|| format!("ionos:{source}"));
            snapshot.taken_at = has_time.then_some(taken_at);
            snapshot.expires_at = ends.map(|days| taken_at + SignedDuration::from_hours(24 * days));
            snapshot.owned = owned;
            snapshot
        },
    )
}

fn options(zone_name: &str, now: Timestamp) -> PlanOptions {
    let mut options = PlanOptions::new(now);
    options.time_zone = zone(zone_name);
    options
}

fn deleted(plan: &Plan) -> BTreeSet<String> {
    plan.deletions().map(|entry| entry.snapshot.reference.clone()).collect()
}

/// The listing after its deletions are carried out.
fn carry_out(listing: &Listing, plan: &Plan) -> Listing {
    let deleted = deleted(plan);
    let mut left = listing.clone();
    left.snapshots.retain(|snapshot| !deleted.contains(&snapshot.reference));
    left
}

/// A rule of either is a rule of both.
fn with_rules_of(rules: &Rules, more: &Rules) -> Rules {
    let (mut rules, more) = (serde_json::to_value(rules).unwrap(), serde_json::to_value(more).unwrap());
    for (name, value) in more.as_object().unwrap() {
        rules.as_object_mut().unwrap().entry(name.clone()).or_insert_with(|| value.clone());
    }
    serde_json::from_value(rules).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn the_rules_agree_with_a_plain_reading_of_restic_s_documentation(
        (zone_name, history, now) in any_history().prop_flat_map(|(zone, history)| {
            let now = any_now(&history);
            (Just(zone), Just(history).prop_shuffle(), now)
        }),
        rules in any_rules(),
    ) {
        let zone = zone(zone_name);
        let ours = rules.reasons(&history, &zone, now);
        let ours: Vec<BTreeSet<String>> =
            ours.iter().map(|reasons| reasons.iter().map(Reason::to_string).collect()).collect();
        prop_assert_eq!(ours, reference::reasons(&rules, &history, &zone, now));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn a_plan_deletes_nothing_that_a_rule_keeps((zone, listing, now) in any_listing(), rules in any_rules()) {
        let options = options(zone, now);
        let plan = Plan::new(&listing, &rules, &options).unwrap();
        for source in ["ionos:0", "ionos:1", "ionos:2"] {
            let counted = |snapshot: &&ListedSnapshot| {
                snapshot.source.as_deref() == Some(source) && snapshot.state == ListedState::Available && snapshot.owned
            };
            let counted = listing.snapshots.iter().filter(counted);
            let counted: Vec<(&str, Timestamp)> =
                counted.filter_map(|snapshot| Some((&*snapshot.reference, snapshot.taken_at?))).collect();
            let taken_at: Vec<Timestamp> = counted.iter().map(|(_, taken_at)| *taken_at).collect();
            for ((reference, taken_at), reasons) in counted.iter().zip(rules.reasons(&taken_at, &options.time_zone, now)) {
                // Which of several snapshots of one moment is kept is the plan's choice.
                let alone = counted.iter().filter(|(_, other)| other == taken_at).count() == 1;
                if !reasons.is_empty() && alone {
                    let entry = plan.entries.iter().find(|entry| entry.snapshot.reference == *reference).unwrap();
                    prop_assert_eq!(entry.decision, Decision::Keep);
                    let reasons: Vec<String> = reasons.iter().map(Reason::to_string).collect();
                    prop_assert_eq!(&entry.reasons, &reasons);
                }
            }
        }
    }

    #[test]
    fn a_plan_deletes_only_what_is_safe_to_delete(
        (zone, listing, now) in any_listing(), mut rules in any_rules(), expired in any::<bool>(),
    ) {
        rules.expired = expired;
        let plan = Plan::new(&listing, &rules, &options(zone, now)).unwrap();
        prop_assert_eq!(plan.entries.len(), listing.snapshots.len());
        for entry in plan.deletions() {
            let snapshot = &entry.snapshot;
            prop_assert!(snapshot.owned && snapshot.state == ListedState::Available);
            let source = snapshot.source.as_ref().unwrap();
            prop_assert!(!listing.unverified_sources.contains(source));
            let taken_at = snapshot.taken_at.unwrap();
            prop_assert!(taken_at <= now);
            let a_newer_one_stays = plan.entries.iter().any(|other| {
                other.decision != Decision::Delete
                    && other.snapshot.source.as_ref() == Some(source)
                    && other.snapshot.state == ListedState::Available
                    && other.snapshot.owned
                    && other.snapshot.taken_at.is_some_and(|other| taken_at <= other && other <= now)
            });
            prop_assert!(a_newer_one_stays, "{:?}", snapshot);
        }
    }

    #[test]
    fn the_order_of_the_list_does_not_matter(
        ((zone, listing, now), shuffled) in any_listing().prop_flat_map(|listed| {
            let shuffled = Just(listed.1.snapshots.clone()).prop_shuffle();
            (Just(listed), shuffled)
        }),
        rules in any_rules(),
    ) {
        let options = options(zone, now);
        let plan = Plan::new(&listing, &rules, &options).unwrap();
        let mut other = listing;
        other.snapshots = shuffled;
        prop_assert_eq!(Plan::new(&other, &rules, &options).unwrap(), plan);
    }

    #[test]
    fn a_second_run_deletes_nothing_more(
        (zone, listing, now) in any_listing(), mut rules in any_rules(), expired in any::<bool>(),
    ) {
        rules.expired = expired;
        let options = options(zone, now);
        let first = Plan::new(&listing, &rules, &options).unwrap();
        let second = Plan::new(&carry_out(&listing, &first), &rules, &options).unwrap();
        prop_assert_eq!(deleted(&second), BTreeSet::new());
    }

    #[test]
    fn one_more_rule_never_deletes_more(
        (zone, listing, now) in any_listing(), mut rules in any_rules(), more in any_rules(), expired in any::<bool>(),
    ) {
        rules.expired = expired;
        let options = options(zone, now);
        let fewer = deleted(&Plan::new(&listing, &with_rules_of(&rules, &more), &options).unwrap());
        prop_assert!(fewer.is_subset(&deleted(&Plan::new(&listing, &rules, &options).unwrap())));
    }

    #[test]
    fn a_plan_is_carried_out_as_it_was_read_back_and_a_second_time_has_nothing_left_to_do(
        (zone, listing, now) in any_listing(), rules in any_rules(),
    ) {
        let plan = Plan::new(&listing, &rules, &options(zone, now)).unwrap();
        let read: Plan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
        prop_assert_eq!(&read, &plan);
        let first = read.compare(&listing, now);
        prop_assert_eq!(first.unchanged.len(), plan.deletions().count());
        let left = carry_out(&listing, &plan);
        let second = read.compare(&left, now);
        prop_assert_eq!((second.unchanged.len(), second.gone.len()), (0, plan.deletions().count()));
    }
}
