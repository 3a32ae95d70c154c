//! The JSON of the bench: bodies that a server sends, and the plain structs that one decodes them into by hand.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// What a person who needs snapshots, and knows what for, writes down: as much as ours says of a snapshot.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "decoded, and dropped")]
pub(crate) struct Plain {
    /// The id.
    pub(crate) id: String,
    /// State and date.
    pub(crate) metadata: PlainMetadata,
    /// Name, description, size.
    pub(crate) properties: PlainProperties,
}

/// State and date.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "decoded, and dropped")]
pub(crate) struct PlainMetadata {
    /// The state.
    pub(crate) state: Option<String>,
    /// The date, as text.
    pub(crate) created_date: Option<String>,
}

/// Name, description, size.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "decoded, and dropped")]
pub(crate) struct PlainProperties {
    /// The name.
    pub(crate) name: Option<String>,
    /// The description.
    pub(crate) description: Option<String>,
    /// The size in GB.
    pub(crate) size: Option<f64>,
}

/// A list.
#[derive(Debug, Deserialize)]
pub(crate) struct List<T> {
    /// What stands on it.
    pub(crate) items: Vec<T>,
}

/// How a request stands.
#[derive(Debug, Deserialize)]
pub(crate) struct Status {
    /// The status itself.
    pub(crate) metadata: StatusMetadata,
}

/// The status itself.
#[derive(Debug, Deserialize)]
pub(crate) struct StatusMetadata {
    /// `DONE`, when it is.
    pub(crate) status: String,
}

/// The body of a create.
#[derive(Debug, Serialize)]
pub(crate) struct Create<'a> {
    /// What is said.
    pub(crate) properties: CreateProperties<'a>,
}

/// What a create says.
#[derive(Debug, Serialize)]
pub(crate) struct CreateProperties<'a> {
    /// The name.
    pub(crate) name: &'a str,
    /// The description.
    pub(crate) description: &'a str,
}

/// Every field that IONOS documents of a snapshot, as a plain struct: the same work as our wire struct, less what it
/// forgives.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "decoded, and dropped")]
pub(crate) struct Documented {
    /// The id.
    pub(crate) id: String,
    /// State and dates.
    pub(crate) metadata: DocumentedMetadata,
    /// What it is.
    pub(crate) properties: DocumentedProperties,
}

/// State and dates.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "decoded, and dropped")]
pub(crate) struct DocumentedMetadata {
    pub(crate) etag: Option<String>,
    pub(crate) created_date: Option<String>,
    pub(crate) created_by: Option<String>,
    pub(crate) created_by_user_id: Option<String>,
    pub(crate) last_modified_date: Option<String>,
    pub(crate) last_modified_by: Option<String>,
    pub(crate) last_modified_by_user_id: Option<String>,
    pub(crate) state: Option<String>,
}

/// What it is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "decoded, and dropped")]
pub(crate) struct DocumentedProperties {
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) size: Option<f64>,
    pub(crate) sec_auth_protection: Option<bool>,
    pub(crate) cpu_hot_plug: Option<bool>,
    pub(crate) cpu_hot_unplug: Option<bool>,
    pub(crate) ram_hot_plug: Option<bool>,
    pub(crate) ram_hot_unplug: Option<bool>,
    pub(crate) nic_hot_plug: Option<bool>,
    pub(crate) nic_hot_unplug: Option<bool>,
    pub(crate) disc_virtio_hot_plug: Option<bool>,
    pub(crate) disc_virtio_hot_unplug: Option<bool>,
    pub(crate) disc_scsi_hot_plug: Option<bool>,
    pub(crate) disc_scsi_hot_unplug: Option<bool>,
    pub(crate) expose_serial: Option<bool>,
    pub(crate) require_legacy_bios: Option<bool>,
    pub(crate) licence_type: Option<String>,
    pub(crate) application_type: Option<String>,
}

/// A list of so many snapshots, as IONOS documents it, each with our tag.
pub(crate) fn list_of(count: usize) -> String {
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
