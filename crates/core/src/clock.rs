//! The provider's clock, as far as its answers tell.

use std::sync::{Mutex, PoisonError};

use http::HeaderValue;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// By how much the provider's clock is ahead of this machine's: some duration between two bounds.
///
/// Every filter by time, and every comparison with a time that the provider wrote, goes by it: this machine's clock may
/// be wrong by days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockOffset {
    min_ms: i64,
    max_ms: i64,
}

impl ClockOffset {
    /// Of a provider that does not tell its time: that the two clocks differ by a minute at most.
    pub(crate) const ASSUMED: Self = Self { min_ms: -60_000, max_ms: 60_000 };

    /// The offset that a `Date` header shows. It is cut to the second, and was written while the request was under way.
    fn of(date: Timestamp, sent: Timestamp, received: Timestamp) -> Self {
        let min_ms = date.as_millisecond().saturating_sub(received.as_millisecond());
        let max_ms = date.as_millisecond().saturating_add(1000).saturating_sub(sent.as_millisecond());
        Self { min_ms, max_ms: max_ms.max(min_ms) }
    }

    /// What both observations allow; the newer one where they exclude each other, since a clock was set.
    fn narrowed_by(self, newer: Self) -> Self {
        let both = Self { min_ms: self.min_ms.max(newer.min_ms), max_ms: self.max_ms.min(newer.max_ms) };
        if both.min_ms <= both.max_ms { both } else { newer }
    }

    /// The earliest that the provider's clock can show at this moment of this machine's clock.
    #[must_use]
    pub fn earliest(self, at: Timestamp) -> Timestamp {
        shifted(at, self.min_ms)
    }

    /// The latest that the provider's clock can show at this moment of this machine's clock.
    #[must_use]
    pub fn latest(self, at: Timestamp) -> Timestamp {
        shifted(at, self.max_ms)
    }
}

/// Far beyond what a date can say, it is the first or the last date.
fn shifted(at: Timestamp, milliseconds: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_millis(milliseconds)).unwrap_or(at)
}

/// Learns the offset from the answers of one provider.
#[derive(Debug, Default)]
pub(crate) struct ProviderClock(Mutex<Observed>);

#[derive(Debug, Default)]
struct Observed {
    /// The header that was read last: most answers come within one second of another.
    date: Option<HeaderValue>,
    offset: Option<ClockOffset>,
}

impl ProviderClock {
    pub(crate) fn observe(&self, date: Option<&HeaderValue>, sent: Timestamp) {
        let Some(date) = date else { return };
        let mut observed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if observed.date.as_ref() == Some(date) {
            return;
        }
        let Some(at) = date.to_str().ok().and_then(|text| jiff::fmt::rfc2822::parse(text).ok()) else { return };
        let offset = ClockOffset::of(at.timestamp(), sent, Timestamp::now());
        observed.date = Some(date.clone());
        observed.offset = Some(observed.offset.map_or(offset, |before| before.narrowed_by(offset)));
    }

    pub(crate) fn offset(&self) -> Option<ClockOffset> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn observed(dates: &[(&'static str, &str)]) -> ClockOffset {
        let clock = ProviderClock::default();
        let now = Timestamp::now();
        for (date, ahead) in dates {
            clock.observe(Some(&HeaderValue::from_static(date)), now);
            assert!(clock.offset().is_some(), "{ahead}");
        }
        clock.offset().unwrap()
    }

    #[test]
    fn an_answer_bounds_the_offset_by_a_second_and_the_exchange() {
        let offset =
            ClockOffset::of(at("2026-01-01T00:00:05Z"), at("2026-01-01T00:00:00Z"), at("2026-01-01T00:00:01Z"));
        assert_eq!(offset, ClockOffset { min_ms: 4_000, max_ms: 6_000 });
        let now = at("2026-02-01T00:00:00Z");
        assert_eq!(
            (offset.earliest(now), offset.latest(now)),
            (at("2026-02-01T00:00:04Z"), at("2026-02-01T00:00:06Z"))
        );
    }

    #[test]
    fn answers_narrow_it_and_a_clock_that_was_set_begins_anew() {
        let (wide, narrow) = (ClockOffset { min_ms: 0, max_ms: 1000 }, ClockOffset { min_ms: 900, max_ms: 1900 });
        assert_eq!(wide.narrowed_by(narrow), ClockOffset { min_ms: 900, max_ms: 1000 });
        let set = ClockOffset { min_ms: 90_000, max_ms: 91_000 };
        assert_eq!(wide.narrowed_by(set), set);
    }

    #[test]
    fn a_date_header_is_read_and_nonsense_is_not() {
        let clock = ProviderClock::default();
        clock.observe(Some(&HeaderValue::from_static("yesterday")), Timestamp::now());
        clock.observe(None, Timestamp::now());
        assert_eq!(clock.offset(), None);
        let offset = observed(&[("Sat, 01 Jan 2000 00:00:00 GMT", "in the past")]);
        assert!(offset.latest(Timestamp::now()) < at("2000-01-02T00:00:00Z"));
    }

    #[test]
    fn no_moment_is_too_far_away() {
        let offset = ClockOffset { min_ms: i64::MIN, max_ms: i64::MAX };
        assert_eq!(offset.earliest(Timestamp::MIN), Timestamp::MIN);
        assert_eq!(offset.latest(Timestamp::MAX), Timestamp::MAX);
    }
}
