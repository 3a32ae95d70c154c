//! What goes over the wire, as the API documents it.
//!
//! Every field of an answer but its id is optional, because the schema makes it so; what is unknown is ignored. A
//! change carries only what was set, never the schema's defaults.

use cloudsnap_core::provider::lenient;
use serde::{Deserialize, Deserializer, Serialize};

/// A volume snapshot.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct VolumeSnapshot {
    /// Its id, a UUID.
    pub id: String,
    /// What kind of resource it is.
    #[serde(rename = "type", deserialize_with = "word")]
    pub kind: Option<String>,
    /// Its URL.
    pub href: Option<String>,
    /// Its state and its dates.
    pub metadata: Metadata,
    /// What it is.
    pub properties: SnapshotProperties,
}

/// What the shared model takes from a volume snapshot; the rest of the body is skipped.
///
/// It borrows for the sake of long lists. Read from a list of 100,000 and turned into the shared model, it takes 1.06
/// times the instructions of plain structs of these fields, and 7 allocations a snapshot. Owned text would take 1.09 and
/// 10, [`VolumeSnapshot`] 1.32 and 21.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SnapshotSummary<'a> {
    #[serde(borrow)]
    pub(crate) id: lenient::Text<'a>,
    #[serde(borrow)]
    pub(crate) metadata: SummaryMetadata<'a>,
    #[serde(borrow)]
    pub(crate) properties: SummaryProperties<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct SummaryMetadata<'a> {
    #[serde(borrow)]
    pub(crate) created_date: Option<lenient::Text<'a>>,
    #[serde(borrow)]
    pub(crate) state: Option<lenient::Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SummaryProperties<'a> {
    #[serde(borrow)]
    pub(crate) name: Option<lenient::Text<'a>>,
    #[serde(borrow)]
    pub(crate) description: Option<lenient::Text<'a>>,
    #[serde(deserialize_with = "lenient::decimal")]
    pub(crate) size: Option<f64>,
}

/// State and dates of a resource.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Metadata {
    /// Changes with each modification.
    pub etag: Option<String>,
    /// RFC 3339.
    pub created_date: Option<String>,
    /// The user's name.
    pub created_by: Option<String>,
    /// The user's id.
    pub created_by_user_id: Option<String>,
    /// RFC 3339.
    pub last_modified_date: Option<String>,
    /// The user's name.
    pub last_modified_by: Option<String>,
    /// The user's id.
    pub last_modified_by_user_id: Option<String>,
    /// `AVAILABLE`, `BUSY`, `INACTIVE`, or another word.
    pub state: Option<String>,
}

/// The properties of a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct SnapshotProperties {
    /// The display name.
    pub name: Option<String>,
    /// The description, with cloudsnap's tag in front where it made the snapshot.
    pub description: Option<String>,
    /// Where it is, such as `de/fra`. It can be used there only.
    pub location: Option<String>,
    /// Its size in GB.
    #[serde(deserialize_with = "lenient::decimal")]
    pub size: Option<f64>,
    /// Extra protection such as two-factor authentication.
    pub sec_auth_protection: Option<bool>,
    /// CPUs can be added while the server runs.
    pub cpu_hot_plug: Option<bool>,
    /// CPUs can be removed while the server runs.
    pub cpu_hot_unplug: Option<bool>,
    /// Memory can be added while the server runs.
    pub ram_hot_plug: Option<bool>,
    /// Memory can be removed while the server runs.
    pub ram_hot_unplug: Option<bool>,
    /// Network cards can be added while the server runs.
    pub nic_hot_plug: Option<bool>,
    /// Network cards can be removed while the server runs.
    pub nic_hot_unplug: Option<bool>,
    /// Virtio disks can be added while the server runs.
    pub disc_virtio_hot_plug: Option<bool>,
    /// Virtio disks can be removed while the server runs.
    pub disc_virtio_hot_unplug: Option<bool>,
    /// SCSI disks can be added while the server runs.
    pub disc_scsi_hot_plug: Option<bool>,
    /// SCSI disks can be removed while the server runs.
    pub disc_scsi_hot_unplug: Option<bool>,
    /// The serial number of the disk is shown to the server.
    pub expose_serial: Option<bool>,
    /// The server needs a BIOS instead of UEFI.
    pub require_legacy_bios: Option<bool>,
    /// `LINUX`, `WINDOWS2022`, `UNKNOWN` and so on; the set grows.
    pub licence_type: Option<String>,
    /// `UNKNOWN`, but for some public images.
    pub application_type: Option<String>,
}

/// What a create says beside where. All of it may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateVolumeSnapshot {
    /// The display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Extra protection such as two-factor authentication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sec_auth_protection: Option<bool>,
    /// `LINUX`, `WINDOWS2022`, `UNKNOWN` and so on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licence_type: Option<String>,
    /// `UNKNOWN`, but for some public images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_type: Option<String>,
}

