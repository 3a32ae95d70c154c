use serde_json::{Value, json};

use super::reply::{Refusal, Reply, refuse, reply};
use crate::effect::{Effect, Endless};
use crate::request::{Pairs, Request, find};
use crate::time::Moment;

/// The published versions; 1.4 is documented nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Version {
    V1_0,
    V1_1,
    V1_2,
    V1_3,
    V1_5,
}

impl Version {
    pub(super) fn of(request: &Request) -> Option<Self> {
        match request.path.strip_prefix('/')?.split('/').next()? {
            "1.0" => Some(Self::V1_0),
            "1.1" => Some(Self::V1_1),
            "1.2" => Some(Self::V1_2),
            "1.3" => Some(Self::V1_3),
            "1.5" => Some(Self::V1_5),
            _ => None,
        }
    }
}

/// One call that reached its endpoint with parameters in order.
pub(super) struct Call {
    pub(super) version: Version,
    pub(super) pairs: Pairs,
    pub(super) moment: Moment,
    pub(super) effect: Effect,
}

impl Call {
    pub(super) fn text(&self, name: &str) -> &str {
        find(&self.pairs, name).unwrap_or_default()
    }

    pub(super) fn optional(&self, name: &str) -> Option<&str> {
        find(&self.pairs, name)
    }

    pub(super) fn number(&self, name: &str) -> Result<u64, Refusal> {
        let Ok(number) = self.text(name).parse() else {
            return refuse(format!("Error: Parameter '{name}' must be an integer."));
        };
        Ok(number)
    }

    pub(super) fn filter(&self, name: &str) -> Option<&str> {
        find(&self.pairs, &format!("filters[{name}]"))
    }

    /// A page of a list, in the envelope that paged calls share; only what the page shows is described.
    pub(super) fn page<T>(&self, mut items: Vec<T>, describe: impl Fn(&T) -> Value) -> Reply {
        const DEFAULT_SIZE: usize = 20;
        let (size, wanted) = (self.paging("page_size", DEFAULT_SIZE)?, self.paging("page_number", 1)?);
        if let Some(key) = self.filter("sort_by") {
            items.sort_by_cached_key(|item| describe(item)[key].as_str().unwrap_or_default().to_owned());
        }
        match self.filter("sort_dir") {
            None | Some("ASC") => {}
            Some("DESC") => items.reverse(),
            Some(_) => return refuse("Error: filters[sort_dir] is not valid."),
        }
        let (total, pages, first) = match self.effect.endless {
            None => (items.len() as u64, items.len().div_ceil(size).max(1) as u64, (wanted - 1).saturating_mul(size)),
            Some(Endless::Full) => (ENDLESS, ENDLESS, 0),
            Some(Endless::Empty) => (ENDLESS, ENDLESS, items.len()),
        };
        let data: Vec<_> = items.iter().skip(first).take(size).map(describe).collect();
        reply(&json!({
            "total_items": total,
            "current_items": data.len(),
            "current_page": wanted,
            "total_pages": pages,
            "data": data,
        }))
    }

    fn paging(&self, name: &str, default: usize) -> Result<usize, Refusal> {
        match self.filter(name).map(str::parse) {
            None => Ok(default),
            Some(Ok(number)) if number > 0 => Ok(number),
            Some(_) => refuse(format!("Error: filters[{name}] is not valid.")),
        }
    }
}

/// The pages of a list without end.
const ENDLESS: u64 = 1_000_000_000_000_000_000;
