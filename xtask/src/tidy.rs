//! What no compiler checks. Each rule is a function from the repository's text to findings, so a
//! test of a rule is a few lines of text.

mod docs;
mod layout;
mod manifest;
mod members;
mod repo;
mod sources;
mod umbrella;

use std::fmt;
use std::path::Path;

use crate::Result;
use repo::Repo;

/// One thing that is not as it should be.
#[derive(Debug, PartialEq, Eq)]
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
    members::leave_signing_to_its_provider,
    umbrella::lists_agree,
    sources::examples_are_not_ignored,
    sources::nothing_is_left_to_do,
    sources::exceptions_have_reasons,
    sources::no_snapshot_is_pending,
    sources::no_machine_is_named,
    docs::pages_are_listed,
    docs::providers_have_a_page,
    docs::links_lead_somewhere,
    docs::links_of_the_guide_stay_in_it,
];

pub(crate) fn run(root: &Path) -> Result {
    let repo = Repo::load(root)?;
    let findings: Vec<Finding> = RULES.iter().flat_map(|rule| rule(&repo)).collect();
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        1 => Err("tidy found one thing".to_owned()),
        count => Err(format!("tidy found {count} things")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::testing::TempTree;

    #[test]
    fn findings_fail_the_run() {
        let tree = TempTree::new(&[("Cargo.toml", ""), ("src/lib.rs", "// from /root/x\n")]);
        let error = run(tree.path()).unwrap_err();
        assert!(error.starts_with("tidy found"), "{error}");
    }

    #[test]
    fn a_finding_is_one_line() {
        let finding = Finding::new("src/lib.rs:7", "is wrong; do this");
        assert_eq!(finding.to_string(), "src/lib.rs:7: is wrong; do this");
    }
}
