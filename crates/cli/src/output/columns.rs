//! The columns of each table, and what people read of single results.

use std::time::Duration;

use cloudsnap::jiff::Timestamp;
use cloudsnap::{Capabilities, Expiry, ProviderOption, RestoreTarget, Snapshot, Source, printable};
use cloudsnap_fleet::Item;
use cloudsnap_fleet::run::FinishedItem;

use super::objects::{
    AccountObject, BuildObject, Checkup, DownloadObject, ImageItem, ImageObject, LabelObject, PastRun, PendingObject,
    ProviderInfo, ScheduleObject, SourceStatus, VersionObject,
};
use super::pruned::PrunedRow;
use super::{Column, Paint, pairs};
use crate::duration;

pub(crate) const ITEMS: &[Column<Item>] = &[
    Column::whole("OF", |item| item.subject.label()),
    Column::word("OUTCOME", |item| item.outcome.as_str().to_owned()),
    Column::whole("SNAPSHOT", |item| item.reference().map(|reference| reference.to_string()).unwrap_or_default()),
    Column::word("STATE", |item| item.snapshot.as_ref().map(|snapshot| snapshot.state.to_string()).unwrap_or_default()),
    Column::short("REQUESTS", |item| item.requests.to_string()),
    Column::short("TIME", |item| duration::print(item.elapsed)),
];

pub(crate) const RUN_ITEMS: &[Column<FinishedItem>] = &[
    Column::whole("OF", |item| item.subject.clone()),
    Column::word("OUTCOME", |item| item.outcome.as_str().to_owned()),
    Column::whole("SNAPSHOT", |item| item.reference().map(|reference| reference.to_string()).unwrap_or_default()),
    Column::word("STATE", |item| item.state().to_owned()),
    Column::short("REQUESTS", |item| item.requests.to_string()),
    Column::short("TIME", |item| duration::print(item.elapsed)),
];

pub(crate) const HISTORY: &[Column<PastRun>] = &[
    Column::whole("RUN", |run| run.run.clone()),
    Column::text("POLICY", |run| run.policy.clone()),
    Column::short("BEGUN", |run| time(Some(run.begun_at), None)),
    Column::short("AGE", |run| age(run.begun_at)),
    Column::short("TOOK", |run| {
        run.elapsed_ms.map(|took| duration::print(Duration::from_millis(took))).unwrap_or_default()
    }),
    Column::word("OUTCOME", |run| run.outcome.clone().unwrap_or_else(|| "not ended".to_owned())),
    Column::short("DONE", |run| run.count(&["created", "adopted", "fresh"]).to_string()),
    Column::short("FAILED", |run| run.count(&["failed"]).to_string()),
    Column::short("OPEN", |run| (run.items.len() - run.count(&["created", "adopted", "fresh", "failed"])).to_string()),
    Column::short("REQUESTS", |run| run.requests.to_string()),
];

pub(crate) const DEMO: &[Column<Item>] = &[
    Column::short("PROVIDER", |item| item.subject.provider.to_owned()),
    Column::whole("SNAPSHOT", |item| item.reference().map(|reference| reference.to_string()).unwrap_or_default()),
    Column::word("STATE", |item| {
        item.snapshot.as_ref().map_or(item.outcome.as_str(), |snapshot| snapshot.state.as_str()).to_owned()
    }),
    Column::short("REQUESTS", |item| item.requests.to_string()),
    Column::short("TIME", |item| duration::print(item.elapsed)),
];

pub(crate) const SNAPSHOTS: &[Column<Snapshot>] = &[
    Column::whole("SNAPSHOT", |snapshot| snapshot.reference().to_string()),
    Column::whole("SOURCE", |snapshot| snapshot.source.as_ref().map(ToString::to_string).unwrap_or_default()),
    Column::word("STATE", state),
    Column::text("NAME", |snapshot| snapshot.name.clone().unwrap_or_default()),
    Column::short("CREATED", |snapshot| time(snapshot.created_at, snapshot.created_text.as_deref())),
    Column::short("AGE", |snapshot| snapshot.created_at.map(age).unwrap_or_default()),
    Column::short("EXPIRES", |snapshot| time(snapshot.expires_at, snapshot.expires_text.as_deref())),
    Column::short("SIZE", |snapshot| snapshot.size_bytes.map(size).unwrap_or_default()),
];

