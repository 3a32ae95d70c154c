//! What goes over the wire, as the API documents it.
//!
//! SiteHost types loosely: ids, numbers and flags come as text, number or `true`, an empty object as `[]`, and anything
//! may be null. What is unknown is ignored. Times stand as SiteHost writes them, without a zone.

use std::ops::Deref;

use cloudsnap_core::provider::{DecodeError, Response, lenient};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use crate::config::ApiVersion;

/// What SiteHost answered: its `return`, and what stands beside it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Answer<T> {
    /// The `return`.
    pub value: T,
    /// SiteHost's words: `Successful`, or another text.
    pub msg: Option<String>,
    /// How long it took, in a unit that is not documented; at some calls of old versions.
    pub time: Option<f64>,
}

impl<T> Answer<T> {
    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U) -> Answer<U> {
        Answer { value: f(self.value), msg: self.msg, time: self.time }
    }
}

impl<T> Deref for Answer<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// What a change answers: the job that does it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Queued {
    /// The job to follow; `None` where it was done at once.
    pub job: Option<JobRef>,
    /// The new snapshot, where it is one and SiteHost names it: on 1.3 it does, on 1.5 it does not.
    pub snapshot_id: Option<String>,
}

/// How a job is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRef {
    /// Its id, in digits.
    pub id: String,
    /// `scheduler` or `daemon`; `None` where SiteHost did not say, before 1.5.
    pub kind: Option<String>,
    /// The version that the job was started at, which is the one to ask at.
    pub version: ApiVersion,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JobState {
    Completed,
    Failed,
    GoingOn,
}

/// The states are not all documented; `Complete` without a `d` is that of `server/get_state`.
pub(crate) fn job_state(word: Option<&str>) -> JobState {
    match word.unwrap_or_default().to_ascii_lowercase().as_str() {
        "completed" | "complete" => JobState::Completed,
        "failed" => JobState::Failed,
        _ => JobState::GoingOn,
    }
}

/// A new image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CreateImage {
    /// The display name.
    pub label: String,
    /// The slug that identifies it; SiteHost makes one from the label where it is left out.
    pub code: Option<String>,
    /// The ids of the SSH keys that may push to it. Without one nobody can.
    pub ssh_keys: Vec<String>,
    /// The number of the public image to fork, from
    /// [`Api::list_stack_images`](crate::Api::list_stack_images).
    pub fork_id: Option<String>,
}

/// Which servers to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerFilter {
    /// `On`, `Off` or `Other`.
    pub state: Option<String>,
    /// `VPS` and so on.
    pub kind: Option<String>,
    /// The system name.
    pub name: Option<String>,
    /// `AIR` and so on.
    pub location: Option<String>,
    /// `NZ-AKL1-6JKW20` and so on; from 1.2 on.
    pub location_node: Option<String>,
    /// `LINVPS`, `WINVPS`, `CLHOST`, `CLDCON`, `VDSERV`, `SERVER`, `COLO`, `CLENT` or `PCLOUD`.
    pub product_type: Option<String>,
    /// The product's code.
    pub product_code: Option<String>,
    /// Changed since then, `YYYY-MM-DD HH:MM:SS` in a zone that is not documented.
    pub updated_since: Option<String>,
}

/// Which page of a list, in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paging {
    /// The member to sort by. Which ones may be is not documented; `date_added` is seen.
    pub sort_by: Option<String>,
    /// The order.
    pub sort_dir: Option<SortDirection>,
    /// How many there are on a page. Default and bound are not documented.
    pub page_size: Option<u64>,
    /// The page; the first is 1.
    pub page_number: Option<u64>,
}

impl Paging {
    /// The page of this number, in SiteHost's own order and size.
    #[must_use]
    pub fn page(number: u64) -> Self {
        Self { page_number: Some(number), ..Self::default() }
    }
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortDirection {
    /// The smallest first.
    Ascending,
    /// The largest first.
    Descending,
}

impl SortDirection {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Ascending => "ASC",
            Self::Descending => "DESC",
        }
    }
}

