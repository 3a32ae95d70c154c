//! What it costs to build it: time, crates, size.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::Bench;
use super::programs::{self, TemporaryFolder};
use super::rows::Row;
use crate::cargo::Cargo;
use crate::{Result, files, workspace};

/// A program that lists snapshots.
#[derive(Debug)]
struct Program {
    name: &'static str,
    /// Its dependencies; `{root}` is this repository, `{NAME}` the version that `Cargo.lock` has.
    dependencies: &'static str,
    source: &'static str,
}

const WITH_IONOS: Program = Program {
    name: "with-ionos",
    dependencies: r#"
ionos = { path = "{root}/crates/ionos" }
tokio = { version = "1", default-features = false, features = ["macros", "rt"] }
"#,
    source: r#"
use ionos::{Client, Config, ListSnapshots, SnapshotProvider};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new(Config::from_env()?)?;
    for snapshot in client.list_snapshots(&ListSnapshots::default()).await?.items {
        println!("{}", snapshot.id);
    }
    Ok(())
}
"#,
};

const WITH_REQWEST: Program = Program {
    name: "with-reqwest",
    dependencies: r#"
reqwest = { version = "0.13", default-features = false, features = ["rustls"] }
serde = { version = "1", features = ["derive"] }
serde_json = "1"
tokio = { version = "1", default-features = false, features = ["macros", "rt"] }
"#,
    source: r#"
#[derive(serde::Deserialize)]
struct List {
    items: Vec<Snapshot>,
}

#[derive(serde::Deserialize)]
struct Snapshot {
    id: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = format!("{}/snapshots?depth=1", std::env::var("IONOS_API_URL")?);
    let client = reqwest::Client::builder().timeout(std::time::Duration::from_secs(30)).build()?;
    let answer = client.get(url).bearer_auth(std::env::var("IONOS_TOKEN")?).send().await?;
    let list: List = serde_json::from_slice(&answer.error_for_status()?.bytes().await?)?;
    for snapshot in list.items {
        println!("{}", snapshot.id);
    }
    Ok(())
}
"#,
};

const WITH_ALL: Program = Program {
    name: "with-all",
    dependencies: r#"
cloudsnap = { path = "{root}/crates/cloudsnap", features = ["full"] }
tokio = { version = "1", default-features = false, features = ["macros", "rt"] }
"#,
    source: r#"
use cloudsnap::{ListSnapshots, SnapshotProvider};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    for name in cloudsnap::PROVIDERS {
        let provider = cloudsnap::from_env(name)?;
        for snapshot in provider.list_snapshots(&ListSnapshots::default()).await?.items {
            println!("{}", snapshot.id);
        }
    }
    Ok(())
}
"#,
};

pub(super) fn run(bench: &Bench) -> Result<Vec<Row>> {
    let command =
        std::fs::metadata(programs::command()?).map_err(|error| format!("the command is not there: {error}"))?;
    let command_size = Row::fact("build.command-size", "MB", megabytes(command.len()));
    if bench.without_builds {
        println!("skipped: builds, because this run goes without");
        return Ok(vec![command_size]);
    }
    let folder = TemporaryFolder::new("builds")?;
    let [ours, theirs, all] = [WITH_IONOS, WITH_REQWEST, WITH_ALL].map(|program| program.write(folder.path()));
    let (ours, theirs, all) = (ours?, theirs?, all?);
    let (mut seconds, mut seconds_theirs, mut seconds_all) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..3 {
        seconds.push(ours.build()?);
        seconds_theirs.push(theirs.build()?);
        seconds_all.push(all.build()?);
    }
    Ok(vec![
        Row::new("build.seconds", "s", &seconds, &seconds_theirs),
        Row::new("build.crates", "crates", &[ours.crates()?], &[theirs.crates()?]),
        Row::new("build.size", "MB", &[ours.size()?], &[theirs.size()?]),
        Row::new("build.full-seconds", "s", &seconds_all, &seconds_theirs),
        Row::new("build.full-crates", "crates", &[all.crates()?], &[theirs.crates()?]),
        Row::new("build.full-size", "MB", &[all.size()?], &[theirs.size()?]),
        command_size,
    ])
}

/// A program in a folder of its own, with a target folder of its own.
#[derive(Debug)]
struct Project {
    name: &'static str,
    folder: PathBuf,
}

impl Program {
    fn write(&self, below: &Path) -> Result<Project> {
        let root = workspace::root()?;
        let folder = below.join(self.name);
        let dependencies = self.dependencies.replace("{root}", &root.display().to_string());
        let manifest = format!(
            "[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
             [dependencies]{dependencies}\n[workspace]\n",
            self.name
        );
        files::write(&folder.join("Cargo.toml"), &manifest)?;
        files::write(&folder.join("src/main.rs"), self.source.trim_start())?;
        // The versions that this repository has; cargo drops what is not needed.
        files::write(&folder.join("Cargo.lock"), &files::read(&root.join("Cargo.lock"))?)?;
        let project = Project { name: self.name, folder };
        project.cargo("fetch")?.run()?;
        Ok(project)
    }
}

impl Project {
    fn cargo(&self, subcommand: &str) -> Result<Cargo> {
        let manifest = self.folder.join("Cargo.toml").display().to_string();
        Ok(Cargo::new(subcommand)?.args(["--manifest-path", &manifest]))
    }

    fn target(&self) -> PathBuf {
        self.folder.join("target")
    }

    /// The seconds of a build from nothing.
    fn build(&self) -> Result<f64> {
        if self.target().exists() {
            std::fs::remove_dir_all(self.target()).map_err(|error| format!("the last build stays: {error}"))?;
        }
        let build =
            self.cargo("build")?.args(["--offline", "--quiet", "--target-dir", &self.target().display().to_string()]);
        let start = Instant::now();
        build.run()?;
        Ok(start.elapsed().as_secs_f64())
    }

    /// The crates beside itself.
    fn crates(&self) -> Result<f64> {
        let tree = self.cargo("tree")?.args(["--offline", "--prefix", "none", "--edges", "normal,build"]);
        let count = crates_of(&tree.args(["--format", "{p}"]).read()?);
        #[expect(clippy::cast_precision_loss, reason = "nobody depends on so many")]
        Ok(count.saturating_sub(1) as f64)
    }

    fn size(&self) -> Result<f64> {
        let program = self.target().join("debug").join(self.name);
        let metadata = std::fs::metadata(&program).map_err(|error| format!("no {}: {error}", program.display()))?;
        Ok(megabytes(metadata.len()))
    }
}

/// The crates of a tree, each counted once however often it stands there.
fn crates_of(tree: &str) -> usize {
    let words = |line: &str| line.split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>();
    tree.lines().map(words).filter(|words| !words.is_empty()).collect::<BTreeSet<_>>().len()
}

#[expect(clippy::cast_precision_loss, reason = "no program is so large")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_counted_once() {
        assert_eq!(crates_of("a v1.0.0 (/w/a)\nb v2.0.0\nb v2.0.0 (*)\nb v1.0.0\n\n"), 3);
    }
}