pub(crate) const SOURCES: &[Column<Source>] = &[
    Column::whole("SOURCE", |source| source.reference.to_string()),
    Column::short("KIND", |source| source.kind.to_owned()),
    Column::text("NAME", |source| source.name.clone().unwrap_or_default()),
    Column::short("SIZE", |source| source.size_bytes.map(size).unwrap_or_default()),
    Column::word("STATE", |source| source.state.clone().unwrap_or_default()),
];

pub(crate) const STATUS: &[Column<SourceStatus>] = &[
    Column::whole("SOURCE", |status| status.source.to_string()),
    Column::text("NAME", |status| status.name.clone().unwrap_or_default()),
    Column::whole("NEWEST", |status| {
        status.newest.as_ref().map(|snapshot| snapshot.reference().to_string()).unwrap_or_default()
    }),
    Column::short("AGE", |status| match status.newest.as_ref().map(|snapshot| snapshot.created_at) {
        Some(Some(created)) => age(created),
        Some(None) => "unknown".to_owned(),
        None => "none".to_owned(),
    }),
    Column::short("SNAPSHOTS", |status| status.count.to_string()),
    Column::word("STATUS", |status| if status.overdue { "overdue" } else { "fresh" }.to_owned()),
];

pub(crate) const PRUNED: &[Column<PrunedRow>] = &[
    Column::whole("SNAPSHOT", |row| row.snapshot.reference().to_string()),
    Column::whole("SOURCE", |row| row.snapshot.source.as_ref().map(ToString::to_string).unwrap_or_default()),
    Column::word("DECISION", |row| row.decision.to_owned()),
    Column::text("WHY", |row| row.why.clone()),
    Column::short("AGE", |row| row.snapshot.created_at.map(age).unwrap_or_default()),
    Column::short("SIZE", |row| row.snapshot.size_bytes.map(size).unwrap_or_default()),
];

pub(crate) const PENDING: &[Column<PendingObject>] = &[
    Column::whole("OF", |pending| pending.subject.clone()),
    Column::short("KIND", |pending| pending.kind.clone()),
    Column::short("ACCOUNT", |pending| pending.account.clone()),
    Column::short("AGE", |pending| age(pending.begun_at)),
    Column::word("ANSWERED", |pending| if pending.answered { "yes" } else { "no" }.to_owned()),
    Column::whole("OPERATION", |pending| pending.operation.clone()),
];

pub(crate) const ACCOUNTS: &[Column<AccountObject>] = &[
    Column::short("ACCOUNT", |account| account.account.clone()),
    Column::short("PROVIDER", |account| account.provider.clone()),
    Column::short("HOST", |account| account.host.clone().unwrap_or_default()),
    Column::text("SETTINGS", |account| {
        let settings = account.settings.iter().map(|setting| format!("{} from {}", setting.name, setting.from));
        settings.collect::<Vec<_>>().join(", ")
    }),
    Column::text("WRONG", |account| account.error.as_ref().map(|error| error.message().to_owned()).unwrap_or_default()),
];

pub(crate) const PROVIDERS: &[Column<ProviderInfo>] = &[
    Column::short("PROVIDER", |info| info.provider.to_owned()),
    Column::text("CAN", |info| abilities(&info.capabilities)),
    Column::text("CARRIES", |info| {
        words(&[("name", info.capabilities.name), ("description", info.capabilities.description)])
    }),
    Column::text("EXPIRY", |info| expiry(&info.capabilities)),
    Column::text("RESTORES", |info| restore(&info.capabilities).to_owned()),
];

pub(crate) const CHECKUPS: &[Column<Checkup>] = &[
    Column::short("ACCOUNT", |checkup| checkup.account.clone()),
    Column::short("PROVIDER", |checkup| checkup.provider.clone()),
    Column::word("ACCESS", |checkup| if checkup.access.is_ok() { "ok" } else { "not ok" }.to_owned()),
    Column::text("DETAILS", |checkup| match &checkup.access {
        Ok(access) => [std::slice::from_ref(&access.summary), &access.warnings].concat().join("; "),
        Err(error) => error.kind().to_string(),
    }),
];