/// What to change of a snapshot. What is `None` is not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotChanges {
    /// The display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The description. The tag in the old one goes, unless it is written anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Extra protection such as two-factor authentication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sec_auth_protection: Option<bool>,
    /// CPUs can be added while the server runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_hot_plug: Option<bool>,
    /// CPUs can be removed while the server runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_hot_unplug: Option<bool>,
    /// Memory can be added while the server runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ram_hot_plug: Option<bool>,
    /// Memory can be removed while the server runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ram_hot_unplug: Option<bool>,
    /// Network cards can be added while the server runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nic_hot_plug: Option<bool>,
    /// Network cards can be removed while the server runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nic_hot_unplug: Option<bool>,
    /// Virtio disks can be added while the server runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disc_virtio_hot_plug: Option<bool>,
    /// Virtio disks can be removed while the server runs; not for Windows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disc_virtio_hot_unplug: Option<bool>,
    /// SCSI disks can be added while the server runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disc_scsi_hot_plug: Option<bool>,
    /// SCSI disks can be removed while the server runs; not for Windows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disc_scsi_hot_unplug: Option<bool>,
    /// The serial number of the disk is shown to the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expose_serial: Option<bool>,
    /// The server needs a BIOS instead of UEFI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_legacy_bios: Option<bool>,
    /// `LINUX`, `WINDOWS2022`, `UNKNOWN` and so on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licence_type: Option<String>,
    /// `UNKNOWN`, but for some public images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_type: Option<String>,
}

/// Everything but a PATCH is wrapped so.
#[derive(Debug, Serialize)]
pub(crate) struct Wrapped<'a, T> {
    pub(crate) properties: &'a T,
}

/// The body of a restore.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RestoreProperties<'a> {
    pub(crate) snapshot_id: &'a str,
}

/// A list, or a page of one. An answer without `items` is unreadable, never an empty list.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
#[non_exhaustive]
pub struct Collection<T> {
    /// What stands on it.
    #[serde(deserialize_with = "lenient::list")]
    pub items: Vec<T>,
    /// The links to its neighbours, where the collection has pages.
    #[serde(default, rename = "_links")]
    pub links: Option<Links>,
}

/// The links of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Links {
    /// The next page; missing on the last.
    pub next: Option<String>,
}

/// How a request stands.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct RequestStatus {
    /// Its id, which is not always that of the request.
    pub id: Option<String>,
    /// What kind of resource it is.
    #[serde(rename = "type", deserialize_with = "word")]
    pub kind: Option<String>,
    /// Its URL.
    pub href: Option<String>,
    /// The status itself.
    pub metadata: RequestStatusMetadata,
}

/// The status of a request.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct RequestStatusMetadata {
    /// `QUEUED`, `RUNNING`, `DONE` or `FAILED`.
    pub status: Option<String>,
    /// In words; the reason where it failed.
    pub message: Option<String>,
    /// Changes with each modification.
    pub etag: Option<String>,
    /// What it works on.
    #[serde(deserialize_with = "lenient::list")]
    pub targets: Vec<Target>,
}

/// What a request works on, and how that stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Target {
    /// The resource.
    pub target: TargetResource,
    /// `QUEUED`, `RUNNING`, `DONE` or `FAILED`.
    pub status: Option<String>,
}

/// A resource that a request works on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct TargetResource {
    /// Its id.
    pub id: Option<String>,
    /// `snapshot`, `volume` and so on.
    #[serde(rename = "type", deserialize_with = "word")]
    pub kind: Option<String>,
    /// Its URL.
    pub href: Option<String>,
}

/// A request in the log of the contract.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct LoggedRequest {
    /// Its id.
    pub id: String,
    /// What kind of resource it is.
    #[serde(rename = "type", deserialize_with = "word")]
    pub kind: Option<String>,
    /// Its URL.
    pub href: Option<String>,
    /// What was asked for.
    pub properties: LoggedRequestProperties,
    /// When, and what came of it.
    pub metadata: RequestMetadata,
}

impl LoggedRequest {
    /// How it stands, where the list was read deep enough.
    #[must_use]
    pub fn status(&self) -> Option<&RequestStatusMetadata> {
        self.metadata.request_status.as_ref().map(|status| &status.metadata)
    }

    pub(crate) fn has_status(&self, word: &str) -> bool {
        self.status().and_then(|status| status.status.as_deref()) == Some(word)
    }

    /// The id of the snapshot that it works on, where it names one.
    #[must_use]
    pub fn snapshot_id(&self) -> Option<&str> {
        let mut targets = self.status()?.targets.iter().map(|target| &target.target);
        targets.find(|target| target.kind.as_deref() == Some("snapshot"))?.id.as_deref().filter(|id| !id.is_empty())
    }

    /// Whether nothing that the entry says of itself makes it another call. A filter of the log takes any part of a
    /// URL, and may be ignored.
    pub(crate) fn may_be_posted_to(&self, volume: &str, endpoint: &str) -> bool {
        let is_posted = self.properties.method.as_deref().is_none_or(|method| method == "POST");
        let path = self.properties.url.as_deref().and_then(|url| url.split('?').next());
        is_posted && path.is_none_or(|path| path.ends_with(&format!("/volumes/{volume}/{endpoint}")))
    }