/// One page of a list. An answer without `data` is unreadable, never an empty list.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
#[non_exhaustive]
pub struct Listing<T> {
    /// What stands on it.
    #[serde(deserialize_with = "lenient::list")]
    pub data: Vec<T>,
    /// How many there are on all pages.
    #[serde(default, deserialize_with = "lenient::whole")]
    pub total_items: Option<u64>,
    /// How many there are on this page.
    #[serde(default, deserialize_with = "lenient::whole")]
    pub current_items: Option<u64>,
    /// The page's number.
    #[serde(default, deserialize_with = "lenient::whole")]
    pub current_page: Option<u64>,
    /// How many pages there are.
    #[serde(default, deserialize_with = "lenient::whole")]
    pub total_pages: Option<u64>,
}

/// A snapshot, as `server/snapshot/list_all` shows it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ServerSnapshot {
    /// Its id, in digits.
    #[serde(deserialize_with = "plain_text")]
    pub id: String,
    /// `s-` and the time of its creation on 1.5; in the sample of 1.1 the disk's name.
    #[serde(deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// As `name`.
    #[serde(deserialize_with = "lenient::text")]
    pub device: Option<String>,
    /// Where it is mounted.
    #[serde(deserialize_with = "lenient::text")]
    pub mountpoint: Option<String>,
    /// Its size, in a unit that is not documented; 0 is seen on good snapshots.
    #[serde(deserialize_with = "lenient::text")]
    pub size: Option<String>,
    /// `raw`, `ext4` and so on.
    #[serde(deserialize_with = "lenient::text")]
    pub fstype: Option<String>,
    /// `0` or `1`.
    #[serde(deserialize_with = "lenient::text")]
    pub drbd: Option<String>,
    /// The id of the disk that it was taken of, as far as the samples tell.
    #[serde(deserialize_with = "lenient::text")]
    pub parent: Option<String>,
    /// `1` while a job works on it, `0` when it is stable.
    #[serde(deserialize_with = "lenient::text")]
    pub pending: Option<String>,
    /// When it was taken, `YYYY-MM-DD HH:MM:SS` without a zone.
    #[serde(deserialize_with = "lenient::text")]
    pub created: Option<String>,
    /// `0` or `1`.
    #[serde(deserialize_with = "lenient::text")]
    pub backup: Option<String>,
    /// A number.
    #[serde(deserialize_with = "lenient::text")]
    pub disk_total: Option<String>,
    /// A number.
    #[serde(deserialize_with = "lenient::text")]
    pub disk_used: Option<String>,
    /// A number.
    #[serde(deserialize_with = "lenient::text")]
    pub inodes_total: Option<String>,
    /// A number.
    #[serde(deserialize_with = "lenient::text")]
    pub inodes_used: Option<String>,
    /// When the numbers were taken; the zero date is never.
    #[serde(deserialize_with = "lenient::text")]
    pub stats_updated: Option<String>,
    /// A number.
    #[serde(deserialize_with = "lenient::text")]
    pub disk_warn: Option<String>,
    /// On 1.5 only.
    #[serde(deserialize_with = "lenient::flag")]
    pub is_missing: Option<bool>,
    /// When it ends, as `created`.
    #[serde(deserialize_with = "lenient::text")]
    pub expires: Option<String>,
}

/// A job, as `job/get` shows it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Job {
    /// Its id, where it is shown as the latest of a server; `job/get` has none.
    #[serde(deserialize_with = "lenient::text")]
    pub id: Option<String>,
    /// `scheduler` or `daemon`, as `id`.
    #[serde(rename = "type", deserialize_with = "lenient::text")]
    pub kind: Option<String>,
    /// `Completed` and `Failed` are the end, everything else goes on. The latest of a server is `Complete`.
    #[serde(deserialize_with = "lenient::text")]
    pub state: Option<String>,
    /// When it was queued, `YYYY-MM-DD HH:MM:SS` without a zone.
    #[serde(deserialize_with = "lenient::text")]
    pub created: Option<String>,
    /// When it began, in the same form.
    #[serde(deserialize_with = "lenient::text")]
    pub started: Option<String>,
    /// When it ended, in the same form.
    #[serde(deserialize_with = "lenient::text")]
    pub completed: Option<String>,
    /// On failure the best text to show a person.
    #[serde(deserialize_with = "lenient::text")]
    pub message: Option<String>,
    /// What it did.
    #[serde(deserialize_with = "lenient::list")]
    pub logs: Vec<JobLog>,
}

