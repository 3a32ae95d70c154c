use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::call::Call;
use super::query::{Query, contains};
use super::reply::{Refusal, invalid, not_found};
use super::resource::{BASE_PATH, Reference, Resource, View, rfc3339};
use crate::credentials::IONOS_USERNAME;
use crate::effect::Presence;
use crate::random::Random;
use crate::time::{Progress, Work};

/// An entry of the log of changes.
pub(super) struct Logged {
    id: String,
    method: String,
    url: String,
    body: String,
    content_type: String,
    created: Timestamp,
    etag: String,
    work: Work,
    target: Target,
    exists: bool,
    listed: Presence,
    /// What most filters look into, in lower case.
    lower: Lower,
}

struct Lower {
    url: String,
    body: String,
}

/// What a change is about.
pub(super) struct Target {
    pub(super) kind: &'static str,
    pub(super) id: String,
    pub(super) href: String,
}

/// All changes, oldest first, found by their ids.
#[derive(Default)]
pub(super) struct RequestLog {
    all: Vec<Logged>,
    index: HashMap<String, usize>,
}

impl RequestLog {
    /// Logs a change and answers its id.
    pub(super) fn add(
        &mut self,
        call: &Call<'_>,
        base: &str,
        target: Target,
        work: Work,
        random: &mut Random,
    ) -> String {
        let (request, id) = (call.request, random.uuid());
        let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
        let origin = base.strip_suffix(BASE_PATH).unwrap_or(base);
        let url = format!("{origin}{}{query}", request.path);
        let body = String::from_utf8_lossy(&request.body).into_owned();
        self.index.insert(id.clone(), self.all.len());
        self.all.push(Logged {
            id: id.clone(),
            method: request.method.to_string(),
            lower: Lower { url: url.to_ascii_lowercase(), body: body.to_ascii_lowercase() },
            url,
            body,
            content_type: request.content_type().to_owned(),
            created: call.moment.wall,
            etag: random.hex(32),
            work,
            target,
            exists: !call.effect.vanishes,
            listed: call.effect.log_presence(call.moment.now),
        });
        id
    }

    pub(super) fn get(&self, id: &str) -> Result<&Logged, Refusal> {
        let logged = self.index.get(id).and_then(|&at| self.all.get(at));
        logged.filter(|logged| logged.exists).map_or_else(not_found, Ok)
    }

    /// The entries that the query asks for, newest first.
    pub(super) fn select(&self, query: &Query, view: View<'_>) -> Result<Vec<&Logged>, Refusal> {
        let filters = query.filters()?;
        let is_status = |value: &&str| ["QUEUED", "RUNNING", "DONE", "FAILED"].contains(value);
        if filters.iter().any(|(field, values)| *field == "status" && !values.iter().all(is_status)) {
            return invalid("filter.status");
        }
        let lower = |values: &[&str]| values.iter().map(|value| value.to_ascii_lowercase()).collect::<Vec<_>>();
        let filters: Vec<_> = filters.iter().map(|(field, values)| (*field, lower(values))).collect();
        let passes = |logged: &&Logged| {
            filters.iter().all(|(field, values)| values.iter().any(|value| logged.matches(field, value, view.now)))
        };
        let listed = self.between(query)?.iter().rev().filter(|logged| logged.listed.is_shown(view.now));
        let mut selected: Vec<_> = listed.take(query.most()?).filter(passes).collect();
        query.order(&mut selected, view);
        Ok(selected)
    }

    fn between(&self, query: &Query) -> Result<&[Logged], Refusal> {
        let place = |limit: Timestamp, inclusive: bool| {
            self.all.partition_point(|logged| logged.created < limit || (inclusive && logged.created == limit))
        };
        let first = time(query, "filter.createdAfter")?.map_or(0, |after| place(after, true));
        let end = time(query, "filter.createdBefore")?.map_or(self.all.len(), |before| place(before, false));
        Ok(self.all.get(first..end).unwrap_or_default())
    }
}

/// A filter's `yyyy-MM-dd HH:mm:ss`, without a zone: read as UTC.
fn time(query: &Query, filter: &str) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = query.get(filter) else { return Ok(None) };
    let civil = DateTime::strptime("%Y-%m-%d %H:%M:%S", text).ok();
    match civil.and_then(|civil| civil.to_zoned(TimeZone::UTC).ok()) {
        Some(zoned) => Ok(Some(zoned.timestamp())),
        None => invalid(filter),
    }
}

impl Logged {
    fn status(&self, now: Instant) -> &'static str {
        match self.work.progress(now) {
            Progress::Waiting => "QUEUED",
            Progress::Running => "RUNNING",
            Progress::Done => "DONE",
            Progress::Failed => "FAILED",
        }
    }

    /// Whether a filter's field contains the value, which is in lower case; of the status, whether it is the value.
    fn matches(&self, field: &str, value: &str, now: Instant) -> bool {
        match field {
            "status" => self.status(now).eq_ignore_ascii_case(value),
            // The log is cut to these already.
            "createdAfter" | "createdBefore" => true,
            "url" => self.lower.url.contains(value),
            "body" => self.lower.body.contains(value),
            _ => self.field(field, now).is_some_and(|text| contains(&text, value)),
        }
    }

    /// The status, as a reference at depth 0, else with all that it tells.
    pub(super) fn describe_status(&self, view: View<'_>) -> Value {
        let status = self.status(view.now);
        let message = match status {
            "DONE" => "Request has been successfully executed",
            "FAILED" => "[VDC-5-0] An unexpected error occurred",
            _ => "Request has been accepted",
        };
        let mut described = json!({
            "id": format!("{}/status", self.id),
            "type": "request-status",
            "href": format!("{}/requests/{}/status", view.base, self.id),
        });
        if view.depth > 0 {
            let Target { kind, id, href } = &self.target;
            described["metadata"] = json!({
                "status": status,
                "message": message,
                "etag": self.etag,
                "targets": [{ "target": { "id": id, "type": kind, "href": href }, "status": status }],
            });
        }
        described
    }

    pub(super) fn etag(&self) -> &str {
        &self.etag
    }
}

impl Resource for Logged {
    fn field(&self, name: &str, now: Instant) -> Option<String> {
        let text = match name {
            "method" => self.method.clone(),
            "url" => self.url.clone(),
            "body" => self.body.clone(),
            "headers" => self.content_type.clone(),
            "createdDate" => rfc3339(self.created),
            "createdBy" => IONOS_USERNAME.to_owned(),
            "etag" => self.etag.clone(),
            "requestStatus" => self.status(now).to_owned(),
            _ => return None,
        };
        Some(text)
    }

    fn reference(&self, base: &str) -> Reference {
        Reference { id: self.id.clone(), kind: "request", href: format!("{base}/requests/{}", self.id) }
    }

    /// The status is one level deeper than the request: in a list, at depth 1 it is a reference.
    fn contents<'a>(&'a self, view: View<'a>) -> impl Serialize + use<'a> {
        json!({
            "metadata": {
                "createdDate": rfc3339(self.created),
                "createdBy": IONOS_USERNAME,
                "etag": self.etag,
                "requestStatus": self.describe_status(View { depth: view.depth.saturating_sub(1), ..view }),
            },
            "properties": {
                "method": self.method,
                "headers": { "content-type": self.content_type },
                "body": self.body,
                "url": self.url,
            },
        })
    }
}
