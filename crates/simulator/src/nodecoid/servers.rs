use tokio::time::Instant;

use super::snapshots::page;
use super::value::Object;
use super::{Call, NodeCoId, Refusal, Reply, changed, invalid, read, refuse};
use crate::operation::Operation;
use crate::time::{Progress, Work};

/// A server; every third is off, so that the list's default hides it.
pub(super) struct Server {
    pub(super) id: String,
    pub(super) label: String,
    /// Where its snapshots are found, oldest first.
    pub(super) snapshots: Vec<usize>,
    is_off: bool,
    reinstall: Option<Work>,
    schedule: [Cycle; 3],
}

/// How many days, weeks or months are kept; none means off.
#[derive(Clone, Copy, Default)]
struct Cycle {
    max_age: u64,
}

impl Cycle {
    fn switch(self) -> &'static str {
        if self.max_age > 0 { "yes" } else { "no" }
    }
}

impl Server {
    pub(super) fn numbered(number: usize) -> Self {
        Self {
            id: (12_345 + number).to_string(),
            label: format!("My Server {}", number + 1),
            snapshots: Vec::new(),
            is_off: number % 3 == 2,
            reinstall: None,
            schedule: [Cycle::default(); 3],
        }
    }

    pub(super) fn status(&self, now: Instant) -> &'static str {
        match self.reinstall.map(|work| work.progress(now)) {
            None if self.is_off => "off",
            None | Some(Progress::Done) => "on",
            Some(Progress::Waiting | Progress::Running) => "reinstall",
            // Documented for servers, though not as the end of a reinstallation: none is.
            Some(Progress::Failed) => "suspended",
        }
    }

    fn summary(&self, now: Instant) -> Object {
        Object::default()
            .text("server_id", &self.id)
            .text("server_label", &self.label)
            .text("order_status", "active")
            .text("server_status", self.status(now))
            .text("package", "compute1")
            .number("vcpu", 1.0)
            .number("ram", 0.5)
            .number("ssd", 15.0)
            .number("hdd", 0.0)
            .number("price", 0.025)
            .number("monthly_cap", 60_000.0)
            .text("activated_time", "2016-09-02 09:30:27")
            .text("end_time", "")
    }

    fn detail(&self, now: Instant) -> Object {
        let [daily, weekly, monthly] = self.schedule;
        self.summary(now)
            .text("install_method", "api")
            .text("install_source", "template")
            .text("os_template", "centos-6-64")
            .text("iso_url", "")
            .text("hostname", "myserver.domain.com")
            .text("os_variant", "centos6.5")
            .text("arch", "x86_64")
            // A secret that no client should keep; with the characters that break XML.
            .text("root_password", "simulated&*^root<password")
            .text("data_center", "ID.NAPINFO")
            .text("extra_data_transfer_action", "unplug_network_interfaces")
            .text("ownership", "owner")
            .text("custom_info_1", "")
            .text("custom_info_2", "")
            .text("custom_info_3", "")
            .text("daiy_snapshots", daily.switch())
            .number("retain_daily_snapshots", daily.max_age as f64)
            .text("weekly_snapshots", weekly.switch())
            .number("retain_weekly_snapshots", weekly.max_age as f64)
            .text("monthly_snapshots", monthly.switch())
            .number("retain_monthly_snapshots", monthly.max_age as f64)
    }
}

impl NodeCoId {
    pub(super) fn server(&self, id: &str) -> Option<&Server> {
        self.servers.get(*self.server_index.get(id)?)
    }

    pub(super) fn required_server(&self, call: &Call) -> Result<&Server, Refusal> {
        match self.server(call.required("server_id")?) {
            Some(server) => Ok(server),
            None => refuse("SERVER_NOT_FOUND", "The server does not exist."),
        }
    }

    fn required_server_mut(&mut self, call: &Call) -> Result<&mut Server, Refusal> {
        let at = self.server_index.get(call.required("server_id")?).copied();
        match at.and_then(|at| self.servers.get_mut(at)) {
            Some(server) => Ok(server),
            None => refuse("SERVER_NOT_FOUND", "The server does not exist."),
        }
    }

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
        page(call, &found, |server| server.summary(now))
    }

    pub(super) fn get_server_detail(&mut self, call: &Call) -> Reply {
        read(self.required_server(call)?.detail(call.moment.now))
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
        let server = self.required_server_mut(call)?;
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
        self.required_server(call)?;
        match call.required("install_source")? {
            "snapshot" => {}
            "template" | "iso" => {
                return refuse("NOT_SIMULATED", "Only snapshots can be installed here.");
            }
            _ => return invalid("install_source"),
        }
        if self.required_snapshot(call)?.status(call.moment.now) != "active" {
            return refuse("SNAPSHOT_NOT_ACTIVE", "The snapshot is not active.");
        }
        let work = Work::starting(call.moment.now, self.build_time, call.fails);
        let server = self.required_server_mut(call)?;
        server.reinstall = Some(work);
        let data = Object::default()
            .text("server_id", &server.id)
            .text("order_status", "active")
            .text("server_status", "reinstall");
        changed("The server re-installation process has been started", data, Operation::Restore)
    }
}
