//! How values on the command line are read.

use std::time::Duration;

use cloudsnap_fleet::{End, parse_duration, parse_duration_or_zero};

pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text)
}

pub(crate) fn duration_or_zero(text: &str) -> Result<Duration, String> {
    parse_duration_or_zero(text)
}

pub(crate) fn end(text: &str) -> Result<End, String> {
    text.parse()
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
    fn a_new_end_may_be_never() {
        assert_eq!(end_or_never("never"), Ok(NewEnd::Never));
        assert!(end_or_never("nevr").unwrap_err().contains("never"));
    }
}
