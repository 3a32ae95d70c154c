//! The arguments of `prune` and `timeline`.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use cloudsnap_fleet::retention::{Count, Rules, Span};
use jiff::tz::TimeZone;

use super::changes::Deadline;
use super::lists::Shown;

/// Delete what no rule keeps, and nothing that is not safe to delete
///
/// The rules mean what restic's mean, and look at each source by itself. Never deleted is the newest snapshot of a source,
/// what is not finished, what nothing shows that cloudsnap made, and anything in a list that was not read to its end.
/// Asks first on a terminal. A script needs --yes.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cloudsnap prune --keep-daily 7 --keep-weekly 4 --dry-run
  cloudsnap prune ionos 'sitehost:web*' --keep-within 14d --keep-monthly 12 --yes
  cloudsnap prune --expired --yes
  cloudsnap prune ionos --keep-last 5 --plan plan.json     # then, once it was read:
  cloudsnap prune --apply plan.json --yes")]
pub(crate) struct Prune {
    /// Accounts, references, names or globs; none given means all accounts that are configured
    #[arg(value_name = "ACCOUNT|SELECTOR", conflicts_with = "apply")]
    pub(crate) of: Vec<String>,
    #[command(flatten)]
    pub(crate) keep: Keep,
    /// Show what would be deleted and kept, and why, and delete nothing
    #[arg(long, help_heading = None)]
    pub(crate) dry_run: bool,
    /// Write the plan into this file, and delete nothing
    #[arg(long, value_name = "FILE", conflicts_with = "apply")]
    pub(crate) plan: Option<PathBuf>,
    /// Carry out the plan of this file, and nothing of it that has changed since
    #[arg(long, value_name = "FILE", conflicts_with = "Keep")]
    pub(crate) apply: Option<PathBuf>,
    /// How many snapshots may be deleted at once; of more, none is [default: 10, or a tenth of what is listed]
    #[arg(long, value_name = "N")]
    pub(crate) max_delete: Option<usize>,
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) deadline: Deadline,
    #[command(flatten)]
    pub(crate) shown: Shown,
}

/// Draw the snapshots of each source over time
///
/// With rules, shows too what `prune` with the same rules would keep and delete. Deletes nothing.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cloudsnap timeline
  cloudsnap timeline ionos --keep-daily 7 --keep-weekly 4
  cloudsnap timeline --keep-within 14d --html timeline.html")]
