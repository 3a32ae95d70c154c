//! What each rule keeps, and the reasons it gives.

use cloudsnap_fleet::retention::Rules;

use super::common::{at, kept, now, rules, zone};

const A_FORTNIGHT: [&str; 8] = [
    "2025-06-09T02:00:00Z",
    "2025-06-10T02:00:00Z",
    "2025-06-13T02:00:00Z",
    "2025-06-13T20:00:00Z",
    "2025-06-16T02:00:00Z",
    "2025-06-18T02:00:00Z",
    "2025-06-19T02:00:00Z",
    "2025-06-19T20:00:00Z",
];

#[test]
fn keep_last_keeps_the_newest() {
    assert_eq!(
        kept(&rules(&[("keep-last", "2")]), "UTC", &A_FORTNIGHT),
        ["2025-06-19 20:00: last snapshot 1", "2025-06-19 02:00: last snapshot 2"]
    );
}

#[test]
fn keep_daily_keeps_the_newest_of_each_day_that_has_one() {
    assert_eq!(
        kept(&rules(&[("keep-daily", "5")]), "UTC", &A_FORTNIGHT),
        [
            "2025-06-19 20:00: daily snapshot 1",
            "2025-06-18 02:00: daily snapshot 2",
            "2025-06-16 02:00: daily snapshot 3",
            "2025-06-13 20:00: daily snapshot 4",
            "2025-06-10 02:00: daily snapshot 5",
        ]
    );
}

#[test]
fn keep_within_is_measured_from_the_newest_and_leaves_out_its_very_beginning() {
    assert_eq!(
        kept(&rules(&[("keep-within", "3d")]), "UTC", &A_FORTNIGHT),
        ["2025-06-19 20:00: within 3d", "2025-06-19 02:00: within 3d", "2025-06-18 02:00: within 3d"]
    );
    let exactly_a_day = ["2025-06-01T00:00:00Z", "2025-06-02T00:00:00Z"];
    assert_eq!(kept(&rules(&[("keep-within", "1d")]), "UTC", &exactly_a_day), ["2025-06-02 00:00: within 1d"]);
}

#[test]
fn keep_within_daily_keeps_the_newest_of_each_day_in_the_span() {
    assert_eq!(
        kept(&rules(&[("keep-within-daily", "1w")]), "UTC", &A_FORTNIGHT),
        [
            "2025-06-19 20:00: daily within 1w",
            "2025-06-18 02:00: daily within 1w",
            "2025-06-16 02:00: daily within 1w",
            "2025-06-13 20:00: daily within 1w",
        ]
    );
}

#[test]
fn a_snapshot_has_the_reasons_of_all_rules_that_keep_it() {
    let rules = rules(&[
        ("keep-last", "1"),
        ("keep-hourly", "1"),
        ("keep-daily", "2"),
        ("keep-weekly", "2"),
        ("keep-monthly", "1"),
        ("keep-yearly", "1"),
        ("keep-within", "2d"),
        ("keep-within-hourly", "1d"),
        ("keep-within-daily", "1d"),
        ("keep-within-weekly", "1mo"),
        ("keep-within-monthly", "1mo"),
        ("keep-within-yearly", "1mo"),
    ]);
    insta::assert_snapshot!(kept(&rules, "UTC", &A_FORTNIGHT).join("\n"));
}

#[test]
fn a_rule_with_room_left_keeps_the_oldest_too() {
    let taken_at = ["2025-05-01T01:00:00Z", "2025-05-01T02:00:00Z", "2025-05-01T03:00:00Z"];
    for (name, value, oldest) in [
        ("keep-yearly", "2", "oldest yearly snapshot 2"),
        ("keep-monthly", "unlimited", "oldest monthly snapshot 2"),
        ("keep-within-weekly", "1d", "oldest weekly within 1d"),
    ] {
        let kept = kept(&rules(&[(name, value)]), "UTC", &taken_at);
        assert_eq!(kept.len(), 2, "{kept:?}");
        assert_eq!(kept[1], format!("2025-05-01 01:00: {oldest}"));
    }
    // No room is left, or the oldest is out of the span.
    assert_eq!(kept(&rules(&[("keep-yearly", "1")]), "UTC", &taken_at), ["2025-05-01 03:00: yearly snapshot 1"]);
    assert_eq!(kept(&rules(&[("keep-within-weekly", "1h")]), "UTC", &taken_at), ["2025-05-01 03:00: weekly within 1h"]);
}

