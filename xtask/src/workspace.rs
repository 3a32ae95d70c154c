//! The workspace as cargo sees it: members, their targets and features.

use std::path::PathBuf;

use serde_json::Value;

use crate::Result;
use crate::cargo::Cargo;

/// Needs a system library (OpenSSL) on Linux, so it is not among the features everything is
/// built with; `features` builds it where the library is there, and its tree is looked at always.
const NEEDS_SYSTEM_LIBRARY: &str = "native-tls";

/// The root of the workspace: the folder above this crate's.
///
/// Asked for at run time: a folder compiled in would be wrong in a checkout that was moved.
pub(crate) fn root() -> Result<PathBuf> {
    let here =
        std::env::var_os("CARGO_MANIFEST_DIR").ok_or("CARGO_MANIFEST_DIR is not set: run this as `cargo xtask`")?;
    let here = PathBuf::from(here);
    here.parent().map(PathBuf::from).ok_or_else(|| format!("{} has no parent", here.display()))
}

/// One package of the workspace.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) features: Vec<String>,
    pub(crate) default_features: Vec<String>,
    pub(crate) has_library: bool,
    pub(crate) is_published: bool,
}

/// All packages of the workspace, sorted by name.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) members: Vec<Member>,
    pub(crate) target_folder: PathBuf,
}

impl Workspace {
    pub(crate) fn load() -> Result<Self> {
        let text = Cargo::new("metadata")?.args(["--no-deps", "--format-version", "1"]).read()?;
        Self::from_metadata(&text)
    }

    fn from_metadata(text: &str) -> Result<Self> {
        let metadata: Value = serde_json::from_str(text)
            .map_err(|error| format!("`cargo metadata` printed what is not JSON: {error}"))?;
        let mut members =
            array(&metadata, "packages")?.iter().map(Member::from_metadata).collect::<Result<Vec<_>>>()?;
        members.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { members, target_folder: string(&metadata, "target_directory")?.into() })
    }

    /// The named packages, or all of them where none is named.
    pub(crate) fn select(&self, names: &[String]) -> Result<Vec<&Member>> {
        if names.is_empty() {
            return Ok(self.members.iter().collect());
        }
        names.iter().map(|name| self.member(name)).collect()
    }

    fn member(&self, name: &str) -> Result<&Member> {
        self.members
            .iter()
            .find(|member| member.name == name)
            .ok_or_else(|| format!("no package `{name}` in this workspace"))
    }

    /// The libraries that users depend on.
    pub(crate) fn libraries(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.has_library && member.is_published)
    }
}

impl Member {
    fn from_metadata(package: &Value) -> Result<Self> {
        let manifest = PathBuf::from(string(package, "manifest_path")?);
        let folder = manifest.parent().ok_or("a manifest without a folder")?.to_path_buf();
        let features = package["features"].as_object().ok_or_else(|| missing("features"))?;
        let default = features.get("default").and_then(Value::as_array);
        let is_library = |target: &Value| target["kind"][0] == "lib";
        Ok(Self {
            name: string(package, "name")?,
            folder,
            features: features.keys().cloned().collect(),
            default_features: default.map(|names| strings(names)).unwrap_or_default(),
            has_library: array(package, "targets")?.iter().any(is_library),
            // `publish = false` is an empty list of registries; no word about it is null.
            is_published: package["publish"].is_null(),
        })
    }
}

#[cfg(test)]
impl Member {
    /// A package in this folder, without features.
    pub(crate) fn in_folder(folder: &std::path::Path) -> Self {
        Self {
            name: "acme".to_owned(),
            folder: folder.to_path_buf(),
            features: Vec::new(),
            default_features: Vec::new(),
            has_library: true,
            is_published: true,
        }
    }
}

/// `-p` for each of these packages, and every feature they have but the one that needs a system
/// library, as arguments of cargo.
pub(crate) fn with_all_features(members: &[&Member]) -> Vec<String> {
    let mut arguments = package_arguments(members);
    let features: Vec<String> = members
        .iter()
        .flat_map(|member| member.features.iter().map(move |feature| (&member.name, feature)))
        // What is on by default need not be named.
        .filter(|(_, feature)| *feature != NEEDS_SYSTEM_LIBRARY && *feature != "default")
        .map(|(name, feature)| format!("{name}/{feature}"))
        .collect();
    if !features.is_empty() {
        arguments.extend(["--features".to_owned(), features.join(",")]);
    }
    arguments
}

/// `-p` for each of these packages.
pub(crate) fn package_arguments(members: &[&Member]) -> Vec<String> {
    members.iter().flat_map(|member| ["-p".to_owned(), member.name.clone()]).collect()
}

fn array<'a>(value: &'a Value, key: &str) -> Result<&'a Vec<Value>> {
    value.get(key).and_then(Value::as_array).ok_or_else(|| missing(key))
}

fn string(value: &Value, key: &str) -> Result<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| missing(key))
}

fn strings(values: &[Value]) -> Vec<String> {
    values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn missing(key: &str) -> String {
    format!("`cargo metadata` printed no `{key}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA: &str = r#"{
        "target_directory": "/t",
        "packages": [
            {"name": "tool", "manifest_path": "/w/tool/Cargo.toml", "publish": [],
             "features": {}, "targets": [{"kind": ["bin"]}]},
            {"name": "acme", "manifest_path": "/w/acme/Cargo.toml", "publish": null,
             "features": {"default": ["rustls"], "gzip": [], "native-tls": [], "rustls": []}, "targets": [{"kind": ["lib"]}]}
        ]
    }"#;

    #[test]
    fn members_are_read_and_sorted() {
        let workspace = Workspace::from_metadata(METADATA).unwrap();
        let names: Vec<_> = workspace.members.iter().map(|member| member.name.as_str()).collect();
        assert_eq!(names, ["acme", "tool"]);
        let libraries: Vec<_> = workspace.libraries().map(|member| member.name.as_str()).collect();
        assert_eq!(libraries, ["acme"]);
    }

    #[test]
    fn all_features_leaves_out_what_needs_a_system_library() {
        let workspace = Workspace::from_metadata(METADATA).unwrap();
        let all = with_all_features(&workspace.select(&[]).unwrap());
        assert_eq!(all, ["-p", "acme", "-p", "tool", "--features", "acme/gzip,acme/rustls"]);
        let tool = with_all_features(&workspace.select(&["tool".to_owned()]).unwrap());
        assert_eq!(tool, ["-p", "tool"]);
    }

    #[test]
    fn an_unknown_package_is_named() {
        let workspace = Workspace::from_metadata(METADATA).unwrap();
        let error = workspace.select(&["fly".to_owned()]).unwrap_err();
        assert!(error.contains("fly"), "{error}");
    }
}
