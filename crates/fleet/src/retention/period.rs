//! The periods that rules count.

use std::fmt;

use jiff::civil::DateTime;

/// A period of the calendar. Periods begin on the hour, at midnight, on Monday, on the first of a month or on 1 January.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Period {
    /// An hour of the clock. An hour that the clocks repeat is one hour, as in restic.
    Hour,
    /// A day.
    Day,
    /// An ISO 8601 week.
    Week,
    /// A month.
    Month,
    /// A year.
    Year,
}

/// What two local times of one period have in common, and no others.
type PeriodKey = (i16, i8, i8, i8);

impl Period {
    /// The period as a rule's name says it: `hourly`, `daily`, `weekly`, `monthly`, `yearly`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hourly",
            Self::Day => "daily",
            Self::Week => "weekly",
            Self::Month => "monthly",
            Self::Year => "yearly",
        }
    }

    pub(super) fn key(self, local: DateTime) -> PeriodKey {
        match self {
            Self::Hour => (local.year(), local.month(), local.day(), local.hour()),
            Self::Day => (local.year(), local.month(), local.day(), 0),
            Self::Week => {
                let week = local.date().iso_week_date();
                (week.year(), week.week(), 0, 0)
            }
            Self::Month => (local.year(), local.month(), 0, 0),
            Self::Year => (local.year(), 0, 0, 0),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
