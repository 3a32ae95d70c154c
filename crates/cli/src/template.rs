//! The name of a new snapshot, from a template.

use cloudsnap::{Error, Result, SourceRef};
use jiff::Timestamp;

/// The placeholders, as `--help` lists them.
const PLACEHOLDERS: &str = "{account}, {source}, {date}, {time}, {timestamp}";

/// Fills in a template such as `{source}-{date}`. Times are UTC.
pub(crate) fn fill(template: &str, source: &SourceRef, now: Timestamp) -> Result<String> {
    let mut name = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (placeholder, after) = after.split_once('}').ok_or_else(|| refuse("a '{' in it is not closed"))?;
        name.push_str(before);
        name.push_str(&value(placeholder, source, now)?);
        rest = after;
    }
    name.push_str(rest);
    Ok(name)
}

fn value(placeholder: &str, source: &SourceRef, now: Timestamp) -> Result<String> {
    Ok(match placeholder {
        "account" => source.account().to_owned(),
        "source" => source.written_path().replace('/', "-").replace("%2F", "-"),
        "date" => now.strftime("%Y-%m-%d").to_string(),
        "time" => now.strftime("%H%M%S").to_string(),
        "timestamp" => now.strftime("%Y%m%dT%H%M%SZ").to_string(),
        other => return Err(refuse(&format!("there is no placeholder {{{}}}", other.escape_debug()))),
    })
}

fn refuse(why: &str) -> Error {
    Error::invalid_input(format!("--name: {why}; it takes {PLACEHOLDERS}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str) -> Result<String> {
        let now = "2026-11-21T08:54:33Z".parse().unwrap();
        fill(template, &"ionos:dc-1/vol%2F2".parse().unwrap(), now)
    }

    #[test]
    fn fills_in_every_placeholder() {
        let all = filled("{account} {source} {date} {time} {timestamp}!").unwrap();
        assert_eq!(all, "ionos dc-1-vol-2 2026-11-21 085433 20261121T085433Z!");
        assert_eq!(filled("nightly").unwrap(), "nightly");
    }

    #[test]
    fn refuses_an_unknown_or_unclosed_placeholder_and_lists_the_known() {
        for template in ["{nonesuch}", "{}", "a{date", "{Date}"] {
            let error = filled(template).unwrap_err();
            assert!(error.to_string().contains("{timestamp}"), "{template}: {error}");
        }
    }
}
