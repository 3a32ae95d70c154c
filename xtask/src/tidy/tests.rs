//! Each rule can fail: this repository, changed in one place, has one finding more.

use super::{Repo, findings};
use crate::workspace::Workspace;

/// The repository as it is, and what is wrong with it already, which is none of these tests' business.
struct Before(Repo, Vec<String>);

impl Before {
    fn load() -> Self {
        let repo = Repo::load(&Workspace::load().unwrap().root).unwrap();
        let findings = findings(&repo);
        Self(repo, findings)
    }

    /// What is found only after the change.
    fn new_findings(&self, changed: &Repo) -> Vec<String> {
        findings(changed).into_iter().filter(|finding| !self.1.contains(finding)).collect()
    }
}

const IONOS: &str = "crates/ionos/Cargo.toml";
const UMBRELLA: &str = "crates/cloudsnap/Cargo.toml";
const README: &str = "crates/cloudsnap/README.md";
const LIBRARY: &str = "crates/cloudsnap/src/lib.rs";

#[test]
fn a_change_for_the_worse_is_found() {
    let before = Before::load();
    let repo = &before.0;
    for (path, from, to, found) in [
        ("Cargo.toml", "\"crates/ionos\", version = \"=", "\"crates/ionos\", version = \"", "ionos needs `version"),
        (IONOS, "rust-version.workspace = true", "rust-version = \"1.70\"", "without `package.rust-version.workspace"),
        (IONOS, "[lints]\nworkspace = true", "", "without `lints.workspace"),
        (IONOS, "http.workspace = true", "http = \"1\"", "takes http from elsewhere"),
        (IONOS, "[lints]", "[target.'cfg(unix)'.dev-dependencies]\nx.path = \"x\"\n[lints]", "takes x from elsewhere"),
        (IONOS, "core.workspace = true", "core = { workspace = true, default-features = true }", "cloudsnap-core on"),
        (UMBRELLA, "ionos = [\"dep:ionos\"]", "", "features with `dep:` lack ionos"),
        (UMBRELLA, "ionos = { workspace = true, optional = true }", "", "optional dependencies lack ionos"),
        (UMBRELLA, ", \"ionos\"]", "]", "feature `full` lack ionos"),
        (UMBRELLA, "full =", "fifth = [\"dep:fifth\"]\nfull =", "have fifth, which is no provider"),
        (LIBRARY, "feature = \"ionos\"", "feature = \"fly\"", "does not re-export ionos"),
        (LIBRARY, "pub use ionos", "use ionos", "does not re-export ionos"),
        (README, "| `ionos` |", "| ionos |", "no table has a row for `ionos`"),
        ("README.md", "(docs/SUMMARY.md)", "(docs/lost.md)", "links to docs/lost.md, which is not there"),
        ("docs/SUMMARY.md", "(safety.md)", "", "docs/safety.md: is a page that docs/SUMMARY.md does not list"),
    ] {
        let text = repo.text(path);
        assert!(text.contains(from), "{path} has no {from}");
        let new = before.new_findings(&repo.with(path, &text.replace(from, to)));
        assert!(new.len() == 1 && new[0].contains(found), "{path}: {to}: {new:#?}");
    }
}

#[test]
fn a_bad_file_is_found() {
    let before = Before::load();
    let repo = &before.0;
    for (path, text, found) in [
        ("crates/ionos/src/fly.rs", "", "crates/ionos/src/fly.rs: is a file no other provider has"),
        ("docs/lost.md", "", "docs/lost.md: is a page"),
        ("a.md", "text\n```ignore\n", "a.md:2: is an ignored example"),
        ("a.rs", "    /// ```rust,ignore\n", "a.rs:1: is an ignored example"),
        ("a.rs", "\n    #[ignore]\n", "a.rs:2: is a test that never runs"),
        ("a.rs", "#[ignore = \"slow\"]\n", "a.rs:1: is a test that never runs"),
        ("a.md", "see /home/me/notes", "a.md:1: names a folder of one machine"),
        ("a.md", "`/root/x`", "a.md:1: names a folder of one machine"),
        ("a.md", "[gone](https://github.com/cloudsnap/cloudsnap/blob/main/gone.md)", "gone.md, which is not there"),
        (
            "docs/safety.md",
            "[all](../README.md)",
            "outside the guide; write https://github.com/cloudsnap/cloudsnap/blob/main/README.md",
        ),
    ] {
        let new = before.new_findings(&repo.with(path, text));
        assert!(new.len() == 1 && new[0].contains(found), "{path}: {text}: {new:#?}");
    }
}

#[test]
fn a_missing_file_is_found() {
    let before = Before::load();
    let repo = &before.0;
    for (path, found) in [
        ("crates/ionos/src/wire.rs", "crates/ionos/src/wire.rs: is missing; each provider's crate"),
        ("crates/hostway/examples/create.rs", "crates/hostway/examples: is missing"),
        ("crates/core/README.md", "crates/core/README.md: is missing or empty"),
        ("docs/ionos.md", "docs: has no page ionos.md"),
    ] {
        let new = before.new_findings(&repo.without(path));
        assert!(new.iter().any(|finding| finding.starts_with(found)), "{path}: {new:#?}");
    }
}

#[test]
fn what_is_no_fault_is_not_found() {
    let before = Before::load();
    let repo = &before.0;
    for (path, text) in [
        ("a.rs", "//! ```no_run\n// ignore ```\nfn ignore() {}\n"),
        ("a.md", "https://example.com/home/x and $HOME/root/"),
        ("a.md", "```text\n[no](link.md)\n```\n[item](crate::Thing) [top](#top) [x](https://x.y/z)"),
        (
            "a.md",
            "[guide](docs/safety.md#install), [all](./docs/), [web](https://github.com/cloudsnap/cloudsnap/blob/main/README.md)",
        ),
        ("docs/safety.md", "[web](https://github.com/cloudsnap/cloudsnap/blob/main/README.md) [page](ionos.md)"),
        ("crates/nodecoid/src/xml.rs", ""),
    ] {
        assert_eq!(before.new_findings(&repo.with(path, text)), [""; 0], "{path}: {text}");
    }
}
