//! The guide and the links between pages.

use std::collections::BTreeSet;

use super::Finding;
use super::repo::Repo;
use crate::features::PROVIDERS;

/// Where mdBook keeps its pages; whichever there is.
const BOOKS: [&str; 2] = ["docs/src", "docs"];
const SUMMARY: &str = "SUMMARY.md";

/// What stands before the path of one of our files where it is read on the web.
const ON_THE_WEB: &str = "https://github.com/cloudsnap/cloudsnap/blob/main/";

/// mdBook leaves a page out in silence when the summary does not list it.
pub(super) fn pages_are_listed(repo: &Repo) -> Vec<Finding> {
    let Some(book) = book(repo) else { return Vec::new() };
    let summary = format!("{book}/{SUMMARY}");
    let listed: BTreeSet<String> =
        links(repo.text(&summary).unwrap_or_default()).map(|(_, target)| resolve(&summary, target)).collect();
    repo.below(book)
        .filter(|path| path.ends_with(".md") && *path != SUMMARY)
        .map(|path| format!("{book}/{path}"))
        .filter(|path| !listed.contains(path))
        .map(|path| Finding::new(path, format!("is a page that {summary} does not list; add it")))
        .collect()
}

/// A page named after each provider, wherever in the guide.
pub(super) fn providers_have_a_page(repo: &Repo) -> Vec<Finding> {
    let Some(book) = book(repo) else { return Vec::new() };
    let has_page = |provider: &str| {
        let name = format!("{provider}.md");
        repo.below(book).any(|path| path.rsplit('/').next() == Some(name.as_str()))
    };
    let missing = PROVIDERS.iter().filter(|provider| !has_page(provider));
    missing.map(|provider| Finding::new(book, format!("has no page {provider}.md; write it"))).collect()
}

fn book(repo: &Repo) -> Option<&'static str> {
    BOOKS.into_iter().find(|book| repo.has(&format!("{book}/{SUMMARY}")))
}

pub(super) fn links_lead_somewhere(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in repo.ending(".md") {
        for (line, target) in links(text) {
            if !repo.has(&resolve(path, target)) {
                let what = format!("links to {target}, which is not there");
                findings.push(Finding::new(format!("{path}:{line}"), what));
            }
        }
    }
    findings
}

/// A built guide has its own pages only: what is beside it is linked to as it stands on the web.
pub(super) fn links_of_the_guide_stay_in_it(repo: &Repo) -> Vec<Finding> {
    let Some(book) = book(repo) else { return Vec::new() };
    let mut findings = Vec::new();
    for (path, text) in repo.ending(".md").filter(|(path, _)| path.starts_with(&format!("{book}/"))) {
        for (line, target) in links(text).filter(|(_, target)| !target.starts_with(ON_THE_WEB)) {
            let leads_to = resolve(path, target);
            if !leads_to.starts_with(&format!("{book}/")) {
                let what = format!("links to {target}, outside the guide; write {ON_THE_WEB}{leads_to}");
                findings.push(Finding::new(format!("{path}:{line}"), what));
            }
        }
    }
    findings
}

/// The links of a page to files of the repository, outside code: line number and target. Links
/// to other sites and, in the pages that are crate documentation, to items are none of ours.
fn links(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    text.lines().enumerate().flat_map(move |(index, line)| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        let line = if in_code || is_fence { "" } else { line };
        let targets = line.split("](").skip(1).filter_map(|rest| rest.split([')', '#', ' ']).next());
        targets
            .filter(|target| target.starts_with(ON_THE_WEB) || !target.contains(':'))
            .filter(|target| target.contains(['.', '/']))
            .map(move |target| (index + 1, target))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn guide() -> Repo {
        Repo::of(&[
            ("README.md", "[guide](docs/src/start.md#install), [all](docs/), [x](https://x.y/z)"),
            ("docs/src/SUMMARY.md", "- [Start](start.md)\n- [Ionos](./providers/ionos.md)\n"),
            ("docs/src/start.md", "```text\n[no](link.md)\n```\n[item](crate::Thing) [top](#top)"),
            ("docs/src/providers/ionos.md", "[back](../start.md)"),
        ])
    }

    #[test]
    fn a_good_book_passes() {
        assert_eq!(pages_are_listed(&guide()), []);
        assert_eq!(links_lead_somewhere(&guide()), []);
        assert_eq!(pages_are_listed(&Repo::of(&[("docs/benchmarks.md", "")])), []);
    }

    #[test]
    fn an_unlisted_page_is_found() {
        let findings = pages_are_listed(&guide().with("docs/src/lost.md", ""));
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].place, "docs/src/lost.md");
    }

    #[test]
    fn a_provider_without_a_page_is_found() {
        let findings = providers_have_a_page(&guide());
        assert_eq!(findings.len(), PROVIDERS.len() - 1, "all but ionos: {findings:?}");
        assert_eq!(providers_have_a_page(&Repo::of(&[])), []);
    }

    #[test]
    fn a_link_out_of_the_guide_is_found_unless_it_leads_to_the_web() {
        let there =
            guide().with("docs/src/start.md", "[all](https://github.com/cloudsnap/cloudsnap/blob/main/README.md)");
        assert_eq!(links_of_the_guide_stay_in_it(&there), []);
        assert_eq!(links_lead_somewhere(&there), []);
        let gone = there.without("README.md");
        assert_eq!(links_lead_somewhere(&gone).len(), 1);
        let findings = links_of_the_guide_stay_in_it(&guide().with("docs/src/start.md", "[all](../../README.md)"));
        assert_eq!(findings.len(), 1);
        assert!(findings[0].to_string().ends_with("/blob/main/README.md"), "{}", findings[0]);
    }

    #[test]
    fn a_listed_page_that_is_not_there_is_found() {
        let findings = links_lead_somewhere(&guide().without("docs/src/providers/ionos.md"));
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].place, "docs/src/SUMMARY.md:2");
    }
}
