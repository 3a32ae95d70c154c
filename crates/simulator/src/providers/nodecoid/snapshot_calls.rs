use super::call::Call;
use super::reply::{Reply, changed, invalid, read, refuse};
use super::state::NodeCoId;
use super::value::Object;
use crate::operation::Operation;
use crate::time::Work;

impl NodeCoId {
    pub(super) fn create_snapshot(&mut self, call: &Call) -> Reply {
        let now = call.moment.now;
        let server = self.servers.required_mut(call)?;
        let built = Work::starting(now, self.build_time, call.effect.fails);
        let presence = call.effect.presence(now);
        let id = self.snapshots.add(server, call.moment.wall, built, presence, &mut self.random);
        let data = Object::default()
            .text("snapshot_id", id)
            .text("server_id", &server.id)
            .text("snapshot_status", "processing");
        changed("Snapshot creation has been strated.", data, Operation::Create)
    }

    pub(super) fn delete_snapshot(&mut self, call: &Call) -> Reply {
        let snapshot = self.snapshots.required_mut(call)?;
        match snapshot.status(call.moment.now) {
            "deleted" => return refuse("SNAPSHOT_NOT_FOUND", "The snapshot has been deleted."),
            "processing" if self.strict => return refuse("SNAPSHOT_BUSY", "The snapshot is being processed."),
            _ => {}
        }
        snapshot.deleted = Some(call.moment.wall);
        let id = call.required("snapshot_id")?;
        let data = Object::default().text("snapshot_id", id).text("snapshot_status", "deleted");
        changed("Snapshot has been deleted.", data, Operation::Delete)
    }

    pub(super) fn get_snapshot_detail(&mut self, call: &Call) -> Reply {
        call.check_client_address()?;
        read(self.snapshots.required(call)?.describe(call))
    }

    pub(super) fn get_snapshot_list(&mut self, call: &Call) -> Reply {
        call.check_client_address()?;
        let status = call.choice("snapshot_status", "active", &["all", "processing", "active", "deleted"])?;
        let cycle = call.choice("snapshot_cycle", "all", &["all", "manual", "daily", "weekly", "monthly"])?;
        let ownership = call.choice("ownership", "all", &["all", "owner", "shared"])?;
        let now = call.moment.now;
        let of_server = |id: &str| self.servers.get(id).map_or(&[][..], |server| &server.snapshots);
        let mut found = self.snapshots.shown(call.optional("server_id").map(of_server), now);
        found.retain(|snapshot| status == "all" || snapshot.status(now) == status);
        found.retain(|_| matches!(cycle, "all" | "manual") && ownership != "shared");
        match call.optional("sorted_by").unwrap_or("snapshot_add_time_descending") {
            "snapshot_add_time_ascending" => {}
            "snapshot_add_time_descending" => found.reverse(),
            "snapshot_size_ascending" => found.sort_by(|one, other| one.size(now).total_cmp(&other.size(now))),
            "snapshot_size_descending" => found.sort_by(|one, other| other.size(now).total_cmp(&one.size(now))),
            _ => return invalid("sorted_by"),
        }
        call.page(&found, |snapshot| snapshot.describe(call))
    }
}