pub(crate) const IMAGES: &[Column<ImageObject>] = &[
    Column::whole("CODE", |image| image.code.clone().unwrap_or_default()),
    Column::text("LABEL", |image| image.label.clone().unwrap_or_default()),
    Column::short("ID", |image| image.id.clone().unwrap_or_default()),
    Column::short("VERSION", |image| image.version.clone().unwrap_or_default()),
    Column::short("ADDED (ZONE UNKNOWN)", |image| image.added_text.clone().unwrap_or_default()),
    Column::short("UPDATED (ZONE UNKNOWN)", |image| image.updated_text.clone().unwrap_or_default()),
];

pub(crate) const VERSIONS: &[Column<VersionObject>] = &[
    Column::short("VERSION", |version| version.version.clone().unwrap_or_default()),
    Column::short("BUILD", |version| version.build.clone().unwrap_or_default()),
    Column::word("STATUS", |version| version.status.clone().unwrap_or_default()),
    Column::short("CONTAINERS", |version| version.containers.map(|count| count.to_string()).unwrap_or_default()),
    Column::short("ADDED (ZONE UNKNOWN)", |version| version.added_text.clone().unwrap_or_default()),
];

pub(crate) const LABELS: &[Column<LabelObject>] =
    &[Column::whole("KEY", |label| label.key.clone()), Column::text("VALUE", |label| label.value.clone())];

/// The log as it is, but for what a terminal would obey.
pub(crate) fn build(_: Paint, build: &BuildObject) -> String {
    build.log.lines().map(|line| format!("{}\n", printable(line))).collect()
}

/// The URL alone, for a command that fetches it.
pub(crate) fn download(_: Paint, download: &DownloadObject) -> String {
    format!("{}\n", printable(&download.url))
}

pub(crate) fn image_item(paint: Paint, ImageItem { item, image }: &ImageItem<'_>) -> String {
    let image = image.clone().unwrap_or_default();
    pairs(
        paint,
        [
            ("outcome", item.outcome.as_str().to_owned()),
            ("code", image.code.unwrap_or_default()),
            ("label", image.label.unwrap_or_default()),
            ("id", image.id.unwrap_or_default()),
            ("requests", item.requests.to_string()),
            ("time", duration::print(item.elapsed)),
        ],
    )
}

pub(crate) fn image(paint: Paint, image: &ImageObject) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    pairs(
        paint,
        [
            ("code", text(&image.code)),
            ("label", text(&image.label)),
            ("id", text(&image.id)),
            ("version", text(&image.version)),
            (
                "public",
                image.is_public.map(|is_public| if is_public { "yes" } else { "no" }.to_owned()).unwrap_or_default(),
            ),
            ("added", text(&image.added_text)),
            ("updated", text(&image.updated_text)),
        ],
    )
}

pub(crate) fn snapshot(paint: Paint, snapshot: &Snapshot) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let shared = [
        ("snapshot", snapshot.reference().to_string()),
        ("state", snapshot.state.to_string()),
        ("name", text(&snapshot.name)),
        ("description", text(&snapshot.description)),
        ("source", snapshot.source.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("created", time(snapshot.created_at, snapshot.created_text.as_deref())),
        ("age", snapshot.created_at.map(age).unwrap_or_default()),
        ("expires", time(snapshot.expires_at, snapshot.expires_text.as_deref())),
        ("size", snapshot.size_bytes.map(size).unwrap_or_default()),
    ];
    pairs(paint, shared.into_iter().chain(snapshot.details.iter()))
}

pub(crate) fn schedule(paint: Paint, schedule: &ScheduleObject) -> String {
    let kept = |name, kept: Option<u8>, unit| match kept {
        Some(kept) => format!("kept for {kept} {unit}"),
        None if schedule.not_told.contains(&name) => "not told".to_owned(),
        None => "off".to_owned(),
    };
    pairs(
        paint,
        [
            ("server", schedule.server.clone()),
            ("daily", kept("daily", schedule.daily, "days")),
            ("weekly", kept("weekly", schedule.weekly, "weeks")),
            ("monthly", kept("monthly", schedule.monthly, "months")),
        ],
    )
}

