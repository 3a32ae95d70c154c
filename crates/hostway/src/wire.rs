//! What goes over the wire, as the API's wiki documents it.
//!
//! Ids are text or numbers; what is not set is `null`, an empty text or missing; what is unknown is ignored.

use cloudsnap_core::lenient;
use serde::{Deserialize, Deserializer, Serialize};

/// A server snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ServerSnapshot {
    /// Its id, such as `snapshot_jello614636-USOTE-0214_2012Jul19_m5yf9Bz8a`.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// The display name, unique on its server.
    #[serde(deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// The description, with our marker where we made the snapshot.
    #[serde(deserialize_with = "lenient::text")]
    pub description: Option<String>,
    /// `BUILD`, `ACTIVE`, `DELETED`, or another word.
    #[serde(deserialize_with = "lenient::text")]
    pub status: Option<String>,
    /// Its GUID; not there while it is pending.
    #[serde(deserialize_with = "lenient::text")]
    pub guid: Option<String>,
    /// The GUID of its parent; not there while it is pending.
    #[serde(deserialize_with = "lenient::text")]
    pub parent_guid: Option<String>,
    /// A GUID whose meaning is not documented; not there while it is pending.
    #[serde(deserialize_with = "lenient::text")]
    pub relation_guid: Option<String>,
    /// When it was made, without a zone; not there, or `0000-00-00 00:00:00`, while it is pending.
    #[serde(deserialize_with = "lenient::text")]
    pub create_time: Option<String>,
    /// In a list, `self` is its server's address, not its own.
    #[serde(deserialize_with = "lenient::list")]
    pub links: Vec<Link>,
}

/// A link to a resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Link {
    /// The address, whose host may be another one than the API's.
    #[serde(deserialize_with = "lenient::text")]
    pub href: Option<String>,
    /// `self`, `bookmark`, `related`; `next` and so on for pages.
    #[serde(deserialize_with = "lenient::text")]
    pub rel: Option<String>,
}

/// What a create says beside where. The page marks neither as optional, so that both are always sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CreateServerSnapshot {
    /// The display name, unique on its server.
    pub name: String,
    /// The description.
    pub description: String,
}

/// A snapshot is wrapped so, in both directions.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WrappedSnapshot<T> {
    pub(crate) snapshot: T,
}

/// The body of a restore. No other action is documented.
#[derive(Debug, Serialize)]
pub(crate) struct SnapshotAction {
    pub(crate) action: &'static str,
}

/// A server. Lists without details say `id`, `zone` and `links` only.
///
/// Left out are `adminPass`, a password, and `metadata`, which is documented as always empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Server {
    /// Its id, such as `test_server_0001`.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// The key of its zone, such as `AUS001`.
    #[serde(deserialize_with = "lenient::text")]
    pub zone: Option<String>,
    /// The display name.
    #[serde(deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// `BUILD`, `ACTIVE`, `SUSPENDED`, `DELETED`, `STOPPED`, `PROCESSING`, or another word.
    #[serde(deserialize_with = "lenient::text")]
    pub status: Option<String>,
    /// When it was made, without a zone.
    #[serde(deserialize_with = "lenient::text")]
    pub created: Option<String>,
    /// Documented as unused.
    #[serde(deserialize_with = "lenient::text")]
    pub updated: Option<String>,
    /// The machine it runs on.
    #[serde(deserialize_with = "lenient::text")]
    pub host_id: Option<String>,
    /// The account that owns it.
    #[serde(deserialize_with = "lenient::text")]
    pub user_id: Option<String>,
    /// Its addresses.
    #[serde(deserialize_with = "lenient::object")]
    pub addresses: Option<Addresses>,
    /// Its default public address.
    #[serde(rename = "accessIPv4", deserialize_with = "lenient::text")]
    pub access_ipv4: Option<String>,
    /// Documented as unused.
    #[serde(rename = "accessIPv6", deserialize_with = "lenient::text")]
    pub access_ipv6: Option<String>,
    /// The image it was made of.
    #[serde(deserialize_with = "lenient::object")]
    pub image: Option<Resource>,
    /// Its size.
    #[serde(deserialize_with = "lenient::object")]
    pub flavor: Option<Resource>,
    /// Its security group.
    #[serde(deserialize_with = "lenient::object")]
    pub security_group: Option<Resource>,
    /// 0, 50 or 100.
    #[serde(deserialize_with = "lenient::whole")]
    pub progress: Option<u64>,
    /// Documented as unused.
    #[serde(deserialize_with = "lenient::text")]
    pub tenant_id: Option<String>,
    /// Its own address.
    #[serde(deserialize_with = "lenient::list")]
    pub links: Vec<Link>,
}

