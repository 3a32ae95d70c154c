use serde_json::json;

use super::call::Call;
use super::reply::{Reply, not_found, ok};
use super::resource::{View, describe, describe_item};
use super::state::Ionos;
use super::volumes::{Centre, DEFAULT_LIMIT, Volume};

impl Ionos {
    pub(super) fn list_centres(&self, call: &Call<'_>) -> Reply {
        let view = self.view(call);
        let centres = call.query.select(self.centres.iter(), view)?;
        Ok(ok(&call.query.page("datacenters", &centres, DEFAULT_LIMIT, view)?))
    }

    pub(super) fn get_centre(&self, id: &str, call: &Call<'_>) -> Reply {
        let centre = self.centres.get(id)?;
        Ok(call.tagged(ok(&describe(centre, self.view(call))), Centre::ETAG))
    }

    pub(super) fn list_volumes(&self, centre: &str, call: &Call<'_>) -> Reply {
        let (centre, view) = (self.centres.get(centre)?, self.view(call));
        let volumes = call.query.select(centre.volumes.iter(), view)?;
        Ok(ok(&call.query.page(&format!("{}/volumes", centre.id), &volumes, DEFAULT_LIMIT, view)?))
    }

    pub(super) fn get_volume(&self, centre: &str, id: &str, call: &Call<'_>) -> Reply {
        let volume = self.centres.volume(centre, id)?;
        Ok(call.tagged(ok(&describe(volume, self.view(call))), Volume::ETAG))
    }

    pub(super) fn list_snapshots(&self, call: &Call<'_>) -> Reply {
        let view = self.view(call);
        let selected = call.query.select(self.snapshots.shown(view.now), view)?;
        let items: Vec<_> = selected.into_iter().map(|snapshot| describe_item(snapshot, view)).collect();
        Ok(ok(&call.query.whole("snapshots", items, view)))
    }

    pub(super) fn get_snapshot(&self, id: &str, call: &Call<'_>) -> Reply {
        let snapshot = self.snapshots.get(id, call.moment.now)?;
        Ok(call.tagged(ok(&describe(snapshot, self.view(call))), &snapshot.etag))
    }

    pub(super) fn list_labels(&self, id: &str, call: &Call<'_>) -> Reply {
        let (snapshot, view) = (self.snapshots.get(id, call.moment.now)?, self.view(call));
        let labels = snapshot.labels.iter().map(|(key, value)| {
            let mut label = snapshot.describe_label(view.base, key, value);
            if let (0, Some(members)) = (view.depth, label.as_object_mut()) {
                members.remove("properties");
            }
            label
        });
        let items: Vec<_> = labels.collect();
        Ok(ok(&call.query.whole(&format!("{id}/labels"), items, view)))
    }

    pub(super) fn get_label(&self, id: &str, key: &str, call: &Call<'_>) -> Reply {
        let snapshot = self.snapshots.get(id, call.moment.now)?;
        match snapshot.labels.get(key) {
            Some(value) => Ok(ok(&snapshot.describe_label(&self.base, key, value))),
            None => not_found(),
        }
    }

    pub(super) fn list_requests(&self, call: &Call<'_>) -> Reply {
        const LOG_LIMIT: usize = 1000;
        let view = self.view(call);
        let selected = self.log.select(&call.query, view)?;
        Ok(ok(&call.query.page("requests", &selected, LOG_LIMIT, view)?))
    }

    /// A resource on its own is one level nearer than an item of a list.
    pub(super) fn get_request(&self, id: &str, call: &Call<'_>) -> Reply {
        let (logged, view) = (self.log.get(id)?, self.view(call));
        let view = View { depth: view.depth + 1, ..view };
        Ok(call.tagged(ok(&json!(describe(logged, view))), logged.etag()))
    }

    pub(super) fn get_request_status(&self, id: &str, call: &Call<'_>) -> Reply {
        let (logged, view) = (self.log.get(id)?, self.view(call));
        Ok(call.tagged(ok(&logged.describe_status(View { depth: 1, ..view })), logged.etag()))
    }
}