/// The provider's own options, below the table of what each can do.
pub(crate) fn options(providers: &[ProviderInfo]) -> String {
    let of = |call: &str, options: fn(&Capabilities) -> &'static [ProviderOption]| {
        let lines = providers.iter().flat_map(|info| {
            let options = options(&info.capabilities).iter();
            options.map(|option| format!("  {}: {} - {}\n", info.provider, option.name, option.help))
        });
        let lines: String = lines.collect();
        if lines.is_empty() { lines } else { format!("\nOptions for `{call} --option KEY=VALUE`:\n{lines}") }
    };
    of("create", |can| can.create_options)
        + &of("restore", |can| can.restore_options)
        + &of("update", |can| can.update_options)
}

/// The state, and whether the snapshot's end has passed.
fn state(snapshot: &Snapshot) -> String {
    match snapshot.expires_at {
        Some(at) if at <= Timestamp::now() => format!("{}, expired", snapshot.state),
        _ => snapshot.state.to_string(),
    }
}

fn abilities(can: &Capabilities) -> String {
    words(&[
        ("sources", can.list_sources),
        ("list", can.list_snapshots),
        ("show", can.get_snapshot),
        ("create", can.create),
        ("restore", can.restore != RestoreTarget::Unsupported),
        ("delete", can.delete),
        ("rename", can.rename),
        ("change expiry", can.change_expiry),
    ])
}

fn words(words: &[(&str, bool)]) -> String {
    words.iter().filter(|(_, stands)| *stands).map(|(word, _)| *word).collect::<Vec<_>>().join(", ")
}

fn expiry(can: &Capabilities) -> String {
    match can.expiry {
        Expiry::Native { min, max } => {
            format!("by the provider, {} to {} h", min.as_secs() / 3600, max.as_secs() / 3600)
        }
        Expiry::Recorded => "recorded in the description".to_owned(),
        Expiry::Unsupported => "none".to_owned(),
        _ => "see -o json".to_owned(),
    }
}

fn restore(can: &Capabilities) -> &'static str {
    match can.restore {
        RestoreTarget::InPlace => "in place",
        RestoreTarget::InPlaceUnobserved => "in place, end not shown",
        RestoreTarget::Anywhere => "in place or --to",
        RestoreTarget::OntoTarget => "onto --to",
        RestoreTarget::Unsupported => "no",
        _ => "see -o json",
    }
}

pub(crate) fn time(at: Option<Timestamp>, local: Option<&str>) -> String {
    match (at, local) {
        (Some(at), _) => at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        (None, Some(words)) => format!("{words} (zone unknown)"),
        (None, None) => String::new(),
    }
}

/// How long ago something was, in its two largest units.
pub(crate) fn age(at: Timestamp) -> String {
    let since = Timestamp::now().duration_since(at);
    let text = duration::in_two_units(since.unsigned_abs());
    if since.is_negative() { format!("in {text}") } else { text }
}

/// A size as providers count it: a GB is a thousand million bytes.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    let mut unit = 0;
    let mut divisor = 1_u64;
    while bytes / divisor >= 1000 && unit + 1 < UNITS.len() {
        divisor *= 1000;
        unit += 1;
    }
    let tenths = bytes / (divisor / 10).max(1) % 10;
    if unit == 0 || tenths == 0 {
        format!("{} {}", bytes / divisor, UNITS[unit])
    } else {
        format!("{}.{tenths} {}", bytes / divisor, UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use cloudsnap::jiff::SignedDuration;

    use super::*;

    #[test]
    fn sizes_are_as_the_provider_counts() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1 kB"),
            (1500, "1.5 kB"),
            (100_000_000_000, "100 GB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn times_without_a_zone_say_so() {
        assert_eq!(time(None, Some("2026-05-02 13:50:00")), "2026-05-02 13:50:00 (zone unknown)");
        let at = "2026-05-02T01:50:00Z".parse().unwrap();
        assert_eq!(time(Some(at), Some("2026-05-02 13:50:00")), "2026-05-02 01:50:00Z");
    }

    #[test]
    fn what_lies_ahead_has_a_negative_age() {
        let hour = SignedDuration::from_secs(3601);
        assert_eq!(age(Timestamp::now() + hour), "in 1h 0m");
        assert_eq!(age(Timestamp::now() - hour), "1h 0m");
    }
}
