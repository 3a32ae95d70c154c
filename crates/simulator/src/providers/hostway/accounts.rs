use serde_json::{Value, json};

use super::reply::{Reply, bad_request, ok};
use super::servers::ZONE;
use crate::credentials::HOSTWAY_ACCOUNT_ID;
use crate::request::{Pairs, find};

/// The account, behind this origin.
pub(super) fn list(origin: &str, query: &Pairs) -> Reply {
    let (page, size) = (find(query, "page"), find(query, "pageSize"));
    let is_number = |text: Option<&str>| text.is_none_or(|text| text.parse::<u32>().is_ok());
    if page.is_some() != size.is_some() || !is_number(page) || !is_number(size) {
        return bad_request("page and pageSize belong together");
    }
    let is_open = find(query, "filterStatus").is_none_or(|status| status == "open");
    let account = json!({
        "status": "open",
        "links": [link(origin, &format!("/accounts/{HOSTWAY_ACCOUNT_ID}/"), "self")],
        "accountNumber": HOSTWAY_ACCOUNT_ID,
        "createdDate": "2011-12-05T12:51:28",
        "currency": "USD",
    });
    Ok(ok(&json!({
        "list": if is_open { vec![account] } else { Vec::new() },
        "links": [link(origin, "/accounts?pageSize=100&page=1", "self")],
    })))
}

pub(super) fn describe(origin: &str) -> Value {
    let cloud = format!("/accounts/{HOSTWAY_ACCOUNT_ID}/flexcloud");
    json!({
        "accountNumber": HOSTWAY_ACCOUNT_ID,
        "status": "open",
        "flexcloud": [link(origin, &cloud, "related")],
    })
}

pub(super) fn zones() -> Value {
    json!({ HOSTWAY_ACCOUNT_ID: [{ "zone": ZONE, "location": "australia.001" }] })
}

fn link(origin: &str, path: &str, relation: &str) -> Value {
    json!({ "href": format!("{origin}{path}"), "rel": relation })
}
