//! What became of a run, as Prometheus text: for the text file collector of the node exporter.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use cloudsnap::jiff::Timestamp;
use cloudsnap::{Error, Result};
use cloudsnap_fleet::run::FinishedItem;
use prometheus::{GaugeVec, Opts, Registry, TextEncoder};

/// What the metrics are made of.
pub(crate) struct Measured<'a> {
    pub(crate) policy: &'a str,
    pub(crate) items: &'a [FinishedItem],
    /// When each source last had a good snapshot.
    pub(crate) successes: &'a BTreeMap<String, Timestamp>,
    pub(crate) begun_at: Timestamp,
    pub(crate) seconds: f64,
    pub(crate) requests: u64,
    pub(crate) exit: u8,
    /// How many snapshots were deleted.
    pub(crate) deleted: usize,
}

/// Writes the file as a whole: who reads it finds the old text or the new one.
pub(crate) fn write(file: &Path, measured: &Measured<'_>) -> Result<()> {
    let text = text(measured, Timestamp::now()).map_err(|error| cannot(file, &error.to_string()))?;
    write_atomically(file, &text).map_err(|error| cannot(file, &error.to_string()))
}

fn cannot(file: &Path, why: &str) -> Error {
    Error::config(format!("the metrics cannot be written to {}: {why}", file.display()))
}

fn write_atomically(file: &Path, text: &str) -> std::io::Result<()> {
    let name = file.file_name().ok_or(std::io::ErrorKind::InvalidInput)?;
    // The collector reads what ends in .prom, and not this.
    let new = file.with_file_name(format!(".{}.{}.new", name.to_string_lossy(), std::process::id()));
    let mut written = std::fs::File::create(&new)?;
    let moved =
        written.write_all(text.as_bytes()).and_then(|()| written.sync_all()).and_then(|()| std::fs::rename(&new, file));
    moved.inspect_err(|_| drop(std::fs::remove_file(&new)))
}

fn text(measured: &Measured<'_>, now: Timestamp) -> prometheus::Result<String> {
    let mut metrics = Metrics { registry: Registry::new(), policy: measured.policy };
    let is_good = measured.exit == 0;
    metrics.of_run("last_begin_timestamp_seconds", "When the last run began.", seconds(measured.begun_at))?;
    metrics.of_run("last_end_timestamp_seconds", "When the last run ended.", seconds(now))?;
    metrics.of_run("last_good", "Whether the last run did all that was asked for.", f64::from(u8::from(is_good)))?;
    metrics.of_run("last_exit_code", "The exit code of the last run.", f64::from(measured.exit))?;
    metrics.of_run("last_duration_seconds", "How long the last run took.", measured.seconds)?;
    metrics.of_run("last_requests", "How many requests the last run took.", number(measured.requests))?;
    metrics.of_run("last_deleted_snapshots", "How many snapshots the last run deleted.", size(measured.deleted))?;
    metrics.items(measured.items)?;
    metrics.sources(measured, now)?;
    TextEncoder::new().encode_to_string(&metrics.registry.gather())
}

struct Metrics<'a> {
    registry: Registry,
    policy: &'a str,
}

impl Metrics<'_> {
    fn family(&mut self, name: &str, help: &str, labels: &[&str]) -> prometheus::Result<GaugeVec> {
        let family = GaugeVec::new(Opts::new(format!("cloudsnap_{name}"), help), labels)?;
        self.registry.register(Box::new(family.clone()))?;
        Ok(family)
    }

    fn of_run(&mut self, name: &str, help: &str, value: f64) -> prometheus::Result<()> {
        let family = self.family(&format!("run_{name}"), help, &["policy"])?;
        family.with_label_values(&[self.policy]).set(value);
        Ok(())
    }

    fn items(&mut self, items: &[FinishedItem]) -> prometheus::Result<()> {
        const OUTCOMES: [&str; 7] = ["created", "adopted", "fresh", "pending", "failed", "unknown", "timeout"];
        let family = self.family("run_last_items", "How the items of the last run ended.", &["policy", "outcome"])?;
        for outcome in OUTCOMES {
            let count = items.iter().filter(|item| item.outcome.as_str() == outcome).count();
            family.with_label_values(&[self.policy, outcome]).set(size(count));
        }
        Ok(())
    }

    fn sources(&mut self, measured: &Measured<'_>, now: Timestamp) -> prometheus::Result<()> {
        const LABELS: &[&str] = &["policy", "account", "source"];
        let success = "When the newest good snapshot of the source was taken, as far as runs of the policy know.";
        let success = self.family("source_last_success_timestamp_seconds", success, LABELS)?;
        let age = self.family("source_age_seconds", "How old that snapshot was when this was written.", LABELS)?;
        let duration = self.family("source_duration_seconds", "How long the source took in the last run.", LABELS)?;
        let requests = self.family("source_requests", "How many requests the source took in the last run.", LABELS)?;
        for item in measured.items.iter().filter(|item| item.has_source()) {
            let labels: &[&str] = &[self.policy, &item.account, &item.subject];
            if let Some(at) = measured.successes.get(&item.subject) {
                success.with_label_values(labels).set(seconds(*at));
                age.with_label_values(labels).set(now.duration_since(*at).as_secs_f64());
            }
            duration.with_label_values(labels).set(item.elapsed.as_secs_f64());
            requests.with_label_values(labels).set(number(item.requests));
        }
        Ok(())
    }
}

fn seconds(at: Timestamp) -> f64 {
    at.as_duration().as_secs_f64()
}

fn size(count: usize) -> f64 {
    number(u64::try_from(count).unwrap_or(u64::MAX))
}

/// Counts of this kind are far below what a float holds exactly.
fn number(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
