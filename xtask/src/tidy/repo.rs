//! The text of the repository, in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;
use toml::{Table, Value};
use walkdir::WalkDir;

/// Folders that hold no file of ours: what cargo, git, mdBook and npm write.
const NOT_OURS: [&str; 4] = [".git", "book", "node_modules", "target"];

/// All files by their path from the root, with `/` on every system. What is not UTF-8 has an empty text.
#[derive(Debug, Clone)]
pub(super) struct Repo {
    files: BTreeMap<String, String>,
}

impl Repo {
    pub(super) fn load(root: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        let is_ours = |entry: &walkdir::DirEntry| !NOT_OURS.iter().any(|name| entry.file_name() == *name);
        for entry in WalkDir::new(root).into_iter().filter_entry(is_ours) {
            let entry = entry?;
            if entry.file_type().is_file() {
                let path = entry.path().strip_prefix(root)?.to_string_lossy().replace('\\', "/");
                files.insert(path, std::fs::read_to_string(entry.path()).unwrap_or_default());
            }
        }
        Ok(Self { files })
    }

    /// The files with this ending, as path and text.
    pub(super) fn ending(&self, ending: &str) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter(move |(path, _)| path.ends_with(ending)).map(|(path, text)| (&**path, &**text))
    }

    /// The paths of the files below a folder, from that folder.
    pub(super) fn below(&self, folder: &str) -> impl Iterator<Item = &str> {
        let prefix = format!("{folder}/");
        self.files.keys().filter_map(move |path| path.strip_prefix(&prefix))
    }

    /// The text of a file, empty where there is none.
    pub(super) fn text(&self, path: &str) -> &str {
        self.files.get(path).map_or("", String::as_str)
    }

    /// Whether there is such a file, or a folder with files.
    pub(super) fn has(&self, path: &str) -> bool {
        self.files.contains_key(path) || self.below(path).next().is_some()
    }

    pub(super) fn manifest(&self, path: &str) -> Manifest {
        Manifest::parse(self.text(path))
    }

    /// The packages of the workspace: the folder of each, and its manifest. One with a `[workspace]` of its own, as fuzz
    /// targets have to have, is none of them.
    pub(super) fn members(&self) -> Vec<(&str, Manifest)> {
        let manifests = self.ending("/Cargo.toml").map(|(path, text)| (path, Manifest::parse(text)));
        let members = manifests.filter(|(_, manifest)| manifest.get("workspace").is_none());
        members.map(|(path, manifest)| (path.trim_end_matches("/Cargo.toml"), manifest)).collect()
    }

    #[cfg(test)]
    pub(super) fn with(&self, path: &str, text: &str) -> Self {
        let mut changed = self.clone();
        changed.files.insert(path.to_owned(), text.to_owned());
        changed
    }

    #[cfg(test)]
    pub(super) fn without(&self, path: &str) -> Self {
        let mut changed = self.clone();
        assert!(changed.files.remove(path).is_some(), "there is no {path}");
        changed
    }
}

/// A `Cargo.toml` as it is written. Cargo's own view (`cargo metadata`) does not tell what a manifest inherits from the
/// workspace and what it says itself.
#[derive(Debug)]
pub(super) struct Manifest(Value);

impl Manifest {
    /// Cargo refuses what is no TOML before anything here runs.
    fn parse(text: &str) -> Self {
        Self(Value::Table(text.parse().unwrap_or_default()))
    }

    /// What stands at a dotted path.
    pub(super) fn get(&self, path: &str) -> Option<&Value> {
        path.split('.').try_fold(&self.0, |value, key| value.get(key))
    }

    pub(super) fn is(&self, path: &str, value: bool) -> bool {
        self.get(path).and_then(Value::as_bool) == Some(value)
    }

    /// The entries of a table, none where it is missing.
    pub(super) fn entries(&self, path: &str) -> impl Iterator<Item = (&str, &Value)> {
        entries(self.get(path))
    }

    /// The strings of an array.
    pub(super) fn strings(&self, path: &str) -> BTreeSet<&str> {
        self.get(path).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// What stands in all tables of dependencies, whatever their kind or target.
    pub(super) fn dependencies(&self) -> Vec<(&str, &Value)> {
        let targets = self.entries("target").map(|(_, target)| target);
        let tables = [&self.0].into_iter().chain(targets).flat_map(|table| entries(Some(table)));
        let dependencies = tables.filter(|(name, _)| name.ends_with("dependencies"));
        dependencies.flat_map(|(_, table)| entries(Some(table))).collect()
    }
}

fn entries(table: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    table.and_then(Value::as_table).into_iter().flat_map(Table::iter).map(|(name, value)| (name.as_str(), value))
}
