use http::StatusCode;
use serde_json::{Value, json};

use super::{Refusal, refuse};
use crate::exchange::{Pairs, Request, find};

/// The query of a call, and how lists are cut to it.
pub(super) struct Query {
    pairs: Pairs,
    pub(super) depth: u8,
    raw_path: String,
}

/// A list's slice, with what its `_links` need to know.
pub(super) struct Slice {
    pub(super) offset: usize,
    pub(super) limit: usize,
}

impl Query {
    pub(super) fn of(request: &Request) -> Result<Self, Refusal> {
        let pairs = request.query_pairs();
        let mut query = Self { pairs, depth: 0, raw_path: request.path.clone() };
        if !matches!(query.get("pretty"), None | Some("true" | "false")) {
            return invalid("pretty");
        }
        query.depth = u8::try_from(query.number("depth", 0, 0..=10)?).unwrap_or_default();
        Ok(query)
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        find(&self.pairs, name)
    }

    fn number(&self, name: &str, default: usize, allowed: std::ops::RangeInclusive<usize>) -> Result<usize, Refusal> {
        match self.get(name).map(str::parse) {
            None => Ok(default),
            Some(Ok(number)) if allowed.contains(&number) => Ok(number),
            Some(_) => invalid(name),
        }
    }

    pub(super) fn slice(&self, default_limit: usize) -> Result<Slice, Refusal> {
        let offset = self.number("offset", 0, 0..=usize::MAX)?;
        Ok(Slice { offset, limit: self.number("limit", default_limit, 1..=10_000)? })
    }

    /// Each filtered field with its values; any of them will do.
    pub(super) fn filters(&self) -> Result<Vec<(&str, Vec<&str>)>, Refusal> {
        let mut filters: Vec<(&str, Vec<&str>)> = Vec::new();
        for (key, value) in &self.pairs {
            let Some(field) = key.strip_prefix("filter.") else { continue };
            match filters.iter_mut().find(|(known, _)| *known == field) {
                Some((_, values)) => values.push(value),
                None => filters.push((field, vec![value])),
            }
        }
        let depthless = ["status", "createdAfter", "createdBefore"];
        let deep = filters.iter().find(|(field, _)| !depthless.contains(field));
        match deep {
            // The service leaves open what happens; a client had better hear of it.
            Some((field, _)) if self.depth == 0 => {
                refuse(StatusCode::BAD_REQUEST, "100", format!("filter.{field} needs a depth greater than 0"))
            }
            _ => Ok(filters),
        }
    }

    /// Cuts and filters a list of resources, which all have properties and metadata still.
    pub(super) fn select(&self, mut items: Vec<Value>) -> Result<Vec<Value>, Refusal> {
        items.truncate(self.number("maxResults", usize::MAX, 0..=usize::MAX)?);
        let filters = self.filters()?;
        items.retain(|item| {
            filters.iter().all(|(field, values)| {
                let found = item["properties"].get(field).or_else(|| item["metadata"].get(field));
                let text = found.map(as_text);
                text.is_some_and(|text| values.iter().any(|value| contains(&text, value)))
            })
        });
        if let Some(field) = self.get("orderBy") {
            items.sort_by_cached_key(|item| as_text(&item["properties"][field]));
        }
        Ok(items)
    }

    /// Leaves of an item what the depth shows.
    pub(super) fn shown(&self, mut item: Value) -> Value {
        if let (0, Some(item)) = (self.depth, item.as_object_mut()) {
            item.retain(|key, _| ["id", "type", "href"].contains(&key.as_str()));
        }
        item
    }

    /// A pageable collection: one more page is known by its link alone.
    pub(super) fn page(&self, base: &str, id: &str, items: Vec<Value>, default_limit: usize) -> Result<Value, Refusal> {
        let Slice { offset, limit } = self.slice(default_limit)?;
        let total = items.len();
        let here = items.into_iter().skip(offset).take(limit).map(|item| self.shown(item));
        let origin = base.strip_suffix(super::BASE_PATH).unwrap_or(base);
        let href = format!("{origin}{}", self.raw_path);
        let link = |offset: usize| {
            let kept = self.pairs.iter().filter(|(key, _)| key != "offset" && key != "limit");
            let mut pairs: Vec<(&str, String)> = kept.map(|(key, value)| (key.as_str(), value.clone())).collect();
            pairs.push(("offset", offset.to_string()));
            pairs.push(("limit", limit.to_string()));
            format!("{href}?{}", serde_urlencoded::to_string(pairs).unwrap_or_default())
        };
        let mut links = json!({ "self": link(offset) });
        if offset > 0 {
            links["prev"] = json!(link(offset.saturating_sub(limit)));
        }
        if offset.saturating_add(limit) < total {
            links["next"] = json!(link(offset + limit));
        }
        Ok(json!({
            "id": id,
            "type": "collection",
            "href": href,
            "offset": offset,
            "limit": limit,
            "_links": links,
            "items": here.collect::<Vec<_>>(),
        }))
    }
}

pub(super) fn contains(text: &str, part: &str) -> bool {
    text.to_ascii_lowercase().contains(&part.to_ascii_lowercase())
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn invalid<T>(name: &str) -> Result<T, Refusal> {
    refuse(StatusCode::BAD_REQUEST, "100", format!("Query parameter {name} is not valid"))
}
