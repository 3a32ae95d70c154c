//! What goes over the wire, as the API documents it.
//!
//! Much of the documentation could not be read, so that every field of an answer but the id is optional, what is
//! unknown is ignored, and text and numbers stand for each other: XML has text only.

use cloudsnap_core::provider::{DecodeError, Response, Turned, lenient};
use cloudsnap_core::{Error, Result, Secret};
use jiff::Timestamp;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};

use crate::endpoints;

/// What node.co.id answers to a call that it did not refuse.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Answer<T> {
    /// The provider's words, where it says any. The documented ones have copying errors: nothing follows from them.
    pub message: Option<String>,
    /// What it answered.
    pub data: T,
}

impl<T> Answer<T> {
    pub(crate) fn map<U>(self, convert: impl FnOnce(T) -> Result<U, DecodeError>) -> Result<Answer<U>, DecodeError> {
        Ok(Answer { message: self.message, data: convert(self.data)? })
    }
}

/// What every answer says, whatever the HTTP status: `code` is `OK`, or it is a failure.
#[derive(Deserialize)]
pub(crate) struct Outcome {
    #[serde(deserialize_with = "required")]
    pub(crate) code: String,
    #[serde(default, deserialize_with = "lenient::text")]
    pub(crate) message: Option<String>,
}

impl Outcome {
    /// The outcome, where the answer is the provider's own at all.
    pub(crate) fn of(response: &Response) -> Option<Self> {
        body(response).ok()
    }

    pub(crate) fn is_ok(&self) -> bool {
        self.code == "OK"
    }
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct Envelope<T> {
    /// What it says was judged before; an answer without one is none of the provider's.
    #[serde(deserialize_with = "required")]
    #[expect(dead_code, reason = "it has to be there, no more")]
    code: String,
    #[serde(default, deserialize_with = "lenient::text")]
    message: Option<String>,
    /// There "if exists", and perhaps empty, as PHP writes an empty map.
    #[serde(default = "absent", deserialize_with = "perhaps_empty")]
    data: Option<Option<T>>,
}

fn absent<T>() -> Option<Option<T>> {
    None
}

fn perhaps_empty<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    lenient::object(deserializer).map(Some)
}

/// Whether the answer names a snapshot, whatever else it says.
pub(crate) fn names_a_snapshot(response: &Response) -> bool {
    data::<CreatedSnapshot>(response).is_ok()
}

/// What a create answers. What is said of another server tells nothing of this one.
pub(crate) fn created(response: &Response, server_id: &str) -> Result<Answer<CreatedSnapshot>, DecodeError> {
    let answer = data::<CreatedSnapshot>(response)?;
    match &answer.data.server_id {
        Some(other) if other != server_id => Err(DecodeError::new("the answer is about another server")),
        _ => Ok(answer),
    }
}

/// A success with its `data`.
pub(crate) fn data<T: DeserializeOwned>(response: &Response) -> Result<Answer<T>, DecodeError> {
    answer(response, |data| data.flatten().ok_or_else(no_data))
}

/// A success that has said all by being one.
pub(crate) fn data_if_any<T: DeserializeOwned + Default>(response: &Response) -> Result<Answer<T>, DecodeError> {
    answer(response, |data| Ok(data.flatten().unwrap_or_default()))
}

/// A page of a list. It may be empty; one that is not there says nothing, least of all that there are no snapshots.
pub(crate) fn page<T: DeserializeOwned>(response: &Response) -> Result<Answer<RecordPage<T>>, DecodeError> {
    answer(response, |data: Option<Option<RecordPage<T>>>| Ok(data.ok_or_else(no_data)?.unwrap_or_default()))
}

fn answer<T: DeserializeOwned, U>(
    response: &Response,
    taken: impl FnOnce(Option<Option<T>>) -> Result<U, DecodeError>,
) -> Result<Answer<U>, DecodeError> {
    let envelope: Envelope<T> = body(response)?;
    Ok(Answer { message: envelope.message, data: taken(envelope.data)? })
}

fn no_data() -> DecodeError {
    DecodeError::new("the answer has no data")
}