#[test]
fn weeks_are_iso_weeks_and_belong_to_the_year_of_their_thursday() {
    // 29 December 2024 is the Sunday of week 52; 30 December to 5 January are week 1 of 2025.
    let taken_at = ["2024-12-28T12:00:00Z", "2024-12-29T12:00:00Z", "2024-12-30T12:00:00Z", "2025-01-05T12:00:00Z"];
    assert_eq!(
        kept(&rules(&[("keep-weekly", "2")]), "UTC", &taken_at),
        ["2025-01-05 12:00: weekly snapshot 1", "2024-12-29 12:00: weekly snapshot 2"]
    );
    // 2020 has a week 53, which ends on 3 January 2021.
    let taken_at = ["2020-12-28T00:00:00Z", "2021-01-03T23:59:59Z", "2021-01-04T00:00:00Z"];
    assert_eq!(
        kept(&rules(&[("keep-weekly", "2")]), "UTC", &taken_at),
        ["2021-01-04 00:00: weekly snapshot 1", "2021-01-03 23:59: weekly snapshot 2"]
    );
}

#[test]
fn a_year_ends_at_midnight_of_the_time_zone() {
    let taken_at = ["2025-12-31T10:30:00Z", "2025-12-31T11:30:00Z", "2025-12-31T23:30:00Z"];
    assert_eq!(
        kept(&rules(&[("keep-yearly", "2")]), "UTC", &taken_at),
        ["2025-12-31 23:30: yearly snapshot 1", "2025-12-31 10:30: oldest yearly snapshot 2"]
    );
    assert_eq!(
        kept(&rules(&[("keep-yearly", "2")]), "Pacific/Auckland", &taken_at),
        ["2026-01-01 12:30: yearly snapshot 1", "2025-12-31 23:30: yearly snapshot 2"]
    );
}

#[test]
fn a_leap_day_is_a_day_of_its_own() {
    let taken_at = ["2024-02-28T12:00:00Z", "2024-02-29T06:00:00Z", "2024-02-29T12:00:00Z", "2024-03-01T12:00:00Z"];
    assert_eq!(
        kept(&rules(&[("keep-daily", "3")]), "UTC", &taken_at),
        [
            "2024-03-01 12:00: daily snapshot 1",
            "2024-02-29 12:00: daily snapshot 2",
            "2024-02-28 12:00: daily snapshot 3",
        ]
    );
}

/// As in restic: "31 February" is three days after the end of February, or two in a leap year.
#[test]
fn a_month_before_a_day_that_month_does_not_have_runs_over() {
    for (newest, outside, inside) in [
        ("2025-03-31T12:00:00Z", "2025-03-03T12:00:00Z", "2025-03-03T12:00:01Z"),
        ("2024-03-31T12:00:00Z", "2024-03-02T12:00:00Z", "2024-03-02T12:00:01Z"),
        ("2024-12-31T12:00:00Z", "2024-12-01T12:00:00Z", "2024-12-01T12:00:01Z"),
    ] {
        assert_eq!(kept(&rules(&[("keep-within", "1mo")]), "UTC", &[newest, outside, inside]).len(), 2, "{newest}");
    }
    let leap_day = ["2024-02-29T12:00:00Z", "2023-03-01T12:00:00Z", "2023-03-01T12:00:01Z"];
    assert_eq!(kept(&rules(&[("keep-within", "1y")]), "UTC", &leap_day).len(), 2);
}

/// In Berlin, the clocks go from 02:00 to 03:00 on 30 March 2025 and from 03:00 to 02:00 on 26 October.
#[test]
fn a_day_has_23_or_25_hours_where_the_clocks_change_in_berlin() {
    let daily = rules(&[("keep-daily", "2")]);
    let spring = ["2025-03-29T22:59:59Z", "2025-03-29T23:00:00Z", "2025-03-30T21:59:59Z", "2025-03-30T22:00:00Z"];
    assert_eq!(
        kept(&daily, "Europe/Berlin", &spring),
        ["2025-03-31 00:00: daily snapshot 1", "2025-03-30 23:59: daily snapshot 2"]
    );
    let autumn = ["2025-10-25T21:59:59Z", "2025-10-25T22:00:00Z", "2025-10-26T22:59:59Z", "2025-10-26T23:00:00Z"];
    assert_eq!(
        kept(&daily, "Europe/Berlin", &autumn),
        ["2025-10-27 00:00: daily snapshot 1", "2025-10-26 23:59: daily snapshot 2"]
    );
}