/// One line of a job's log.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct JobLog {
    /// When.
    #[serde(deserialize_with = "lenient::text")]
    pub date: Option<String>,
    /// A number whose meanings are not documented.
    #[serde(deserialize_with = "lenient::text")]
    pub level: Option<String>,
    /// What.
    #[serde(deserialize_with = "lenient::text")]
    pub message: Option<String>,
}

/// A server. Lists fill in less of it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Server {
    /// The system name, by which all calls know it. The label cannot stand in for it.
    #[serde(deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// The display name.
    #[serde(deserialize_with = "lenient::text")]
    pub label: Option<String>,
    /// The account it belongs to.
    #[serde(deserialize_with = "lenient::text")]
    pub client_id: Option<String>,
    /// When it was made, without a zone.
    #[serde(deserialize_with = "lenient::text")]
    pub created: Option<String>,
    /// `VPS` and so on.
    #[serde(rename = "type", deserialize_with = "lenient::text")]
    pub kind: Option<String>,
    /// `On`, `Off`, or another word.
    #[serde(deserialize_with = "lenient::text")]
    pub state: Option<String>,
    /// The name of the root disk.
    #[serde(deserialize_with = "lenient::text")]
    pub root: Option<String>,
    /// Its disks. Read them with [`Api::get_server`](crate::Api::get_server): lists need not have them.
    #[serde(deserialize_with = "lenient::list")]
    pub partitions: Vec<Partition>,
    /// Memory.
    #[serde(deserialize_with = "lenient::text")]
    pub ram: Option<String>,
    /// Disk space.
    #[serde(deserialize_with = "lenient::text")]
    pub disk: Option<String>,
    /// Cores, at some products.
    #[serde(deserialize_with = "lenient::text")]
    pub cores: Option<String>,
    /// Cores, at others.
    #[serde(deserialize_with = "lenient::text")]
    pub core: Option<String>,
    /// `amd64` and so on.
    #[serde(deserialize_with = "lenient::text")]
    pub arch: Option<String>,
    /// The kernel that boots it.
    #[serde(deserialize_with = "lenient::text")]
    pub kernel: Option<String>,
    /// The initial RAM disk.
    #[serde(deserialize_with = "lenient::text")]
    pub initrd: Option<String>,
    /// Kernel modules.
    #[serde(deserialize_with = "lenient::text")]
    pub modules: Option<String>,
    /// `ubuntu-trusty` and so on.
    #[serde(deserialize_with = "lenient::text")]
    pub distro: Option<String>,
    /// `linux` and so on.
    #[serde(deserialize_with = "lenient::text")]
    pub os: Option<String>,
    /// Whether it runs the rescue system, `0` or `1`.
    #[serde(deserialize_with = "lenient::text")]
    pub rescue: Option<String>,
    /// `0` or `1`.
    #[serde(deserialize_with = "lenient::text")]
    pub managed: Option<String>,
    /// `0` or `1`.
    #[serde(deserialize_with = "lenient::text")]
    pub locked: Option<String>,
    /// Since when it is locked.
    #[serde(deserialize_with = "lenient::text")]
    pub locked_from: Option<String>,
    /// Until when it is locked.
    #[serde(deserialize_with = "lenient::text")]
    pub locked_until: Option<String>,
    /// Why it is locked.
    #[serde(deserialize_with = "lenient::text")]
    pub locked_comment: Option<String>,
    /// When maintenance begins; the zero date is never.
    #[serde(deserialize_with = "lenient::text")]
    pub maint_date: Option<String>,
    /// When maintenance ends; the zero date is never.
    #[serde(deserialize_with = "lenient::text")]
    pub maint_date_end: Option<String>,
    /// `0` or `1`.
    #[serde(deserialize_with = "lenient::text")]
    pub email_logs: Option<String>,
    /// The console's port.
    #[serde(deserialize_with = "lenient::text")]
    pub vnc_port: Option<String>,
    /// The console's size.
    #[serde(deserialize_with = "lenient::text")]
    pub vnc_screen: Option<String>,
    /// How many addresses it may have.
    #[serde(deserialize_with = "lenient::text")]
    pub ip_addr_limit: Option<String>,
    /// The customer's notes.
    #[serde(deserialize_with = "lenient::text")]
    pub notes: Option<String>,
    /// Its addresses.
    #[serde(deserialize_with = "lenient::list")]
    pub ips: Vec<NetworkAddress>,
    /// Its latest job.
    #[serde(deserialize_with = "lenient::object")]
    pub last_job: Option<Job>,
    /// The product's code.
    #[serde(deserialize_with = "lenient::text")]
    pub product_code: Option<String>,
    /// `LINVPS`, `CLENT` and so on.
    #[serde(deserialize_with = "lenient::text")]
    pub product_type: Option<String>,
    /// The product's name.
    #[serde(deserialize_with = "lenient::text")]
    pub product_name: Option<String>,
    /// `AIR` and so on.
    #[serde(deserialize_with = "lenient::text")]
    pub location_code: Option<String>,
    /// The location's name.
    #[serde(deserialize_with = "lenient::text")]
    pub location_name: Option<String>,
    /// `NZ-AKL1-6JKW20` and so on.
    #[serde(deserialize_with = "lenient::text")]
    pub location_node: Option<String>,
    /// Whether backups are made.
    #[serde(deserialize_with = "lenient::flag")]
    pub backups_enabled: Option<bool>,
    /// The group it is in.
    #[serde(deserialize_with = "lenient::text")]
    pub group_id: Option<String>,
    /// What it costs.
    #[serde(deserialize_with = "lenient::object")]
    pub subscription: Option<Subscription>,
}

