//! Reads as much TOML as manifests use: tables, dotted keys, inline tables, arrays.
//!
//! Cargo's own view (`cargo metadata`) will not do: it no longer tells what a manifest inherits
//! from the workspace and what it says itself.

use std::collections::{BTreeMap, BTreeSet};

/// A manifest as one flat map from dotted path to value, as it is written: `a.workspace = true`,
/// `a = { workspace = true }` and `[a]` with `workspace = true` are all `a.workspace`.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    values: BTreeMap<String, String>,
}

/// The fields of one dependency; a bare version is the field `version`.
pub(super) type Fields = BTreeMap<String, String>;

impl Manifest {
    pub(super) fn parse(text: &str) -> Self {
        let mut manifest = Self::default();
        let mut table = String::new();
        for line in logical_lines(text) {
            if let Some(header) = line.strip_prefix('[') {
                table = header.trim_matches(['[', ']']).trim().to_owned();
            } else if let Some((key, value)) = line.split_once('=') {
                manifest.insert(&join(&table, key.trim()), value.trim());
            }
        }
        manifest
    }

    fn insert(&mut self, path: &str, value: &str) {
        let inline = value.strip_prefix('{').and_then(|value| value.strip_suffix('}'));
        let Some(fields) = inline else {
            self.values.insert(path.to_owned(), value.trim_matches('"').to_owned());
            return;
        };
        for (key, value) in split_outside(fields, ',').filter_map(|field| field.split_once('=')) {
            self.insert(&join(path, key.trim()), value.trim());
        }
    }

    pub(super) fn get(&self, path: &str) -> Option<&str> {
        self.values.get(path).map(String::as_str)
    }

    pub(super) fn is(&self, path: &str, value: &str) -> bool {
        self.get(path) == Some(value)
    }

    /// The strings in an array.
    pub(super) fn strings(&self, path: &str) -> Vec<&str> {
        self.get(path).unwrap_or_default().split('"').skip(1).step_by(2).collect()
    }

    /// The keys directly in a table.
    pub(super) fn keys(&self, table: &str) -> BTreeSet<&str> {
        let inside = self.values.keys().filter_map(|path| path.strip_prefix(table)?.strip_prefix('.'));
        inside.map(|rest| rest.split('.').next().unwrap_or(rest)).collect()
    }

    /// What stands in the tables of dependencies of a package, whatever their kind or target.
    pub(super) fn dependencies(&self) -> Vec<(&str, Fields)> {
        let tables: BTreeSet<&str> = self
            .values
            .keys()
            .filter_map(|path| Some(&path[..path.find("dependencies.")? + "dependencies".len()]))
            .collect();
        tables.into_iter().flat_map(|table| self.dependencies_in(table)).collect()
    }

    /// What stands in one table of dependencies.
    pub(super) fn dependencies_in(&self, table: &str) -> Vec<(&str, Fields)> {
        self.keys(table).into_iter().map(|name| (name, self.fields(&join(table, name)))).collect()
    }

    fn fields(&self, path: &str) -> Fields {
        let bare = self.get(path).map(|version| ("version".to_owned(), version.to_owned()));
        let inside = self.values.iter().filter_map(|(key, value)| {
            let field = key.strip_prefix(path)?.strip_prefix('.')?;
            Some((field.to_owned(), value.clone()))
        });
        bare.into_iter().chain(inside).collect()
    }
}

fn join(table: &str, key: &str) -> String {
    if table.is_empty() { key.to_owned() } else { format!("{table}.{key}") }
}

/// The lines without comments and blank ones, with arrays that span several lines made one.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = without_comment(line).trim();
        match lines.last_mut() {
            Some(last) if is_open(last) => last.push_str(line),
            _ if line.is_empty() => {}
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

fn without_comment(line: &str) -> &str {
    let mut place = Place::default();
    let comment = line.find(|character| {
        place.pass(character);
        character == '#' && !place.in_string
    });
    &line[..comment.unwrap_or(line.len())]
}

/// Whether a bracket is still open at the end.
fn is_open(text: &str) -> bool {
    let mut place = Place::default();
    text.chars().for_each(|character| place.pass(character));
    place.depth > 0
}

/// Splits at a character where it stands neither in a string nor in brackets.
fn split_outside(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut place = Place::default();
    text.split(move |character| {
        place.pass(character);
        character == separator && place.depth == 0 && !place.in_string
    })
}

/// Where in a value a reader is.
#[derive(Debug, Default)]
struct Place {
    depth: usize,
    in_string: bool,
}

impl Place {
    fn pass(&mut self, character: char) {
        match character {
            '"' => self.in_string = !self.in_string,
            '[' | '{' if !self.in_string => self.depth += 1,
            ']' | '}' if !self.in_string => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
# A comment.
[package]
name = "acme" # another
edition.workspace = true

[features]
default = []
full = ["one", # and here
    "two#", ]

[dependencies]
http.workspace = true
serde = { workspace = true, features = ["a", "b"], optional = true }
old = "1.0"

[dependencies.long]
path = "../long"

[target.'cfg(unix)'.dev-dependencies]
libc = "0.2"
"#;

    #[test]
    fn every_way_to_write_a_value_is_the_same() {
        let manifest = Manifest::parse(TEXT);
        assert!(manifest.is("package.name", "acme"));
        assert!(manifest.is("package.edition.workspace", "true"));
        assert!(manifest.is("dependencies.http.workspace", "true"));
        assert!(manifest.is("dependencies.serde.optional", "true"));
        assert!(manifest.is("dependencies.long.path", "../long"));
        assert_eq!(manifest.get("package.version"), None);
    }

    #[test]
    fn arrays_are_read_over_several_lines() {
        let manifest = Manifest::parse(TEXT);
        assert_eq!(manifest.strings("features.full"), ["one", "two#"]);
        assert_eq!(manifest.strings("features.default"), [""; 0]);
        assert_eq!(manifest.strings("dependencies.serde.features"), ["a", "b"]);
        assert_eq!(manifest.keys("features"), BTreeSet::from(["default", "full"]));
    }

    #[test]
    fn dependencies_of_every_kind_are_found() {
        let manifest = Manifest::parse(TEXT);
        let names: Vec<&str> = manifest.dependencies().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["http", "long", "old", "serde", "libc"]);
        let old = manifest.dependencies_in("dependencies").remove(2).1;
        assert_eq!(old, Fields::from([("version".to_owned(), "1.0".to_owned())]));
    }
}
