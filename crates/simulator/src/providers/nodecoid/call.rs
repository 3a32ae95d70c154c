use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

use http::Method;

use super::reply::{Refusal, Reply, invalid, read, refuse};
use super::value::Object;
use crate::effect::{Effect, Endless};
use crate::request::{Pairs, Request, find};
use crate::time::Moment;

/// The parameters, from wherever the method puts them.
pub(super) fn parameters(request: &Request) -> Pairs {
    if request.method == Method::GET { request.query_pairs() } else { request.form_pairs() }
}

/// One call whose checksum was right.
pub(super) struct Call {
    pub(super) pairs: Pairs,
    pub(super) moment: Moment,
    pub(super) effect: Effect,
    pub(super) strict: bool,
}

impl Call {
    pub(super) fn optional(&self, name: &str) -> Option<&str> {
        find(&self.pairs, name)
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        match self.optional(name) {
            Some(value) if !value.is_empty() => Ok(value),
            _ => refuse("MISSING_PARAMETER", format!("Parameter {name} is required.")),
        }
    }

    pub(super) fn number(&self, name: &str, default: u64, allowed: RangeInclusive<u64>) -> Result<u64, Refusal> {
        match self.optional(name).map(str::parse) {
            None => Ok(default),
            Some(Ok(number)) if allowed.contains(&number) => Ok(number),
            Some(_) => invalid(name),
        }
    }

    pub(super) fn choice<'a>(&'a self, name: &str, default: &'a str, allowed: &[&str]) -> Result<&'a str, Refusal> {
        let value = self.optional(name).unwrap_or(default);
        if allowed.contains(&value) { Ok(value) } else { invalid(name) }
    }

    /// The address has to be given, as IPv4. That it is public, as the page says, is checked strictly only.
    pub(super) fn check_client_address(&self) -> Result<(), Refusal> {
        match self.required("client_ip_address")?.parse::<Ipv4Addr>() {
            Ok(address) if !self.strict || is_public(address) => Ok(()),
            _ => invalid("client_ip_address"),
        }
    }

    /// A page of a list; a number past the end gets the last one.
    pub(super) fn page<T>(&self, found: &[T], describe: impl Fn(&T) -> Object) -> Reply {
        const ENDLESS: u64 = 1_000_000_000_000_000_000;
        let size = self.number("records_per_page", 20, 10..=100)?;
        let wanted = self.number("page", 1, 1..=9_999_999_999)?;
        let total = found.len() as u64;
        let (total, pages) =
            if self.effect.endless.is_some() { (ENDLESS, ENDLESS) } else { (total, total.div_ceil(size)) };
        let page = wanted.min(pages.max(1));
        let first = match self.effect.endless {
            None => (page - 1) * size,
            Some(Endless::Full) => 0,
            Some(Endless::Empty) => u64::MAX,
        };
        let skipped = usize::try_from(first).unwrap_or(usize::MAX);
        let records = found.iter().skip(skipped).take(size as usize).map(describe);
        let data = Object::default()
            .number("total_records", total as f64)
            .number("records_per_page", size as f64)
            .number("total_pages", pages as f64)
            .number("page", page as f64)
            .records(records.collect());
        read(data)
    }
}

fn is_public(address: Ipv4Addr) -> bool {
    !(address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_unspecified()
        || address.is_broadcast()
        || address.is_multicast())
}