/// A disk of a server.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Partition {
    /// Its id; snapshots name it as their `parent`, as far as the samples tell.
    #[serde(deserialize_with = "lenient::text")]
    pub id: Option<String>,
    /// `xvda2`, `scsi0` and so on: what a create calls `partition`.
    #[serde(deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// The device on the host.
    #[serde(deserialize_with = "lenient::text")]
    pub device: Option<String>,
    /// Where it is mounted.
    #[serde(deserialize_with = "lenient::text")]
    pub mountpoint: Option<String>,
    /// Its size, in a unit that is not documented.
    #[serde(deserialize_with = "lenient::text")]
    pub size: Option<String>,
    /// The size it is about to have.
    #[serde(deserialize_with = "lenient::text")]
    pub new_size: Option<String>,
    /// `ext4`, `swap` and so on.
    #[serde(deserialize_with = "lenient::text")]
    pub fstype: Option<String>,
    /// `0` or `1`.
    #[serde(deserialize_with = "lenient::text")]
    pub drbd: Option<String>,
    /// `0` or `1`.
    #[serde(deserialize_with = "lenient::text")]
    pub backup: Option<String>,
    /// A number.
    #[serde(deserialize_with = "lenient::text")]
    pub disk_total: Option<String>,
    /// A number.
    #[serde(deserialize_with = "lenient::text")]
    pub disk_used: Option<String>,
    /// A number.
    #[serde(deserialize_with = "lenient::text")]
    pub inodes_total: Option<String>,
    /// A number.
    #[serde(deserialize_with = "lenient::text")]
    pub inodes_used: Option<String>,
    /// A number.
    #[serde(deserialize_with = "lenient::text")]
    pub alert_threshold: Option<String>,
    /// Empty in the samples.
    #[serde(rename = "type", deserialize_with = "lenient::text")]
    pub kind: Option<String>,
}

/// An address of a server.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct NetworkAddress {
    /// Its id.
    #[serde(deserialize_with = "lenient::text")]
    pub id: Option<String>,
    /// The server's number.
    #[serde(deserialize_with = "lenient::text")]
    pub server_id: Option<String>,
    /// The bridge it is on.
    #[serde(deserialize_with = "lenient::text")]
    pub bridge: Option<String>,
    /// The MAC address.
    #[serde(deserialize_with = "lenient::text")]
    pub mac_addr: Option<String>,
    /// A number.
    #[serde(deserialize_with = "lenient::text")]
    pub ip_type: Option<String>,
}

