//! What the manifests of the members say, and what they leave to the workspace.

use std::collections::BTreeSet;

use super::Finding;
use super::manifest::{Fields, Manifest};
use super::repo::Repo;

/// What each member takes from the workspace, so that it is the same everywhere.
const INHERITED: [&str; 4] = ["edition", "license", "rust-version", "version"];

/// The crate for signatures, and who may use it: the provider that signs, and the simulator that
/// checks the signature.
const SIGNING_CRATE: &str = "sha1";
const MAY_SIGN: [&str; 2] = ["crates/nodecoid", "crates/simulator"];

pub(super) fn inherit_from_the_workspace(repo: &Repo) -> Vec<Finding> {
    let root = repo.root_manifest();
    let unstated = INHERITED
        .iter()
        .filter(|key| root.get(&format!("workspace.package.{key}")).is_none())
        .map(|key| Finding::new("Cargo.toml", format!("[workspace.package] states no {key}")));
    unstated.chain(repo.members().flat_map(|(folder, manifest)| inherits(folder, &manifest))).collect()
}

fn inherits(folder: &str, manifest: &Manifest) -> Vec<Finding> {
    let place = format!("{folder}/Cargo.toml");
    let keys = INHERITED.iter().map(|key| format!("package.{key}.workspace"));
    keys.chain(["lints.workspace".to_owned()])
        .filter(|path| !manifest.is(path, "true"))
        .map(|path| Finding::new(&place, format!("is without `{path} = true`; add it")))
        .collect()
}

/// One table of versions and paths, for the crates of others and our own.
pub(super) fn take_dependencies_from_the_workspace(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (folder, manifest) in repo.members() {
        for (name, fields) in manifest.dependencies() {
            if fields.get("workspace").is_none_or(|value| value != "true") {
                let what = format!("takes {name} from elsewhere; write `{name}.workspace = true`");
                findings.push(Finding::new(format!("{folder}/Cargo.toml"), what));
            }
        }
    }
    findings
}

/// The members are made for each other in exactly one version, and never switch each other's
/// default features on: one edge that did would bring TLS to users who asked for none.
pub(super) fn pin_each_other(repo: &Repo) -> Vec<Finding> {
    let root = repo.root_manifest();
    let pinned = format!("={}", root.get("workspace.package.version").unwrap_or_default());
    let dependencies = root.dependencies_in("workspace.dependencies");
    let internal: Vec<&(&str, Fields)> =
        dependencies.iter().filter(|(_, fields)| fields.contains_key("path")).collect();
    let names: BTreeSet<&str> = internal.iter().map(|(name, _)| *name).collect();

    let wrong_in_table = internal
        .iter()
        .filter(|(_, fields)| !is(fields, "version", &pinned) || !is(fields, "default-features", "false"))
        .map(|(name, _)| {
            let what = format!("{name} needs `version = \"{pinned}\", default-features = false`");
            Finding::new("Cargo.toml", what)
        });
    let wrong_in_member = repo.members().flat_map(|(folder, manifest)| {
        let switched_on: Vec<Finding> = manifest
            .dependencies()
            .into_iter()
            .filter(|(name, fields)| names.contains(name) && is(fields, "default-features", "true"))
            .map(|(name, _)| {
                let what = format!("switches the default features of {name} on; name those it needs");
                Finding::new(format!("{folder}/Cargo.toml"), what)
            })
            .collect();
        switched_on
    });
    wrong_in_table.chain(wrong_in_member).collect()
}

fn is(fields: &Fields, key: &str, value: &str) -> bool {
    fields.get(key).is_some_and(|found| found == value)
}

pub(super) fn leave_signing_to_its_provider(repo: &Repo) -> Vec<Finding> {
    repo.members()
        .filter(|(folder, _)| !MAY_SIGN.contains(folder))
        .filter(|(_, manifest)| manifest.dependencies().iter().any(|(name, _)| *name == SIGNING_CRATE))
        .map(|(folder, _)| {
            let what = format!("depends on {SIGNING_CRATE}, which only {} may", MAY_SIGN.join(" and "));
            Finding::new(format!("{folder}/Cargo.toml"), what)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = r#"
[workspace.package]
version = "0.1.0"
edition = "2024"
rust-version = "1.88"
license = "MIT"
[workspace.dependencies]
acme = { path = "crates/acme", version = "=0.1.0", default-features = false }
http = "1"
"#;

    const MEMBER: &str = r#"
[package]
name = "tool"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
[dependencies]
acme = { workspace = true, features = ["gzip"] }
http.workspace = true
[lints]
workspace = true
"#;

    type Rule = fn(&Repo) -> Vec<Finding>;

    const RULES: [Rule; 4] = [
        inherit_from_the_workspace,
        take_dependencies_from_the_workspace,
        pin_each_other,
        leave_signing_to_its_provider,
    ];

    fn repo(root: &str, member: &str) -> Repo {
        Repo::of(&[("Cargo.toml", root), ("crates/tool/Cargo.toml", member)])
    }

    #[test]
    fn a_good_member_passes() {
        for rule in RULES {
            assert_eq!(rule(&repo(ROOT, MEMBER)), []);
        }
    }

    /// Each break of the member is found by the rule that is there for it, and says how.
    #[test]
    fn each_rule_can_fail() {
        let cases: [(Rule, &str, &str, &str); 7] = [
            (RULES[0], "rust-version.workspace = true", "rust-version = \"1.70\"", "rust-version"),
            (RULES[0], "edition.workspace = true", "", "edition"),
            (RULES[0], "[lints]\nworkspace = true", "", "lints.workspace"),
            (RULES[1], "http.workspace = true", "http = \"1\"", "takes http"),
            (RULES[1], "http.workspace = true", "[dev-dependencies]\nx.path = \"x\"", "takes x"),
            (RULES[2], "features = [\"gzip\"]", "default-features = true", "features of acme"),
            (RULES[3], "http.workspace", "sha1.workspace", "sha1"),
        ];
        for (rule, good, bad, named) in cases {
            assert!(MEMBER.contains(good), "{good}");
            let findings = rule(&repo(ROOT, &MEMBER.replace(good, bad)));
            assert_eq!(findings.len(), 1, "{bad}: {findings:?}");
            assert!(findings[0].what.contains(named), "{bad}: {findings:?}");
        }
    }

    #[test]
    fn the_workspace_states_what_is_inherited_and_pins_its_members() {
        let unstated = ROOT.replace("rust-version = \"1.88\"", "");
        assert_eq!(inherit_from_the_workspace(&repo(&unstated, MEMBER)).len(), 1);
        for (good, bad) in [("=0.1.0", "0.1.0"), ("default-features = false", "optional = false")] {
            let findings = pin_each_other(&repo(&ROOT.replace(good, bad), MEMBER));
            assert_eq!(findings.len(), 1, "{bad}: {findings:?}");
        }
    }

    #[test]
    fn the_signing_provider_may_sign() {
        let member = MEMBER.replace("http.workspace", "sha1.workspace");
        let repo = Repo::of(&[("crates/nodecoid/Cargo.toml", &member)]);
        assert_eq!(leave_signing_to_its_provider(&repo), []);
    }
}
