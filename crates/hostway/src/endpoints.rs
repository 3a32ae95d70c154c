//! One function an endpoint: arguments to request. Nothing is sent here.
//!
//! The reference is the wiki at <http://docs.hostway.com/>. Every request says `Content-Type: application/json`, those
//! without a body too: `GET /accounts` documents 415 without it, and the examples send it everywhere.

use cloudsnap_core::provider::{Request, path};
use cloudsnap_core::{Error, Result};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};

use crate::wire::{AccountFilter, CreateServerSnapshot, ServerFilter, SnapshotAction, WrappedSnapshot};

/// The two forms of every URI.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form<'a> {
    /// `/accounts/{accountId}/flexcloud/…`
    Account(&'a str),
    /// Without that prefix; the account is that of the credentials.
    Short,
}

impl Form<'_> {
    fn path(self, segments: &[&str]) -> Result<String> {
        let segments = segments.iter().copied();
        match self {
            Self::Account(id) => path(["accounts", id, "flexcloud"].into_iter().chain(segments)),
            Self::Short => path(segments),
        }
    }

    /// The last segment of a restore. The wiki's page ends the account form in `actions` and the short form in `action`.
    fn action(self, spelling: ActionSpelling) -> &'static str {
        match (self, spelling) {
            (Self::Account(_), ActionSpelling::Documented) | (Self::Short, ActionSpelling::Other) => "actions",
            (Self::Account(_), ActionSpelling::Other) | (Self::Short, ActionSpelling::Documented) => "action",
        }
    }
}

/// How the address of a restore ends. All other actions of the API are spelled alike in both forms of the URIs, so that
/// the difference may be a slip of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ActionSpelling {
    /// As documented: `actions` in the account form, `action` in the short form.
    #[default]
    Documented,
    /// The other way round.
    Other,
}

/// `POST …/servers/{server_id}/snapshots`
pub(crate) fn create_snapshot(form: Form<'_>, server: &str, snapshot: &CreateServerSnapshot) -> Result<Request> {
    if snapshot.name.trim().is_empty() {
        return Err(Error::invalid_input("a snapshot at Hostway needs a name, and the one given is empty"));
    }
    let path = form.path(&["servers", server, "snapshots"])?;
    Request::new("create", Method::POST, path).non_idempotent().with_json(&WrappedSnapshot { snapshot })
}

/// `GET …/servers/{server_id}/snapshots`. The list's own page writes the address of a single snapshot; this one is that
/// of the create.
pub(crate) fn list_snapshots(operation: &'static str, form: Form<'_>, server: &str) -> Result<Request> {
    Ok(get(operation, form.path(&["servers", server, "snapshots"])?))
}

/// `GET …/servers/{server_id}/snapshots/{snapshot_id}`
pub(crate) fn get_snapshot(operation: &'static str, form: Form<'_>, server: &str, id: &str) -> Result<Request> {
    Ok(get(operation, form.path(&["servers", server, "snapshots", id])?))
}

/// `POST …/servers/{server_id}/snapshots/{snapshot_id}/actions`, or `action`
pub(crate) fn restore_snapshot(form: Form<'_>, server: &str, id: &str, spelling: ActionSpelling) -> Result<Request> {
    let path = form.path(&["servers", server, "snapshots", id, form.action(spelling)])?;
    Request::new("restore", Method::POST, path).non_idempotent().with_json(&SnapshotAction { action: "restore" })
}

/// `GET …/servers`: ids and zones only.
pub(crate) fn list_servers(operation: &'static str, form: Form<'_>, filter: &ServerFilter) -> Result<Request> {
    Ok(filtered(get(operation, form.path(&["servers"])?), filter))
}

/// `GET …/servers/detail`, documented in 2012 for the short form.
pub(crate) fn list_server_details(form: Form<'_>, filter: &ServerFilter) -> Result<Request> {
    Ok(filtered(get("sources", form.path(&["servers", "detail"])?), filter))
}

/// `GET …/servers/{id}`
pub(crate) fn get_server(form: Form<'_>, id: &str) -> Result<Request> {
    Ok(get("sources", form.path(&["servers", id])?))
}

/// `GET …/servers/{id}/os-volume_attachments`
pub(crate) fn list_volume_attachments(form: Form<'_>, server: &str) -> Result<Request> {
    Ok(get("list_attachments", form.path(&["servers", server, "os-volume_attachments"])?))
}

/// `GET /accounts`
pub(crate) fn list_accounts(filter: &AccountFilter) -> Request {
    let request = with_query(get("list_accounts", "/accounts".to_owned()), "filterStatus", filter.status.as_ref());
    match filter.page {
        Some(page) => request.with_query("page", page.number.to_string()).with_query("pageSize", page.size.to_string()),
        None => request,
    }
}

/// `GET /accounts/{accountId}/flexcloud/zone`
pub(crate) fn list_zones(account_id: &str) -> Result<Request> {
    Ok(get("check", Form::Account(account_id).path(&["zone"])?))
}