/// What a server costs.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Subscription {
    /// Its code.
    #[serde(deserialize_with = "lenient::text")]
    pub code: Option<String>,
    /// Its name.
    #[serde(deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// Its price.
    #[serde(deserialize_with = "lenient::text")]
    pub price: Option<String>,
}

/// How a server stands, as `server/get_state` shows it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ServerState {
    /// `On`, `Off`, or another word.
    #[serde(deserialize_with = "lenient::text")]
    pub state: Option<String>,
    /// Whether it runs the rescue system.
    #[serde(deserialize_with = "lenient::flag")]
    pub rescue: Option<bool>,
    /// Its latest job, from 1.5 on.
    #[serde(deserialize_with = "lenient::object")]
    pub last_job: Option<Job>,
}

/// What a key may do, as `api/get_info` shows it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct AccountInfo {
    /// The account that the key is for.
    #[serde(deserialize_with = "lenient::text")]
    pub client_id: Option<String>,
    /// The contact that the key is for.
    #[serde(deserialize_with = "lenient::text")]
    pub contact_id: Option<String>,
    /// The modules that the key may use, such as `Server`.
    #[serde(deserialize_with = "lenient::list")]
    pub modules: Vec<String>,
    /// The roles of the key.
    #[serde(deserialize_with = "lenient::list")]
    pub roles: Vec<String>,
}

/// A custom container image.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Image {
    /// Its number, by which its versions are listed.
    #[serde(deserialize_with = "lenient::text")]
    pub id: Option<String>,
    /// The slug by which all other calls know it.
    #[serde(deserialize_with = "lenient::text")]
    pub code: Option<String>,
    /// The display name.
    #[serde(deserialize_with = "lenient::text")]
    pub label: Option<String>,
    /// The account it belongs to.
    #[serde(deserialize_with = "lenient::text")]
    pub client_id: Option<String>,
    /// Empty in the samples.
    #[serde(deserialize_with = "lenient::text")]
    pub version: Option<String>,
    /// Its labels; an object in the catalogue, given here as JSON.
    #[serde(deserialize_with = "text_or_json")]
    pub labels: Option<String>,
    /// What changed.
    #[serde(deserialize_with = "lenient::text")]
    pub changelog: Option<String>,
    /// When it was made, without a zone.
    #[serde(deserialize_with = "lenient::text")]
    pub date_added: Option<String>,
    /// When it was changed, without a zone, and perhaps in another than `date_added`.
    #[serde(deserialize_with = "lenient::text")]
    pub date_updated: Option<String>,
    /// Whether everybody may use it.
    #[serde(deserialize_with = "lenient::flag")]
    pub is_public: Option<bool>,
    /// Whether it is missing.
    #[serde(deserialize_with = "lenient::flag")]
    pub is_missing: Option<bool>,
    /// Its project in SiteHost's Git.
    #[serde(deserialize_with = "lenient::text")]
    pub project_id: Option<String>,
    /// Its registry.
    #[serde(deserialize_with = "lenient::text")]
    pub registry_id: Option<String>,
    /// The image it was forked from.
    #[serde(deserialize_with = "lenient::text")]
    pub forked_from: Option<String>,
    /// Of values that are not documented.
    #[serde(deserialize_with = "text_or_json")]
    pub pending: Option<String>,
    /// The account's name.
    #[serde(deserialize_with = "lenient::text")]
    pub client_name: Option<String>,
    /// `Custom` and so on.
    #[serde(deserialize_with = "lenient::text")]
    pub image_type: Option<String>,
    /// Where it can be pulled from.
    #[serde(deserialize_with = "lenient::text")]
    pub registry_url: Option<String>,
    /// How many containers use it.
    #[serde(deserialize_with = "lenient::whole")]
    pub container_count: Option<u64>,
    /// How many versions it has.
    #[serde(deserialize_with = "lenient::whole")]
    pub version_count: Option<u64>,
    /// How its latest build stands.
    #[serde(deserialize_with = "lenient::text")]
    pub build_status: Option<String>,
    /// In the catalogue only; of a shape that is not documented, given here as JSON.
    #[serde(deserialize_with = "text_or_json")]
    pub versions: Option<String>,
}

