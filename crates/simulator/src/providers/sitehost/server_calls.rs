use serde_json::json;

use super::call::{Call, Version};
use super::reply::{Reply, reply};
use super::state::SiteHost;
use crate::credentials::SITEHOST_CLIENT_ID;

impl SiteHost {
    pub(super) fn list_servers(&mut self, call: &Call) -> Reply {
        let kept = self.servers.iter().filter(|server| server.passes_filters(call));
        call.page(kept.collect(), |server| server.summary())
    }

    pub(super) fn get_server(&mut self, call: &Call) -> Reply {
        let server = self.servers.get(call)?;
        reply(&server.detail(self.jobs.latest(server.last_job, call.moment.now)))
    }

    pub(super) fn get_state(&mut self, call: &Call) -> Reply {
        let server = self.servers.get(call)?;
        let mut state = json!({ "state": "On", "rescue": false });
        if call.version >= Version::V1_5 {
            state["last_job"] = self.jobs.latest(server.last_job, call.moment.now);
        }
        reply(&state)
    }

    pub(super) fn get_job(&mut self, call: &Call) -> Reply {
        self.jobs.get(call, self.start, &self.local)
    }

    pub(super) fn get_info(&mut self, _: &Call) -> Reply {
        reply(&json!({
            "client_id": SITEHOST_CLIENT_ID,
            "contact_id": null,
            "modules": ["Api", "Cloud", "Job", "Server"],
            "roles": ["sitehost"],
        }))
    }
}
