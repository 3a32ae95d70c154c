//! How counts and spans are written.

use cloudsnap_fleet::retention::{Count, Rules, Span};
use proptest::prelude::*;

#[test]
fn a_span_is_numbers_with_units_each_at_most_once() {
    for (written, printed, restic) in [
        ("12h", "12h", "12h"),
        ("14d", "14d", "14d"),
        ("8w", "8w", "56d"),
        ("6mo", "6mo", "6m"),
        ("2y", "2y", "2y"),
        ("1y2mo3d", "1y2mo3d", "1y2m3d"),
        ("3d1w2y", "2y1w3d", "2y10d"),
        ("007d", "7d", "7d"),
        ("0h", "0d", ""),
        ("0d5h", "5h", "5h"),
        ("4294967295w4294967295d", "4294967295w4294967295d", "34359738360d"),
    ] {
        let span: Span = written.parse().unwrap();
        assert_eq!((&*span.to_string(), &*span.to_restic()), (printed, restic), "{written}");
    }
}

#[test]
fn what_is_not_a_span_is_refused_with_what_to_write() {
    let errors: Vec<String> =
        ["", "14", "d", "6m", "1y6m", "2d3", "3x", "3D", "1d1d", "-1d", " 1d", "1 d", "9999999999d"]
            .iter()
            .map(|text| text.parse::<Span>().unwrap_err().to_string())
            .collect();
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn a_count_is_a_number_or_unlimited() {
    for (written, count) in [("0", Count::UpTo(0)), ("7", Count::UpTo(7)), ("unlimited", Count::Unlimited)] {
        let parsed: Count = written.parse().unwrap();
        assert_eq!((parsed, &*parsed.to_string()), (count, written));
    }
}

#[test]
fn what_is_not_a_count_is_refused_with_what_to_write() {
    let errors: Vec<String> = ["", "-1", "all", "1.5", "4294967296"]
        .iter()
        .map(|text| text.parse::<Count>().unwrap_err().to_string())
        .collect();
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn rules_are_read_under_the_names_of_the_options() {
    let text = r#"{
        "keep-last": 3, "keep-hourly": "24", "keep-daily": 7, "keep-weekly": 4, "keep-monthly": 12,
        "keep-yearly": "unlimited", "keep-within": "2d", "keep-within-hourly": "3d", "keep-within-daily": "2w",
        "keep-within-weekly": "2mo", "keep-within-monthly": "1y", "keep-within-yearly": "75y", "expired": true
    }"#;
    let rules: Rules = serde_json::from_str(text).unwrap();
    insta::assert_json_snapshot!(rules);
    assert_eq!(serde_json::from_str::<Rules>(&serde_json::to_string(&rules).unwrap()).unwrap(), rules);
}

#[test]
fn rules_that_are_off_are_not_written() {
    let rules: Rules = serde_json::from_str(r#"{"keep-daily": 0, "keep-within": "0d", "expired": false}"#).unwrap();
    assert_eq!(rules, Rules::default());
    assert_eq!(serde_json::to_string(&rules).unwrap(), "{}");
}

#[test]
fn a_wrong_value_of_a_rule_is_refused() {
    let errors: Vec<String> = [
        r#"{"keep-daily": -1}"#,
        r#"{"keep-daily": 1.5}"#,
        r#"{"keep-daily": "many"}"#,
        r#"{"keep-within": 14}"#,
        r#"{"keep-within": "6m"}"#,
    ]
    .iter()
    .map(|text| serde_json::from_str::<Rules>(text).unwrap_err().to_string())
    .collect();
    insta::assert_snapshot!(errors.join("\n"));
}

proptest! {
    #[test]
    fn what_a_span_prints_reads_back_as_the_same_span(numbers in any::<[u32; 5]>(), used in any::<[bool; 5]>()) {
        let parts = numbers.iter().zip(["y", "mo", "w", "d", "h"]).zip(used).filter(|(_, used)| *used);
        let written: String = parts.map(|((number, unit), _)| format!("{number}{unit}")).collect();
        prop_assume!(!written.is_empty());
        let span: Span = written.parse().unwrap();
        prop_assert_eq!(span.to_string().parse::<Span>().unwrap(), span);
    }

    #[test]
    fn any_text_is_a_span_or_refused_in_one_line(text in "[0-9ymodwh \n-]{0,8}|.*") {
        if let Err(error) = text.parse::<Span>() {
            prop_assert_eq!(error.to_string().lines().count(), 1);
        }
        if let Err(error) = text.parse::<Count>() {
            prop_assert_eq!(error.to_string().lines().count(), 1);
        }
    }
}