/// A version of an image: one build of it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ImageVersion {
    /// Its id.
    #[serde(deserialize_with = "lenient::text")]
    pub id: Option<String>,
    /// The account it belongs to.
    #[serde(deserialize_with = "lenient::text")]
    pub client_id: Option<String>,
    /// The image's number.
    #[serde(deserialize_with = "lenient::text")]
    pub image_id: Option<String>,
    /// The image's code.
    #[serde(deserialize_with = "lenient::text")]
    pub code: Option<String>,
    /// Its version, such as `1.1-1076`.
    #[serde(deserialize_with = "lenient::text")]
    pub version: Option<String>,
    /// Its labels.
    #[serde(deserialize_with = "text_or_json")]
    pub labels: Option<String>,
    /// When it was made, without a zone.
    #[serde(deserialize_with = "lenient::text")]
    pub date_added: Option<String>,
    /// When it was changed, without a zone.
    #[serde(deserialize_with = "lenient::text")]
    pub date_updated: Option<String>,
    /// The build, in digits.
    #[serde(deserialize_with = "lenient::text")]
    pub build_id: Option<String>,
    /// `success` and `failed` are the end, `running` goes on; there are others.
    #[serde(deserialize_with = "lenient::text")]
    pub build_status: Option<String>,
    /// How many containers use it.
    #[serde(deserialize_with = "lenient::whole")]
    pub container_count: Option<u64>,
    /// Whether it is missing.
    #[serde(deserialize_with = "lenient::flag")]
    pub is_missing: Option<bool>,
    /// `0` or `1`.
    #[serde(deserialize_with = "lenient::text")]
    pub force_config: Option<String>,
    /// Of values that are not documented.
    #[serde(deserialize_with = "text_or_json")]
    pub pending: Option<String>,
}

/// A build, and what it wrote.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ImageBuild {
    /// As [`ImageVersion::build_status`].
    #[serde(deserialize_with = "lenient::text")]
    pub build_status: Option<String>,
    /// The log.
    #[serde(deserialize_with = "lenient::text")]
    pub build_trace: Option<String>,
}

/// What changed in an image.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ImageChangelog {
    /// The image's code.
    #[serde(deserialize_with = "lenient::text")]
    pub code: Option<String>,
    /// The display name.
    #[serde(deserialize_with = "lenient::text")]
    pub label: Option<String>,
    /// What changed, in Markdown.
    #[serde(deserialize_with = "lenient::text")]
    pub changelog: Option<String>,
}

/// An answer of which `return` is an object.
#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct ObjectAnswer<T> {
    #[serde(default = "nothing", rename = "return", deserialize_with = "lenient::object")]
    value: Option<T>,
    #[serde(default, deserialize_with = "lenient::flag")]
    status: Option<bool>,
    #[serde(default, deserialize_with = "text_or_json")]
    msg: Option<String>,
    #[serde(default, deserialize_with = "number_if_any")]
    time: Option<f64>,
}

/// An answer of which `return` is a list.
#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct ListAnswer<T> {
    #[serde(rename = "return", deserialize_with = "lenient::list")]
    value: Vec<T>,
    #[serde(default, deserialize_with = "lenient::flag")]
    status: Option<bool>,
    #[serde(default, deserialize_with = "text_or_json")]
    msg: Option<String>,
    #[serde(default, deserialize_with = "number_if_any")]
    time: Option<f64>,
}

