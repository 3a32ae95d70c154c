use std::ops::RangeInclusive;

use http::StatusCode;
use serde::Serialize;

use super::reply::{Refusal, invalid, refuse};
use super::resource::{BASE_PATH, Resource, View, describe_item};
use crate::effect::Endless;
use crate::request::{Pairs, Request, find};

/// The query of a call, and how lists are cut to it.
pub(super) struct Query {
    pairs: Pairs,
    pub(super) depth: u8,
    path: String,
    endless: Option<Endless>,
    strict: bool,
}

/// Filters whose effect does not depend on the depth.
const DEPTHLESS: [&str; 3] = ["status", "createdAfter", "createdBefore"];

impl Query {
    pub(super) fn of(request: &Request, endless: Option<Endless>, strict: bool) -> Result<Self, Refusal> {
        let pairs = request.query_pairs();
        let mut query = Self { pairs, depth: 0, path: request.path.clone(), endless, strict };
        if !matches!(query.get("pretty"), None | Some("true" | "false")) {
            return invalid("pretty");
        }
        query.depth = u8::try_from(query.number("depth", 0, 0..=10)?).unwrap_or_default();
        Ok(query)
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        find(&self.pairs, name)
    }

    fn number(&self, name: &str, default: usize, allowed: RangeInclusive<usize>) -> Result<usize, Refusal> {
        match self.get(name).map(str::parse) {
            None => Ok(default),
            Some(Ok(number)) if allowed.contains(&number) => Ok(number),
            Some(_) => invalid(name),
        }
    }

    /// Each filtered field with its values; any of them will do.
    ///
    /// The documents want a depth for most filters and do not say what becomes of one without: it has its effect all
    /// the same, and strictly it is refused.
    pub(super) fn filters(&self) -> Result<Vec<(&str, Vec<&str>)>, Refusal> {
        let mut filters: Vec<(&str, Vec<&str>)> = Vec::new();
        for (key, value) in &self.pairs {
            let Some(field) = key.strip_prefix("filter.") else { continue };
            match filters.iter_mut().find(|(known, _)| *known == field) {
                Some((_, values)) => values.push(value),
                None => filters.push((field, vec![value])),
            }
        }
        match filters.iter().find(|(field, _)| !DEPTHLESS.contains(field)) {
            Some((field, _)) if self.strict && self.depth == 0 => {
                refuse(StatusCode::BAD_REQUEST, "100", format!("filter.{field} needs a depth greater than 0"))
            }
            _ => Ok(filters),
        }
    }

    /// Those of the resources that the query asks for, in its order. `maxResults` comes before the filters.
    pub(super) fn select<'a, R: Resource>(
        &self,
        resources: impl Iterator<Item = &'a R>,
        view: View<'_>,
    ) -> Result<Vec<&'a R>, Refusal> {
        let most = self.most()?;
        let filters = self.filters()?;
        let passes = |resource: &&R| {
            filters.iter().all(|(field, values)| {
                let text = resource.field(field, view.now);
                text.is_some_and(|text| values.iter().any(|value| contains(&text, value)))
            })
        };
        let mut selected: Vec<_> = resources.take(most).filter(passes).collect();
        self.order(&mut selected, view);
        Ok(selected)
    }

    pub(super) fn order<R: Resource>(&self, resources: &mut [&R], view: View<'_>) {
        if let Some(field) = self.get("orderBy") {
            resources.sort_by_cached_key(|resource| resource.field(field, view.now).unwrap_or_default());
        }
    }

    pub(super) fn most(&self) -> Result<usize, Refusal> {
        self.number("maxResults", usize::MAX, 0..=usize::MAX)
    }

    /// A collection that is not paged: `limit` and `offset` change nothing.
    pub(super) fn whole<I: Serialize>(&self, id: &str, items: Vec<I>, view: View<'_>) -> Collection<I> {
        Collection { id: id.to_owned(), kind: "collection", href: self.href(view), page: None, items }
    }

    /// A page of a collection; that there is one more is told by its link alone. Only what the page shows is described.
    pub(super) fn page<'a, R: Resource>(
        &self,
        id: &str,
        resources: &[&'a R],
        default_limit: usize,
        view: View<'a>,
    ) -> Result<Collection<impl Serialize + use<'a, R>>, Refusal> {
        let offset = self.number("offset", 0, 0..=usize::MAX)?;
        let limit = self.number("limit", default_limit, 1..=10_000)?;
        let (first, goes_on) = match self.endless {
            None => (offset, offset.saturating_add(limit) < resources.len()),
            Some(Endless::Full) => (0, true),
            Some(Endless::Empty) => (resources.len(), true),
        };
        let shown = resources.iter().skip(first).take(limit);
        let items: Vec<_> = shown.map(|&resource| describe_item(resource, view)).collect();
        let links = Links {
            prev: (offset > 0).then(|| self.link(offset.saturating_sub(limit), limit, view)),
            current: self.link(offset, limit, view),
            next: goes_on.then(|| self.link(offset.saturating_add(limit), limit, view)),
        };
        let page = Some(Page { offset, limit, links });
        Ok(Collection { id: id.to_owned(), kind: "collection", href: self.href(view), page, items })
    }

    fn href(&self, view: View<'_>) -> String {
        let origin = view.base.strip_suffix(BASE_PATH).unwrap_or(view.base);
        format!("{origin}{}", self.path)
    }

    /// The same list at another place.
    fn link(&self, offset: usize, limit: usize, view: View<'_>) -> String {
        let kept = self.pairs.iter().filter(|(key, _)| key != "offset" && key != "limit");
        let mut pairs: Vec<(&str, String)> = kept.map(|(key, value)| (key.as_str(), value.clone())).collect();
        pairs.push(("offset", offset.to_string()));
        pairs.push(("limit", limit.to_string()));
        format!("{}?{}", self.href(view), serde_urlencoded::to_string(pairs).unwrap_or_default())
    }
}

#[derive(Serialize)]
pub(super) struct Collection<I> {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    href: String,
    #[serde(flatten)]
    page: Option<Page>,
    items: Vec<I>,
}

#[derive(Serialize)]
struct Page {
    offset: usize,
    limit: usize,
    #[serde(rename = "_links")]
    links: Links,
}

#[derive(Serialize)]
struct Links {
    #[serde(skip_serializing_if = "Option::is_none")]
    prev: Option<String>,
    #[serde(rename = "self")]
    current: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Whether the text has the part in it, in any case of letters.
pub(super) fn contains(text: &str, part: &str) -> bool {
    part.is_empty() || text.as_bytes().windows(part.len()).any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}
