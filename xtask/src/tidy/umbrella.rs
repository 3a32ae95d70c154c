//! The lists of providers: the feature matrix, the umbrella's features, its optional dependencies, its re-exports and
//! the table in the README. Kept by hand they drift; here they are compared.

use std::collections::BTreeSet;

use toml::Value;

use super::repo::Repo;
use crate::features::PROVIDERS;

const MANIFEST: &str = "crates/cloudsnap/Cargo.toml";
const LIBRARY: &str = "crates/cloudsnap/src/lib.rs";
const READMES: [&str; 2] = ["README.md", "crates/cloudsnap/README.md"];

pub(super) fn lists_agree(repo: &Repo) -> Vec<String> {
    let manifest = repo.manifest(MANIFEST);
    let enables_dependency =
        |name: &&str| manifest.strings(&format!("features.{name}")).contains(format!("dep:{name}").as_str());
    let features = manifest.entries("features").map(|(name, _)| name).filter(enables_dependency).collect();
    let is_optional = |fields: &Value| fields.get("optional").and_then(Value::as_bool) == Some(true);
    let dependencies = manifest.entries("dependencies").filter(|(_, fields)| is_optional(fields));
    let optional = dependencies.map(|(name, _)| name).collect();
    let lists = [
        compare(&features, "the features with `dep:`"),
        compare(&optional, "the optional dependencies"),
        compare(&manifest.strings("features.full"), "the feature `full`"),
        PROVIDERS.iter().filter_map(|provider| re_export_missing(repo, provider)).collect(),
        READMES.iter().flat_map(|readme| rows_missing(repo, readme)).collect(),
    ];
    lists.into_iter().flatten().collect()
}

fn compare(listed: &BTreeSet<&str>, list: &str) -> Vec<String> {
    let providers = BTreeSet::from(PROVIDERS);
    let missing = providers.difference(listed).map(|name| format!("{list} lack {name}; add it"));
    let unknown = listed
        .difference(&providers)
        .map(|name| format!("{list} have {name}, which is no provider in xtask/src/features.rs; add it there"));
    missing.chain(unknown).map(|what| format!("{MANIFEST}: {what}")).collect()
}

/// A re-export is `pub use ionos` or `pub mod ionos`, behind the feature of that name.
fn re_export_missing(repo: &Repo, provider: &str) -> Option<String> {
    let export = |word| format!("#[cfg(feature = \"{provider}\")]\npub {word} {provider}");
    let found = ["use", "mod"].iter().any(|word| repo.text(LIBRARY).contains(&export(word)));
    (!found).then(|| format!("{LIBRARY}: does not re-export {provider} behind its feature; add it"))
}

/// A row is a line of a table that names the provider's feature as code.
fn rows_missing(repo: &Repo, readme: &str) -> Vec<String> {
    let has_row = |name: &str| repo.text(readme).lines().any(|line| line.starts_with('|') && line.contains(name));
    let names = PROVIDERS.iter().map(|provider| format!("`{provider}`"));
    names.filter(|name| !has_row(name)).map(|name| format!("{readme}: no table has a row for {name}")).collect()
}
