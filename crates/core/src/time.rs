//! Times as providers write them, often without a zone.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Disambiguation, TimeZone};

/// A provider's time: its own words, and the moment where that can be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderTime {
    /// The moment, where the words carry an offset or a zone was given for them.
    pub at: Option<Timestamp>,
    /// The words, where they carry no offset.
    pub local: Option<String>,
}

impl ProviderTime {
    /// Reads `2026-05-02 13:50:00`, with `T`, a fraction, `Z` or an offset where they stand. An empty text and the zero
    /// date mean "not yet". Words without an offset are kept, and are a moment only in a `zone`.
    #[must_use]
    pub fn read(text: &str, zone: Option<&TimeZone>) -> Self {
        let text = text.trim();
        if text.is_empty() || text.starts_with("0000-00-00") {
            return Self::default();
        }
        if let Ok(at) = text.parse::<Timestamp>() {
            return Self { at: Some(at), local: None };
        }
        let at = zone.zip(text.parse::<DateTime>().ok()).and_then(|(zone, local)| {
            // Of the two readings of an hour that the clocks repeat, the earlier; the words stay beside it.
            zone.to_ambiguous_timestamp(local).disambiguate(Disambiguation::Compatible).ok()
        });
        Self { at, local: Some(text.to_owned()) }
    }
}
