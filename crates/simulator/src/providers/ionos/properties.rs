use http::StatusCode;
use serde_json::{Map, Value, json};

use super::reply::{Message, Refusal};

pub(super) type Properties = Map<String, Value>;

const LICENCES: [&str; 9] =
    ["UNKNOWN", "WINDOWS", "WINDOWS2016", "WINDOWS2019", "WINDOWS2022", "WINDOWS2025", "RHEL", "LINUX", "OTHER"];

/// What a create takes; the other flags are for updates only.
const CREATABLE: [&str; 5] = ["name", "description", "secAuthProtection", "licenceType", "applicationType"];

/// The members of a resource that its provider sets.
const READ_ONLY: [&str; 6] = ["id", "type", "href", "metadata", "location", "size"];

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
pub(super) fn for_create(body: Value, strict: bool) -> Result<Properties, Refusal> {
    let mut properties = unwrapped(body, strict)?.unwrap_or_default();
    if !strict {
        properties.retain(|name, _| CREATABLE.contains(&name.as_str()) || READ_ONLY.contains(&name.as_str()));
    }
    checked(properties, "properties.", |name| CREATABLE.contains(&name), strict)
}

/// The properties of a PATCH, which come bare.
pub(super) fn for_patch(body: Value, strict: bool) -> Result<Properties, Refusal> {
    let Value::Object(properties) = body else { return refuse("100", "", "is no object") };
    checked(properties, "", |_| true, strict)
}

/// The properties of a PUT, which come wrapped.
pub(super) fn for_put(body: Value, strict: bool) -> Result<Properties, Refusal> {
    match unwrapped(body, strict)? {
        Some(properties) => checked(properties, "properties.", |_| true, strict),
        None => refuse("100", "properties", "is required"),
    }
}

/// What stands under `properties`; what the provider sets may not stand beside it.
pub(super) fn unwrapped(body: Value, strict: bool) -> Result<Option<Properties>, Refusal> {
    let Value::Object(mut body) = body else { return refuse("100", "", "is no object") };
    let properties = body.remove("properties");
    let problems: Vec<_> = body.keys().filter_map(|name| misplaced(name, "", strict)).collect();
    if !problems.is_empty() {
        return Err(unprocessable(problems));
    }
    match properties {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(properties)) => Ok(Some(properties)),
        Some(_) => refuse("100", "properties", "is no object"),
    }
}

/// The properties that are known and set. Each that is wrong gets a message; unknown ones do so strictly only.
fn checked(
    properties: Properties,
    prefix: &str,
    is_allowed: impl Fn(&str) -> bool,
    strict: bool,
) -> Result<Properties, Refusal> {
    let mut known = Properties::new();
    let mut problems = Vec::new();
    for (name, value) in properties {
        let path = format!("{prefix}{name}");
        match fits(&name, &value).filter(|_| is_allowed(&name)) {
            Some(true) => drop(known.insert(name, value)),
            // A property that is null is one that is not given.
            Some(false) if value.is_null() && !strict => {}
            Some(false) => problems.push(attribute("100", &path, "has a value that is not allowed")),
            None => problems.extend(misplaced(&name, prefix, strict)),
        }
    }
    if problems.is_empty() { Ok(known) } else { Err(unprocessable(problems)) }
}

/// Whether a value is of the property's type, where there is such a property that callers set.
fn fits(name: &str, value: &Value) -> Option<bool> {
    match name {
        "name" | "description" | "applicationType" => Some(value.is_string()),
        "licenceType" => Some(value.as_str().is_some_and(|word| LICENCES.contains(&word))),
        flag if inherited(0).get(flag).is_some_and(Value::is_boolean) => Some(value.is_boolean()),
        _ => None,
    }
}

/// What is wrong with a member that callers do not set.
fn misplaced(name: &str, prefix: &str, strict: bool) -> Option<Message> {
    let path = format!("{prefix}{name}");
    if READ_ONLY.contains(&name) {
        Some(attribute("105", &path, "is read-only"))
    } else {
        strict.then(|| attribute("107", &path, "is not allowed"))
    }
}

pub(super) fn is_required<T>(path: &str) -> Result<T, Refusal> {
    refuse("100", path, "is required")
}

fn refuse<T>(code: &'static str, path: &str, problem: &str) -> Result<T, Refusal> {
    Err(unprocessable(vec![attribute(code, path, problem)]))
}

fn unprocessable(messages: Vec<Message>) -> Refusal {
    Refusal { status: StatusCode::UNPROCESSABLE_ENTITY, messages }
}

/// A validation message, with the path of what it is about.
fn attribute(code: &'static str, path: &str, problem: &str) -> Message {
    let dot = if path.is_empty() { "" } else { "." };
    Message { code, message: format!("[(root){dot}{path}] Attribute {problem}") }
}
