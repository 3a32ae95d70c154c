//! Durations as people write them: `90s`, `15m`, `3h`, `2d`, `1h30m`.

use std::time::Duration;

use cloudsnap_core::jiff::Timestamp;
use cloudsnap_core::{Error, Result};

const ACCEPTED: &str = "a duration is written 500ms, 90s, 15m, 3h, 2d, 1w, or joined as 1h30m";

/// Reads a duration longer than nothing: `90s`, `15m`, `3h`, `2d`, `1h30m`.
///
/// # Errors
///
/// What is accepted, in words, where the text is none.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let duration = parse_duration_or_zero(text)?;
    if duration.is_zero() {
        return Err(format!("it must be longer than nothing; {ACCEPTED}"));
    }
    Ok(duration)
}

/// Reads a duration that may be nothing.
///
/// # Errors
///
/// What is accepted, in words, where the text is none.
pub fn parse_duration_or_zero(text: &str) -> Result<Duration, String> {
    sum(text.trim()).ok_or_else(|| ACCEPTED.to_owned())
}

fn sum(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() || rest.len() == text.len() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, after) = rest.split_at(digits);
        let unit_ends = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_ends);
        total = total.checked_add(unit_of(unit)?.checked_mul(number.parse().ok()?)?)?;
        rest = after;
    }
    Some(total)
}

fn unit_of(unit: &str) -> Option<Duration> {
    Some(match unit {
        "ms" => Duration::from_millis(1),
        "s" => Duration::from_secs(1),
        "m" => Duration::from_secs(60),
        "h" => Duration::from_secs(3600),
        "d" => Duration::from_secs(24 * 3600),
        "w" => Duration::from_secs(7 * 24 * 3600),
        _ => return None,
    })
}

/// When something ends: after so long, or at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// So long from when it begins.
    After(Duration),
    /// At this moment.
    At(Timestamp),
}

impl End {
    /// How long that is from now.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](cloudsnap_core::ErrorKind::InvalidInput) where the moment has passed.
    pub fn remaining(self) -> Result<Duration> {
        match self {
            Self::After(duration) => Ok(duration),
            Self::At(at) => Duration::try_from(at.duration_since(Timestamp::now()))
                .ok()
                .filter(|left| !left.is_zero())
                .ok_or_else(|| Error::invalid_input(format!("{at} has passed"))),
        }
    }
}

/// A duration such as `7d`, or an RFC 3339 date such as `2027-01-31T00:00:00Z`.
impl std::str::FromStr for End {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(at) => Ok(Self::At(at)),
            Err(_) => parse_duration(text)
                .map(Self::After)
                .map_err(|why| format!("{why}, or as a date: 2027-01-31T00:00:00Z")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("90s", 90_000),
            ("15m", 900_000),
            ("3h", 10_800_000),
            ("2d", 172_800_000),
            ("1h30m", 5_400_000),
            (" 1m1s1ms ", 61_001),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        assert_eq!(parse_duration_or_zero("0s"), Ok(Duration::ZERO));
    }

    #[test]
    fn refuses_the_rest_and_says_what_is_accepted() {
        for text in ["", " ", "0s", "-5s", "5", "s", "5 s", "1.5h", "5x", "5sm", "h3", "99999999999999999999s", "٣s"] {
            assert!(parse_duration(text).is_err_and(|why| why.contains("1h30m")), "{text}");
        }
        assert!(parse_duration(&format!("{}d", u64::MAX)).is_err());
    }

    #[test]
    fn an_end_is_a_duration_or_a_date() {
        assert_eq!("1w".parse(), Ok(End::After(Duration::from_secs(7 * 24 * 3600))));
        assert_eq!("2027-01-31T00:00:00Z".parse(), Ok(End::At("2027-01-31T00:00:00Z".parse().unwrap())));
        assert!("tomorrow".parse::<End>().unwrap_err().contains("2027-01-31"));
    }
}
