use crate::operation::Operation;
use crate::request::Request;

use super::call::Call;
use super::reply::Reply;
use super::state::NodeCoId;

/// A documented function, with the parameters that it has beside those of every call.
pub(super) struct Function {
    name: &'static str,
    pub(super) operation: Operation,
    pub(super) parameters: &'static [&'static str],
    pub(super) run: fn(&mut NodeCoId, &Call) -> Reply,
}

/// The parameters of every call.
pub(super) const COMMON: [&str; 4] = ["user_id", "random", "checksum", "format"];

static FUNCTIONS: [Function; 8] = [
    Function {
        name: "create_snapshot",
        operation: Operation::Create,
        parameters: &["server_id"],
        run: NodeCoId::create_snapshot,
    },
    Function {
        name: "delete_snapshot",
        operation: Operation::Delete,
        parameters: &["snapshot_id"],
        run: NodeCoId::delete_snapshot,
    },
    Function {
        name: "get_snapshot_detail",
        operation: Operation::Get,
        parameters: &["snapshot_id", "client_ip_address"],
        run: NodeCoId::get_snapshot_detail,
    },
    Function {
        name: "get_snapshot_list",
        operation: Operation::List,
        parameters: &[
            "client_ip_address",
            "records_per_page",
            "page",
            "sorted_by",
            "ownership",
            "snapshot_status",
            "snapshot_cycle",
            "server_id",
        ],
        run: NodeCoId::get_snapshot_list,
    },
    Function {
        name: "set_server_snapshot_schedule",
        operation: Operation::Update,
        parameters: &[
            "server_id",
            "daily_snapshot",
            "daily_snapshot_max_age",
            "weekly_snapshot",
            "weekly_snapshot_max_age",
            "monthly_snapshot",
            "monthly_snapshot_max_age",
        ],
        run: NodeCoId::set_schedule,
    },
    Function {
        name: "reinstall_server",
        operation: Operation::Restore,
        parameters: &[
            "server_id",
            "install_source",
            "snapshot_id",
            "os_template",
            "hostname",
            "ssh_keys",
            "iso_file_option",
            "cached_iso_file",
            "iso_url",
            "os_variant",
            "arch",
        ],
        run: NodeCoId::reinstall_server,
    },
    Function {
        name: "get_server_list",
        operation: Operation::Sources,
        parameters: &[
            "records_per_page",
            "page",
            "sorted_by",
            "ownership",
            "order_status",
            "server_status",
            "package",
            "custom_info_1",
            "custom_info_2",
            "custom_info_3",
        ],
        run: NodeCoId::get_server_list,
    },
    Function {
        name: "get_server_detail",
        operation: Operation::Sources,
        parameters: &["server_id"],
        run: NodeCoId::get_server_detail,
    },
];

impl Function {
    /// The function that a path names, live or in the sandbox.
    pub(super) fn of(request: &Request) -> Option<&'static Self> {
        let path = &request.path;
        let name = path.strip_prefix("/api/v1/").or_else(|| path.strip_prefix("/api-sandbox/v1/"))?;
        let name = name.strip_suffix('/').unwrap_or(name);
        FUNCTIONS.iter().find(|function| function.name == name)
    }
}
