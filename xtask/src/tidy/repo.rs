//! The text of the repository, in memory.

use std::collections::BTreeMap;
use std::path::Path;

use super::manifest::Manifest;
use crate::{Result, files};

/// All files by their path from the root, with `/` on every system. What is not UTF-8 is there
/// with an empty text.
#[derive(Debug, Default)]
pub(super) struct Repo {
    files: BTreeMap<String, String>,
}

impl Repo {
    pub(super) fn load(root: &Path) -> Result<Self> {
        let mut repo = Self::default();
        for path in files::below(root)? {
            let Ok(relative) = path.strip_prefix(root) else { continue };
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            repo.files.insert(relative.to_string_lossy().replace('\\', "/"), text);
        }
        Ok(repo)
    }

    /// All files, as path and text.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The files with this ending.
    pub(super) fn ending(&self, ending: &str) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(move |(path, _)| path.ends_with(ending))
    }

    /// The paths of the files below a folder, from that folder.
    pub(super) fn below(&self, folder: &str) -> impl Iterator<Item = &str> {
        let prefix = format!("{folder}/");
        self.files.keys().filter_map(move |path| path.strip_prefix(&prefix))
    }

    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Whether there is such a file, or a folder with files.
    pub(super) fn has(&self, path: &str) -> bool {
        self.files.contains_key(path) || self.below(path).next().is_some()
    }

    pub(super) fn root_manifest(&self) -> Manifest {
        Manifest::parse(self.text("Cargo.toml").unwrap_or_default())
    }

    /// The packages of the workspace: the folder of each, and its manifest. One with a `[workspace]` of its own, as fuzz
    /// targets have to have, is none of them.
    pub(super) fn members(&self) -> impl Iterator<Item = (&str, Manifest)> {
        self.ending("/Cargo.toml")
            .filter(|(_, text)| !text.lines().any(|line| line.trim() == "[workspace]"))
            .map(|(path, text)| (path.trim_end_matches("/Cargo.toml"), Manifest::parse(text)))
    }
}

#[cfg(test)]
impl Repo {
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Self { files: files.iter().map(owned).collect() }
    }

    pub(super) fn with(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }

    pub(super) fn without(mut self, path: &str) -> Self {
        self.files.remove(path).unwrap();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::testing::TempTree;

    #[test]
    fn a_folder_is_read_by_paths_from_its_root() {
        let tree = TempTree::new(&[("Cargo.toml", ""), ("crates/a/Cargo.toml", "x = 1")]);
        let repo = Repo::load(tree.path()).unwrap();
        assert_eq!(repo.text("crates/a/Cargo.toml"), Some("x = 1"));
        assert!(repo.has("crates/a") && !repo.has("crates/b"));
        assert_eq!(repo.members().map(|(folder, _)| folder).collect::<Vec<_>>(), ["crates/a"]);
    }
}
