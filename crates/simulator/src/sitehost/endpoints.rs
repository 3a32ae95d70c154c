use http::{Method, StatusCode};

use super::{Refusal, Reply, SiteHost, refuse};
use crate::exchange::{Pairs, Request, find};
use crate::operation::Operation;
use crate::time::Moment;

/// The published versions; 1.4 is documented nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Version {
    V1_0,
    V1_1,
    V1_2,
    V1_3,
    V1_5,
}

use Version::{V1_0, V1_1, V1_2, V1_3, V1_5};

impl Version {
    pub(super) fn of(request: &Request) -> Option<Self> {
        match request.path.strip_prefix('/')?.split('/').next()? {
            "1.0" => Some(V1_0),
            "1.1" => Some(V1_1),
            "1.2" => Some(V1_2),
            "1.3" => Some(V1_3),
            "1.5" => Some(V1_5),
            _ => None,
        }
    }
}

/// One call that reached its endpoint with parameters in order.
pub(super) struct Call {
    pub(super) version: Version,
    pub(super) pairs: Pairs,
    pub(super) moment: Moment,
    pub(super) fails: bool,
}

impl Call {
    pub(super) fn text(&self, name: &str) -> &str {
        find(&self.pairs, name).unwrap_or_default()
    }

    pub(super) fn optional(&self, name: &str) -> Option<&str> {
        find(&self.pairs, name)
    }

    pub(super) fn number(&self, name: &str) -> Result<u64, Refusal> {
        let Ok(number) = self.text(name).parse() else {
            return refuse(format!("Error: Parameter '{name}' must be an integer."));
        };
        Ok(number)
    }

    pub(super) fn filter(&self, name: &str) -> Option<&str> {
        find(&self.pairs, &format!("filters[{name}]"))
    }
}

/// A place in the documented order of parameters.
#[derive(Clone, Copy)]
pub(super) enum Param {
    Required(&'static str),
    Optional(&'static str),
    /// `name[member]` for any of these members, in any order.
    Group(&'static str, &'static [&'static str]),
}

use Param::{Group, Optional, Required};

#[derive(Clone, Copy)]
pub(super) struct Endpoint {
    pub(super) path: &'static str,
    writes: bool,
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
    pub(super) fn of(request: &Request) -> Option<(Version, &'static Self)> {
        let version = Version::of(request)?;
        let (_, path) = request.path.strip_prefix('/')?.split_once('/')?;
        let path = path.strip_suffix(".json")?;
        let covers = |endpoint: &&Self| endpoint.path == path && endpoint.since <= version && version <= endpoint.until;
        Some((version, ENDPOINTS.iter().find(covers)?))
    }

    /// The parameters, when they stand where the method wants them and in the documented order.
    pub(super) fn parameters(&self, request: &Request) -> Result<Pairs, Refusal> {
        let method = if self.writes { Method::POST } else { Method::GET };
        if request.method != method {
            return refuse(format!("Error: This function must be called with {method}."));
        }
        let pairs = if method == Method::GET {
            request.query_pairs()
        } else if !request.query.is_empty() {
            return refuse("Error: Parameters of a POST belong in its body.");
        } else if !request.has_content_type("application/x-www-form-urlencoded") {
            return refuse("Error: The body must be application/x-www-form-urlencoded.");
        } else {
            request.form_pairs()
        };
        self.check_order(&pairs)?;
        Ok(pairs)
    }

    fn check_order(&self, pairs: &Pairs) -> Result<(), Refusal> {
        let mut reached = 0;
        for (name, _) in pairs {
            let Some(place) = self.params.iter().position(|param| param.takes(name)) else {
                return disorder(format!("Error: Unexpected parameter '{name}'."));
            };
            let in_group = matches!(self.params.get(place), Some(Group(..)));
            if place < reached || (place + 1 == reached && !in_group) {
                return disorder(format!("Error: Parameter '{name}' is out of order."));
            }
            reached = if in_group { place } else { place + 1 };
        }
        let lacking = self.params.iter().find_map(|param| match param {
            Required(name) if find(pairs, name).is_none_or(str::is_empty) => Some(name),
            _ => None,
        });
        match lacking {
            Some(name) => refuse(format!("Error: Missing parameter '{name}'.")),
            None => Ok(()),
        }
    }
}

impl Param {
    fn takes(&self, name: &str) -> bool {
        match self {
            Required(own) | Optional(own) => *own == name,
            Group(group, members) => {
                let member = name.strip_prefix(group).and_then(|rest| rest.strip_prefix('['));
                let member = member.and_then(|rest| rest.split_once(']')).map(|(member, _)| member);
                member.is_some_and(|member| members.contains(&member))
            }
        }
    }
}

/// The service binds by position: a wrong order ends in an internal error.
fn disorder<T>(text: String) -> Result<T, Refusal> {
    Err(Refusal { status: StatusCode::INTERNAL_SERVER_ERROR, text })
}