/// In Auckland, the clocks go from 02:00 to 03:00 on 28 September 2025 and from 03:00 to 02:00 on 6 April.
#[test]
fn a_day_has_23_or_25_hours_where_the_clocks_change_in_auckland() {
    let daily = rules(&[("keep-daily", "2")]);
    let spring = ["2025-09-27T11:59:59Z", "2025-09-27T12:00:00Z", "2025-09-28T10:59:59Z", "2025-09-28T11:00:00Z"];
    assert_eq!(
        kept(&daily, "Pacific/Auckland", &spring),
        ["2025-09-29 00:00: daily snapshot 1", "2025-09-28 23:59: daily snapshot 2"]
    );
    let autumn = ["2025-04-05T10:59:59Z", "2025-04-05T11:00:00Z", "2025-04-06T11:59:59Z", "2025-04-06T12:00:00Z"];
    assert_eq!(
        kept(&daily, "Pacific/Auckland", &autumn),
        ["2025-04-07 00:00: daily snapshot 1", "2025-04-06 23:59: daily snapshot 2"]
    );
}

/// As in restic: both passes of the hour from 02:00 are one hour.
#[test]
fn an_hour_that_the_clocks_repeat_is_one_hour() {
    let taken_at = ["2025-10-25T23:30:00Z", "2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z", "2025-10-26T02:30:00Z"];
    assert_eq!(
        kept(&rules(&[("keep-hourly", "3")]), "Europe/Berlin", &taken_at),
        [
            "2025-10-26 03:30: hourly snapshot 1",
            "2025-10-26 02:30: hourly snapshot 2",
            "2025-10-26 01:30: hourly snapshot 3",
        ]
    );
}

#[test]
fn a_day_of_a_span_is_a_day_of_the_calendar_and_an_hour_is_an_hour() {
    // 12:00 in Berlin on both days, with 23 hours between them.
    let taken_at = ["2025-03-29T11:00:00Z", "2025-03-30T10:00:00Z"];
    assert_eq!(kept(&rules(&[("keep-within", "1d")]), "Europe/Berlin", &taken_at).len(), 1);
    assert_eq!(kept(&rules(&[("keep-within", "24h")]), "Europe/Berlin", &taken_at).len(), 2);
    assert_eq!(kept(&rules(&[("keep-within", "1d")]), "UTC", &taken_at).len(), 2);
}

#[test]
fn spans_are_measured_from_the_newest_snapshot_that_is_not_in_the_future() {
    let future = "2099-01-01T00:00:00Z";
    let taken_at = ["2026-03-07T00:00:00Z", "2026-03-09T00:00:00Z", future];
    assert_eq!(
        kept(&rules(&[("keep-within", "1d")]), "UTC", &taken_at),
        ["2099-01-01 00:00: within 1d", "2026-03-09 00:00: within 1d"]
    );
    assert_eq!(kept(&rules(&[("keep-within", "1d")]), "UTC", &[future, "2098-01-01T00:00:00Z"]).len(), 2);
}

/// As in restic. A plan does not delete because of it: it never deletes the newest that is not in the future.
#[test]
fn snapshots_in_the_future_are_counted() {
    let taken_at = ["2026-03-09T00:00:00Z", "2099-01-01T00:00:00Z"];
    assert_eq!(kept(&rules(&[("keep-last", "1")]), "UTC", &taken_at), ["2099-01-01 00:00: last snapshot 1"]);
}

#[test]
fn a_span_that_reaches_before_all_dates_has_no_beginning() {
    for span in ["4294967295y", "4294967295mo", "4294967295w4294967295d", "4294967295h", "12000y"] {
        assert_eq!(kept(&rules(&[("keep-within", span)]), "UTC", &A_FORTNIGHT).len(), A_FORTNIGHT.len(), "{span}");
    }
}

#[test]
fn rules_without_snapshots_and_snapshots_without_rules_give_no_reasons() {
    let all = rules(&[("keep-last", "unlimited"), ("keep-within", "1y"), ("keep-within-daily", "1y")]);
    assert!(all.reasons(&[], &zone("UTC"), now()).is_empty());
    assert_eq!(Rules::default().reasons(&[at("2026-01-01T00:00:00Z")], &zone("UTC"), now()), [vec![]]);
}

#[test]
fn reasons_are_given_in_the_order_of_the_snapshots() {
    let taken_at = [at("2026-01-02T00:00:00Z"), at("2026-01-03T00:00:00Z"), at("2026-01-01T00:00:00Z")];
    let reasons = rules(&[("keep-last", "2")]).reasons(&taken_at, &zone("UTC"), now());
    let words: Vec<String> = reasons.iter().flatten().map(ToString::to_string).collect();
    assert_eq!(words, ["last snapshot 2", "last snapshot 1"]);
    assert_eq!(reasons[0][0].to_restic(), "last snapshot");
}
