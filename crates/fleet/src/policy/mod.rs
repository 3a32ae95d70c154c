//! Policy files: what is snapshotted, how, and for how long it is kept.
//!
//! Parsing reads no file and no network. All faults of a file are told together, each with its line and column.

mod document;
mod keys;

use std::time::Duration;

use cloudsnap_core::{Error, Secret, Source, SourceRef};
use jiff::tz::TimeZone;

use crate::duration::End;
use crate::name::NameTemplate;
use crate::retention::{Count, Rules, Span};
use crate::selection::Selector;

/// What a policy file says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Policy {
    /// Its name, of `a` to `z`, `0` to `9` and `-`.
    pub name: String,
    /// What is snapshotted.
    pub sources: Vec<Selector>,
    /// What is left out.
    pub exclude: Vec<Selector>,
    /// How many exchanges may be under way at an account. 16 by default.
    pub concurrency: usize,
    /// What is run before, after and in between.
    pub hooks: Hooks,
    defaults: Vec<Setting>,
    overrides: Vec<Override>,
}

/// What is run around a run. A command is a program and its arguments; there is no shell.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Hooks {
    /// Run before anything is created. Where it fails, nothing is.
    pub before: Option<Vec<String>>,
    /// Run once `before` was begun, however it and the creates ended.
    pub after: Option<Vec<String>>,
    /// Run where the run ended badly.
    pub on_failure: Option<Vec<String>>,
    /// Asked for at the end of a run. Whoever knows it can ask too, so that it is not printed.
    pub ping: Option<Secret>,
    /// How long each command may take. Five minutes by default.
    pub timeout: Duration,
}

impl Default for Hooks {
    fn default() -> Self {
        let (before, after, on_failure, ping) = (None, None, None, None);
        Self { before, after, on_failure, ping, timeout: Duration::from_secs(5 * 60) }
    }
}

/// How one source is snapshotted.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SourceSettings {
    /// The snapshot's name.
    pub snapshot_name: Option<NameTemplate>,
    /// When the snapshot ends, where that can be kept.
    pub expires: Option<End>,
    /// A snapshot is only made where the newest finished one is older.
    pub if_older_than: Option<Duration>,
    /// How long the create may take, its wait included. An hour by default.
    pub timeout: Duration,
    /// Which of its snapshots are kept; `None` keeps all.
    pub retention: Option<Retention>,
}

impl Default for SourceSettings {
    fn default() -> Self {
        let (snapshot_name, expires, if_older_than, retention) = (None, None, None, None);
        Self { snapshot_name, expires, if_older_than, timeout: Duration::from_secs(3600), retention }
    }
}

/// Which snapshots of a source are kept, as the options of `prune` say it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Retention {
    /// What is kept.
    pub rules: Rules,
    /// The time zone in which hours, days, weeks, months and years begin. UTC by default.
    pub time_zone: TimeZone,
    /// How many snapshots may be deleted at once.
    pub max_delete: Option<usize>,
    /// Whether snapshots count that are not known to be made by cloudsnap.
    pub include_unowned: bool,
}

impl Default for Retention {
    fn default() -> Self {
        Self { rules: Rules::default(), time_zone: TimeZone::UTC, max_delete: None, include_unowned: false }
    }
}

impl Retention {
    /// Whether a plan can be made with it: it keeps something, or deletes no more than what is past its end.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.rules.keeps_something() || self.rules.expired
    }
}

/// One key of a source's settings, with its value.
#[derive(Clone, Debug)]
enum Setting {
    SnapshotName(NameTemplate),
    Expires(End),
    IfOlderThan(Duration),
    Timeout(Duration),
    KeepCount(fn(&mut Rules) -> &mut Count, Count),
    KeepSpan(fn(&mut Rules) -> &mut Span, Span),
    Expired(bool),
    TimeZone(TimeZone),
    MaxDelete(usize),
    IncludeUnowned(bool),
}

impl Setting {
    fn apply(&self, settings: &mut SourceSettings) {
        match self {
            Self::SnapshotName(name) => settings.snapshot_name = Some(name.clone()),
            Self::Expires(end) => settings.expires = Some(*end),
            Self::IfOlderThan(age) => settings.if_older_than = Some(*age),
            Self::Timeout(timeout) => settings.timeout = *timeout,
            of_retention => of_retention.apply_to_retention(settings.retention.get_or_insert_default()),
        }
    }

    fn apply_to_retention(&self, retention: &mut Retention) {
        match self {
            Self::KeepCount(rule, count) => *rule(&mut retention.rules) = *count,
            Self::KeepSpan(rule, span) => *rule(&mut retention.rules) = *span,
            Self::Expired(expired) => retention.rules.expired = *expired,
            Self::TimeZone(zone) => retention.time_zone = zone.clone(),
            Self::MaxDelete(number) => retention.max_delete = Some(*number),
            Self::IncludeUnowned(include) => retention.include_unowned = *include,
            _ => {}
        }
    }
}

/// Other settings for some sources.
#[derive(Clone, Debug)]
struct Override {
    sources: Vec<Selector>,
    settings: Vec<Setting>,
}

impl Policy {
    /// Reads a policy; `file` is how errors call it.
    ///
    /// ```
    /// let text = "name = \"nightly\"\nsources = [\"ionos:*\"]\nif_older_then = \"20h\"\n";
    /// let errors = cloudsnap_fleet::Policy::parse(text, "nightly.toml").unwrap_err();
    /// assert_eq!(errors[0].message(), "nightly.toml:3:1: there is no key 'if_older_then'; the nearest is 'if-older-than'");
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](cloudsnap_core::ErrorKind::Config) for each fault, in the file's order.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<Error>> {
        document::read(text, file)
    }

    /// How a source is snapshotted, of which more than the reference may be known: for each key, what the last override
    /// says that fits the source and has the key.
    #[must_use]
    pub fn settings_of(&self, source: &SourceRef, details: Option<&Source>) -> SourceSettings {
        let fitting = self
            .overrides
            .iter()
            .filter(|other| other.sources.iter().any(|selector| selector.means(source, details)))
            .flat_map(|other| &other.settings);
        applied(self.defaults.iter().chain(fitting))
    }

    /// What overrides and exclusions are told by: where one of them needs to know the sources, so does the policy.
    pub fn other_selectors(&self) -> impl Iterator<Item = &Selector> {
        self.exclude.iter().chain(self.overrides.iter().flat_map(|other| &other.sources))
    }

    /// Whether there may be something to prune.
    #[must_use]
    pub fn has_retention(&self) -> bool {
        let of_overrides = self.overrides.iter().flat_map(|other| &other.settings);
        applied(self.defaults.iter().chain(of_overrides)).retention.is_some()
    }
}

fn applied<'s>(settings: impl Iterator<Item = &'s Setting>) -> SourceSettings {
    let mut all = SourceSettings::default();
    settings.for_each(|setting| setting.apply(&mut all));
    all
}

#[cfg(test)]
mod tests;
