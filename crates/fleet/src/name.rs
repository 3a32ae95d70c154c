//! The name of a new snapshot, from a template.

use std::fmt;
use std::str::FromStr;

use cloudsnap_core::jiff::Timestamp;
use cloudsnap_core::{Error, Result, SourceRef};

/// The placeholders, as `--help` lists them.
const PLACEHOLDERS: [&str; 6] = ["policy", "account", "source", "date", "time", "timestamp"];

/// A template such as `{source}-{date}`. Times are UTC.
///
/// ```
/// use cloudsnap_fleet::NameTemplate;
///
/// let template: NameTemplate = "{policy}-{source}-{date}".parse()?;
/// let name = template.fill(&"ionos:dc1/v1".parse()?, Some("nightly"), "2026-11-21T08:54:33Z".parse()?)?;
/// assert_eq!(name, "nightly-dc1-v1-2026-11-21");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameTemplate {
    written: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Placeholder(&'static str),
}

impl FromStr for NameTemplate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or_else(|| refusal("a '{' in it is not closed"))?;
            let known = PLACEHOLDERS.iter().find(|known| **known == name);
            let unknown = || refusal(&format!("there is no placeholder {{{}}}", name.escape_debug()));
            parts.extend([Part::Text(before.to_owned()), Part::Placeholder(known.ok_or_else(unknown)?)]);
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self { written: text.to_owned(), parts })
    }
}

impl fmt::Display for NameTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl NameTemplate {
    /// The name of a snapshot of this source, made for this policy at this moment.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](cloudsnap_core::ErrorKind::InvalidInput) where the name has the policy's in it and there is none.
    pub fn fill(&self, source: &SourceRef, policy: Option<&str>, at: Timestamp) -> Result<String> {
        self.parts.iter().map(|part| part.fill(source, policy, at)).collect()
    }
}

impl Part {
    fn fill(&self, source: &SourceRef, policy: Option<&str>, at: Timestamp) -> Result<String> {
        Ok(match self {
            Self::Text(text) => text.clone(),
            Self::Placeholder("policy") => policy
                .map(str::to_owned)
                .ok_or_else(|| Error::invalid_input("{policy} is known where a policy is run, and nowhere else"))?,
            Self::Placeholder("account") => source.account().to_owned(),
            Self::Placeholder("source") => source.written_path().replace('/', "-").replace("%2F", "-"),
            Self::Placeholder("date") => at.strftime("%Y-%m-%d").to_string(),
            Self::Placeholder("time") => at.strftime("%H%M%S").to_string(),
            Self::Placeholder(_) => at.strftime("%Y%m%dT%H%M%SZ").to_string(),
        })
    }
}

fn refusal(why: &str) -> String {
    let known = PLACEHOLDERS.map(|name| format!("{{{name}}}")).join(", ");
    format!("{why}; it takes {known}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str, policy: Option<&str>) -> Result<String, String> {
        let source = "ionos:dc-1/vol%2F2".parse().unwrap();
        let at = "2026-11-21T08:54:33Z".parse().unwrap();
        template.parse::<NameTemplate>()?.fill(&source, policy, at).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn fills_in_every_placeholder() {
        let all = filled("{policy} {account} {source} {date} {time} {timestamp}!", Some("nightly")).unwrap();
        assert_eq!(all, "nightly ionos dc-1-vol-2 2026-11-21 085433 20261121T085433Z!");
        assert_eq!(filled("nightly", None).unwrap(), "nightly");
        assert!(filled("{policy}", None).unwrap_err().contains("{policy}"));
    }

    #[test]
    fn refuses_an_unknown_or_unclosed_placeholder_and_lists_the_known() {
        for template in ["{nonesuch}", "{}", "a{date", "{Date}"] {
            assert!(filled(template, None).unwrap_err().contains("{timestamp}"), "{template}");
        }
    }
}
