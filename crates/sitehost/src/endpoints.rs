//! One function an endpoint: arguments to request. Nothing is sent here.
//!
//! The reference is <https://docs.sitehost.nz/>. SiteHost binds parameters by their place (its developer notes): they
//! are ordered pairs, `client_id` first, then as the endpoint's table has them; only trailing ones may be left out.
//! Authentication puts `apikey` in front.

use cloudsnap_core::provider::{Pair, Request};
use http::Method;

use crate::config::{ApiVersion, SCHEDULER};
use crate::wire::{CreateImage, JobRef, Paging, ServerFilter};

/// What all requests of an account have in common.
#[derive(Clone, Debug)]
pub(crate) struct Endpoints {
    pub(crate) client_id: u64,
    /// The version of every call, where one is set.
    pub(crate) pinned: Option<ApiVersion>,
}

/// A request that starts a job, and the version at which the job is followed.
pub(crate) struct Change {
    pub(crate) request: Request,
    pub(crate) version: ApiVersion,
}

impl Change {
    fn non_idempotent(self) -> Self {
        Self { request: self.request.non_idempotent(), ..self }
    }
}

impl Endpoints {
    /// `POST /server/snapshot/create`
    pub(crate) fn create_snapshot(&self, server: &str, disk: &str, lifetime_hours: Option<u64>) -> Change {
        let mut pairs = vec![pair("name", server), pair("partition", disk)];
        pairs.extend(lifetime_hours.map(|hours| pair("lifetime", hours)));
        self.write("create", ApiVersion::V1_3, "server/snapshot/create", pairs).non_idempotent()
    }

    /// `GET /server/snapshot/list_all`, which has no pages.
    pub(crate) fn list_snapshots(&self, server: &str) -> Request {
        self.read("list", "server/snapshot/list_all", vec![pair("name", server)])
    }

    /// `POST /server/snapshot/set_lifetime`. The reference lets it add hours, SiteHost's client set them: twice might
    /// be more than once.
    pub(crate) fn set_snapshot_lifetime(&self, server: &str, id: &str, hours: u64) -> Change {
        let pairs = vec![pair("name", server), pair("snapshot", id), pair("lifetime", hours)];
        self.write("update", ApiVersion::V1_5, "server/snapshot/set_lifetime", pairs).non_idempotent()
    }

    /// `POST /server/snapshot/restore`
    pub(crate) fn restore_snapshot(&self, server: &str, id: &str) -> Change {
        let pairs = vec![pair("name", server), pair("snapshot", id)];
        self.write("restore", ApiVersion::V1_5, "server/snapshot/restore", pairs).non_idempotent()
    }

    /// `POST /server/snapshot/delete`
    pub(crate) fn delete_snapshot(&self, server: &str, id: &str) -> Change {
        let pairs = vec![pair("name", server), pair("snapshot", id)];
        self.write("delete", ApiVersion::V1_5, "server/snapshot/delete", pairs)
    }

    /// `GET /job/get`, at the version that started the job: names and order of the parameters changed with 1.5.
    pub(crate) fn get_job(&self, job: &JobRef) -> Request {
        let kind = pair("type", job.kind.as_deref().unwrap_or(SCHEDULER));
        let pairs = match job.version >= ApiVersion::V1_5 {
            true => vec![kind, pair("id", &job.id)],
            false => vec![pair("job_id", &job.id), kind],
        };
        self.read_at("poll", job.version, "job/get", pairs)
    }

    /// `GET /server/list_servers`
    pub(crate) fn list_servers(&self, filter: &ServerFilter, paging: &Paging) -> Request {
        let filters = [
            ("filters[state]", &filter.state),
            ("filters[type]", &filter.kind),
            ("filters[name]", &filter.name),
            ("filters[location]", &filter.location),
            ("filters[location_node]", &filter.location_node),
            ("filters[product_type]", &filter.product_type),
            ("filters[product_code]", &filter.product_code),
            ("filters[updated_since]", &filter.updated_since),
        ];
        let mut pairs: Vec<Pair> =
            filters.into_iter().filter_map(|(name, value)| Some(pair(name, value.as_ref()?))).collect();
        pairs.extend(page(paging));
        self.read("sources", "server/list_servers", pairs)
    }

    /// `GET /server/get_server`
    pub(crate) fn get_server(&self, name: &str) -> Request {
        self.read("sources", "server/get_server", vec![pair("name", name)])
    }

    /// `GET /server/get_state`
    pub(crate) fn get_server_state(&self, name: &str) -> Request {
        self.read("sources", "server/get_state", vec![pair("name", name)])
    }

    /// `GET /api/get_info`, which says which client the key is for, and is the only call without `client_id`.
    pub(crate) fn get_info(&self) -> Request {
        Request::new("check", Method::GET, path(self.version(ApiVersion::V1_5), "api/get_info"))
    }

