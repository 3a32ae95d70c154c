use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{Refusal, refuse};

pub(super) type Properties = Map<String, Value>;

const LICENCES: [&str; 9] =
    ["UNKNOWN", "WINDOWS", "WINDOWS2016", "WINDOWS2019", "WINDOWS2022", "WINDOWS2025", "RHEL", "LINUX", "OTHER"];

/// What a create takes; the other flags are for updates only.
const CREATABLE: [&str; 5] = ["name", "description", "secAuthProtection", "licenceType", "applicationType"];

/// A new snapshot's properties, before the caller's.
pub(super) fn inherited(size: u64) -> Properties {
    let properties = json!({
        "name": null,
        "description": null,
        "location": "de/fra",
        "size": size,
        "secAuthProtection": false,
        "cpuHotPlug": true,
        "cpuHotUnplug": false,
        "ramHotPlug": true,
        "ramHotUnplug": false,
        "nicHotPlug": true,
        "nicHotUnplug": true,
        "discVirtioHotPlug": true,
        "discVirtioHotUnplug": true,
        "discScsiHotPlug": false,
        "discScsiHotUnplug": false,
        "exposeSerial": false,
        "requireLegacyBios": true,
        "licenceType": "LINUX",
        "applicationType": "UNKNOWN",
    });
    match properties {
        Value::Object(properties) => properties,
        _ => Properties::new(),
    }
}

/// The properties of a create: wrapped, optional, five of them.
pub(super) fn for_create(body: Value) -> Result<Properties, Refusal> {
    let properties = unwrapped(body)?.unwrap_or_default();
    if let Some(name) = properties.keys().find(|name| !CREATABLE.contains(&name.as_str())) {
        return attribute("107", &format!("properties.{name}"), "is not allowed");
    }
    check(&properties, "properties.")?;
    Ok(properties)
}

/// The properties of a PATCH, which come bare.
pub(super) fn for_patch(body: Value) -> Result<Properties, Refusal> {
    let Value::Object(properties) = body else { return attribute("100", "", "is no object") };
    check(&properties, "")?;
    Ok(properties)
}

/// The properties of a PUT, which come wrapped.
pub(super) fn for_put(body: Value) -> Result<Properties, Refusal> {
    let Some(properties) = unwrapped(body)? else {
        return attribute("100", "properties", "is required");
    };
    check(&properties, "properties.")?;
    Ok(properties)
}

/// What stands under `properties`, beside which nothing may stand.
pub(super) fn unwrapped(body: Value) -> Result<Option<Properties>, Refusal> {
    let Value::Object(mut body) = body else { return attribute("100", "", "is no object") };
    let properties = body.remove("properties");
    if let Some(name) = body.keys().next() {
        let read_only = ["id", "type", "href", "metadata"].contains(&name.as_str());
        return if read_only { attribute("105", name, "is read-only") } else { unknown(name) };
    }
    match properties {
        None => Ok(None),
        Some(Value::Object(properties)) => Ok(Some(properties)),
        Some(_) => attribute("100", "properties", "is no object"),
    }
}

fn check(properties: &Properties, prefix: &str) -> Result<(), Refusal> {
    for (name, value) in properties {
        let path = format!("{prefix}{name}");
        let fits = match name.as_str() {
            "location" | "size" => return attribute("105", &path, "is read-only"),
            "name" | "description" | "applicationType" => value.is_string(),
            "licenceType" => value.as_str().is_some_and(|word| LICENCES.contains(&word)),
            flag if is_flag(flag) => value.is_boolean(),
            _ => return unknown(&path),
        };
        if !fits {
            return attribute("100", &path, "has a value that is not allowed");
        }
    }
    Ok(())
}

fn is_flag(name: &str) -> bool {
    inherited(0).get(name).is_some_and(Value::is_boolean)
}

fn unknown<T>(path: &str) -> Result<T, Refusal> {
    attribute("107", path, "is not allowed")
}

/// A validation error, with the path of what it is about.
fn attribute<T>(code: &'static str, path: &str, problem: &str) -> Result<T, Refusal> {
    let dot = if path.is_empty() { "" } else { "." };
    let message = format!("[(root){dot}{path}] Attribute {problem}");
    refuse(StatusCode::UNPROCESSABLE_ENTITY, code, message)
}
