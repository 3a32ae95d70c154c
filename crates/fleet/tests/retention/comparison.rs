//! What of a plan may still be carried out.

use cloudsnap_fleet::retention::{Comparison, ListedAccount, ListedSnapshot, Listing, Plan, PlanOptions};

use super::common::{ACCOUNT, at, four_days, get, now, plan, rules, snapshot};

/// Keeps `d` and `c`, deletes `b` and `a`.
fn planned() -> Plan {
    plan(&four_days(), &[("keep-last", "2")])
}

/// `unchanged ionos:@b`, `refused ionos:@a: why`, a line a deletion.
fn shown(comparison: &Comparison<'_>) -> String {
    let unchanged = comparison.unchanged.iter().map(|entry| format!("unchanged {}", entry.snapshot.reference));
    let gone = comparison.gone.iter().map(|entry| format!("gone {}", entry.snapshot.reference));
    let refused = comparison.refused.iter();
    let refused = refused.map(|refusal| format!("refused {}: {}", refusal.entry.snapshot.reference, refusal.why));
    unchanged.chain(gone).chain(refused).collect::<Vec<_>>().join("\n")
}

fn compare(listing: &Listing) -> String {
    shown(&planned().compare(listing, now()))
}

fn without(mut listing: Listing, id: &str) -> Listing {
    let reference = get(&mut listing, id).reference.clone();
    listing.snapshots.retain(|snapshot| snapshot.reference != reference);
    listing
}

#[test]
fn what_is_as_the_plan_has_it_may_be_deleted() {
    assert_eq!(compare(&four_days()), "unchanged ionos:@b\nunchanged ionos:@a");
}

#[test]
fn what_is_gone_is_no_failure() {
    assert_eq!(compare(&without(four_days(), "b")), "unchanged ionos:@a\ngone ionos:@b");
}

/// By a run of the plan that was killed, say.
#[test]
fn what_is_being_deleted_is_as_good_as_gone() {
    for state in ["deleting", "deleted"] {
        let mut listing = four_days();
        get(&mut listing, "b").state = state.into();
        assert_eq!(compare(&listing), "unchanged ionos:@a\ngone ionos:@b");
    }
}

#[test]
fn what_is_new_changes_nothing() {
    let mut listing = four_days();
    listing.snapshots.push(snapshot("e", "dc/vol", "2026-03-10T11:00:00Z"));
    assert_eq!(compare(&listing), "unchanged ionos:@b\nunchanged ionos:@a");
}

#[test]
fn a_snapshot_that_has_changed_is_refused() {
    type Change = fn(&mut ListedSnapshot);
    let changes: [(Change, &str); 6] = [
        (|snapshot| snapshot.account = "other".to_owned(), "its account"),
        (|snapshot| snapshot.source = Some("ionos:dc/other".to_owned()), "its source"),
        (|snapshot| snapshot.taken_at = Some(at("2026-03-08T02:00:01Z")), "the time it was taken"),
        (|snapshot| snapshot.expires_at = Some(at("2027-01-01T00:00:00Z")), "its recorded end"),
        (|snapshot| snapshot.state = "restoring".into(), "its state"),
        (|snapshot| snapshot.owned = false, "its ownership"),
    ];
    for (change, what) in changes {
        let mut listing = four_days();
        change(get(&mut listing, "b"));
        let expected = format!("unchanged ionos:@a\nrefused ionos:@b: {what} has changed since the plan was made");
        assert_eq!(compare(&listing), expected);
    }
}

#[test]
fn a_size_that_has_changed_is_no_change() {
    let mut listing = four_days();
    get(&mut listing, "b").size_bytes = Some(1);
    assert_eq!(compare(&listing), "unchanged ionos:@b\nunchanged ionos:@a");
}

#[test]
fn nothing_of_a_source_is_deleted_that_has_lost_what_the_plan_leaves() {
    insta::assert_snapshot!(compare(&without(four_days(), "c")), @r"
    refused ionos:@b: ionos:@c, which the plan leaves, is gone
    refused ionos:@a: ionos:@c, which the plan leaves, is gone
    ");
    let mut listing = four_days();
    get(&mut listing, "c").source = Some("ionos:dc/other".to_owned());
    insta::assert_snapshot!(compare(&listing), @r"
    refused ionos:@b: ionos:@c, which the plan leaves, is gone
    refused ionos:@a: ionos:@c, which the plan leaves, is gone
    ");
    let mut listing = four_days();
    get(&mut listing, "d").state = "deleting".into();
    insta::assert_snapshot!(compare(&listing), @r"
    refused ionos:@b: ionos:@d, which the plan leaves, is not available: its state is deleting
    refused ionos:@a: ionos:@d, which the plan leaves, is not available: its state is deleting
    ");
}

#[test]
fn nothing_is_deleted_or_taken_for_gone_where_the_list_was_not_read_to_its_end() {
    let mut listing = without(four_days(), "b");
    listing.accounts.insert(ACCOUNT.to_owned(), ListedAccount { complete: false, can_delete: true });
    insta::assert_snapshot!(compare(&listing), @r"
    refused ionos:@b: the list of account ionos was not read to its end
    refused ionos:@a: the list of account ionos was not read to its end
    ");
}

#[test]
fn nothing_of_a_source_is_deleted_whose_latest_create_is_unverified() {
    let mut listing = four_days();
    listing.unverified_sources.insert("ionos:dc/vol".to_owned());
    assert_eq!(planned().compare(&listing, now()).refused.len(), 2);
}

/// By an edit, say, of the plan's file.
#[test]
fn a_plan_that_deletes_the_newest_snapshot_is_refused_that_one() {
    let written = serde_json::to_string(&planned()).unwrap().replace(r#""keep""#, r#""delete""#);
    let edited: Plan = serde_json::from_str(&written).unwrap();
    let comparison = edited.compare(&four_days(), now());
    insta::assert_snapshot!(shown(&comparison), @r"
    unchanged ionos:@c
    unchanged ionos:@b
    unchanged ionos:@a
    refused ionos:@d: it is the newest available snapshot of its source
    ");
}

#[test]
fn a_plan_that_includes_unowned_snapshots_still_does() {
    let mut listing = four_days();
    for snapshot in &mut listing.snapshots {
        snapshot.owned = false;
    }
    let mut options = PlanOptions::new(now());
    options.include_unowned = true;
    let plan = Plan::new(&listing, &rules(&[("keep-last", "2")]), &options).unwrap();
    assert_eq!(shown(&plan.compare(&listing, now())), "unchanged ionos:@b\nunchanged ionos:@a");
}