/// Reads what the body is, which need not be what was asked for: a failure may come in the other format.
fn body<T: DeserializeOwned>(response: &Response) -> Result<T, DecodeError> {
    #[cfg(feature = "xml")]
    if let Some(text) = crate::xml::text(response.text()) {
        let value = crate::xml::value(text).map_err(|reason| response.unreadable(reason))?;
        return serde_json::from_value(value)
            .map_err(|error| DecodeError::new(format!("the answer is not what the provider documents: {error}")));
    }
    response.json()
}

/// A number where one can be read, which nothing depends on.
fn number_if_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(lenient::text(deserializer)?.and_then(|text| text.parse().ok()))
}

/// Text that has to be there; an id may be written as a number.
fn required<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    lenient::text(deserializer)?.ok_or_else(|| D::Error::custom("a field that is always there is empty"))
}

/// What a create answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct CreatedSnapshot {
    /// The snapshot's id.
    #[serde(deserialize_with = "required")]
    pub snapshot_id: String,
    /// The server it is taken of.
    #[serde(default, deserialize_with = "lenient::text")]
    pub server_id: Option<String>,
    /// `processing` as a rule.
    #[serde(default, deserialize_with = "lenient::text")]
    pub snapshot_status: Option<String>,
}

/// What a delete answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct DeletedSnapshot {
    /// The snapshot's id.
    #[serde(deserialize_with = "lenient::text")]
    pub snapshot_id: Option<String>,
    /// `deleted` as a rule.
    #[serde(deserialize_with = "lenient::text")]
    pub snapshot_status: Option<String>,
}

/// What a restore answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ReinstalledServer {
    /// The server's id.
    #[serde(deserialize_with = "lenient::text")]
    pub server_id: Option<String>,
    /// `active` as a rule.
    #[serde(deserialize_with = "lenient::text")]
    pub order_status: Option<String>,
    /// `reinstall` as a rule.
    #[serde(deserialize_with = "lenient::text")]
    pub server_status: Option<String>,
}

/// A snapshot of a server, without its download URL: that is a secret, and asked for by
/// [`download_url`](crate::Api::download_url).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct ServerSnapshot {
    /// Its id.
    #[serde(deserialize_with = "required")]
    pub snapshot_id: String,
    /// The server it was taken of.
    #[serde(default, deserialize_with = "lenient::text")]
    pub server_id: Option<String>,
    /// The server's label.
    #[serde(default, deserialize_with = "lenient::text")]
    pub server_label: Option<String>,
    /// The name of its file, which the provider chose.
    #[serde(default, deserialize_with = "lenient::text")]
    pub snapshot_name: Option<String>,
    /// `YYYY-MM-DD HH:MM:SS`, in a zone that is not documented.
    #[serde(default, deserialize_with = "lenient::text")]
    pub snapshot_add_time: Option<String>,
    /// As `snapshot_add_time`; what it means is not documented. None on an active snapshot.
    #[serde(default, deserialize_with = "lenient::text")]
    pub snapshot_end_time: Option<String>,
    /// `manual`, `daily`, `weekly`, `monthly`, or another word.
    #[serde(default, deserialize_with = "lenient::text")]
    pub snapshot_cycle: Option<String>,
    /// `processing`, `active`, `deleted`, or another word.
    #[serde(default, deserialize_with = "lenient::text")]
    pub snapshot_status: Option<String>,
    /// Its size, in a unit that is not documented.
    #[serde(default, deserialize_with = "lenient::decimal")]
    pub snapshot_size: Option<f64>,
    /// When the download URL ends; most likely Unix seconds, which is not documented.
    #[serde(default, deserialize_with = "number_if_any")]
    pub snapshot_url_expires: Option<u64>,
}

impl ServerSnapshot {
    /// The provider's word for where it stands.
    pub(crate) fn status_word(&self) -> &str {
        self.snapshot_status.as_deref().unwrap_or("unknown")
    }

    pub(crate) fn is_deleted(&self) -> bool {
        self.status_word() == "deleted"
    }
}

