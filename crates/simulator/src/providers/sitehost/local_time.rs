use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What stands where there is no date.
pub(super) const ZERO_DATE: &str = "0000-00-00 00:00:00";

/// The service's times have no zone; those of snapshots read as New Zealand's.
pub(super) struct LocalTime(TimeZone);

impl LocalTime {
    pub(super) fn of_auckland() -> Self {
        // Spelled out, because a test machine need not have a time zone database.
        Self(TimeZone::posix("NZST-12NZDT,M9.5.0,M4.1.0/3").unwrap_or(TimeZone::UTC))
    }

    pub(super) fn print(&self, wall: Timestamp) -> String {
        self.format(wall, "%Y-%m-%d %H:%M:%S")
    }

    pub(super) fn format(&self, wall: Timestamp, format: &str) -> String {
        wall.to_zoned(self.0.clone()).strftime(format).to_string()
    }
}
