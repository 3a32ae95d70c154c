use http::Method;

use super::reply::{Refusal, disorder, refuse};
use crate::request::{Pairs, Request, find};

/// A place in the documented order of parameters.
#[derive(Clone, Copy)]
pub(super) enum Param {
    Required(&'static str),
    Optional(&'static str),
    /// `name[member]` for any of these members, in any order.
    Group(&'static str, &'static [&'static str]),
}

impl Param {
    fn takes(&self, name: &str) -> bool {
        match self {
            Self::Required(own) | Self::Optional(own) => *own == name,
            Self::Group(group, members) => {
                let member = name.strip_prefix(group).and_then(|rest| rest.strip_prefix('['));
                let member = member.and_then(|rest| rest.split_once(']')).map(|(member, _)| member);
                member.is_some_and(|member| members.contains(&member))
            }
        }
    }
}

/// The parameters of a call, in the documented order.
///
/// Query and form are one list, and what a form repeats of the query is tolerated: the official Go client sends both.
/// What is not documented is left out.
pub(super) fn of(request: &Request, params: &[Param]) -> Result<Pairs, Refusal> {
    if request.method != Method::GET && request.method != Method::POST {
        return refuse("Error: This function must be called with GET or POST.");
    }
    let mut pairs = Pairs::new();
    for (name, value) in request.query_pairs().into_iter().chain(request.form_pairs()) {
        let is_repeated = !name.contains('[') && find(&pairs, &name).is_some();
        if !is_repeated && params.iter().any(|param| param.takes(&name)) {
            pairs.push((name, value));
        }
    }
    check(&pairs, params)?;
    Ok(pairs)
}

/// The parameters of a call that does as the reference recommends: each in one place, none repeated, none unknown.
pub(super) fn strictly_of(request: &Request, writes: bool, params: &[Param]) -> Result<Pairs, Refusal> {
    let method = if writes { Method::POST } else { Method::GET };
    if request.method != method {
        return refuse(format!("Error: This function must be called with {method}."));
    }
    let pairs = if !writes {
        request.query_pairs()
    } else if !request.query.is_empty() {
        return refuse("Error: Parameters of a POST belong in its body.");
    } else {
        request.form_pairs()
    };
    check(&pairs, params)?;
    Ok(pairs)
}

fn check(pairs: &Pairs, params: &[Param]) -> Result<(), Refusal> {
    let mut reached = 0;
    for (name, _) in pairs {
        let Some(place) = params.iter().position(|param| param.takes(name)) else {
            return disorder(format!("Error: Unexpected parameter '{name}'."));
        };
        let is_in_group = matches!(params.get(place), Some(Param::Group(..)));
        if place < reached {
            return disorder(format!("Error: Parameter '{name}' is out of order."));
        }
        reached = if is_in_group { place } else { place + 1 };
    }
    let lacking = params.iter().find_map(|param| match param {
        Param::Required(name) if find(pairs, name).is_none_or(str::is_empty) => Some(name),
        _ => None,
    });
    match lacking {
        Some(name) => refuse(format!("Error: Missing parameter '{name}'.")),
        None => Ok(()),
    }
}
