//! Which files there are.

use super::Finding;
use super::repo::Repo;
use crate::features::PROVIDERS;

/// The files of a provider's crate, the same in all, so that who knows one knows all.
const PROVIDER_FILES: [&str; 7] = ["api.rs", "client.rs", "config.rs", "convert.rs", "error.rs", "lib.rs", "wire.rs"];

/// What one provider needs and no other does.
const OWN_FILES: [(&str, &str); 3] = [
    // Its requests are signed.
    ("nodecoid", "sign.rs"),
    // Its answers come in XML too.
    ("nodecoid", "xml.rs"),
    // It has container images beside snapshots.
    ("sitehost", "image.rs"),
];

pub(super) fn providers_are_alike(repo: &Repo) -> Vec<Finding> {
    PROVIDERS.iter().flat_map(|provider| provider_findings(repo, provider)).collect()
}

fn provider_findings(repo: &Repo, provider: &str) -> Vec<Finding> {
    let folder = format!("crates/{provider}");
    let source = format!("{folder}/src");
    let missing = |path: String| Finding::new(path, "is missing; each provider's crate has the same files");
    let expected = expected_files(provider);
    let mut findings: Vec<Finding> =
        expected.iter().map(|file| format!("{source}/{file}")).filter(|path| !repo.has(path)).map(missing).collect();
    if !repo.has(&format!("{folder}/examples")) {
        findings.push(missing(format!("{folder}/examples")));
    }
    let extra = repo.below(&source).filter(|path| path.ends_with(".rs") && !expected.contains(path));
    findings.extend(extra.map(|file| {
        let what = "is a file no other provider has; \
                    put it where the others have it, or tell why in xtask/src/tidy/layout.rs";
        Finding::new(format!("{source}/{file}"), what)
    }));
    findings
}

fn expected_files(provider: &str) -> Vec<&'static str> {
    let own = OWN_FILES.iter().filter(|(owner, _)| *owner == provider).map(|(_, file)| *file);
    PROVIDER_FILES.into_iter().chain(own).collect()
}

pub(super) fn published_crates_have_a_readme(repo: &Repo) -> Vec<Finding> {
    repo.members()
        .filter(|(_, manifest)| !manifest.is("package.publish", "false"))
        .map(|(folder, _)| format!("{folder}/README.md"))
        .filter(|path| repo.text(path).is_none_or(|text| text.trim().is_empty()))
        .map(|path| Finding::new(path, "is missing or empty; write what the crate is for"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete() -> Repo {
        let mut repo = Repo::of(&[]);
        for provider in PROVIDERS {
            repo = repo.with(&format!("crates/{provider}/examples/create.rs"), "");
            for file in expected_files(provider) {
                repo = repo.with(&format!("crates/{provider}/src/{file}"), "");
            }
        }
        repo
    }

    #[test]
    fn alike_is_fine() {
        assert_eq!(providers_are_alike(&complete()), []);
    }

    #[test]
    fn a_missing_file_is_found() {
        for path in ["crates/ionos/src/wire.rs", "crates/hostway/examples/create.rs"] {
            let findings = providers_are_alike(&complete().without(path));
            assert_eq!(findings.len(), 1, "{path}: {findings:?}");
        }
    }

    #[test]
    fn an_extra_file_is_found() {
        let repo = complete().with("crates/ionos/src/sign.rs", "");
        let findings = providers_are_alike(&repo);
        assert_eq!(findings[0].place, "crates/ionos/src/sign.rs");
        assert_eq!(findings.len(), 1);
    }

    #[test]
    fn a_published_crate_without_a_readme_is_found() {
        let repo = Repo::of(&[
            ("crates/a/Cargo.toml", ""),
            ("crates/b/Cargo.toml", ""),
            ("crates/b/README.md", "# b"),
            ("xtask/Cargo.toml", "[package]\npublish = false"),
        ]);
        let findings = published_crates_have_a_readme(&repo);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].place, "crates/a/README.md");
    }
}
