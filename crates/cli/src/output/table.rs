//! Results for people.

use cloudsnap::{Capabilities, Expiry, RestoreTarget, Snapshot, Source, printable};
use cloudsnap_fleet::Item;
use comfy_table::{Table, presets};
use jiff::Timestamp;

use super::Paint;
use crate::commands::{Checkup, ImageItem, ImageObject, ProviderInfo, ScheduleObject};
use crate::duration;

pub(crate) fn items(paint: Paint, items: &[Item]) -> String {
    let rows = items.iter().map(|item| {
        vec![
            item.subject.label(),
            item.outcome.as_str().to_owned(),
            item.reference().map(|reference| reference.to_string()).unwrap_or_default(),
            item.snapshot.as_ref().map(|snapshot| snapshot.state.to_string()).unwrap_or_default(),
            item.requests.to_string(),
            duration::print(item.elapsed),
        ]
    });
    render(paint, ["OF", "OUTCOME", "SNAPSHOT", "STATE", "REQUESTS", "TIME"], rows)
}

pub(crate) fn demo(paint: Paint, items: &[Item]) -> String {
    let rows = items.iter().map(|item| {
        vec![
            item.subject.source.as_ref().map(|source| source.account().to_owned()).unwrap_or_default(),
            item.reference().map(|reference| reference.to_string()).unwrap_or_default(),
            item.snapshot.as_ref().map_or(item.outcome.as_str(), |snapshot| snapshot.state.as_str()).to_owned(),
            item.requests.to_string(),
            duration::print(item.elapsed),
        ]
    });
    render(paint, ["PROVIDER", "SNAPSHOT", "STATE", "REQUESTS", "TIME"], rows)
}

pub(crate) fn snapshots(paint: Paint, snapshots: &[Snapshot]) -> String {
    let rows = snapshots.iter().map(|snapshot| {
        vec![
            snapshot.reference().to_string(),
            snapshot.state.to_string(),
            snapshot.name.clone().unwrap_or_default(),
            time(snapshot.created_at, snapshot.created_text.as_deref()),
            time(snapshot.expires_at, snapshot.expires_text.as_deref()),
            snapshot.size_bytes.map(size).unwrap_or_default(),
        ]
    });
    render(paint, ["SNAPSHOT", "STATE", "NAME", "CREATED", "EXPIRES", "SIZE"], rows)
}

pub(crate) fn snapshot(paint: Paint, snapshot: &Snapshot) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let source = snapshot.source.as_ref().map(ToString::to_string);
    pairs(
        paint,
        [
            ("snapshot", snapshot.reference().to_string()),
            ("state", snapshot.state.to_string()),
            ("name", text(&snapshot.name)),
            ("description", text(&snapshot.description)),
            ("source", text(&source)),
            ("created", time(snapshot.created_at, snapshot.created_text.as_deref())),
            ("expires", time(snapshot.expires_at, snapshot.expires_text.as_deref())),
            ("size", snapshot.size_bytes.map(size).unwrap_or_default()),
        ],
    )
}

pub(crate) fn sources(paint: Paint, sources: &[Source]) -> String {
    let rows = sources.iter().map(|source| {
        vec![
            source.reference.to_string(),
            source.kind.to_owned(),
            source.name.clone().unwrap_or_default(),
            source.size_bytes.map(size).unwrap_or_default(),
            source.state.clone().unwrap_or_default(),
        ]
    });
    render(paint, ["SOURCE", "KIND", "NAME", "SIZE", "STATE"], rows)
}

pub(crate) fn providers(paint: Paint, providers: &[ProviderInfo]) -> String {
    let rows = providers.iter().map(|ProviderInfo { provider, capabilities: can }| {
        vec![
            (*provider).to_owned(),
            words(&[
                ("sources", can.list_sources),
                ("list", can.list_snapshots),
                ("show", can.get_snapshot),
                ("create", can.create),
                ("restore", can.restore != RestoreTarget::Unsupported),
                ("delete", can.delete),
                ("rename", can.rename),
                ("change expiry", can.change_expiry),
            ]),
            words(&[("name", can.name), ("description", can.description)]),
            expiry(can),
            restore(can).to_owned(),
        ]
    });
    let table = render(paint, ["PROVIDER", "CAN", "CARRIES", "EXPIRY", "RESTORES"], rows);
    format!("{table}{}", create_options(providers))
}

