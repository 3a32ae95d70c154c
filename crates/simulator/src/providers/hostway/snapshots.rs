use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::target::Form;
use crate::effect::Presence;
use crate::random::Random;
use crate::state::SimulatedSnapshot;
use crate::time::{Progress, Work};

const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

pub(super) struct Snapshot {
    pub(super) id: String,
    pub(super) name: String,
    description: String,
    guids: [String; 3],
    created: Timestamp,
    pub(super) built: Work,
    pub(super) presence: Presence,
}

/// The name and description that a create asks for.
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) description: String,
}

impl Wanted {
    /// Reads the body of a create, if it has a snapshot object.
    ///
    /// The page marks neither member as optional, and says nothing of other members. Strictly both are required, and
    /// nothing else may stand there.
    pub(super) fn from_body(body: &[u8], strict: bool) -> Option<Self> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let wrapper = body.as_object()?;
        let snapshot = wrapper.get("snapshot")?.as_object()?;
        let text = |key| match snapshot.get(key) {
            Some(value) => value.as_str().map(str::to_owned),
            None if strict => None,
            None => Some(String::new()),
        };
        let wanted = Self { name: text("name")?, description: text("description")? };
        let is_exact = wrapper.len() == 1 && snapshot.len() == 2 && !wanted.name.is_empty();
        (is_exact || !strict).then_some(wanted)
    }
}

impl Snapshot {
    pub(super) fn new(
        server: &str,
        wanted: Wanted,
        created: Timestamp,
        built: Work,
        presence: Presence,
        random: &mut Random,
    ) -> Self {
        let date = created.strftime("%Y%b%d");
        Self {
            id: format!("snapshot_{server}_{date}_{}", random.text(LETTERS, 9)),
            name: wanted.name,
            description: wanted.description,
            guids: [random.uuid(), random.uuid(), random.uuid()],
            created,
            built,
            presence,
        }
    }

    pub(super) fn exists(&self, now: Instant) -> bool {
        self.presence.exists() && !self.built.failed(now)
    }

    pub(super) fn status(&self, now: Instant) -> &'static str {
        match self.built.progress(now) {
            Progress::Waiting | Progress::Running => "BUILD",
            Progress::Done => "ACTIVE",
            // A failed snapshot has no status of its own.
            Progress::Failed => "DELETED",
        }
    }

    pub(super) fn describe(&self, form: Form, link: &str, now: Instant) -> Value {
        let is_building = self.built.pending(now);
        let [guid, parent, relation] = self.guids.each_ref().map(|guid| if is_building { "" } else { guid.as_str() });
        let create_time = match form {
            _ if !is_building => self.created.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            // The revision with the short form has a zero date in its example; the text says empty.
            Form::Short => "0000-00-00 00:00:00".to_owned(),
            Form::Account => String::new(),
        };
        json!({
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "status": self.status(now),
            "guid": guid,
            "parent_guid": parent,
            "relation_guid": relation,
            "create_time": create_time,
            "links": [{ "href": link, "rel": "self" }],
        })
    }

    pub(super) fn overview(&self, server: &str, now: Instant) -> SimulatedSnapshot {
        SimulatedSnapshot {
            id: self.id.clone(),
            source: format!("hostway:{server}"),
            name: Some(self.name.clone()),
            description: Some(self.description.clone()),
            state: if self.built.pending(now) { "pending" } else { "available" },
        }
    }
}
