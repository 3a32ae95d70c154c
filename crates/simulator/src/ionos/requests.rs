use http::StatusCode;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::query::{Slice, contains};
use super::{Call, Ionos, Refusal, Reply, not_found, ok, refuse, rfc3339};
use crate::credentials::IONOS_USERNAME;
use crate::time::{Progress, Work};

const PUBLIC_BASE: &str = "https://api.ionos.com/cloudapi/v6";

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
}

/// What a change is about.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) kind: &'static str,
    pub(super) id: String,
    pub(super) href: String,
}

fn status(work: Work, now: Instant) -> &'static str {
    match work.progress(now) {
        Progress::Waiting => "QUEUED",
        Progress::Running => "RUNNING",
        Progress::Done => "DONE",
        Progress::Failed => "FAILED",
    }
}

impl Logged {
    fn describe_status(&self, base: &str, now: Instant, depth: u8) -> Value {
        let status = status(self.work, now);
        let message = match status {
            "DONE" => "Request has been successfully executed",
            "FAILED" => "[VDC-5-0] An unexpected error occurred",
            _ => "Request has been accepted",
        };
        let mut described = json!({
            "id": format!("{}/status", self.id),
            "type": "request-status",
            "href": format!("{base}/requests/{}/status", self.id),
        });
        if depth > 0 {
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

    /// At depth 1 the status is a reference only; at 2 it tells how things stand.
    fn describe(&self, base: &str, now: Instant, depth: u8) -> Value {
        json!({
            "id": self.id,
            "type": "request",
            "href": format!("{base}/requests/{}", self.id),
            "metadata": {
                "createdDate": rfc3339(self.created),
                "createdBy": IONOS_USERNAME,
                "etag": self.etag,
                "requestStatus": self.describe_status(base, now, depth.saturating_sub(1)),
            },
            "properties": {
                "method": self.method,
                "headers": { "content-type": self.content_type },
                "body": self.body,
                "url": self.url,
            },
        })
    }

    /// Whether a filter's field contains the value; of the status, whether it is it.
    fn matches(&self, field: &str, value: &str, now: Instant) -> bool {
        match field {
            "status" => status(self.work, now) == value,
            "requestStatus" => contains(status(self.work, now), value),
            "createdDate" => contains(&rfc3339(self.created), value),
            "createdBy" => contains(IONOS_USERNAME, value),
            "etag" => contains(&self.etag, value),
            "method" => contains(&self.method, value),
            "headers" => contains(&self.content_type, value),
            "body" => contains(&self.body, value),
            "url" => contains(&self.url, value),
            // Seen to already: the log is in the order of these.
            "createdAfter" | "createdBefore" => true,
            _ => false,
        }
    }
}

/// A filter's `yyyy-MM-dd HH:mm:ss`, without a zone: read as UTC.
fn time(call: &Call<'_>, filter: &str) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = call.query.get(filter) else { return Ok(None) };
    let civil = DateTime::strptime("%Y-%m-%d %H:%M:%S", text).ok();
    match civil.and_then(|civil| civil.to_zoned(TimeZone::UTC).ok()) {
        Some(zoned) => Ok(Some(zoned.timestamp())),
        None => invalid(filter),
    }
}

fn invalid<T>(filter: &str) -> Result<T, Refusal> {
    refuse(StatusCode::BAD_REQUEST, "100", format!("{filter} is not valid"))
}

impl Ionos {
    /// Logs a change and answers the URL of its status.
    pub(super) fn log(&mut self, call: &Call<'_>, target: Target, work: Work) -> String {
        let id = self.random.uuid();
        // The public host as documented, and our own: a client must cope with both.
        let own = self.requests.len().is_multiple_of(2);
        let base = if own { self.base.as_str() } else { PUBLIC_BASE };
        let location = format!("{base}/requests/{id}/status");
        let query = &call.request.query;
        let query = if query.is_empty() { String::new() } else { format!("?{query}") };
        let origin = self.base.strip_suffix(super::BASE_PATH).unwrap_or(&self.base);
        self.request_index.insert(id.clone(), self.requests.len());
        self.requests.push(Logged {
            id,
            method: call.request.method.to_string(),
            url: format!("{origin}{}{query}", call.request.path),
            body: String::from_utf8_lossy(&call.request.body).into_owned(),
            content_type: call.request.header("content-type").unwrap_or_default().to_owned(),
            created: call.moment.wall,
            etag: self.random.hex(32),
            work,
            target,
        });
        location
    }

    fn request(&self, id: &str) -> Result<&Logged, Refusal> {
        let request = self.request_index.get(id).and_then(|&at| self.requests.get(at));
        request.map_or_else(not_found, Ok)
    }

    fn logged_between(&self, call: &Call<'_>) -> Result<&[Logged], Refusal> {
        let place = |limit: Timestamp, inclusive: bool| {
            self.requests.partition_point(|request| request.created < limit || (inclusive && request.created == limit))
        };
        let first = time(call, "filter.createdAfter")?.map_or(0, |after| place(after, true));
        let end = time(call, "filter.createdBefore")?.map(|before| place(before, false));
        Ok(self.requests.get(first..end.unwrap_or(self.requests.len())).unwrap_or_default())
    }

    pub(super) fn list_requests(&self, call: &Call<'_>) -> Reply {
        const DEFAULT_LIMIT: usize = 1000;
        let now = call.moment.now;
        if !matches!(call.query.get("filter.status"), None | Some("QUEUED" | "RUNNING" | "DONE" | "FAILED")) {
            return invalid("filter.status");
        }
        let filters = call.query.filters()?;
        let kept = |request: &&Logged| {
            filters.iter().all(|(field, values)| values.iter().any(|value| request.matches(field, value, now)))
        };
        let found: Vec<_> = self.logged_between(call)?.iter().rev().filter(kept).collect();
        // Only what the page shows is described: the log may be long.
        let Slice { offset, limit } = call.query.slice(DEFAULT_LIMIT)?;
        let shown = offset..offset.saturating_add(limit);
        let describe = |(at, request): (usize, &&Logged)| {
            if shown.contains(&at) { request.describe(&self.base, now, call.query.depth) } else { Value::Null }
        };
        let items = found.iter().enumerate().map(describe).collect();
        ok(&call.query.page(&self.base, "requests", items, DEFAULT_LIMIT)?)
    }

    pub(super) fn get_request(&self, id: &str, call: &Call<'_>) -> Reply {
        ok(&self.request(id)?.describe(&self.base, call.moment.now, call.query.depth + 1))
    }

    pub(super) fn get_request_status(&self, id: &str, call: &Call<'_>) -> Reply {
        ok(&self.request(id)?.describe_status(&self.base, call.moment.now, 1))
    }
}