/// Another page of a list, at a path and query that the provider gave.
pub(crate) fn page(operation: &'static str, target: &str) -> Result<Request> {
    // Behind the base URL, anything else than '/' would change the host.
    if !target.starts_with('/') {
        return Err(Error::invalid_input("the page token belongs to another list"));
    }
    Ok(get(operation, target.to_owned()))
}

/// Path and query, below the base URL, of an address in an answer to the request for `asked`. Scheme and host are
/// dropped: the wiki's examples name internal hosts and plain http, and credentials go to the configured host only.
pub(crate) fn target(base_url: &str, asked: &str, address: &str) -> Option<String> {
    let address = address.split('#').next().unwrap_or_default();
    if address.starts_with('?') {
        let path = asked.split('?').next().unwrap_or_default();
        return Some(format!("{path}{address}"));
    }
    let target = below_host(address)?;
    let base_path = below_host(base_url).unwrap_or_default();
    match target.strip_prefix(base_path) {
        Some(below) if below.starts_with('/') => Some(below.to_owned()),
        _ => Some(target.to_owned()),
    }
}

/// What stands behind scheme and host; `None` where that is no path from the root.
fn below_host(address: &str) -> Option<&str> {
    let after_scheme = match address.strip_prefix("//") {
        Some(rest) => Some(rest),
        None if address.starts_with('/') => return Some(address),
        None => address.split_once("://").map(|(_, rest)| rest),
    };
    after_scheme.and_then(|rest| rest.find('/').map(|start| &rest[start..]))
}

fn filtered(request: Request, filter: &ServerFilter) -> Request {
    let filters = [
        ("name", &filter.name),
        ("status", &filter.status),
        ("image", &filter.image),
        ("zone", &filter.zone),
        ("region", &filter.region),
    ];
    filters.into_iter().fold(request, |request, (name, value)| with_query(request, name, value.as_ref()))
}

fn with_query(request: Request, name: &'static str, value: Option<&String>) -> Request {
    match value {
        Some(value) => request.with_query(name, value.clone()),
        None => request,
    }
}

fn get(operation: &'static str, path: String) -> Request {
    let json = HeaderValue::from_static("application/json");
    Request::new(operation, Method::GET, path).with_header(CONTENT_TYPE, json)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BASE: &str = "https://api.hostway.com";

    #[test]
    fn addresses_in_answers_are_taken_without_their_host() {
        let taken = |base, address| target(base, "/accounts?filterStatus=open", address);
        for (address, expected) in [
            ("https://api.hostway.com/accounts?pageSize=100&page=1", Some("/accounts?pageSize=100&page=1")),
            ("http://coreapi01.ote.chicago.hostway:8100/accounts?page=2", Some("/accounts?page=2")),
            ("/accounts?page=2", Some("/accounts?page=2")),
            ("//evil.example/accounts?page=2", Some("/accounts?page=2")),
            ("?page=2&pageSize=100", Some("/accounts?page=2&pageSize=100")),
            (
                "/servers?image=http://a.example/images/1/&page=2",
                Some("/servers?image=http://a.example/images/1/&page=2"),
            ),
            ("/accounts?page=2#top", Some("/accounts?page=2")),
            ("accounts?page=2", None),
            ("https://evil.example", None),
            ("", None),
        ] {
            assert_eq!(taken(BASE, address).as_deref(), expected, "{address}");
        }
        let behind_a_prefix = |address| taken("http://127.0.0.1:8000/hostway", address);
        assert_eq!(behind_a_prefix("http://127.0.0.1:8000/hostway/servers?page=2").as_deref(), Some("/servers?page=2"));
        assert_eq!(behind_a_prefix("http://127.0.0.1:8000/servers?page=2").as_deref(), Some("/servers?page=2"));
        assert_eq!(behind_a_prefix("/hostway2/servers").as_deref(), Some("/hostway2/servers"));
    }

    proptest! {
        #[test]
        fn no_address_leads_to_another_host(address in "\\PC*") {
            if let Some(target) = target(BASE, "/servers", &address) {
                prop_assert!(target.starts_with('/'));
            }
        }

        #[test]
        fn no_token_leads_to_another_host(token in "\\PC*") {
            if let Ok(request) = page("list", &token) {
                prop_assert!(request.path.starts_with('/'));
            }
        }

        #[test]
        fn an_id_stays_one_segment(server in "\\PC+", id in "\\PC+") {
            for form in [Form::Account("smith1234"), Form::Short] {
                let Ok(request) = get_snapshot("get", form, &server, &id) else { continue };
                let prefix = if matches!(form, Form::Short) { 0 } else { 3 };
                prop_assert_eq!(request.path.split('/').count(), prefix + 5);
                prop_assert!(!request.path.contains(['?', '#', ' ', '\\']));
            }
        }
    }
}