    /// `POST /cloud/image/create`
    pub(crate) fn create_image(&self, image: &CreateImage) -> Change {
        let version = self.version(ApiVersion::V1_0);
        let mut pairs = vec![pair("label", &image.label)];
        pairs.extend(image.code.as_ref().map(|code| pair("params[code]", code)));
        for (number, key) in image.ssh_keys.iter().enumerate() {
            pairs.push(if version >= ApiVersion::V1_2 {
                (format!("params[ssh_keys][{number}]").into(), key.clone().into())
            } else {
                pair("params[ssh_keys][]", key)
            });
        }
        pairs.extend(image.fork_id.as_ref().map(|id| pair("params[fork_id]", id)));
        self.write("create_image", ApiVersion::V1_0, "cloud/image/create", pairs).non_idempotent()
    }

    /// `GET /cloud/image/list_all`
    pub(crate) fn list_images(&self, code: Option<&str>, paging: &Paging) -> Request {
        let mut pairs: Vec<Pair> = code.map(|code| pair("filters[code]", code)).into_iter().collect();
        pairs.extend(page(paging));
        self.read("list_images", "cloud/image/list_all", pairs)
    }

    /// `GET /cloud/image/get`
    pub(crate) fn get_image(&self, code: &str) -> Request {
        self.read("get_image", "cloud/image/get", vec![pair("code", code)])
    }

    /// `POST /cloud/image/delete`
    pub(crate) fn delete_image(&self, code: &str) -> Change {
        self.write("delete_image", ApiVersion::V1_5, "cloud/image/delete", vec![pair("code", code)])
    }

    /// `GET /cloud/image/version/list_all`, by the number of the image, not its code.
    pub(crate) fn list_image_versions(&self, image_id: &str, paging: &Paging) -> Request {
        let mut pairs = vec![pair("image_id", image_id)];
        pairs.extend(page(paging));
        self.read("list_image_versions", "cloud/image/version/list_all", pairs)
    }

    /// `GET /cloud/image/version/get_build`
    pub(crate) fn get_image_build(&self, code: &str, build_id: &str) -> Request {
        let pairs = vec![pair("code", code), pair("build_id", build_id)];
        self.read("get_image_build", "cloud/image/version/get_build", pairs)
    }

    /// `POST /cloud/image/version/delete`
    pub(crate) fn delete_image_version(&self, code: &str, image_version: &str) -> Change {
        let pairs = vec![pair("code", code), pair("version", image_version)];
        self.write("delete_image_version", ApiVersion::V1_5, "cloud/image/version/delete", pairs)
    }

    /// `GET /cloud/image/get_changelog`
    pub(crate) fn get_image_changelog(&self, code: &str) -> Request {
        self.read("get_image_changelog", "cloud/image/get_changelog", vec![pair("code", code)])
    }

    /// `GET /cloud/stack/image/list_all`, which documents filters of pages and answers without any.
    pub(crate) fn list_stack_images(&self, paging: &Paging) -> Request {
        self.read("list_stack_images", "cloud/stack/image/list_all", page(paging).collect())
    }

    /// The version of a call that is documented at `documented`.
    fn version(&self, documented: ApiVersion) -> ApiVersion {
        self.pinned.unwrap_or(documented)
    }

    fn read(&self, operation: &'static str, call: &str, pairs: Vec<Pair>) -> Request {
        self.read_at(operation, self.version(ApiVersion::V1_5), call, pairs)
    }

    fn read_at(&self, operation: &'static str, version: ApiVersion, call: &str, pairs: Vec<Pair>) -> Request {
        let request = Request::new(operation, Method::GET, path(version, call));
        let request = request.with_query("client_id", self.client_id.to_string());
        pairs.into_iter().fold(request, |request, (name, value)| request.with_query(name, value))
    }

    fn write(&self, operation: &'static str, documented: ApiVersion, call: &str, mut pairs: Vec<Pair>) -> Change {
        let version = self.version(documented);
        pairs.insert(0, pair("client_id", self.client_id));
        Change { request: Request::new(operation, Method::POST, path(version, call)).with_form(pairs), version }
    }
}

fn path(version: ApiVersion, call: &str) -> String {
    format!("/{version}/{call}.json")
}

fn pair(name: &'static str, value: impl ToString) -> Pair {
    (name.into(), value.to_string().into())
}

fn page(paging: &Paging) -> impl Iterator<Item = Pair> {
    let filters = [
        ("filters[sort_by]", paging.sort_by.clone()),
        ("filters[sort_dir]", paging.sort_dir.map(|direction| direction.as_str().to_owned())),
        ("filters[page_size]", paging.page_size.map(|size| size.to_string())),
        ("filters[page_number]", paging.page_number.map(|number| number.to_string())),
    ];
    filters.into_iter().filter_map(|(name, value)| Some((name.into(), value?.into())))
}