pub(crate) struct Timeline {
    /// Accounts, references, names or globs; none given means all accounts that are configured
    #[arg(value_name = "ACCOUNT|SELECTOR")]
    pub(crate) of: Vec<String>,
    #[command(flatten)]
    pub(crate) keep: Keep,
    /// Write it into this file instead, as one page for a browser
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

/// What is kept.
#[derive(Args, Clone, Debug)]
#[group(id = "Keep", multiple = true)]
pub(crate) struct Keep {
    /// Keep the newest N snapshots of each source
    #[arg(long, value_name = "N", help_heading = RULES)]
    keep_last: Option<Count>,
    /// Keep the newest of each of the last N hours that have one
    #[arg(long, value_name = "N", help_heading = RULES)]
    keep_hourly: Option<Count>,
    /// Keep the newest of each of the last N days that have one
    #[arg(long, value_name = "N", help_heading = RULES)]
    keep_daily: Option<Count>,
    /// Keep the newest of each of the last N ISO weeks that have one
    #[arg(long, value_name = "N", help_heading = RULES)]
    keep_weekly: Option<Count>,
    /// Keep the newest of each of the last N months that have one
    #[arg(long, value_name = "N", help_heading = RULES)]
    keep_monthly: Option<Count>,
    /// Keep the newest of each of the last N years that have one
    #[arg(long, value_name = "N", help_heading = RULES)]
    keep_yearly: Option<Count>,
    /// Keep all within this span before the newest of the source: 12h, 14d, 8w, 6mo, 2y, or a sum such as 1y2mo
    #[arg(long, value_name = "SPAN", help_heading = RULES)]
    keep_within: Option<Span>,
    /// Keep the newest of each hour within this span before the newest of the source
    #[arg(long, value_name = "SPAN", help_heading = RULES)]
    keep_within_hourly: Option<Span>,
    /// Keep the newest of each day within this span
    #[arg(long, value_name = "SPAN", help_heading = RULES)]
    keep_within_daily: Option<Span>,
    /// Keep the newest of each ISO week within this span
    #[arg(long, value_name = "SPAN", help_heading = RULES)]
    keep_within_weekly: Option<Span>,
    /// Keep the newest of each month within this span
    #[arg(long, value_name = "SPAN", help_heading = RULES)]
    keep_within_monthly: Option<Span>,
    /// Keep the newest of each year within this span
    #[arg(long, value_name = "SPAN", help_heading = RULES)]
    keep_within_yearly: Option<Span>,
    /// Delete what is past its recorded end; the other rules look at the rest, and without any the rest is kept
    #[arg(long, help_heading = RULES)]
    expired: bool,
    /// The time zone in which hours, days, weeks, months and years begin, such as Pacific/Auckland [default: UTC]
    #[arg(long, value_name = "TZ", value_parser = time_zone, help_heading = RULES)]
    pub(crate) time_zone: Option<TimeZone>,
    /// Delete too what nothing shows that cloudsnap made
    #[arg(long, help_heading = RULES)]
    pub(crate) include_unowned: bool,
}

const RULES: &str = "Rules";

impl Keep {
    /// The rules, all that were not given off.
    pub(crate) fn rules(&self) -> Rules {
        let mut rules = Rules::default();
        rules.keep_last = self.keep_last.unwrap_or_default();
        rules.keep_hourly = self.keep_hourly.unwrap_or_default();
        rules.keep_daily = self.keep_daily.unwrap_or_default();
        rules.keep_weekly = self.keep_weekly.unwrap_or_default();
        rules.keep_monthly = self.keep_monthly.unwrap_or_default();
        rules.keep_yearly = self.keep_yearly.unwrap_or_default();
        rules.keep_within = self.keep_within.unwrap_or_default();
        rules.keep_within_hourly = self.keep_within_hourly.unwrap_or_default();
        rules.keep_within_daily = self.keep_within_daily.unwrap_or_default();
        rules.keep_within_weekly = self.keep_within_weekly.unwrap_or_default();
        rules.keep_within_monthly = self.keep_within_monthly.unwrap_or_default();
        rules.keep_within_yearly = self.keep_within_yearly.unwrap_or_default();
        rules.expired = self.expired;
        rules
    }

    /// Whether any rule was given, be it one that keeps nothing.
    pub(crate) fn is_given(&self) -> bool {
        let counts =
            [self.keep_last, self.keep_hourly, self.keep_daily, self.keep_weekly, self.keep_monthly, self.keep_yearly];
        let spans = [
            self.keep_within,
            self.keep_within_hourly,
            self.keep_within_daily,
            self.keep_within_weekly,
            self.keep_within_monthly,
            self.keep_within_yearly,
        ];
        self.expired || counts.iter().any(Option::is_some) || spans.iter().any(Option::is_some)
    }
}

/// The options as they are typed.
impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules = serde_json::to_value(self.rules()).map_err(|_| fmt::Error)?;
        let given = rules.as_object().into_iter().flatten().map(|(name, value)| match value {
            serde_json::Value::Bool(_) => format!("--{name}"),
            serde_json::Value::String(text) => format!("--{name} {text}"),
            number => format!("--{name} {number}"),
        });
        let zone = self.time_zone.as_ref().and_then(|zone| zone.iana_name());
        let zone = zone.map(|zone| format!("--time-zone {zone}"));
        let unowned = self.include_unowned.then(|| "--include-unowned".to_owned());
        f.write_str(&given.chain(zone).chain(unowned).collect::<Vec<_>>().join(" "))
    }
}

fn time_zone(text: &str) -> Result<TimeZone, String> {
    TimeZone::get(text).map_err(|_| "it takes a name such as UTC, Europe/Berlin or Pacific/Auckland".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_zone_has_the_name_of_a_place() {
        assert!(time_zone("Pacific/Auckland").is_ok_and(|zone| zone.iana_name() == Some("Pacific/Auckland")));
        assert!(time_zone("Mars/Olympus").unwrap_err().contains("Europe/Berlin"));
    }
}