/// Where the image of a snapshot can be fetched, by the address of the configuration and for a time: plain http.
///
/// Who holds the URL at that address has the whole disk. `Debug` does not show it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DownloadUrl {
    url: Secret,
    expires: Option<u64>,
}

impl DownloadUrl {
    /// The URL in clear.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.url.expose()
    }

    /// When it ends. That the number is Unix seconds is not documented; it looks so.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        Timestamp::from_second(i64::try_from(self.expires?).ok()?).ok()
    }
}

/// The part of a snapshot that [`ServerSnapshot`] leaves out.
#[derive(Deserialize)]
pub(crate) struct Download {
    #[serde(default, deserialize_with = "lenient::text")]
    snapshot_url: Option<String>,
    #[serde(default, deserialize_with = "number_if_any")]
    snapshot_url_expires: Option<u64>,
}

impl Download {
    /// The URL; there is none while the snapshot is not active.
    pub(crate) fn url(self) -> Option<DownloadUrl> {
        let expires = self.snapshot_url_expires;
        self.snapshot_url.map(|url| DownloadUrl { url: url.into(), expires })
    }
}

/// Which snapshots to list. What is `None` hides nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SnapshotFilter {
    /// Only this server's.
    pub server_id: Option<String>,
    /// `processing`, `active` or `deleted`.
    pub snapshot_status: Option<String>,
    /// `manual`, `daily`, `weekly` or `monthly`.
    pub snapshot_cycle: Option<String>,
    /// `owner` or `shared`.
    pub ownership: Option<String>,
    /// `snapshot_size_ascending`, `snapshot_size_descending`, `snapshot_add_time_ascending` or
    /// `snapshot_add_time_descending`, the provider's default.
    pub sorted_by: Option<String>,
    /// How many stand on a page, 10 to 100; `None` is 100.
    pub records_per_page: Option<u8>,
}

impl SnapshotFilter {
    pub(crate) fn check(&self) -> Result<()> {
        check_page_size(self.records_per_page)
    }
}

/// Which servers to list. What is `None` hides nothing, but for `order_status`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerFilter {
    /// `all`, `pending`, `active`, `suspended` or `canceled`; `None` is `active`, the servers that can be snapshotted.
    pub order_status: Option<String>,
    /// `install`, `reinstall`, `on`, `off`, `suspended` or `deleted`.
    pub server_status: Option<String>,
    /// `owner` or `shared`.
    pub ownership: Option<String>,
    /// `compute1` to `compute3`, `performance1` to `performance4`, `trial`.
    pub package: Option<String>,
    /// The caller's own tag.
    pub custom_info_1: Option<String>,
    /// The caller's own tag.
    pub custom_info_2: Option<String>,
    /// The caller's own tag.
    pub custom_info_3: Option<String>,
    /// `server_label_ascending`, `server_label_descending`, `activated_time_ascending` or
    /// `activated_time_descending`, the provider's default.
    pub sorted_by: Option<String>,
    /// How many stand on a page, 10 to 100; `None` is 100.
    pub records_per_page: Option<u8>,
}

impl ServerFilter {
    pub(crate) fn check(&self) -> Result<()> {
        check_page_size(self.records_per_page)
    }
}

fn check_page_size(records_per_page: Option<u8>) -> Result<()> {
    match records_per_page.filter(|size| !(endpoints::SMALLEST_PAGE..=endpoints::PAGE).contains(size)) {
        Some(size) => Err(Error::invalid_input(format!("a page has 10 to 100 records, not {size}"))),
        None => Ok(()),
    }
}

