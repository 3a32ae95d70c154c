use super::call::{Call, Version};
use super::parameters::{self, Param};
use super::reply::{Refusal, Reply};
use super::state::SiteHost;
use crate::operation::Operation;
use crate::request::{Pairs, Request};

use Param::{Group, Optional, Required};
use Version::{V1_0, V1_1, V1_2, V1_3, V1_5};

/// A documented function: where it is, since when, what it takes, and what it does.
#[derive(Clone, Copy)]
pub(super) struct Endpoint {
    pub(super) path: &'static str,
    pub(super) writes: bool,
    since: Version,
    until: Version,
    pub(super) operation: Operation,
    params: &'static [Param],
    pub(super) run: fn(&mut SiteHost, &Call) -> Reply,
}

const KEY: Param = Required("apikey");
const CLIENT: Param = Required("client_id");
const PAGE: Param = Group("filters", &["sort_by", "sort_dir", "page_size", "page_number"]);

static ENDPOINTS: &[Endpoint] = &[
    post(
        "server/snapshot/create",
        V1_0,
        Operation::Create,
        SiteHost::create_snapshot,
        &[KEY, CLIENT, Required("name"), Required("partition"), Optional("lifetime")],
    ),
    get("server/snapshot/list_all", V1_1, Operation::List, SiteHost::list_snapshots, &[KEY, CLIENT, Required("name")]),
    post(
        "server/snapshot/set_lifetime",
        V1_1,
        Operation::Update,
        SiteHost::set_lifetime,
        &[KEY, CLIENT, Required("name"), Required("snapshot"), Required("lifetime")],
    ),
    post(
        "server/snapshot/restore",
        V1_5,
        Operation::Restore,
        SiteHost::restore_snapshot,
        &[KEY, CLIENT, Required("name"), Required("snapshot")],
    ),
    post(
        "server/snapshot/delete",
        V1_5,
        Operation::Delete,
        SiteHost::delete_snapshot,
        &[KEY, CLIENT, Required("name"), Required("snapshot")],
    ),
    // Both the name and the order changed after 1.3.
    Endpoint {
        until: V1_3,
        ..get(
            "job/get",
            V1_0,
            Operation::Poll,
            SiteHost::get_job,
            &[KEY, Optional("client_id"), Required("job_id"), Required("type")],
        )
    },
    get(
        "job/get",
        V1_5,
        Operation::Poll,
        SiteHost::get_job,
        &[KEY, Optional("client_id"), Required("type"), Required("id")],
    ),
    get(
        "server/list_servers",
        V1_0,
        Operation::Sources,
        SiteHost::list_servers,
        &[
            KEY,
            CLIENT,
            Group(
                "filters",
                &[
                    "state",
                    "type",
                    "name",
                    "location",
                    "location_node",
                    "product_type",
                    "product_code",
                    "updated_since",
                    "sort_by",
                    "sort_dir",
                    "page_size",
                    "page_number",
                ],
            ),
        ],
    ),
    get("server/get_server", V1_0, Operation::Sources, SiteHost::get_server, &[KEY, CLIENT, Required("name")]),
    get("server/get_state", V1_1, Operation::Sources, SiteHost::get_state, &[KEY, CLIENT, Required("name")]),
    get("api/get_info", V1_2, Operation::Sources, SiteHost::get_info, &[KEY, Optional("client_id")]),
    post(
        "cloud/image/create",
        V1_0,
        Operation::CreateImage,
        SiteHost::create_image,
        &[KEY, CLIENT, Required("label"), Group("params", &["code", "ssh_keys", "fork_id"])],
    ),
    get(
        "cloud/image/list_all",
        V1_0,
        Operation::Images,
        SiteHost::list_images,
        &[KEY, CLIENT, Group("filters", &["code", "sort_by", "sort_dir", "page_size", "page_number"])],
    ),
    get("cloud/image/get", V1_0, Operation::Images, SiteHost::get_image, &[KEY, CLIENT, Required("code")]),
    post("cloud/image/delete", V1_5, Operation::Images, SiteHost::delete_image, &[KEY, CLIENT, Required("code")]),
    get(
        "cloud/image/version/list_all",
        V1_0,
        Operation::Images,
        SiteHost::list_versions,
        &[KEY, CLIENT, Required("image_id"), PAGE],
    ),
    get(
        "cloud/image/version/get_build",
        V1_5,
        Operation::Images,
        SiteHost::get_build,
        &[KEY, CLIENT, Required("code"), Required("build_id")],
    ),
    post(
        "cloud/image/version/delete",
        V1_0,
        Operation::Images,
        SiteHost::delete_version,
        &[KEY, CLIENT, Required("code"), Required("version")],
    ),
    get(
        "cloud/image/get_changelog",
        V1_5,
        Operation::Images,
        SiteHost::get_changelog,
        &[KEY, CLIENT, Required("code")],
    ),
    get("cloud/stack/image/list_all", V1_0, Operation::Images, SiteHost::list_catalogue, &[KEY, CLIENT, PAGE]),
];

type Run = fn(&mut SiteHost, &Call) -> Reply;

const fn get(path: &'static str, since: Version, operation: Operation, run: Run, params: &'static [Param]) -> Endpoint {
    Endpoint { path, writes: false, since, until: V1_5, operation, params, run }
}

const fn post(
    path: &'static str,
    since: Version,
    operation: Operation,
    run: Run,
    params: &'static [Param],
) -> Endpoint {
    Endpoint { path, writes: true, since, until: V1_5, operation, params, run }
}

impl Endpoint {
    /// The endpoint of a path. Strictly, only at the versions that a page or the official client shows it at; else at
    /// all that are published, since old versions are kept working.
    pub(super) fn of(request: &Request, strict: bool) -> Option<(Version, &'static Self)> {
        let version = Version::of(request)?;
        let (_, path) = request.path.strip_prefix('/')?.split_once('/')?;
        let path = path.strip_suffix(".json")?;
        let covers = |endpoint: &&Self| {
            let is_old_enough = version >= endpoint.since || !strict;
            endpoint.path == path && is_old_enough && version <= endpoint.until
        };
        Some((version, ENDPOINTS.iter().find(covers)?))
    }

    pub(super) fn parameters(&self, request: &Request, strict: bool) -> Result<Pairs, Refusal> {
        if strict {
            parameters::strictly_of(request, self.writes, self.params)
        } else {
            parameters::of(request, self.params)
        }
    }
}
