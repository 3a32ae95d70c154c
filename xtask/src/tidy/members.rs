//! What the manifests of the members say, and what they leave to the workspace.

use std::collections::BTreeMap;

use toml::Value;

use super::repo::{Manifest, Repo};

/// What each member takes from the workspace, so that it is the same everywhere.
const INHERITED: [&str; 4] = ["edition", "license", "rust-version", "version"];

/// These state a Rust of their own, newer than that of the libraries.
const NEWER_RUST: [&str; 2] = ["cloudsnap-cli", "cloudsnap-fleet"];

/// Cargo itself refuses to inherit what the workspace does not state.
pub(super) fn inherit_from_the_workspace(repo: &Repo) -> Vec<String> {
    of_each_member(repo, |manifest| {
        let keys = INHERITED.iter().map(|key| format!("package.{key}.workspace")).chain(["lints.workspace".to_owned()]);
        let name = manifest.get("package.name").and_then(Value::as_str).unwrap_or_default();
        let is_free = |path: &str| path.starts_with("package.rust-version") && NEWER_RUST.contains(&name);
        let missing = keys.filter(|path| !manifest.is(path, true) && !is_free(path));
        missing.map(|path| format!("is without `{path} = true`; add it")).collect()
    })
}

/// One table of versions and paths, for the crates of others and our own.
pub(super) fn take_dependencies_from_the_workspace(repo: &Repo) -> Vec<String> {
    of_each_member(repo, |manifest| {
        let dependencies = manifest.dependencies().into_iter();
        let own = dependencies.filter(|(_, fields)| flag(fields, "workspace") != Some(true));
        own.map(|(name, _)| format!("takes {name} from elsewhere; write `{name}.workspace = true`")).collect()
    })
}

/// The members are made for each other in exactly one version, and never switch each other's default features on: one
/// edge that did would bring TLS to users who asked for none.
pub(super) fn pin_each_other(repo: &Repo) -> Vec<String> {
    let root = repo.manifest("Cargo.toml");
    let version = root.get("workspace.package.version").and_then(Value::as_str).unwrap_or_default();
    let pinned = format!("={version}");
    let is_pinned = |fields: &Value| {
        fields.get("version").and_then(Value::as_str) == Some(&pinned)
            && flag(fields, "default-features") == Some(false)
    };
    let table = root.entries("workspace.dependencies");
    let internal: BTreeMap<&str, &Value> = table.filter(|(_, fields)| fields.get("path").is_some()).collect();
    let wrong_in_table = internal
        .iter()
        .filter(|(_, fields)| !is_pinned(fields))
        .map(|(name, _)| format!("Cargo.toml: {name} needs `version = \"{pinned}\", default-features = false`"));
    let wrong_in_members = of_each_member(repo, |manifest| {
        let dependencies = manifest.dependencies().into_iter().filter(|(name, _)| internal.contains_key(name));
        let switched_on = dependencies.filter(|(_, fields)| flag(fields, "default-features") == Some(true));
        let what = |name| format!("switches the default features of {name} on; name those it needs");
        switched_on.map(|(name, _)| what(name)).collect()
    });
    wrong_in_table.chain(wrong_in_members).collect()
}

fn flag(fields: &Value, name: &str) -> Option<bool> {
    fields.get(name).and_then(Value::as_bool)
}

/// What a rule says about each member's manifest.
fn of_each_member(repo: &Repo, rule: impl Fn(&Manifest) -> Vec<String>) -> Vec<String> {
    let members = repo.members();
    let findings = members.iter().flat_map(|(folder, manifest)| {
        rule(manifest).into_iter().map(move |what| format!("{folder}/Cargo.toml: {what}"))
    });
    findings.collect()
}
