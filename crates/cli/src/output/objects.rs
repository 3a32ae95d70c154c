//! Results that only the command has, as scripts read them.

use cloudsnap::jiff::Timestamp;
use cloudsnap::{AccountAccess, Capabilities, Error, Snapshot, SnapshotRef, SourceRef};
use cloudsnap_fleet::prune::Report;
use cloudsnap_fleet::run::{FinishedItem, PreviewItem, Run, RunItem};
use cloudsnap_fleet::{Item, PendingOperation};
use serde::{Serialize, Serializer};

/// A source's snapshots in one line.
#[derive(Debug, Serialize)]
pub(crate) struct SourceStatus {
    pub(crate) source: SourceRef,
    pub(crate) name: Option<String>,
    pub(crate) newest: Option<Snapshot>,
    pub(crate) age_s: Option<i64>,
    pub(crate) count: usize,
    pub(crate) overdue: bool,
}

/// An operation that was begun and has not been seen to end.
#[derive(Debug, Serialize)]
pub(crate) struct PendingObject {
    pub(crate) account: String,
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) begun_at: Timestamp,
    pub(crate) age_s: i64,
    pub(crate) answered: bool,
    pub(crate) operation: String,
}

impl From<PendingOperation> for PendingObject {
    fn from(pending: PendingOperation) -> Self {
        Self {
            age_s: Timestamp::now().duration_since(pending.begun_at).as_secs(),
            account: pending.account,
            kind: pending.kind,
            subject: pending.subject,
            begun_at: pending.begun_at,
            answered: pending.is_answered,
            operation: pending.token,
        }
    }
}

/// What became of a run of a policy.
#[derive(Debug, Serialize)]
pub(crate) struct RunObject<'a> {
    pub(crate) run: &'a str,
    pub(crate) policy: &'a str,
    pub(crate) resumed: bool,
    pub(crate) items: &'a [FinishedItem],
    pub(crate) prune: Option<&'a Report>,
    pub(crate) elapsed_ms: u64,
    pub(crate) requests: u64,
}

/// What a run would do.
#[derive(Debug, Serialize)]
pub(crate) struct PreviewObject<'a> {
    pub(crate) items: &'a [PreviewItem],
    pub(crate) prune: Option<&'a Report>,
}

/// A run of the past, or one that goes on.
#[derive(Debug, Serialize)]
pub(crate) struct PastRun {
    pub(crate) run: String,
    pub(crate) policy: String,
    pub(crate) begun_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
    /// In a word; null where it has not ended.
    pub(crate) outcome: Option<String>,
    pub(crate) elapsed_ms: Option<u64>,
    pub(crate) requests: u64,
    pub(crate) host: String,
    pub(crate) items: Vec<serde_json::Value>,
}

impl PastRun {
    pub(crate) fn new(run: Run, items: &[RunItem]) -> Self {
        let took = run.ended_at.map(|ended_at| ended_at.duration_since(run.begun_at).as_millis());
        Self {
            run: run.id,
            policy: run.policy,
            begun_at: run.begun_at,
            ended_at: run.ended_at,
            outcome: run.outcome,
            elapsed_ms: took.map(|took| u64::try_from(took).unwrap_or_default()),
            requests: run.requests,
            host: run.worker.host,
            items: items.iter().map(past_item).collect(),
        }
    }

    /// How many of its items ended in one of these ways.
    pub(crate) fn count(&self, outcomes: &[&str]) -> usize {
        let is_one = |item: &&serde_json::Value| item["outcome"].as_str().is_some_and(|word| outcomes.contains(&word));
        self.items.iter().filter(is_one).count()
    }
}

/// As `create` has it; of one that has not ended, what it is of.
fn past_item(item: &RunItem) -> serde_json::Value {
    match &item.ended {
        Some((_, object)) => object.clone(),
        None => serde_json::json!({ "source": item.subject, "outcome": null }),
    }
}