/// What a server is installed anew with. What is `None` is not sent.
///
/// [`from_snapshot`](Self::from_snapshot) is the restore; the page documents the other two sources for the same call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReinstallServer {
    /// `snapshot`, `template` or `iso`.
    pub install_source: String,
    /// The snapshot, where that is the source: an `active` one, of an installation from a template, of the same or a
    /// lower package.
    pub snapshot_id: Option<String>,
    /// The template, where that is the source.
    pub os_template: Option<String>,
    /// The server's full name in the DNS, where a template is the source.
    pub hostname: Option<String>,
    /// Up to ten public keys, one line each, that may log in afterwards.
    pub ssh_keys: Vec<String>,
    /// `cached_iso_file` or `own_iso_file`, where an ISO file is the source.
    pub iso_file_option: Option<String>,
    /// The name of a cached ISO file.
    pub cached_iso_file: Option<String>,
    /// The URL of an ISO file of one's own.
    pub iso_url: Option<String>,
    /// The operating system of an ISO file of one's own.
    pub os_variant: Option<String>,
    /// The architecture of an ISO file of one's own.
    pub arch: Option<String>,
}

impl ReinstallServer {
    /// From a snapshot.
    pub fn from_snapshot(snapshot_id: impl Into<String>) -> Self {
        let snapshot_id = Some(snapshot_id.into());
        Self { install_source: "snapshot".to_owned(), snapshot_id, ..Self::default() }
    }

    /// Sets the public keys that may log in afterwards.
    #[must_use]
    pub fn with_ssh_keys(mut self, keys: Vec<String>) -> Self {
        self.ssh_keys = keys;
        self
    }