/// The addresses of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Addresses {
    /// Those that the internet reaches.
    #[serde(deserialize_with = "lenient::list")]
    pub public: Vec<Address>,
    /// Those of the private network.
    #[serde(deserialize_with = "lenient::list")]
    pub private: Vec<Address>,
}

/// An address of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Address {
    /// 4 or 6.
    #[serde(deserialize_with = "lenient::whole")]
    pub version: Option<u64>,
    /// The address itself.
    #[serde(deserialize_with = "lenient::text")]
    pub addr: Option<String>,
}

/// An image, a flavor or a security group, as a server names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Resource {
    /// Its id; a flavor's is a number here and text elsewhere.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// The display name.
    #[serde(deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// Its own address.
    #[serde(deserialize_with = "lenient::list")]
    pub links: Vec<Link>,
}

/// Which servers to list. Without a status, those in `BUILD`, `SUSPENDED` and `DELETED` are hidden.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerFilter {
    /// The name; whether a part of it is enough is not documented.
    pub name: Option<String>,
    /// `BUILD`, `ACTIVE`, `SUSPENDED`, `DELETED`, `STOPPED` or `PROCESSING`.
    pub status: Option<String>,
    /// The absolute URL of an image.
    pub image: Option<String>,
    /// The key of a zone. Not documented for lists with details.
    pub zone: Option<String>,
    /// The key of a region. Not documented for lists with details.
    pub region: Option<String>,
}

/// A volume that is attached to a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct VolumeAttachment {
    /// The id of the attachment.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// The server.
    #[serde(deserialize_with = "id")]
    pub server_id: String,
    /// The volume.
    #[serde(deserialize_with = "id")]
    pub volume_id: String,
    /// The device on the server, such as `/dev/test`.
    #[serde(deserialize_with = "lenient::text")]
    pub device: Option<String>,
}

/// An account that the credentials may use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Account {
    /// Its id, for [`Config::account_id`](crate::Config::account_id).
    #[serde(deserialize_with = "id")]
    pub account_number: String,
    /// `pending`, `open`, `suspended`, `closed`, or another word.
    #[serde(deserialize_with = "lenient::text")]
    pub status: Option<String>,
    /// When it was made; the form is not documented.
    #[serde(deserialize_with = "lenient::text")]
    pub created_date: Option<String>,
    /// Such as `USD`.
    #[serde(deserialize_with = "lenient::text")]
    pub currency: Option<String>,
    /// Its own address.
    #[serde(deserialize_with = "lenient::list")]
    pub links: Vec<Link>,
}

/// Which accounts to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountFilter {
    /// `pending`, `open`, `suspended` or `closed`.
    pub status: Option<String>,
    /// This page alone; `None` is all pages. For a page beyond the end, Hostway answers with another.
    pub page: Option<AccountPage>,
}

/// A page of accounts. The API takes both numbers or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountPage {
    /// Which page; the first is 1.
    pub number: u32,
    /// How many accounts a page has, 400 at most.
    pub size: u32,
}

/// A zone in which an account can have servers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Zone {
    /// Its key, such as `USOTE-2012-TAMPA`.
    #[serde(deserialize_with = "id")]
    pub zone: String,
    /// Where it is, such as `ote.2012.tampa`.
    #[serde(deserialize_with = "lenient::text")]
    pub location: Option<String>,
}

/// The answer with one server.
#[derive(Debug, Deserialize)]
pub(crate) struct WrappedServer {
    pub(crate) server: Server,
}

/// A list, or a page of one. Pages are documented with the key `list`, the lists themselves with keys of their own. An
/// answer with none of them is unreadable, never an empty list.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub(crate) struct Collection<T> {
    #[serde(alias = "servers", alias = "snapshots", alias = "volumeAttachments", deserialize_with = "lenient::list")]
    pub(crate) list: Vec<T>,
    #[serde(default, deserialize_with = "lenient::list")]
    pub(crate) links: Vec<Link>,
}

impl<T> Collection<T> {
    /// The address of the next page.
    pub(crate) fn next(&self) -> Option<&str> {
        self.links.iter().find(|link| link.rel.as_deref() == Some("next")).and_then(|link| link.href.as_deref())
    }
}

/// An id, from text or a number; empty where it is missing.
fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(lenient::text(deserializer)?.unwrap_or_default())
}