/// One configured account; never a credential.
#[derive(Debug, Serialize)]
pub(crate) struct AccountObject {
    pub(crate) account: String,
    pub(crate) provider: String,
    pub(crate) host: Option<String>,
    /// Each variable that is set, and where its value comes from.
    pub(crate) settings: Vec<SettingObject>,
    pub(crate) error: Option<Error>,
}

/// Where the value of one variable comes from.
#[derive(Debug, Serialize)]
pub(crate) struct SettingObject {
    pub(crate) name: String,
    pub(crate) from: String,
}

/// What one provider can do.
#[derive(Debug, Serialize)]
pub(crate) struct ProviderInfo {
    pub(crate) provider: &'static str,
    #[serde(flatten)]
    pub(crate) capabilities: Capabilities,
}

/// What one account's check found.
#[derive(Debug)]
pub(crate) struct Checkup {
    pub(crate) account: String,
    pub(crate) provider: String,
    pub(crate) access: Result<AccountAccess, Error>,
}

impl Serialize for Checkup {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;

        let access = self.access.as_ref();
        let mut object = serializer.serialize_struct("Checkup", 6)?;
        object.serialize_field("account", &self.account)?;
        object.serialize_field("provider", &self.provider)?;
        object.serialize_field("ok", &access.is_ok())?;
        object.serialize_field("summary", &access.ok().map(|access| &access.summary))?;
        object.serialize_field("warnings", access.map_or(&[][..], |access| &access.warnings))?;
        object.serialize_field("error", &access.err())?;
        object.end()
    }
}

/// An image of cloud containers.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct ImageObject {
    pub(crate) code: Option<String>,
    pub(crate) label: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) is_public: Option<bool>,
    /// SiteHost's own words, without a zone.
    pub(crate) added_text: Option<String>,
    pub(crate) updated_text: Option<String>,
}

/// One version of an image, and how its build stands.
#[derive(Debug, Serialize)]
pub(crate) struct VersionObject {
    pub(crate) version: Option<String>,
    pub(crate) build: Option<String>,
    /// SiteHost's own word.
    pub(crate) status: Option<String>,
    /// How many containers use it.
    pub(crate) containers: Option<u64>,
    /// SiteHost's own words, without a zone.
    pub(crate) added_text: Option<String>,
}

/// A build of an image.
#[derive(Debug, Serialize)]
pub(crate) struct BuildObject {
    pub(crate) code: String,
    pub(crate) build: String,
    pub(crate) status: Option<String>,
    pub(crate) log: String,
}

/// A label of a snapshot.
#[derive(Debug, Serialize)]
pub(crate) struct LabelObject {
    pub(crate) key: String,
    pub(crate) value: String,
}

/// Where a snapshot's image can be fetched. Has no `Debug`: the URL is a secret.
#[derive(Serialize)]
pub(crate) struct DownloadObject {
    #[serde(rename = "ref")]
    pub(crate) reference: SnapshotRef,
    pub(crate) url: String,
    pub(crate) expires_at: Option<Timestamp>,
}

/// What became of an image that was created or deleted.
#[derive(Debug)]
pub(crate) struct ImageItem<'a> {
    pub(crate) item: &'a Item,
    pub(crate) image: Option<ImageObject>,
}

impl Serialize for ImageItem<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;

        let item = self.item;
        let mut object = serializer.serialize_struct("ImageItem", 6)?;
        object.serialize_field("outcome", &item.outcome)?;
        object.serialize_field("image", &self.image)?;
        object.serialize_field("operation", &item.token)?;
        object.serialize_field("requests", &item.requests)?;
        object.serialize_field("elapsed_ms", &item.elapsed_ms())?;
        object.serialize_field("error", &item.error)?;
        object.end()
    }
}

/// A schedule: for how long snapshots of each kind are kept, null where none are taken.
#[derive(Debug, Serialize)]
pub(crate) struct ScheduleObject {
    pub(crate) account: String,
    pub(crate) provider: &'static str,
    pub(crate) server: String,
    pub(crate) daily: Option<u8>,
    pub(crate) weekly: Option<u8>,
    pub(crate) monthly: Option<u8>,
    /// The cycles of which node.co.id does not say whether they are on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) not_told: Vec<&'static str>,
}