    /// Keys are parted by line breaks when they are sent.
    pub(crate) fn check(&self) -> Result<()> {
        if self.ssh_keys.len() > 10 {
            return Err(Error::invalid_input("node.co.id takes ten ssh keys at most"));
        }
        match self.ssh_keys.iter().any(|key| key.trim().is_empty() || key.contains(['\r', '\n'])) {
            true => Err(Error::invalid_input("an ssh key is one line, and not an empty one")),
            false => Ok(()),
        }
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
#[non_exhaustive]
pub struct RecordPage<T> {
    /// How many there are in all.
    #[serde(default, deserialize_with = "lenient::whole")]
    pub total_records: Option<u64>,
    /// How many stand on a full page.
    #[serde(default, deserialize_with = "lenient::whole")]
    pub records_per_page: Option<u64>,
    /// How many pages there are.
    #[serde(default, deserialize_with = "lenient::whole")]
    pub total_pages: Option<u64>,
    /// Which page this is: the last, where a number past the end was asked for.
    #[serde(default, deserialize_with = "lenient::whole")]
    pub page: Option<u64>,
    /// What stands on it, in the provider's order.
    #[serde(default = "Vec::new", deserialize_with = "lenient::list")]
    pub records: Vec<T>,
}

impl<T> Default for RecordPage<T> {
    fn default() -> Self {
        Self { total_records: None, records_per_page: None, total_pages: None, page: None, records: Vec::new() }
    }
}

impl<T> RecordPage<T> {
    /// The records, and the number of the page after the one `asked` for, of pages of the largest size. Going on until
    /// a page is empty would never end: past the end stands the last page, again and again.
    pub(crate) fn turned(self, asked: u64) -> Result<Turned<T>, DecodeError> {
        if asked > 1 && self.page.is_some_and(|page| page != asked) {
            return Ok(Turned::new(Vec::new(), None));
        }
        let is_last = match self.total_pages {
            Some(total) => asked >= total,
            None if self.records.len() < usize::from(endpoints::PAGE) => true,
            None => return Err(DecodeError::new("the answer does not say how many pages there are")),
        };
        let next = asked.checked_add(1).filter(|_| !is_last);
        Ok(Turned::new(self.records, next.map(|page| page.to_string())))
    }
}

/// A server, without its root password, which is never read. A list may give less of it than
/// [`get_server_detail`](crate::Api::get_server_detail).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Server {
    /// Its id.
    #[serde(deserialize_with = "required")]
    pub server_id: String,
    /// Its label.
    #[serde(default, deserialize_with = "lenient::text")]
    pub server_label: Option<String>,
    /// `pending`, `active`, `suspended`, `canceled`, or another word.
    #[serde(default, deserialize_with = "lenient::text")]
    pub order_status: Option<String>,
    /// `install`, `reinstall`, `on`, `off`, `suspended`, `deleted`, or another word.
    #[serde(default, deserialize_with = "lenient::text")]
    pub server_status: Option<String>,
    /// `compute1` and so on.
    #[serde(default, deserialize_with = "lenient::text")]
    pub package: Option<String>,
    /// How many virtual CPUs.
    #[serde(default, deserialize_with = "lenient::decimal")]
    pub vcpu: Option<f64>,
    /// Memory, in GB as it is ordered.
    #[serde(default, deserialize_with = "lenient::decimal")]
    pub ram: Option<f64>,
    /// The SSD, in GB as it is ordered.
    #[serde(default, deserialize_with = "lenient::decimal")]
    pub ssd: Option<f64>,
    /// The hard disk; unit not documented.
    #[serde(default, deserialize_with = "lenient::decimal")]
    pub hdd: Option<f64>,
    /// The price; currency and period not documented.
    #[serde(default, deserialize_with = "lenient::decimal")]
    pub price: Option<f64>,
    /// The most a month may cost; unit not documented.
    #[serde(default, deserialize_with = "lenient::decimal")]
    pub monthly_cap: Option<f64>,
    /// `YYYY-MM-DD HH:MM:SS`, in a zone that is not documented.
    #[serde(default, deserialize_with = "lenient::text")]
    pub activated_time: Option<String>,
    /// As `activated_time`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub end_time: Option<String>,
    /// `api` and so on.
    #[serde(default, deserialize_with = "lenient::text")]
    pub install_method: Option<String>,
    /// `template`, `snapshot` or `iso`. Only snapshots of an installation from a template can be restored.
    #[serde(default, deserialize_with = "lenient::text")]
    pub install_source: Option<String>,
    /// The template.
    #[serde(default, deserialize_with = "lenient::text")]
    pub os_template: Option<String>,
    /// The ISO file.
    #[serde(default, deserialize_with = "lenient::text")]
    pub iso_url: Option<String>,
    /// The host's name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub hostname: Option<String>,
    /// The operating system.
    #[serde(default, deserialize_with = "lenient::text")]
    pub os_variant: Option<String>,
    /// The architecture.
    #[serde(default, deserialize_with = "lenient::text")]
    pub arch: Option<String>,
    /// Where it stands.
    #[serde(default, deserialize_with = "lenient::text")]
    pub data_center: Option<String>,
    /// What happens once its data transfer is used up.
    #[serde(default, deserialize_with = "lenient::text")]
    pub extra_data_transfer_action: Option<String>,
    /// `owner`, or `shared` where it is another account's: snapshots then depend on the rights that were given.
    #[serde(default, deserialize_with = "lenient::text")]
    pub ownership: Option<String>,
    /// The caller's own tag.
    #[serde(default, deserialize_with = "lenient::text")]
    pub custom_info_1: Option<String>,
    /// The caller's own tag.
    #[serde(default, deserialize_with = "lenient::text")]
    pub custom_info_2: Option<String>,
    /// The caller's own tag.
    #[serde(default, deserialize_with = "lenient::text")]
    pub custom_info_3: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    daily_snapshots: Option<bool>,
    /// So spelled on the provider's page.
    #[serde(default, deserialize_with = "lenient::flag")]
    daiy_snapshots: Option<bool>,
    #[serde(default, deserialize_with = "lenient::whole")]
    retain_daily_snapshots: Option<u64>,
    #[serde(default, deserialize_with = "lenient::flag")]
    weekly_snapshots: Option<bool>,
    #[serde(default, deserialize_with = "lenient::whole")]
    retain_weekly_snapshots: Option<u64>,
    #[serde(default, deserialize_with = "lenient::flag")]
    monthly_snapshots: Option<bool>,
    #[serde(default, deserialize_with = "lenient::whole")]
    retain_monthly_snapshots: Option<u64>,
}

impl Server {
    pub(crate) fn schedule(&self) -> Result<ServerSchedule, DecodeError> {
        let daily = self.daily_snapshots.or(self.daiy_snapshots);
        Ok(ServerSchedule {
            daily: Cycle::read("daily", daily, self.retain_daily_snapshots)?,
            weekly: Cycle::read("weekly", self.weekly_snapshots, self.retain_weekly_snapshots)?,
            monthly: Cycle::read("monthly", self.monthly_snapshots, self.retain_monthly_snapshots)?,
        })
    }
}

/// Which snapshots node.co.id says that it takes of a server by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerSchedule {
    /// Those of each day, kept for so many days.
    pub daily: Cycle,
    /// Those of each week, kept for so many weeks.
    pub weekly: Cycle,
    /// Those of each month, kept for so many months. The documentation was read up to the weekly ones: that
    /// `get_server_detail` tells of these, and under which name, is inferred.
    pub monthly: Cycle,
}