    pub(crate) fn body_has(&self, text: &str) -> bool {
        self.properties.body.as_deref().is_some_and(|body| body.contains(text))
    }
}

/// What a logged request asked for. Its headers are left out: they may hold credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct LoggedRequestProperties {
    /// The HTTP method.
    pub method: Option<String>,
    /// The body, as it was sent.
    pub body: Option<String>,
    /// The URL.
    pub url: Option<String>,
}

/// When a logged request was made, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct RequestMetadata {
    /// RFC 3339.
    pub created_date: Option<String>,
    /// The user's name.
    pub created_by: Option<String>,
    /// Changes with each modification.
    pub etag: Option<String>,
    /// How it stands. A list shows it from depth 2 on.
    pub request_status: Option<RequestStatus>,
}

/// Which resources of a collection to list, in which order, and which page of them.
///
/// The specification documents `filter.*` for the log of requests, and `limit` and `offset` for the log, data centres
/// and volumes. IONOS's own clients send all of these to every collection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListQuery {
    /// The properties to filter by, and a part of their values.
    pub filters: Vec<(String, String)>,
    /// The property to order by, ascending.
    pub order_by: Option<String>,
    /// How many resources are considered, before they are filtered.
    pub max_results: Option<u32>,
    /// How many resources stand on a page, 1 to 10,000.
    pub limit: Option<u32>,
    /// How many resources come before the page.
    pub offset: Option<u32>,
}

impl ListQuery {
    /// Everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a filter: `filter.PROPERTY=VALUE`. The property is in camelCase, and its case matters; one that is given
    /// twice takes either value.
    ///
    /// Resources: a property or a member of the metadata, where the depth is 1 or more. The log of requests: `status`
    /// (`QUEUED`, `RUNNING`, `DONE`, `FAILED`), `createdAfter` and `createdBefore` (`yyyy-MM-dd HH:mm:ss`, in a zone
    /// that is not documented), `createdDate`, `createdBy`, `etag`, `requestStatus`, `method`, `headers`, `body`, `url`.
    #[must_use]
    pub fn with_filter(mut self, property: impl Into<String>, value: impl Into<String>) -> Self {
        self.filters.push((property.into(), value.into()));
        self
    }

    /// Orders by a property, ascending. No descending order is documented.
    #[must_use]
    pub fn with_order_by(mut self, property: impl Into<String>) -> Self {
        self.order_by = Some(property.into());
        self
    }

    /// Bounds how many resources are considered, before they are filtered.
    #[must_use]
    pub fn with_max_results(mut self, count: u32) -> Self {
        self.max_results = Some(count);
        self
    }

    /// Sets how many resources stand on a page, 1 to 10,000; 100 by default, where the collection has pages.
    #[must_use]
    pub fn with_limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Sets how many resources come before the page.
    #[must_use]
    pub fn with_offset(mut self, offset: u32) -> Self {
        self.offset = Some(offset);
        self
    }
}

/// A data centre.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Datacenter {
    /// Its id, a UUID.
    pub id: String,
    /// What kind of resource it is.
    #[serde(rename = "type", deserialize_with = "word")]
    pub kind: Option<String>,
    /// Its URL.
    pub href: Option<String>,
    /// Its state and its dates.
    pub metadata: Metadata,
    /// What it is.
    pub properties: DatacenterProperties,
}

/// The properties of a data centre.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct DatacenterProperties {
    /// The display name.
    pub name: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// Where it is, such as `de/fra`.
    pub location: Option<String>,
}

/// A volume.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Volume {
    /// Its id, a UUID.
    pub id: String,
    /// What kind of resource it is.
    #[serde(rename = "type", deserialize_with = "word")]
    pub kind: Option<String>,
    /// Its URL.
    pub href: Option<String>,
    /// Its state and its dates.
    pub metadata: Metadata,
    /// What it is.
    pub properties: VolumeProperties,
}

/// The properties of a volume that matter to snapshots.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct VolumeProperties {
    /// The display name.
    pub name: Option<String>,
    /// `HDD`, `SSD Premium`, `DAS` and so on.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Its size in GB.
    #[serde(deserialize_with = "lenient::decimal")]
    pub size: Option<f64>,
    /// `AUTO`, `ZONE_1` and so on.
    pub availability_zone: Option<String>,
    /// The image or snapshot it was made of.
    pub image: Option<String>,
    /// `VIRTIO`, `IDE`.
    pub bus: Option<String>,
    /// `LINUX` and so on.
    pub licence_type: Option<String>,
    /// The server that boots from it.
    pub boot_server: Option<String>,
}

/// A label: a key and a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
}

impl Label {
    /// A label.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: key.into(), value: value.into() }
    }
}

/// A label as the API answers it.
#[derive(Debug, Deserialize)]
pub(crate) struct LabelResource {
    pub(crate) properties: Label,
}

/// Text; whatever else stands there is nothing. The page's own sample has an empty object for `type`.
fn word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(word) => Some(word),
        _ => None,
    })
}
