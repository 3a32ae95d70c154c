//! Times as providers write them, with and without a zone.
#![no_main]

use cloudsnap_core::provider::ProviderTime;
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let without = ProviderTime::read(text, None);
    for zone in ["Pacific/Auckland", "Asia/Jakarta", "UTC"].map(TimeZone::get).into_iter().flatten() {
        let within = ProviderTime::read(text, Some(&zone));
        assert_eq!(within.local, without.local);
        assert!(without.at.is_none() || within.at == without.at, "a zone moves a time that has one");
    }
});
