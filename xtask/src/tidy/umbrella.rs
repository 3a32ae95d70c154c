//! The lists of providers: the feature matrix, the umbrella's features, its optional dependencies,
//! its re-exports and the table in the README. Kept by hand they drift; here they are compared.

use std::collections::BTreeSet;

use super::Finding;
use super::manifest::Manifest;
use super::repo::Repo;
use crate::features::PROVIDERS;

const MANIFEST: &str = "crates/cloudsnap/Cargo.toml";
const LIBRARY: &str = "crates/cloudsnap/src/lib.rs";
const READMES: [&str; 2] = ["README.md", "crates/cloudsnap/README.md"];

pub(super) fn lists_agree(repo: &Repo) -> Vec<Finding> {
    let manifest = Manifest::parse(repo.text(MANIFEST).unwrap_or_default());
    let providers = BTreeSet::from(PROVIDERS);
    let lists = [
        compare(&providers, &provider_features(&manifest), "the features with `dep:`"),
        compare(&providers, &optional_dependencies(&manifest), "the optional dependencies"),
        compare(&providers, &full(&manifest), "the feature `full`"),
        PROVIDERS.iter().filter_map(|provider| re_export_missing(repo, provider)).collect(),
        PROVIDERS.iter().filter_map(|provider| row_missing(repo, provider)).collect(),
    ];
    lists.into_iter().flatten().collect()
}

fn provider_features(manifest: &Manifest) -> BTreeSet<&str> {
    let mut features = manifest.keys("features");
    features.retain(|name| {
        let enabled = manifest.strings(&format!("features.{name}"));
        enabled.contains(&format!("dep:{name}").as_str())
    });
    features
}

fn optional_dependencies(manifest: &Manifest) -> BTreeSet<&str> {
    let dependencies = manifest.dependencies_in("dependencies").into_iter();
    dependencies
        .filter(|(_, fields)| fields.get("optional").is_some_and(|value| value == "true"))
        .map(|(name, _)| name)
        .collect()
}

fn full(manifest: &Manifest) -> BTreeSet<&str> {
    manifest.strings("features.full").into_iter().collect()
}

fn compare(providers: &BTreeSet<&str>, listed: &BTreeSet<&str>, list: &str) -> Vec<Finding> {
    let missing = providers.difference(listed).map(|name| format!("{list} lack {name}; add it"));
    let unknown = listed
        .difference(providers)
        .map(|name| format!("{list} have {name}, which is no provider in xtask/src/features.rs; add it there"));
    missing.chain(unknown).map(|what| Finding::new(MANIFEST, what)).collect()
}

/// A re-export is `pub use ionos` or `pub mod ionos`, behind the feature of that name.
fn re_export_missing(repo: &Repo, provider: &str) -> Option<Finding> {
    let text = repo.text(LIBRARY).unwrap_or_default();
    let feature = format!("feature = \"{provider}\"");
    let is_export = |line: &str| {
        let words: Vec<&str> =
            line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect();
        matches!(words[..], ["pub", "use" | "mod", name, ..] if name == provider)
    };
    let found = text.contains(&feature) && text.lines().any(is_export);
    let what = format!("does not re-export {provider} behind its feature; add it");
    (!found).then(|| Finding::new(LIBRARY, what))
}

/// A row is a line of a table that names the provider's feature as code.
fn row_missing(repo: &Repo, provider: &str) -> Option<Finding> {
    let name = format!("`{provider}`");
    let is_row = |line: &str| line.trim_start().starts_with('|') && line.contains(&name);
    let found = READMES.iter().filter_map(|path| repo.text(path)).any(|text| text.lines().any(is_row));
    let what = format!("no table has a row for {name}; add it here or in {}", READMES[1]);
    (!found).then(|| Finding::new(READMES[0], what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Repo {
        let mut features = String::from("[features]\nfull = [\"sitehost\", \"hostway\", \"nodecoid\", \"ionos\"]\n");
        let mut dependencies = String::from("[dependencies]\ncore.workspace = true\n");
        let mut library = String::new();
        let mut readme = String::from("| feature | provider |\n| --- | --- |\n");
        for provider in PROVIDERS {
            features += &format!("{provider} = [\"dep:{provider}\"]\n");
            dependencies += &format!("{provider} = {{ workspace = true, optional = true }}\n");
            library += &format!("#[cfg(feature = \"{provider}\")]\npub use {provider};\n");
            readme += &format!("| `{provider}` | words |\n");
        }
        Repo::of(&[(MANIFEST, &(features + &dependencies)), (LIBRARY, &library), ("README.md", &readme)])
    }

    fn changed(path: &str, from: &str, to: &str) -> Repo {
        let repo = good();
        let text = repo.text(path).unwrap().to_owned();
        assert!(text.contains(from), "{from}");
        repo.with(path, &text.replace(from, to))
    }

    #[test]
    fn lists_that_agree_are_fine() {
        assert_eq!(lists_agree(&good()), []);
        let module = changed(LIBRARY, "pub use ionos;", "pub mod ionos { pub use ::ionos::*; }");
        assert_eq!(lists_agree(&module), []);
    }

    #[test]
    fn each_list_can_drift() {
        for (path, from, to) in [
            (MANIFEST, "ionos = [\"dep:ionos\"]", ""),
            (MANIFEST, "ionos = { workspace = true, optional = true }", "ionos.workspace = true"),
            (MANIFEST, ", \"ionos\"]", "]"),
            (MANIFEST, "full =", "fifth = [\"dep:fifth\"]\nfull ="),
            (LIBRARY, "pub use ionos;", ""),
            (LIBRARY, "feature = \"ionos\"", "feature = \"hostway\""),
            ("README.md", "| `ionos` |", "| ionos |"),
        ] {
            let findings = lists_agree(&changed(path, from, to));
            assert_eq!(findings.len(), 1, "{from}: {findings:?}");
        }
    }
}
