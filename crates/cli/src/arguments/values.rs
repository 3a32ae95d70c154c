//! How values on the command line are read.

use std::time::Duration;

use jiff::Timestamp;

use crate::duration;

/// When something ends: after so long, or at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    After(Duration),
    At(Timestamp),
}

impl End {
    /// How long that is from now.
    pub(crate) fn remaining(self) -> Result<Duration, cloudsnap::Error> {
        match self {
            Self::After(duration) => Ok(duration),
            Self::At(at) => Duration::try_from(at.duration_since(Timestamp::now()))
                .ok()
                .filter(|left| !left.is_zero())
                .ok_or_else(|| cloudsnap::Error::invalid_input(format!("{at} has passed"))),
        }
    }
}

pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    duration::parse(text)
}

pub(crate) fn duration_or_zero(text: &str) -> Result<Duration, String> {
    duration::parse_or_zero(text)
}

/// A duration such as `7d`, or an RFC 3339 date such as `2027-01-31T00:00:00Z`.
pub(crate) fn end(text: &str) -> Result<End, String> {
    match text.parse() {
        Ok(at) => Ok(End::At(at)),
        Err(_) => duration(text).map(End::After).map_err(|why| format!("{why}, or as a date: 2027-01-31T00:00:00Z")),
    }
}

/// An end, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NewEnd {
    Never,
    Is(End),
}

/// An end, or `never`.
pub(crate) fn end_or_never(text: &str) -> Result<NewEnd, String> {
    if text == "never" {
        return Ok(NewEnd::Never);
    }
    end(text).map(NewEnd::Is).map_err(|why| format!("{why}, or never"))
}

pub(crate) fn key_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("it is written KEY=VALUE".to_owned()),
    }
}

pub(crate) fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("it takes a number from 1".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_a_duration_or_a_date() {
        assert_eq!(end("1w"), Ok(End::After(Duration::from_secs(7 * 24 * 3600))));
        assert_eq!(end("2027-01-31T00:00:00Z"), Ok(End::At("2027-01-31T00:00:00Z".parse().unwrap())));
        assert!(end("tomorrow").unwrap_err().contains("2027-01-31"));
        assert_eq!(end_or_never("never"), Ok(NewEnd::Never));
        assert!(end_or_never("nevr").unwrap_err().contains("never"));
    }
}
