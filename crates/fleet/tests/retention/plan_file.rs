//! A plan, written and read again.

use cloudsnap_fleet::retention::{Plan, PlanOptions};
use jiff::tz::{TimeZone, offset};

use super::common::{at, four_days, get, now, plan, rules, zone};

fn written(plan: &Plan) -> String {
    serde_json::to_string_pretty(plan).unwrap()
}

#[test]
fn a_plan_is_written_with_all_that_it_rests_on() {
    let mut listing = four_days();
    get(&mut listing, "a").source = None;
    get(&mut listing, "a").taken_at = None;
    get(&mut listing, "a").state = "in_use".into();
    get(&mut listing, "b").expires_at = Some(at("2026-04-01T00:00:00Z"));
    get(&mut listing, "b").size_bytes = None;
    let mut options = PlanOptions::new(now());
    options.time_zone = zone("Pacific/Auckland");
    options.max_delete = Some(20);
    let plan = Plan::new(&listing, &rules(&[("keep-last", "1"), ("keep-within-daily", "1w")]), &options).unwrap();
    insta::with_settings!({ filters => vec![(r#""tool": "cloudsnap [0-9.]+""#, r#""tool": "cloudsnap VERSION""#)] }, {
        insta::assert_snapshot!(written(&plan));
    });
}

#[test]
fn a_plan_that_is_read_is_the_plan_that_was_written() {
    let mut options = PlanOptions::new(now());
    for time_zone in [TimeZone::UTC, zone("Europe/Berlin"), TimeZone::fixed(offset(-3))] {
        options.time_zone = time_zone;
        let plan = Plan::new(&four_days(), &rules(&[("keep-daily", "2")]), &options).unwrap();
        let read: Plan = serde_json::from_str(&written(&plan)).unwrap();
        assert_eq!(read, plan);
        assert_eq!(written(&read), written(&plan));
    }
}

#[test]
fn a_plan_of_another_format_is_refused() {
    let written = written(&plan(&four_days(), &[("keep-last", "1")]));
    let other = written.replacen(r#""format": 1"#, r#""format": 2"#, 1);
    let error = serde_json::from_str::<Plan>(&other).unwrap_err();
    insta::assert_snapshot!(error, @"the plan has format 2, and this version of cloudsnap reads format 1; make the plan anew at line 2 column 13");
}

#[test]
fn half_a_plan_and_a_decision_that_there_is_not_are_refused() {
    let written = written(&plan(&four_days(), &[("keep-last", "1")]));
    assert!(serde_json::from_str::<Plan>(&written[..written.len() / 2]).is_err());
    assert!(
        serde_json::from_str::<Plan>(&written.replacen(r#""decision": "keep""#, r#""decision": "destroy""#, 1))
            .is_err()
    );
    assert!(serde_json::from_str::<Plan>("{}").is_err());
}