fn create_options(providers: &[ProviderInfo]) -> String {
    let options = providers.iter().flat_map(|info| {
        let options = info.capabilities.create_options.iter();
        options.map(|option| format!("  {}: {} - {}\n", info.provider, option.name, option.help))
    });
    let lines: String = options.collect();
    if lines.is_empty() { lines } else { format!("\nOptions for `create --option KEY=VALUE`:\n{lines}") }
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

pub(crate) fn checkups(paint: Paint, checkups: &[Checkup]) -> String {
    let rows = checkups.iter().map(|checkup| {
        let said = match &checkup.access {
            Ok(access) => [std::slice::from_ref(&access.summary), &access.warnings].concat().join("; "),
            Err(error) => error.kind().to_string(),
        };
        let verdict = if checkup.access.is_ok() { "ok" } else { "not ok" };
        vec![checkup.account.clone(), checkup.provider.clone(), verdict.to_owned(), said]
    });
    render(paint, ["ACCOUNT", "PROVIDER", "ACCESS", "DETAILS"], rows)
}

pub(crate) fn image_item(paint: Paint, ImageItem { item, image }: &ImageItem<'_>) -> String {
    let image = image.clone().unwrap_or_default();
    let row = vec![
        item.outcome.as_str().to_owned(),
        image.code.unwrap_or_default(),
        image.label.unwrap_or_default(),
        image.id.unwrap_or_default(),
        item.requests.to_string(),
        duration::print(item.elapsed),
    ];
    render(paint, ["OUTCOME", "CODE", "LABEL", "ID", "REQUESTS", "TIME"], [row])
}

pub(crate) fn images(paint: Paint, images: &[ImageObject]) -> String {
    let rows = images.iter().cloned().map(|image| {
        let texts = [image.code, image.label, image.id, image.version, image.added_text, image.updated_text];
        texts.into_iter().map(Option::unwrap_or_default).collect()
    });
    render(paint, ["CODE", "LABEL", "ID", "VERSION", "ADDED (ZONE UNKNOWN)", "UPDATED (ZONE UNKNOWN)"], rows)
}

pub(crate) fn image(paint: Paint, image: &ImageObject) -> String {
    images(paint, std::slice::from_ref(image))
}

pub(crate) fn schedule(paint: Paint, schedule: &ScheduleObject) -> String {
    let kept = |kept: Option<u8>, unit| kept.map_or_else(|| "off".to_owned(), |kept| format!("kept for {kept} {unit}"));
    pairs(
        paint,
        [
            ("server", schedule.server.clone()),
            ("daily", kept(schedule.daily, "days")),
            ("weekly", kept(schedule.weekly, "weeks")),
            ("monthly", kept(schedule.monthly, "months")),
        ],
    )
}

/// A table without lines, under a heading, so that it can be cut by columns.
pub(crate) fn render<const N: usize>(
    paint: Paint,
    heading: [&str; N],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(heading);
    for row in rows {
        table.add_row(row.iter().map(|cell| printable(cell).to_string()));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let text = table.trim_fmt() + "\n";
    match text.split_once('\n') {
        Some((heading, rows)) => format!("{}\n{rows}", paint.heading(heading)),
        None => text,
    }
}

/// Names and values below each other; what is not known is left out.
pub(crate) fn pairs<const N: usize>(paint: Paint, pairs: [(&str, String); N]) -> String {
    let known = pairs.iter().filter(|(_, value)| !value.is_empty());
    known.map(|(name, value)| format!("{} {}\n", paint.heading(&format!("{name:<12}")), printable(value))).collect()
}

fn time(at: Option<Timestamp>, local: Option<&str>) -> String {
    match (at, local) {
        (Some(at), _) => at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        (None, Some(words)) => format!("{words} (zone unknown)"),
        (None, None) => String::new(),
    }
}

fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut unit = 0;
    let mut whole = bytes;
    while whole >= 1024 && unit + 1 < UNITS.len() {
        whole /= 1024;
        unit += 1;
    }
    let tenths = (bytes >> (10 * unit.saturating_sub(1))) % 1024 * 10 / 1024;
    if unit == 0 || tenths == 0 {
        format!("{whole} {}", UNITS[unit])
    } else {
        format!("{whole}.{tenths} {}", UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short_and_honest() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1 KiB"),
            (1536, "1.5 KiB"),
            (10 << 30, "10 GiB"),
            (u64::MAX, "16383.9 PiB"),
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
}
