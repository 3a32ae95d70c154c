//! The JSON of the bench: bodies that a server sends, and the plain structs that one decodes them into by hand.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// What a person who needs snapshots, and knows what for, writes down: as much as ours says of a snapshot.
#[derive(Debug, Deserialize)]
pub struct Plain {
    /// The id.
    pub id: String,
    /// State and date.
    pub metadata: PlainMetadata,
    /// Name, description, size.
    pub properties: PlainProperties,
}

/// State and date.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlainMetadata {
    /// The state.
    pub state: Option<String>,
    /// The date, as text.
    pub created_date: Option<String>,
}

/// Name, description, size.
#[derive(Debug, Deserialize)]
pub struct PlainProperties {
    /// The name.
    pub name: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// The size in GB.
    pub size: Option<f64>,
}

/// A list.
#[derive(Debug, Deserialize)]
pub struct List<T> {
    /// What stands on it.
    pub items: Vec<T>,
}

/// How a request stands.
#[derive(Debug, Deserialize)]
pub struct Status {
    /// The status itself.
    pub metadata: StatusMetadata,
}

/// The status itself.
#[derive(Debug, Deserialize)]
pub struct StatusMetadata {
    /// `DONE`, when it is.
    pub status: String,
}

/// The body of a create.
#[derive(Debug, Serialize)]
pub struct Create<'a> {
    /// What is said.
    pub properties: CreateProperties<'a>,
}

/// What a create says.
#[derive(Debug, Serialize)]
pub struct CreateProperties<'a> {
    /// The name.
    pub name: &'a str,
    /// The description.
    pub description: &'a str,
}

/// Every field that IONOS documents of a snapshot, as a plain struct: the same work as our wire struct, less what it
/// forgives.
#[derive(Debug, Deserialize)]
pub struct Documented {
    /// The id.
    pub id: String,
    /// State and dates.
    pub metadata: DocumentedMetadata,
    /// What it is.
    pub properties: DocumentedProperties,
}

/// State and dates.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the documentation's")]
pub struct DocumentedMetadata {
    pub etag: Option<String>,
    pub created_date: Option<String>,
    pub created_by: Option<String>,
    pub created_by_user_id: Option<String>,
    pub last_modified_date: Option<String>,
    pub last_modified_by: Option<String>,
    pub last_modified_by_user_id: Option<String>,
    pub state: Option<String>,
}

/// What it is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the documentation's")]
pub struct DocumentedProperties {
    pub name: Option<String>,
    pub description: Option<String>,
    pub location: Option<String>,
    pub size: Option<f64>,
    pub sec_auth_protection: Option<bool>,
    pub cpu_hot_plug: Option<bool>,
    pub cpu_hot_unplug: Option<bool>,
    pub ram_hot_plug: Option<bool>,
    pub ram_hot_unplug: Option<bool>,
    pub nic_hot_plug: Option<bool>,
    pub nic_hot_unplug: Option<bool>,
    pub disc_virtio_hot_plug: Option<bool>,
    pub disc_virtio_hot_unplug: Option<bool>,
    pub disc_scsi_hot_plug: Option<bool>,
    pub disc_scsi_hot_unplug: Option<bool>,
    pub expose_serial: Option<bool>,
    pub require_legacy_bios: Option<bool>,
    pub licence_type: Option<String>,
    pub application_type: Option<String>,
}

/// A list of so many snapshots, as IONOS documents it, each with our marker.
#[must_use]
pub fn list_of(count: usize) -> String {
    let mut list = String::from(r#"{"id":"snapshots","type":"collection","href":"https://x/snapshots","items":["#);
    for number in 0..count {
        let comma = if number == 0 { "" } else { "," };
        // Writing to a String cannot fail.
        let _ = write!(list, "{comma}{}", snapshot(number));
    }
    list.push_str("]}");
    list
}

fn snapshot(number: usize) -> String {
    format!(
        concat!(
            r#"{{"id":"5f5e1000-0000-4000-8000-{n:012}","type":"snapshot","#,
            r#""href":"https://api.ionos.com/cloudapi/v6/snapshots/5f5e1000-0000-4000-8000-{n:012}","#,
            r#""metadata":{{"etag":"45480eb3fbfc31f1d916c1eaa4abdcc3","createdDate":"2026-05-02T13:50:00Z","#,
            r#""createdBy":"user@example.com","createdByUserId":"7d1b2c3d-0000-4000-8000-000000000001","#,
            r#""lastModifiedDate":"2026-05-02T13:50:00Z","lastModifiedBy":"user@example.com","#,
            r#""lastModifiedByUserId":"7d1b2c3d-0000-4000-8000-000000000001","state":"AVAILABLE"}},"#,
            r#""properties":{{"name":"nightly-{n}","description":"before the upgrade "#,
            r#"[cloudsnap id=3f0a91c2b4d5e6f7{n:08} source=d0000000-0000-4000-8000-000000000001/"#,
            r#"b0000000-0000-4000-8000-000000000001]","location":"de/fra","size":100,"#,
            r#""secAuthProtection":false,"cpuHotPlug":true,"cpuHotUnplug":false,"ramHotPlug":true,"#,
            r#""ramHotUnplug":false,"nicHotPlug":true,"nicHotUnplug":true,"discVirtioHotPlug":true,"#,
            r#""discVirtioHotUnplug":true,"discScsiHotPlug":false,"discScsiHotUnplug":false,"#,
            r#""exposeSerial":false,"requireLegacyBios":true,"licenceType":"LINUX","applicationType":"UNKNOWN"}}}}"#
        ),
        n = number
    )
}