impl TryFrom<ServerSchedule> for SnapshotSchedule {
    type Error = Error;

    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) where the answer left a cycle out: all three are set at once, so
    /// that it would be set to off.
    fn try_from(told: ServerSchedule) -> Result<Self> {
        let wanted = |name: &str, cycle: Cycle| {
            match cycle {
            Cycle::NotTold => Err(Error::invalid_input(format!(
                "node.co.id does not say whether it takes {name} snapshots of this server, and all three are set at once"
            ))
            .with_advice(format!("say what the {name} ones are to be, too"))),
            told => Ok(told.kept()),
        }
        };
        Ok(Self {
            daily: wanted("daily", told.daily)?,
            weekly: wanted("weekly", told.weekly)?,
            monthly: wanted("monthly", told.monthly)?,
        })
    }
}

/// What node.co.id says of the snapshots of one kind that it takes by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cycle {
    /// None are taken.
    Off,
    /// They are taken, and kept for so many days, weeks or months.
    Kept(u8),
    /// The answer does not say whether any are taken. Setting it to off may end a schedule that is there.
    #[default]
    NotTold,
}

impl Cycle {
    fn read(name: &str, switch: Option<bool>, max_age: Option<u64>) -> Result<Self, DecodeError> {
        match (switch, max_age.map(u8::try_from)) {
            (None, _) => Ok(Self::NotTold),
            (Some(false), _) => Ok(Self::Off),
            (Some(true), Some(Ok(max_age))) => Ok(Self::Kept(max_age)),
            (Some(true), _) => {
                Err(DecodeError::new(format!("the answer does not say how long {name} snapshots are kept")))
            }
        }
    }

    /// For how long they are kept, where they are taken.
    #[must_use]
    pub fn kept(self) -> Option<u8> {
        match self {
            Self::Kept(max_age) => Some(max_age),
            Self::Off | Self::NotTold => None,
        }
    }
}

/// Which snapshots node.co.id is to take of a server by itself, and how long it keeps them; `None` is not at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SnapshotSchedule {
    /// Kept for this many days, 1 to 99.
    pub daily: Option<u8>,
    /// Kept for this many weeks, 1 to 99.
    pub weekly: Option<u8>,
    /// Kept for this many months, 1 to 99.
    pub monthly: Option<u8>,
}

impl SnapshotSchedule {
    /// Two digits are allowed, and nothing under 1.
    pub(crate) fn check(&self) -> Result<()> {
        for (name, kept) in [("daily", self.daily), ("weekly", self.weekly), ("monthly", self.monthly)] {
            if let Some(kept) = kept.filter(|kept| !(1..=99).contains(kept)) {
                return Err(Error::invalid_input(format!("{name} snapshots are kept for 1 to 99, not for {kept}")));
            }
        }
        Ok(())
    }
}

/// A schedule as it is answered to the call that sets it: under other names than a server has it.
#[derive(Deserialize)]
pub(crate) struct ScheduleAnswer {
    #[serde(default, deserialize_with = "lenient::flag")]
    daily_snapshot: Option<bool>,
    #[serde(default, deserialize_with = "lenient::whole")]
    daily_snapshot_max_age: Option<u64>,
    #[serde(default, deserialize_with = "lenient::flag")]
    weekly_snapshot: Option<bool>,
    #[serde(default, deserialize_with = "lenient::whole")]
    weekly_snapshot_max_age: Option<u64>,
    #[serde(default, deserialize_with = "lenient::flag")]
    monthly_snapshot: Option<bool>,
    #[serde(default, deserialize_with = "lenient::whole")]
    monthly_snapshot_max_age: Option<u64>,
}

