//! The guide and the links between pages.

use std::collections::BTreeSet;

use super::repo::Repo;
use crate::features::PROVIDERS;

/// Where mdBook keeps its pages, and the one that lists them.
const BOOK: &str = "docs";
const SUMMARY: &str = "docs/SUMMARY.md";

/// What stands before the path of one of our files where it is read on the web.
const ON_THE_WEB: &str = "https://github.com/cloudsnap/cloudsnap/blob/main/";

/// mdBook leaves a page out in silence when the summary does not list it.
pub(super) fn pages_are_listed(repo: &Repo) -> Vec<String> {
    let listed: BTreeSet<String> = links_of(SUMMARY, repo.text(SUMMARY)).map(|link| link.leads_to).collect();
    let pages = repo.below(BOOK).filter(|path| path.ends_with(".md")).map(|path| format!("{BOOK}/{path}"));
    let unlisted = pages.filter(|path| path != SUMMARY && !listed.contains(path));
    unlisted.map(|path| format!("{path}: is a page that {SUMMARY} does not list; add it")).collect()
}

/// A page named after each provider, wherever in the guide.
pub(super) fn providers_have_a_page(repo: &Repo) -> Vec<String> {
    let is_page = |path: &str, provider: &str| path.rsplit('/').next() == Some(&format!("{provider}.md"));
    let missing = PROVIDERS.iter().filter(|provider| !repo.below(BOOK).any(|path| is_page(path, provider)));
    missing.map(|provider| format!("{BOOK}: has no page {provider}.md; write it")).collect()
}

pub(super) fn links_lead_somewhere(repo: &Repo) -> Vec<String> {
    all_links(repo)
        .filter(|link| !repo.has(&link.leads_to))
        .map(|Link { place, target, .. }| format!("{place}: links to {target}, which is not there"))
        .collect()
}

/// A built guide has its own pages only: what is beside it is linked to as it stands on the web.
pub(super) fn links_of_the_guide_stay_in_it(repo: &Repo) -> Vec<String> {
    let guide = format!("{BOOK}/");
    all_links(repo)
        .filter(|link| link.place.starts_with(&guide) && !link.leads_to.starts_with(&guide))
        .filter(|link| !link.target.starts_with(ON_THE_WEB))
        .map(|Link { place, target, leads_to }| {
            format!("{place}: links to {target}, outside the guide; write {ON_THE_WEB}{leads_to}")
        })
        .collect()
}

/// A link of a page to a file of the repository.
struct Link<'a> {
    place: String,
    target: &'a str,
    /// The path of that file from the root.
    leads_to: String,
}

fn all_links(repo: &Repo) -> impl Iterator<Item = Link<'_>> {
    repo.ending(".md").flat_map(|(path, text)| links_of(path, text))
}

/// The links of a page outside code. Links to other sites and, in the pages that are crate documentation, to items are
/// none of ours.
fn links_of<'a>(path: &'a str, text: &'a str) -> impl Iterator<Item = Link<'a>> {
    let mut in_code = false;
    text.lines().enumerate().flat_map(move |(index, line)| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        let line = if in_code || is_fence { "" } else { line };
        let targets = line.split("](").skip(1).filter_map(|rest| rest.split([')', '#', ' ']).next());
        targets
            .filter(|target| target.starts_with(ON_THE_WEB) || !target.contains(':'))
            .filter(|target| target.contains(['.', '/']))
            .map(move |target| Link { place: format!("{path}:{}", index + 1), target, leads_to: resolve(path, target) })
    })
}

/// The path from the root of what a page links to.
fn resolve(page: &str, target: &str) -> String {
    if let Some(path) = target.strip_prefix(ON_THE_WEB) {
        return path.to_owned();
    }
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}
