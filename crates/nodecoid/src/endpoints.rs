//! One function an endpoint: arguments to request. Nothing is sent here.
//!
//! The reference is <https://node.co.id/page/api>. Everything is a POST with a form, which keeps the checksum out of
//! logs of URLs; the four parameters of every call are put in front when a request is authenticated. The documented
//! lengths contradict each other and are not enforced.

use std::fmt::Display;
use std::net::Ipv4Addr;

use cloudsnap_core::provider::{Pair, Request};
use http::Method;

use crate::wire::{ReinstallServer, ServerFilter, SnapshotFilter, SnapshotSchedule};

/// The largest page there is.
pub(crate) const PAGE: u8 = 100;
/// The smallest page there is.
pub(crate) const SMALLEST_PAGE: u8 = 10;

/// `create_snapshot`
pub(crate) fn create_snapshot(server_id: &str) -> Request {
    call("create", "create_snapshot", vec![pair("server_id", server_id)]).non_idempotent()
}

/// `delete_snapshot`. It is by id, and yet not sent twice: no page says what a second one does.
pub(crate) fn delete_snapshot(snapshot_id: &str) -> Request {
    call("delete", "delete_snapshot", vec![pair("snapshot_id", snapshot_id)]).non_idempotent()
}

/// `get_snapshot_detail`
pub(crate) fn get_snapshot_detail(operation: &'static str, snapshot_id: &str, client_ip: Ipv4Addr) -> Request {
    let parameters = vec![pair("snapshot_id", snapshot_id), pair("client_ip_address", client_ip)];
    call(operation, "get_snapshot_detail", parameters)
}

/// `get_snapshot_list`. By default it hides all that is not `active`, a snapshot just started among it.
pub(crate) fn get_snapshot_list(filter: &SnapshotFilter, page: u64, client_ip: Ipv4Addr) -> Request {
    let mut parameters = vec![pair("client_ip_address", client_ip), size(filter.records_per_page), pair("page", page)];
    // Left to its default otherwise: the page allows 25 characters for values of up to 28.
    add(&mut parameters, "sorted_by", &filter.sorted_by);
    parameters.push(or_all("ownership", &filter.ownership));
    parameters.push(or_all("snapshot_status", &filter.snapshot_status));
    parameters.push(or_all("snapshot_cycle", &filter.snapshot_cycle));
    add(&mut parameters, "server_id", &filter.server_id);
    call("list", "get_snapshot_list", parameters)
}

/// `set_server_snapshot_schedule`. A switch that is left out is most likely off, so that all three are always sent.
pub(crate) fn set_server_snapshot_schedule(server_id: &str, schedule: &SnapshotSchedule) -> Request {
    let cycles = [
        ("daily_snapshot", "daily_snapshot_max_age", schedule.daily),
        ("weekly_snapshot", "weekly_snapshot_max_age", schedule.weekly),
        ("monthly_snapshot", "monthly_snapshot_max_age", schedule.monthly),
    ];
    let mut parameters = vec![pair("server_id", server_id)];
    for (switch, max_age, kept) in cycles {
        parameters.push(pair(switch, if kept.is_some() { "yes" } else { "no" }));
        parameters.extend(kept.map(|kept| pair(max_age, kept)));
    }
    call("set_schedule", "set_server_snapshot_schedule", parameters)
}

/// `reinstall_server`; with a snapshot it is the restore in place.
pub(crate) fn reinstall_server(server_id: &str, reinstall: &ReinstallServer) -> Request {
    let mut parameters = vec![pair("server_id", server_id), pair("install_source", &reinstall.install_source)];
    add(&mut parameters, "snapshot_id", &reinstall.snapshot_id);
    add(&mut parameters, "os_template", &reinstall.os_template);
    add(&mut parameters, "hostname", &reinstall.hostname);
    if !reinstall.ssh_keys.is_empty() {
        // "Carriage return" on the page: both characters, as a form's text field sends a line break.
        parameters.push(pair("ssh_keys", reinstall.ssh_keys.join("\r\n")));
    }
    add(&mut parameters, "iso_file_option", &reinstall.iso_file_option);
    add(&mut parameters, "cached_iso_file", &reinstall.cached_iso_file);
    add(&mut parameters, "iso_url", &reinstall.iso_url);
    add(&mut parameters, "os_variant", &reinstall.os_variant);
    add(&mut parameters, "arch", &reinstall.arch);
    call("restore", "reinstall_server", parameters).non_idempotent()
}

/// `get_server_list`. By default it hides servers that are not `on`.
pub(crate) fn get_server_list(operation: &'static str, filter: &ServerFilter, page: u64) -> Request {
    let mut parameters = vec![size(filter.records_per_page), pair("page", page)];
    add(&mut parameters, "sorted_by", &filter.sorted_by);
    parameters.push(or_all("ownership", &filter.ownership));
    parameters.push(pair("order_status", filter.order_status.as_deref().unwrap_or("active")));
    parameters.push(or_all("server_status", &filter.server_status));
    parameters.push(or_all("package", &filter.package));
    add(&mut parameters, "custom_info_1", &filter.custom_info_1);
    add(&mut parameters, "custom_info_2", &filter.custom_info_2);
    add(&mut parameters, "custom_info_3", &filter.custom_info_3);
    call(operation, "get_server_list", parameters)
}

/// `get_server_detail`
pub(crate) fn get_server_detail(operation: &'static str, server_id: &str) -> Request {
    call(operation, "get_server_detail", vec![pair("server_id", server_id)])
}

fn call(operation: &'static str, function: &str, parameters: Vec<Pair>) -> Request {
    Request::new(operation, Method::POST, format!("/{function}")).with_form(parameters)
}

fn pair(name: &'static str, value: impl Display) -> Pair {
    (name.into(), value.to_string().into())
}

fn size(records_per_page: Option<u8>) -> Pair {
    pair("records_per_page", records_per_page.unwrap_or(PAGE))
}

fn add(parameters: &mut Vec<Pair>, name: &'static str, value: &Option<String>) {
    parameters.extend(value.as_ref().map(|value| pair(name, value)));
}

fn or_all(name: &'static str, value: &Option<String>) -> Pair {
    pair(name, value.as_deref().unwrap_or("all"))
}
