//! The keys of a policy file.

use crate::retention::{Count, Rules, Span};

/// A table of the file, and what may stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Top,
    Retention,
    Hooks,
    Override,
}

impl Place {
    const ALL: [Self; 4] = [Self::Top, Self::Retention, Self::Hooks, Self::Override];

    pub(super) const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Top => &[
                "name",
                "sources",
                "exclude",
                "snapshot-name",
                "expires",
                "if-older-than",
                "timeout",
                "concurrency",
                "retention",
                "hooks",
                "override",
            ],
            Self::Retention => &[
                "keep-last",
                "keep-hourly",
                "keep-daily",
                "keep-weekly",
                "keep-monthly",
                "keep-yearly",
                "keep-within",
                "keep-within-hourly",
                "keep-within-daily",
                "keep-within-weekly",
                "keep-within-monthly",
                "keep-within-yearly",
                "expired",
                "time-zone",
                "max-delete",
                "include-unowned",
            ],
            Self::Hooks => &["before", "after", "on-failure", "ping", "hook-timeout"],
            Self::Override => &["sources", "snapshot-name", "expires", "if-older-than", "timeout", "retention"],
        }
    }

    /// The key of this name, with dashes.
    pub(super) fn key(self, written: &str) -> Option<&'static str> {
        let dashed = written.replace('_', "-");
        self.keys().iter().find(|key| **key == dashed).copied()
    }

    /// What is wrong with a key that does not stand here.
    pub(super) fn refusal(self, written: &str) -> String {
        let elsewhere = Self::ALL.into_iter().find(|place| place.key(written).is_some());
        match elsewhere {
            Some(place) => format!("'{}' stands {}, not {}", written.escape_debug(), place.name(), self.name()),
            None => format!("there is no key '{}'; the nearest is '{}'", written.escape_debug(), self.nearest(written)),
        }
    }

    fn nearest(self, written: &str) -> &'static str {
        let dashed = written.replace('_', "-").to_lowercase();
        let likeness = |key: &&&str| strsim::jaro_winkler(key, &dashed);
        let nearest = self.keys().iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        nearest.copied().unwrap_or_default()
    }

    fn name(self) -> &'static str {
        match self {
            Self::Top => "at the top of the file",
            Self::Retention => "in [retention]",
            Self::Hooks => "in [hooks]",
            Self::Override => "in [[override]]",
        }
    }
}

/// The rule that a key of `[retention]` with a count is.
pub(super) fn count_rule(key: &str) -> Option<fn(&mut Rules) -> &mut Count> {
    Some(match key {
        "keep-last" => |rules| &mut rules.keep_last,
        "keep-hourly" => |rules| &mut rules.keep_hourly,
        "keep-daily" => |rules| &mut rules.keep_daily,
        "keep-weekly" => |rules| &mut rules.keep_weekly,
        "keep-monthly" => |rules| &mut rules.keep_monthly,
        "keep-yearly" => |rules| &mut rules.keep_yearly,
        _ => return None,
    })
}

/// The rule that a key of `[retention]` with a span is.
pub(super) fn span_rule(key: &str) -> Option<fn(&mut Rules) -> &mut Span> {
    Some(match key {
        "keep-within" => |rules| &mut rules.keep_within,
        "keep-within-hourly" => |rules| &mut rules.keep_within_hourly,
        "keep-within-daily" => |rules| &mut rules.keep_within_daily,
        "keep-within-weekly" => |rules| &mut rules.keep_within_weekly,
        "keep-within-monthly" => |rules| &mut rules.keep_within_monthly,
        "keep-within-yearly" => |rules| &mut rules.keep_within_yearly,
        _ => return None,
    })
}
