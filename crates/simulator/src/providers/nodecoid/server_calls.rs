use super::call::Call;
use super::reply::{Reply, changed, invalid, read, refuse};
use super::servers::Cycle;
use super::state::NodeCoId;
use super::value::Object;
use crate::operation::Operation;
use crate::time::Work;

impl NodeCoId {
    pub(super) fn get_server_list(&mut self, call: &Call) -> Reply {
        let orders = ["all", "pending", "active", "suspended", "canceled"];
        let order = call.choice("order_status", "active", &orders)?;
        let statuses = ["all", "install", "reinstall", "on", "off", "suspended", "deleted"];
        let status = call.choice("server_status", "on", &statuses)?;
        let ownership = call.choice("ownership", "all", &["all", "owner", "shared"])?;
        let package = call.optional("package").unwrap_or("all");
        let now = call.moment.now;
        let mut found: Vec<_> = self
            .servers
            .iter()
            .filter(|server| status == "all" || server.status(now) == status)
            .filter(|_| matches!(order, "all" | "active") && matches!(package, "all" | "compute1"))
            .filter(|_| ownership != "shared")
            .collect();
        match call.optional("sorted_by").unwrap_or("activated_time_descending") {
            "activated_time_ascending" => {}
            "activated_time_descending" => found.reverse(),
            "server_label_ascending" => found.sort_by(|one, other| one.label.cmp(&other.label)),
            "server_label_descending" => found.sort_by(|one, other| other.label.cmp(&one.label)),
            _ => return invalid("sorted_by"),
        }
        call.page(&found, |server| server.summary(now))
    }

    pub(super) fn get_server_detail(&mut self, call: &Call) -> Reply {
        read(self.servers.required(call)?.detail(call.moment.now))
    }

    pub(super) fn set_schedule(&mut self, call: &Call) -> Reply {
        let cycle = |switch, max_age| {
            // A switch that is left out is off.
            if call.choice(switch, "no", &["yes", "no"])? == "no" {
                return Ok(Cycle::default());
            }
            call.required(max_age)?;
            Ok(Cycle { max_age: call.number(max_age, 0, 1..=99)? })
        };
        let schedule = [
            cycle("daily_snapshot", "daily_snapshot_max_age")?,
            cycle("weekly_snapshot", "weekly_snapshot_max_age")?,
            cycle("monthly_snapshot", "monthly_snapshot_max_age")?,
        ];
        let server = self.servers.required_mut(call)?;
        server.schedule = schedule;
        let [daily, weekly, monthly] = schedule;
        let data = Object::default()
            .text("server_id", &server.id)
            .text("daily_snapshot", daily.switch())
            .number("daily_snapshot_max_age", daily.max_age as f64)
            .text("weekly_snapshot", weekly.switch())
            .number("weekly_snapshot_max_age", weekly.max_age as f64)
            .text("monthly_snapshot", monthly.switch())
            .number("monthly_snapshot_max_age", monthly.max_age as f64);
        changed("The server snapshot schedule has been set.", data, Operation::Update)
    }

    pub(super) fn reinstall_server(&mut self, call: &Call) -> Reply {
        self.servers.required(call)?;
        match call.required("install_source")? {
            "snapshot" => {}
            "template" | "iso" => {
                return refuse("NOT_SIMULATED", "Only snapshots can be installed here.");
            }
            _ => return invalid("install_source"),
        }
        if self.snapshots.required(call)?.status(call.moment.now) != "active" {
            return refuse("SNAPSHOT_NOT_ACTIVE", "The snapshot is not active.");
        }
        let work = Work::starting(call.moment.now, self.build_time, call.effect.fails);
        let server = self.servers.required_mut(call)?;
        server.reinstall = Some(work);
        let data = Object::default()
            .text("server_id", &server.id)
            .text("order_status", "active")
            .text("server_status", "reinstall");
        changed("The server re-installation process has been started", data, Operation::Restore)
    }
}
