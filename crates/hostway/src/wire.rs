//! What goes over the wire, as the API's wiki documents it.
//!
//! Ids are text or numbers; what is not set is `null`, an empty text or missing; what is unknown is ignored.

use cloudsnap_core::provider::{DecodeError, Response, lenient};
use http::header::LOCATION;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Deserializer, Serialize};

use crate::error;

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
    /// The description, with our tag where we made the snapshot.
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Its id, for [`Config::with_account_id`](crate::Config::with_account_id).
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

/// The answer with one snapshot.
pub(crate) fn snapshot(response: &Response) -> Result<ServerSnapshot, DecodeError> {
    expect_here(response)?;
    let wrapped = response.json::<WrappedSnapshot<ServerSnapshot>>().or_else(|unreadable| {
        let repaired = Response::new(response.status, with_commas_set_right(response.text()));
        repaired.json().map_err(|_| unreadable)
    })?;
    Ok(wrapped.snapshot)
}

/// The new snapshot, whose id is the one that `Location` ends in, or the body's, or that of the body's `self` link. Where
/// `Location` names it, the body may be anything.
pub(crate) fn created(response: &Response) -> Result<ServerSnapshot, DecodeError> {
    expect_here(response)?;
    let named = response.header(LOCATION).and_then(id_in_address);
    let mut snapshot = match (snapshot(response), &named) {
        (Ok(snapshot), _) => snapshot,
        (Err(_), Some(_)) => ServerSnapshot::default(),
        (Err(unreadable), None) => return Err(unreadable),
    };
    let own = Some(std::mem::take(&mut snapshot.id)).filter(|id| can_be_asked_for(id));
    let id = named.or(own).or_else(|| snapshot.self_link().and_then(id_in_address));
    snapshot.id = id.ok_or_else(|| DecodeError::new("the answer has no id of a snapshot"))?;
    Ok(snapshot)
}

/// A restore documents no body. A page for people, though, is no answer of the API.
pub(crate) fn restored(response: &Response) -> Result<(), DecodeError> {
    expect_here(response)?;
    match response.status {
        200 | 201 | 202 | 204 if !response.text().trim_ascii_start().starts_with('<') => Ok(()),
        status => Err(response.unreadable(format_args!("HTTP {status}"))),
    }
}

/// Refuses the redirects by which lists are cut into pages, where no list was asked for.
pub(crate) fn expect_here(response: &Response) -> Result<(), DecodeError> {
    match error::see_other(response) {
        Some(_) => Err(DecodeError::new("the answer is a redirect, which is documented for lists only")),
        None => Ok(()),
    }
}

impl ServerSnapshot {
    fn self_link(&self) -> Option<&str> {
        self.links.iter().find(|link| link.rel.as_deref() == Some("self")).and_then(|link| link.href.as_deref())
    }
}

/// The id in `http://…/snapshots/{snapshot_id}/`. Only the id is used, never the host before it.
fn id_in_address(address: &str) -> Option<String> {
    let path = address.split(['?', '#']).next()?;
    let (collection, id) = path.trim_end_matches('/').rsplit_once('/')?;
    let id = percent_decode_str(id).decode_utf8().ok()?;
    (collection.ends_with("/snapshots") && can_be_asked_for(&id)).then(|| id.into_owned())
}

/// Whether an id can stand in a path.
fn can_be_asked_for(id: &str) -> bool {
    !matches!(id, "" | "." | "..")
}

/// JSON with the commas set right that the wiki's samples of a snapshot have wrong: none between a text and the next
/// name, and one before a closing bracket. Nothing inside quotes is touched.
fn with_commas_set_right(json: &str) -> String {
    let mut repaired = String::with_capacity(json.len() + 8);
    let (mut is_in_text, mut is_escaped) = (false, false);
    for character in json.chars() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = is_in_text,
            '"' => {
                if !is_in_text && repaired.trim_end().ends_with('"') {
                    repaired.push(',');
                }
                is_in_text = !is_in_text;
            }
            '}' | ']' if !is_in_text => {
                if let Some(without_comma) = repaired.trim_end().strip_suffix(',') {
                    repaired.truncate(without_comma.len());
                }
            }
            _ => {}
        }
        repaired.push(character);
    }
    repaired
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn commas_are_set_right_outside_of_texts_only() {
        for (printed, right) in [
            (r#"{"a": "1" "b": [2, 3,], }"#, r#"{"a": "1" ,"b": [2, 3]}"#),
            (r#"{"a": "b\" \"c, }", "d": ""}"#, r#"{"a": "b\" \"c, }", "d": ""}"#),
            (r#"{"a": "\\" "b": 1}"#, r#"{"a": "\\" ,"b": 1}"#),
        ] {
            assert_eq!(with_commas_set_right(printed), right);
            serde_json::from_str::<serde_json::Value>(right).unwrap();
        }
    }

    proptest! {
        #[test]
        fn what_is_right_stays_as_it_is(texts in prop::collection::vec("\\PC*", 0..4), numbers in any::<[u8; 2]>()) {
            let json = serde_json::json!({ "texts": texts, "numbers": numbers, "objects": [{}, { "a": [] }] }).to_string();
            prop_assert_eq!(with_commas_set_right(&json), json);
        }

        #[test]
        fn a_created_snapshot_has_an_id(body in "\\PC*", location in "[ -~]*") {
            let mut response = Response::new(202, body);
            response.headers.insert(LOCATION, HeaderValue::from_str(&location).unwrap());
            if let Ok(snapshot) = created(&response) {
                prop_assert!(can_be_asked_for(&snapshot.id));
            }
        }

        #[test]
        fn the_id_in_a_location_is_its_last_segment(id in "[A-Za-z0-9_~-]+", slash in "/?") {
            let location = format!("http://api.hostway.com/servers/a/snapshots/{id}{slash}");
            prop_assert_eq!(id_in_address(&location), Some(id));
        }

        #[test]
        fn an_id_in_a_location_is_decoded(id in "\\PC+") {
            prop_assume!(can_be_asked_for(&id));
            let path = cloudsnap_core::provider::path(["servers", "a", "snapshots", &id]).unwrap();
            prop_assert_eq!(id_in_address(&path), Some(id));
        }
    }
}
