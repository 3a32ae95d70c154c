//! What a plan deletes, and what it never does.

use cloudsnap_fleet::retention::{Freed, ListedAccount, ListedState, Plan, PlanError, PlanOptions, Rules};

use super::common::{ACCOUNT, at, four_days, get, listing, now, plan, rules, shown, snapshot, zone};

#[test]
fn what_no_rule_keeps_is_deleted() {
    insta::assert_snapshot!(shown(&plan(&four_days(), &[("keep-daily", "2"), ("keep-weekly", "1")])), @r"
    keep ionos:@d: daily snapshot 1, weekly snapshot 1
    keep ionos:@c: daily snapshot 2
    delete ionos:@b: no rule keeps it
    delete ionos:@a: no rule keeps it
    ");
}

#[test]
fn each_source_is_looked_at_by_itself() {
    let listing = listing([
        snapshot("a", "dc/one", "2026-03-01T00:00:00Z"),
        snapshot("b", "dc/one", "2026-03-02T00:00:00Z"),
        snapshot("c", "dc/two", "2025-03-01T00:00:00Z"),
        snapshot("d", "dc/two", "2025-03-02T00:00:00Z"),
    ]);
    insta::assert_snapshot!(shown(&plan(&listing, &[("keep-within", "1h")])), @r"
    keep ionos:@b: within 1h
    delete ionos:@a: no rule keeps it
    keep ionos:@d: within 1h
    delete ionos:@c: no rule keeps it
    ");
}

#[test]
fn the_time_zone_decides_which_day_it_is() {
    let listing = listing([
        snapshot("a", "dc/vol", "2026-03-09T10:00:00Z"),
        snapshot("b", "dc/vol", "2026-03-09T12:00:00Z"),
        snapshot("c", "dc/vol", "2026-03-09T13:00:00Z"),
    ]);
    let mut options = PlanOptions::new(now());
    options.time_zone = zone("Pacific/Auckland");
    let rules = rules(&[("keep-daily", "2")]);
    insta::assert_snapshot!(shown(&Plan::new(&listing, &rules, &options).unwrap()), @r"
    keep ionos:@c: daily snapshot 1
    delete ionos:@b: no rule keeps it
    keep ionos:@a: daily snapshot 2
    ");
}

#[test]
fn expired_deletes_what_is_past_its_recorded_end_and_keeps_the_rest() {
    let mut listing = four_days();
    get(&mut listing, "a").expires_at = Some(now());
    get(&mut listing, "b").expires_at = Some(at("2026-03-10T12:00:01Z"));
    let mut expired = Rules::default();
    expired.expired = true;
    let plan = Plan::new(&listing, &expired, &PlanOptions::new(now())).unwrap();
    insta::assert_snapshot!(shown(&plan), @r"
    keep ionos:@d: not past a recorded end
    keep ionos:@c: not past a recorded end
    keep ionos:@b: not past a recorded end
    delete ionos:@a: past its recorded end
    ");
}

#[test]
fn rules_do_not_count_what_has_expired() {
    let mut listing = four_days();
    get(&mut listing, "c").expires_at = Some(at("2026-03-10T00:00:00Z"));
    let mut with_expired = rules(&[("keep-last", "2")]);
    with_expired.expired = true;
    let plan = Plan::new(&listing, &with_expired, &PlanOptions::new(now())).unwrap();
    insta::assert_snapshot!(shown(&plan), @r"
    keep ionos:@d: last snapshot 1
    delete ionos:@c: past its recorded end
    keep ionos:@b: last snapshot 2
    delete ionos:@a: no rule keeps it
    ");
}

#[test]
fn a_recorded_end_means_nothing_where_expired_is_off() {
    let mut listing = four_days();
    get(&mut listing, "d").expires_at = Some(at("2026-03-10T00:00:00Z"));
    insta::assert_snapshot!(shown(&plan(&listing, &[("keep-last", "4")])), @r"
    keep ionos:@d: last snapshot 1
    keep ionos:@c: last snapshot 2
    keep ionos:@b: last snapshot 3
    keep ionos:@a: last snapshot 4
    ");
}

#[test]
fn the_newest_snapshot_of_a_source_stays_though_it_has_expired() {
    let mut listing = four_days();
    for snapshot in &mut listing.snapshots {
        snapshot.expires_at = snapshot.taken_at;
    }
    let mut expired = Rules::default();
    expired.expired = true;
    let plan = Plan::new(&listing, &expired, &PlanOptions::new(now())).unwrap();
    insta::assert_snapshot!(shown(&plan), @r"
    skip ionos:@d: it is the newest available snapshot of its source
    delete ionos:@c: past its recorded end
    delete ionos:@b: past its recorded end
    delete ionos:@a: past its recorded end
    ");
}

/// What is newer and not available does not stand in for the newest that is.
#[test]
fn what_is_not_available_is_skipped_and_not_counted() {
    let mut listing = four_days();
    get(&mut listing, "d").state = "pending".into();
    get(&mut listing, "b").state = "failed".into();
    insta::assert_snapshot!(shown(&plan(&listing, &[("keep-last", "1")])), @r"
    skip ionos:@d: it is not available: its state is pending
    keep ionos:@c: last snapshot 1
    skip ionos:@b: it is not available: its state is failed
    delete ionos:@a: no rule keeps it
    ");
    assert_eq!(get(&mut listing, "c").state, ListedState::Available);
}

#[test]
fn the_newest_that_is_not_in_the_future_stays_and_so_does_what_is_in_the_future() {
    let mut listing = four_days();
    listing.snapshots.push(snapshot("y", "dc/vol", "2026-03-10T12:00:01Z"));
    listing.snapshots.push(snapshot("z", "dc/vol", "2099-01-01T00:00:00Z"));
    insta::assert_snapshot!(shown(&plan(&listing, &[("keep-last", "1")])), @r"
    keep ionos:@z: last snapshot 1
    skip ionos:@y: its time is in the future
    skip ionos:@d: it is the newest available snapshot of its source
    delete ionos:@c: no rule keeps it
    delete ionos:@b: no rule keeps it
    delete ionos:@a: no rule keeps it
    ");
}

#[test]
fn unowned_snapshots_are_skipped_and_not_counted() {
    let mut listing = four_days();
    get(&mut listing, "d").owned = false;
    get(&mut listing, "a").owned = false;
    insta::assert_snapshot!(shown(&plan(&listing, &[("keep-last", "1")])), @r"
    skip ionos:@d: it is unowned: nothing shows that cloudsnap made it
    keep ionos:@c: last snapshot 1
    delete ionos:@b: no rule keeps it
    skip ionos:@a: it is unowned: nothing shows that cloudsnap made it
    ");
    let mut options = PlanOptions::new(now());
    options.include_unowned = true;
    let plan = Plan::new(&listing, &rules(&[("keep-last", "1")]), &options).unwrap();
    insta::assert_snapshot!(shown(&plan), @r"
    keep ionos:@d: last snapshot 1
    delete ionos:@c: no rule keeps it
    delete ionos:@b: no rule keeps it
    delete ionos:@a: no rule keeps it
    ");
}

#[test]
fn snapshots_of_unknown_source_or_time_are_skipped() {
    let mut listing = four_days();
    get(&mut listing, "b").source = None;
    get(&mut listing, "a").taken_at = None;
    insta::assert_snapshot!(shown(&plan(&listing, &[("keep-last", "1")])), @r"
    skip ionos:@b: its source is unknown
    keep ionos:@d: last snapshot 1
    delete ionos:@c: no rule keeps it
    skip ionos:@a: the time it was taken is unknown
    ");
}

#[test]
fn nothing_of_a_source_is_deleted_whose_latest_create_is_unverified() {
    let mut listing = four_days();
    listing.snapshots.push(snapshot("y", "dc/other", "2026-03-01T00:00:00Z"));
    listing.snapshots.push(snapshot("z", "dc/other", "2026-03-02T00:00:00Z"));
    listing.unverified_sources.insert("ionos:dc/vol".to_owned());
    insta::assert_snapshot!(shown(&plan(&listing, &[("keep-last", "1")])), @r"
    keep ionos:@z: last snapshot 1
    delete ionos:@y: no rule keeps it
    keep ionos:@d: last snapshot 1
    skip ionos:@c: the latest create of its source is not known to have made an available snapshot
    skip ionos:@b: the latest create of its source is not known to have made an available snapshot
    skip ionos:@a: the latest create of its source is not known to have made an available snapshot
    ");
}

#[test]
fn nothing_is_deleted_where_the_list_was_not_read_to_its_end() {
    let mut listing = four_days();
    listing.accounts.insert(ACCOUNT.to_owned(), ListedAccount { complete: false, can_delete: true });
    let plan = plan(&listing, &[("keep-last", "1")]);
    assert!(plan.entries.iter().all(|entry| entry.reasons == ["the list of account ionos was not read to its end"]));
    assert_eq!(plan.deletions().count(), 0);
}

#[test]
fn an_account_of_which_nothing_is_known_counts_as_not_read() {
    let mut listing = four_days();
    listing.accounts.clear();
    assert_eq!(plan(&listing, &[("keep-last", "1")]).deletions().count(), 0);
}

#[test]
fn what_the_provider_cannot_delete_is_said() {
    let mut listing = four_days();
    listing.accounts.insert(ACCOUNT.to_owned(), ListedAccount { complete: true, can_delete: false });
    insta::assert_snapshot!(shown(&plan(&listing, &[("keep-last", "2")])), @r"
    keep ionos:@d: last snapshot 1
    keep ionos:@c: last snapshot 2
    skip ionos:@b: the provider of account ionos cannot delete snapshots
    skip ionos:@a: the provider of account ionos cannot delete snapshots
    ");
}

#[test]
fn a_snapshot_that_is_listed_again_counts_once_and_one_that_is_listed_differently_is_skipped() {
    let mut listing = four_days();
    let again = get(&mut listing, "d").clone();
    listing.snapshots.push(again);
    insta::assert_snapshot!(shown(&plan(&listing, &[("keep-last", "2")])), @r"
    keep ionos:@d: last snapshot 1
    keep ionos:@c: last snapshot 2
    delete ionos:@b: no rule keeps it
    delete ionos:@a: no rule keeps it
    ");
    let mut otherwise = get(&mut listing, "a").clone();
    otherwise.taken_at = Some(at("2026-01-01T00:00:00Z"));
    listing.snapshots.push(otherwise);
    insta::assert_snapshot!(shown(&plan(&listing, &[("keep-last", "2")])), @r"
    keep ionos:@d: last snapshot 1
    keep ionos:@c: last snapshot 2
    delete ionos:@b: no rule keeps it
    skip ionos:@a: it is listed twice, each time differently
    skip ionos:@a: it is listed twice, each time differently
    ");
}

#[test]
fn of_two_snapshots_of_one_moment_the_one_with_the_smaller_reference_counts_as_the_newer() {
    let same = "2026-03-01T00:00:00Z";
    let listing = listing(["b", "a", "c"].map(|id| snapshot(id, "dc/vol", same)));
    insta::assert_snapshot!(shown(&plan(&listing, &[("keep-last", "1")])), @r"
    keep ionos:@a: last snapshot 1
    delete ionos:@b: no rule keeps it
    delete ionos:@c: no rule keeps it
    ");
}

#[test]
fn rules_that_keep_nothing_are_refused() {
    for off in [rules(&[]), rules(&[("keep-last", "0"), ("keep-daily", "0"), ("keep-within", "0d")])] {
        let error = Plan::new(&four_days(), &off, &PlanOptions::new(now())).unwrap_err();
        assert_eq!(error, PlanError::NothingKept);
        insta::allow_duplicates! {
            insta::assert_snapshot!(error, @"the rules keep nothing; give one that keeps at least one snapshot");
        }
    }
}

#[test]
fn ten_or_a_tenth_of_what_is_listed_may_be_deleted_at_once() {
    for (listed, max_delete) in [(0, 10), (99, 10), (110, 11), (1_009, 100)] {
        let snapshots = (0..listed).map(|number| snapshot(&number.to_string(), "dc/vol", "2026-03-01T00:00:00Z"));
        assert_eq!(plan(&listing(snapshots), &[("keep-last", "1")]).max_delete, max_delete, "{listed}");
    }
}

#[test]
fn a_plan_that_deletes_more_than_it_may_is_made_and_says_so() {
    let mut options = PlanOptions::new(now());
    let three_deletions =
        |options: &PlanOptions| Plan::new(&four_days(), &rules(&[("keep-last", "1")]), options).unwrap();
    options.max_delete = Some(3);
    assert_eq!(three_deletions(&options).check_limit(), Ok(()));
    options.max_delete = Some(2);
    let plan = three_deletions(&options);
    assert_eq!(plan.deletions().count(), 3);
    insta::assert_snapshot!(plan.check_limit().unwrap_err(), @"3 of 4 snapshots would be deleted, and at most 2 may be at once; look through the plan, and raise max-delete where it is right");
}

#[test]
fn a_plan_says_what_it_frees() {
    let mut listing = four_days();
    get(&mut listing, "a").size_bytes = None;
    get(&mut listing, "b").size_bytes = Some(5);
    let plan = plan(&listing, &[("keep-last", "1")]);
    let Freed { snapshots, bytes, unknown_sizes, .. } = plan.freed();
    assert_eq!((snapshots, bytes, unknown_sizes), (3, 1_000_000_005, 1));
}
