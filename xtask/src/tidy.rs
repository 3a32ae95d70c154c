//! What no compiler checks. Each rule is a function from the repository's text to findings.

mod docs;
mod layout;
mod members;
mod repo;
mod sources;
#[cfg(test)]
mod tests;
mod umbrella;

use anyhow::{Result, ensure};

use crate::workspace::Workspace;
use repo::Repo;

/// Each finding is a line: the file, what is wrong with it, and what to do.
type Rule = fn(&Repo) -> Vec<String>;

const RULES: &[Rule] = &[
    layout::providers_are_alike,
    layout::published_crates_have_a_readme,
    members::inherit_from_the_workspace,
    members::take_dependencies_from_the_workspace,
    members::pin_each_other,
    umbrella::lists_agree,
    sources::no_line_is_forbidden,
    docs::pages_are_listed,
    docs::providers_have_a_page,
    docs::links_lead_somewhere,
    docs::links_of_the_guide_stay_in_it,
];

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let findings = findings(&Repo::load(&workspace.root)?);
    findings.iter().for_each(|finding| println!("{finding}"));
    ensure!(findings.is_empty(), "tidy found {}, listed above", findings.len());
    Ok(())
}

fn findings(repo: &Repo) -> Vec<String> {
    RULES.iter().flat_map(|rule| rule(repo)).collect()
}
