//! A provider's time is its own words, and a moment only where that can be told.

use std::fmt::Write as _;

use cloudsnap_core::provider::ProviderTime;
use jiff::tz::TimeZone;
use proptest::prelude::*;

fn auckland() -> TimeZone {
    TimeZone::get("Pacific/Auckland").expect("the system's time zones")
}

#[test]
fn the_table_of_what_is_read_of_what() {
    let inputs = [
        "",
        "   ",
        "0000-00-00",
        "0000-00-00 00:00:00",
        "0000-00-00T00:00:00Z",
        "2026-05-02 13:50:00",
        "2026-05-02T13:50:00",
        " 2026-05-02 13:50:00 ",
        "2026-05-02 13:50:00.125",
        "2026-05-02T13:50:00Z",
        "2026-05-02 13:50:00Z",
        "2026-05-02T13:50:00.5Z",
        "2026-05-02T13:50:00+12:00",
        "2026-05-02T13:50:00-0330",
        "2026-05-02",
        "2026-05-02 13:50",
        "02/05/2026 13:50",
        "1777729800",
        "next Tuesday",
        "2026-13-40 99:99:99",
        "9999-12-31 23:59:59",
        "2026-05-02T13:50:00\n",
        // Auckland, 2026: the clocks go forward on 27 September, 02:00 -> 03:00, and back on 5 April, 03:00 -> 02:00.
        "2026-09-27 01:59:59",
        "2026-09-27 02:30:00",
        "2026-09-27 03:00:00",
        "2026-04-05 01:59:59",
        "2026-04-05 02:30:00",
        "2026-04-05 03:00:00",
    ];
    let mut table = String::new();
    for input in inputs {
        let _ = writeln!(table, "{input:?}");
        for (name, zone) in [("no zone", None), ("UTC", Some(TimeZone::UTC)), ("Auckland", Some(auckland()))] {
            let ProviderTime { at, local } = ProviderTime::read(input, zone.as_ref());
            let at = at.map_or_else(|| "-".to_owned(), |at| at.to_string());
            let _ = writeln!(
                table,
                "  {name:<9}at {at}, local {}",
                local.map_or_else(|| "-".to_owned(), |local| format!("{local:?}"))
            );
        }
    }
    insta::assert_snapshot!(table);
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_fall_over(text in any::<String>(), near in "[0-9T:Z+. -]{0,30}") {
        for text in [text, near] {
            for zone in [None, Some(TimeZone::UTC), Some(auckland())] {
                let time = ProviderTime::read(&text, zone.as_ref());
                prop_assert!(zone.is_some() || !(time.at.is_some() && time.local.is_some()), "a moment was guessed");
            }
        }
    }

    #[test]
    fn a_moment_with_an_offset_is_the_same_in_every_zone(seconds in 0_i64..4_000_000_000) {
        let at = jiff::Timestamp::from_second(seconds).unwrap();
        let read = ProviderTime::read(&at.to_string(), Some(&auckland()));
        prop_assert_eq!(read, ProviderTime { at: Some(at), local: None });
    }
}
