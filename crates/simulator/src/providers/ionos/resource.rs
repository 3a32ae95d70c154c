use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use crate::credentials::IONOS_USERNAME;

pub(super) const BASE_PATH: &str = "/cloudapi/v6";
const USER_ID: &str = "00000000-0000-4000-8000-0000000000aa";

/// What the description of a resource depends on beside the resource.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    /// The origin with the base path, with which links begin.
    pub(super) base: &'a str,
    pub(super) now: Instant,
    pub(super) depth: u8,
}

/// What collections show, filter and order.
pub(super) trait Resource {
    /// A property, or else a member of the metadata, as text.
    fn field(&self, name: &str, now: Instant) -> Option<String>;

    /// Its id, type and href.
    fn reference(&self, base: &str) -> Reference;

    /// What stands beside the reference from depth 1 on.
    fn contents<'a>(&'a self, view: View<'a>) -> impl Serialize + use<'a, Self>;
}

#[derive(Serialize)]
pub(super) struct Reference {
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) href: String,
}

/// A resource as an answer has it: on its own with all, as an item with what the depth shows.
#[derive(Serialize)]
pub(super) struct Described<C> {
    #[serde(flatten)]
    reference: Reference,
    #[serde(flatten)]
    contents: Option<C>,
}

pub(super) fn describe<'a, R: Resource>(resource: &'a R, view: View<'a>) -> Described<impl Serialize + use<'a, R>> {
    Described { reference: resource.reference(view.base), contents: Some(resource.contents(view)) }
}

/// What an item of a collection at depth 0 holds beside its reference is not documented: nothing here.
pub(super) fn describe_item<'a, R: Resource>(
    resource: &'a R,
    view: View<'a>,
) -> Described<impl Serialize + use<'a, R>> {
    let contents = (view.depth > 0).then(|| resource.contents(view));
    Described { reference: resource.reference(view.base), contents }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata<'a> {
    etag: &'a str,
    created_date: &'a str,
    created_by: &'static str,
    created_by_user_id: &'static str,
    last_modified_date: &'a str,
    last_modified_by: &'static str,
    last_modified_by_user_id: &'static str,
    state: &'static str,
}

impl<'a> Metadata<'a> {
    pub(super) fn new(etag: &'a str, created: &'a str, modified: &'a str, state: &'static str) -> Self {
        Self {
            etag,
            created_date: created,
            created_by: IONOS_USERNAME,
            created_by_user_id: USER_ID,
            last_modified_date: modified,
            last_modified_by: IONOS_USERNAME,
            last_modified_by_user_id: USER_ID,
            state,
        }
    }

    pub(super) fn field(&self, name: &str) -> Option<String> {
        let text = match name {
            "etag" => self.etag,
            "createdDate" => self.created_date,
            "createdBy" => self.created_by,
            "createdByUserId" => self.created_by_user_id,
            "lastModifiedDate" => self.last_modified_date,
            "lastModifiedBy" => self.last_modified_by,
            "lastModifiedByUserId" => self.last_modified_by_user_id,
            "state" => self.state,
            _ => return None,
        };
        Some(text.to_owned())
    }
}

/// In whole seconds, as captured.
pub(super) fn rfc3339(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

pub(super) fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
