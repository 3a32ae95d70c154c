//! The workspace as cargo sees it, with a shell in its root.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use cargo_metadata::{MetadataCommand, Package};
use xshell::Shell;

/// Needs a system library (OpenSSL) on Linux. Only `features` builds it, where that library is installed.
const NEEDS_SYSTEM_LIBRARY: &str = "native-tls";

#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) shell: Shell,
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
    /// All packages, sorted by name.
    pub(crate) packages: Vec<Package>,
}

impl Workspace {
    pub(crate) fn load() -> Result<Self> {
        // Read at run time: a folder compiled in is wrong in a checkout that was moved.
        let here = std::env::var_os("CARGO_MANIFEST_DIR").context("run this as `cargo xtask`")?;
        let mut metadata = MetadataCommand::new().current_dir(PathBuf::from(here)).no_deps().exec()?;
        metadata.packages.sort_by(|a, b| a.name.cmp(&b.name));
        let shell = Shell::new()?;
        shell.change_dir(&metadata.workspace_root);
        Ok(Self {
            shell,
            root: metadata.workspace_root.into(),
            target: metadata.target_directory.into(),
            packages: metadata.packages,
        })
    }

    /// The named packages, or all of them where none is named.
    pub(crate) fn select(&self, names: &[String]) -> Result<Vec<&Package>> {
        for name in names {
            let is_known = self.packages.iter().any(|package| *package.name == *name);
            ensure!(is_known, "this workspace has no package `{name}`");
        }
        Ok(self.packages.iter().filter(|package| names.is_empty() || names.contains(&package.name)).collect())
    }

    /// The libraries that users depend on.
    pub(crate) fn libraries(&self) -> Vec<&Package> {
        self.packages.iter().filter(|package| is_published(package) && has_library(package)).collect()
    }
}

pub(crate) fn is_published(package: &Package) -> bool {
    package.publish.is_none()
}

pub(crate) fn has_library(package: &Package) -> bool {
    package.targets.iter().any(cargo_metadata::Target::is_lib)
}

/// `-p` for each of these packages, as arguments of cargo.
pub(crate) fn arguments(packages: &[&Package]) -> Vec<String> {
    packages.iter().flat_map(|package| ["-p".to_owned(), package.name.to_string()]).collect()
}

/// `-p` for each of these packages, and every feature they have but the one that needs a system library.
pub(crate) fn with_all_features(packages: &[&Package]) -> Vec<String> {
    let features = packages.iter().flat_map(|package| {
        let features = package.features.keys().filter(|feature| *feature != NEEDS_SYSTEM_LIBRARY);
        features.map(|feature| format!("{}/{feature}", package.name))
    });
    let features = features.collect::<Vec<_>>().join(",");
    [arguments(packages), vec!["--features".to_owned(), features]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_features_leaves_out_what_needs_a_system_library() {
        let all = with_all_features(&Workspace::load().unwrap().select(&["ionos".to_owned()]).unwrap());
        assert_eq!(all[..3], ["-p", "ionos", "--features"]);
        assert!(all[3].contains("ionos/gzip") && !all[3].contains("native-tls"), "{all:?}");
    }

    #[test]
    fn libraries_are_those_that_are_published() {
        let workspace = Workspace::load().unwrap();
        let libraries = workspace.libraries();
        let has = |name: &str| libraries.iter().any(|package| *package.name == name);
        assert!(has("cloudsnap-core") && has("ionos") && !has("cloudsnap-tests") && !has("xtask"), "{libraries:#?}");
        assert!(workspace.select(&["fly".to_owned()]).unwrap_err().to_string().contains("no package `fly`"));
    }
}
