//! What no compiler checks. Each rule is a function from the repository's text to findings.

mod docs;
mod layout;
mod members;
mod repo;
mod sources;
#[cfg(test)]
mod tests;
mod umbrella;

use std::fmt;

use anyhow::{Result, ensure};

use crate::workspace::Workspace;
use repo::Repo;

/// One thing that is not as it should be.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    /// The file, and the line where there is one: `src/lib.rs:7`.
    place: String,
    /// What is wrong, and what to do.
    what: String,
}

impl Finding {
    fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

const RULES: &[fn(&Repo) -> Vec<Finding>] = &[
    layout::providers_are_alike,
    layout::published_crates_have_a_readme,
    members::inherit_from_the_workspace,
    members::take_dependencies_from_the_workspace,
    members::pin_each_other,
    umbrella::lists_agree,
    sources::examples_and_tests_are_not_ignored,
    sources::no_machine_is_named,
    docs::pages_are_listed,
    docs::providers_have_a_page,
    docs::links_lead_somewhere,
    docs::links_of_the_guide_stay_in_it,
];

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let findings = findings(&Repo::load(&workspace.root)?);
    for finding in &findings {
        println!("{finding}");
    }
    ensure!(findings.is_empty(), "tidy found {}, listed above", findings.len());
    Ok(())
}

fn findings(repo: &Repo) -> Vec<Finding> {
    RULES.iter().flat_map(|rule| rule(repo)).collect()
}