/// What a change answers, in the shapes of all versions.
#[derive(Default, Deserialize)]
#[serde(default)]
struct QueuedAnswer {
    #[serde(deserialize_with = "lenient::object")]
    job: Option<QueuedJob>,
    #[serde(deserialize_with = "lenient::text")]
    job_id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    snapshot_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct QueuedJob {
    #[serde(deserialize_with = "lenient::text")]
    id: Option<String>,
    #[serde(rename = "type", deserialize_with = "lenient::text")]
    kind: Option<String>,
}

/// An answer that is one object.
pub(crate) fn object<T: DeserializeOwned>(response: &Response) -> Result<Answer<T>, DecodeError> {
    let Answer { value, msg, time } = object_or_nothing(response)?;
    let value = value.ok_or_else(|| DecodeError::new("the answer has nothing in its return"))?;
    Ok(Answer { value, msg, time })
}

fn object_or_nothing<T: DeserializeOwned>(response: &Response) -> Result<Answer<Option<T>>, DecodeError> {
    let ObjectAnswer { value, status, msg, time } = response.json()?;
    succeeded(status)?;
    Ok(Answer { value, msg, time })
}

/// An answer that is a list without pages.
pub(crate) fn list<T: DeserializeOwned>(response: &Response) -> Result<Answer<Vec<T>>, DecodeError> {
    let ListAnswer { value, status, msg, time } = response.json()?;
    succeeded(status)?;
    Ok(Answer { value, msg, time })
}

/// The snapshots of a server. Without an id nothing can be done with one.
pub(crate) fn snapshots(response: &Response) -> Result<Answer<Vec<ServerSnapshot>>, DecodeError> {
    let snapshots = list::<ServerSnapshot>(response)?;
    if snapshots.iter().any(|snapshot| snapshot.id.is_empty()) {
        return Err(DecodeError::new("the answer has a snapshot without an id"));
    }
    Ok(snapshots)
}

/// The answer to a change, whatever the version. One without a job was done at once.
pub(crate) fn queued(response: &Response, version: ApiVersion) -> Result<Answer<Queued>, DecodeError> {
    let answer = object_or_nothing::<QueuedAnswer>(response)?;
    Ok(answer.map(|queued| {
        let QueuedAnswer { job, job_id, snapshot_id } = queued.unwrap_or_default();
        let job = job.unwrap_or_default();
        let id = job.id.or(job_id).filter(|id| id != "0");
        Queued {
            job: id.map(|id| JobRef { id, kind: job.kind, version }),
            snapshot_id: snapshot_id.filter(|id| id != "0"),
        }
    }))
}

fn succeeded(status: Option<bool>) -> Result<(), DecodeError> {
    match status {
        Some(true) => Ok(()),
        _ => Err(DecodeError::new("the answer does not say whether it is a success")),
    }
}

fn nothing<T>() -> Option<T> {
    None
}

fn plain_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(lenient::text(deserializer)?.unwrap_or_default())
}

/// Text as it is, and what has a shape that is not documented as JSON.
pub(crate) fn text_or_json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text).filter(|text| !text.is_empty()),
        other => Some(other.to_string()),
    })
}

/// A number where one stands, in digits or as text; whatever else stands there tells nothing.
fn number_if_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_that_is_sent_ends_in_a_panic(body in any::<Vec<u8>>(), text in r#"\{"status":(true|"1"),"return":[\[\]{}a-z0-9":,]{0,40}\}"#) {
            for body in [body, text.into_bytes()] {
                let response = Response::new(200, body);
                let _ = snapshots(&response);
                let _ = object::<Server>(&response);
                let _ = object::<Job>(&response);
                let _ = object::<Listing<Image>>(&response);
                let _ = queued(&response, ApiVersion::V1_3);
            }
        }
    }

    #[test]
    fn a_job_zero_is_no_job() {
        let answers = [
            r#"{"status": true}"#,
            r#"{"status": true, "return": []}"#,
            r#"{"status": true, "return": {"job": null}}"#,
            r#"{"status": true, "return": {"job_id": "0", "snapshot_id": ""}}"#,
            r#"{"status": true, "return": {"job": {"id": 0, "type": "scheduler"}}}"#,
        ];
        for answer in answers {
            let queued = queued(&Response::new(200, answer), ApiVersion::V1_5).unwrap();
            assert_eq!(queued.value, Queued::default(), "{answer}");
        }
    }
}
