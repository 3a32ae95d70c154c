use std::collections::HashMap;

use tokio::time::Instant;

use super::call::Call;
use super::reply::{Refusal, refuse};
use super::value::Object;
use crate::time::{Progress, Work};

/// A server; every third is off, so that the list's default hides it.
pub(super) struct Server {
    pub(super) id: String,
    pub(super) label: String,
    /// Where its snapshots are found, oldest first.
    pub(super) snapshots: Vec<usize>,
    is_off: bool,
    pub(super) reinstall: Option<Work>,
    /// Daily, weekly, monthly.
    pub(super) schedule: [Cycle; 3],
}

/// How many days, weeks or months are kept; none means off.
#[derive(Clone, Copy, Default)]
pub(super) struct Cycle {
    pub(super) max_age: u64,
}

/// All servers, found by their ids.
pub(super) struct Servers {
    all: Vec<Server>,
    index: HashMap<String, usize>,
}

impl Servers {
    pub(super) fn new(count: usize) -> Self {
        let all: Vec<_> = (0..count).map(Server::numbered).collect();
        let index = all.iter().enumerate().map(|(at, server)| (server.id.clone(), at)).collect();
        Self { all, index }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Server> {
        self.all.iter()
    }

    pub(super) fn at(&mut self, index: usize) -> Option<&mut Server> {
        self.all.get_mut(index)
    }

    pub(super) fn get(&self, id: &str) -> Option<&Server> {
        self.all.get(*self.index.get(id)?)
    }

    pub(super) fn required(&self, call: &Call) -> Result<&Server, Refusal> {
        self.get(call.required("server_id")?).map_or_else(no_such_server, Ok)
    }

    pub(super) fn required_mut(&mut self, call: &Call) -> Result<&mut Server, Refusal> {
        let index = self.index.get(call.required("server_id")?);
        index.and_then(|&at| self.all.get_mut(at)).map_or_else(no_such_server, Ok)
    }
}

fn no_such_server<T>() -> Result<T, Refusal> {
    refuse("SERVER_NOT_FOUND", "The server does not exist.")
}

impl Cycle {
    pub(super) fn switch(self) -> &'static str {
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

    pub(super) fn summary(&self, now: Instant) -> Object {
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

    pub(super) fn detail(&self, now: Instant) -> Object {
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