impl ScheduleAnswer {
    pub(crate) fn schedule(&self) -> Result<ServerSchedule, DecodeError> {
        Ok(ServerSchedule {
            daily: Cycle::read("daily", self.daily_snapshot, self.daily_snapshot_max_age)?,
            weekly: Cycle::read("weekly", self.weekly_snapshot, self.weekly_snapshot_max_age)?,
            monthly: Cycle::read("monthly", self.monthly_snapshot, self.monthly_snapshot_max_age)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_everything(body: impl Into<Vec<u8>>) {
        let response = Response::new(200, body);
        let _ = Outcome::of(&response);
        let _ = data::<CreatedSnapshot>(&response);
        let _ = data_if_any::<DeletedSnapshot>(&response);
        let _ = data::<ServerSnapshot>(&response);
        let _ = data::<Download>(&response).map(|answer| answer.data.url().map(|url| url.expires_at()));
        let _ = data::<Server>(&response).and_then(|answer| answer.data.schedule());
        let _ = data::<ScheduleAnswer>(&response).and_then(|answer| answer.data.schedule());
        let _ = page::<ServerSnapshot>(&response).and_then(|answer| answer.data.turned(1));
    }

    #[test]
    fn what_is_not_told_is_not_written_back() {
        let mut told = ServerSchedule { daily: Cycle::Kept(7), weekly: Cycle::Off, monthly: Cycle::NotTold };
        let error = SnapshotSchedule::try_from(told).unwrap_err();
        assert!(error.to_string().contains("monthly"), "{error}");
        told.monthly = Cycle::Kept(12);
        let wanted = SnapshotSchedule { daily: Some(7), weekly: None, monthly: Some(12) };
        assert_eq!(SnapshotSchedule::try_from(told).unwrap(), wanted);
    }

    #[test]
    fn keys_are_lines() {
        let with_keys = |keys: &[&str]| {
            let keys = keys.iter().map(|key| (*key).to_owned()).collect();
            ReinstallServer::from_snapshot("a").with_ssh_keys(keys).check()
        };
        assert!(with_keys(&[]).is_ok() && with_keys(&["ssh-ed25519 one"; 10]).is_ok());
        assert!(with_keys(&["ssh-ed25519 one"; 11]).is_err());
        assert!(with_keys(&[" "]).is_err() && with_keys(&["ssh-ed25519 one\nssh-ed25519 two"]).is_err());
    }

    const SCALAR: &str = r#"(null|true|-?[0-9]{1,20}|[0-9]\.[0-9]|1e400|"[a-z0-9:. -]{0,9}"|\[\]|\{\}|\{"0": \{\}\})"#;

    proptest! {
        #[test]
        fn no_bytes_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            read_everything(body);
        }

        #[test]
        fn no_value_in_a_field_panics(
            fields in proptest::collection::vec(
                ("(snapshot_id|server_id|snapshot_size|snapshot_url_expires|daiy_snapshots|daily_snapshots|retain_daily_snapshots|daily_snapshot|daily_snapshot_max_age|total_pages|page|records)", SCALAR),
                0..8,
            )
        ) {
            let fields: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
            read_everything(format!("{{\"code\": \"OK\", \"data\": {{{}}}}}", fields.join(", ")));
        }

        #[test]
        fn a_page_leads_on_only_to_the_next_and_never_past_the_last(
            asked in 1..9_u64, page in proptest::option::of(0..9_u64), total_pages in proptest::option::of(0..9_u64), records in 0..150_usize
        ) {
            let answer = RecordPage { page, total_pages, records: vec![(); records], ..RecordPage::default() };
            if let Ok(Turned { next: Some(next), .. }) = answer.turned(asked) {
                let next: u64 = next.parse().unwrap();
                prop_assert_eq!(next, asked + 1);
                prop_assert!(total_pages.is_some_and(|total| next <= total) && records > 0);
            }
        }
    }
}
