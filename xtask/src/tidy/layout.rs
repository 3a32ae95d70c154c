//! Which files there are.

use super::repo::Repo;
use crate::features::PROVIDERS;

/// The files of a provider's crate, the same in all, so that who knows one knows all.
const PROVIDER_FILES: [&str; 13] = [
    "README.md",
    "examples",
    "src/api.rs",
    "src/auth.rs",
    "src/client.rs",
    "src/config.rs",
    "src/convert.rs",
    "src/endpoints.rs",
    "src/error.rs",
    "src/lib.rs",
    "src/operations.rs",
    "src/wire.rs",
    "tests/wire.rs",
];

/// What one provider needs and no other does.
const OWN_FILES: [(&str, &str); 2] = [
    // Its answers come in XML too.
    ("nodecoid", "src/xml.rs"),
    // It has container images beside snapshots.
    ("sitehost", "src/image.rs"),
];

pub(super) fn providers_are_alike(repo: &Repo) -> Vec<String> {
    PROVIDERS.iter().flat_map(|provider| provider_findings(repo, provider)).collect()
}

fn provider_findings(repo: &Repo, provider: &str) -> Vec<String> {
    let folder = format!("crates/{provider}");
    let own = OWN_FILES.iter().filter(|(owner, _)| *owner == provider).map(|(_, file)| *file);
    let expected: Vec<&str> = PROVIDER_FILES.into_iter().chain(own).collect();
    let missing = expected.iter().filter(|file| !repo.has(&format!("{folder}/{file}"))).map(|file| {
        format!("{folder}/{file}: is missing; each provider's crate has the files that xtask/src/tidy/layout.rs lists")
    });
    let is_extra = |file: &&str| file.starts_with("src/") && file.ends_with(".rs") && !expected.contains(file);
    let extra = repo.below(&folder).filter(is_extra).map(|file| {
        format!(
            "{folder}/{file}: is a file no other provider has; \
             put it where the others have it, or tell why in xtask/src/tidy/layout.rs"
        )
    });
    missing.chain(extra).collect()
}

pub(super) fn published_crates_have_a_readme(repo: &Repo) -> Vec<String> {
    let members = repo.members();
    let published = members.iter().filter(|(_, manifest)| !manifest.is("package.publish", false));
    let readmes = published.map(|(folder, _)| format!("{folder}/README.md"));
    let missing = readmes.filter(|path| repo.text(path).trim().is_empty());
    missing.map(|path| format!("{path}: is missing or empty; write what the crate is for")).collect()
}
