//! Every check, in the order in which a failure is cheapest to find.

use std::fmt::Write as _;

use crate::cargo::Cargo;
use crate::steps::{self, LeftOut, Step};
use crate::workspace::{self, Member, Workspace, package_arguments, with_all_features};
use crate::{Result, deny, features, snap, tidy};

/// What a library is also checked with: no features, and those it has by default.
const FEWER_FEATURES: &[&[&str]] = &[&["--no-default-features"], &[]];

/// CI refuses what a person at work is only warned of.
const WARNINGS_DENIED: [&str; 3] = ["--", "-D", "warnings"];

const STEPS: &[Step] = &[
    Step { name: "fmt", about: "the code is formatted", run: format },
    Step { name: "tidy", about: "what no compiler checks: layout, manifests, parallel lists, leftovers", run: tidy },
    Step { name: "clippy", about: "no warning anywhere, the MSRV lint included", run: clippy },
    Step {
        name: "libs",
        about: "no warning in any library built alone, without dev-dependencies",
        run: clippy_libraries_alone,
    },
    Step {
        name: "fuzz",
        about: "no warning in the fuzz targets, which are a workspace of their own",
        run: clippy_fuzz,
    },
    Step {
        name: "test",
        about: "the whole suite with all features; no snapshot differs, none is left over",
        run: test,
    },
    Step {
        name: "test-less",
        about: "the libraries' unit tests with no features, then with default features",
        run: test_with_fewer_features,
    },
    Step { name: "doctest", about: "the examples in the documentation run", run: doctest },
    Step {
        name: "features",
        about: "each provider alone, in pairs and all: builds, and brings only what it should",
        run: feature_matrix,
    },
    Step { name: "docs", about: "the documentation builds without a warning", run: docs },
    Step { name: "deny", about: "licences, duplicate crates and sources of what we depend on", run: dependencies },
    Step { name: "package", about: "every published crate can be packaged", run: package },
];

/// Runs the named steps, or all where none is named, in CI's order.
pub(crate) fn run(workspace: &Workspace, names: &[String]) -> Result {
    let chosen: Vec<Step> =
        STEPS.iter().filter(|step| names.is_empty() || names.iter().any(|name| name == step.name)).copied().collect();
    steps::run(workspace, &chosen)
}

pub(crate) fn is_step(name: &str) -> bool {
    STEPS.iter().any(|step| step.name == name)
}

/// A line for each step.
pub(crate) fn list() -> String {
    let mut lines = String::new();
    for Step { name, about, .. } in STEPS {
        // Writing to a String cannot fail.
        let _ = writeln!(lines, "{name:<10} {about}");
    }
    lines
}

fn format(_: &Workspace) -> Result<LeftOut> {
    Cargo::new("fmt")?.args(["--all", "--check"]).run()?;
    Ok(None)
}

fn tidy(_: &Workspace) -> Result<LeftOut> {
    tidy::run(&workspace::root()?)?;
    Ok(None)
}

fn clippy(workspace: &Workspace) -> Result<LeftOut> {
    let everything = with_all_features(&workspace.select(&[])?);
    let clippy = Cargo::new("clippy")?.arg("--all-targets");
    clippy.args(everything).args(WARNINGS_DENIED).run()?;
    Ok(None)
}

/// Dev-dependencies and sister crates switch features on that a library may have forgotten to ask
/// for itself, so each is built as its users build it.
fn clippy_libraries_alone(workspace: &Workspace) -> Result<LeftOut> {
    for library in workspace.libraries() {
        for features in FEWER_FEATURES {
            let clippy = Cargo::new("clippy")?.args(["--lib", "-p", &library.name]);
            clippy.args(*features).args(WARNINGS_DENIED).run()?;
        }
    }
    Ok(None)
}

fn clippy_fuzz(_: &Workspace) -> Result<LeftOut> {
    let clippy = Cargo::new("clippy")?.args(["--manifest-path", "fuzz/Cargo.toml", "--locked", "--all-targets"]);
    clippy.args(["--target-dir", "target"]).args(WARNINGS_DENIED).run()?;
    Ok(None)
}

fn test(workspace: &Workspace) -> Result<LeftOut> {
    snap::check_and_find_orphans(workspace)?;
    Ok(None)
}

fn test_with_fewer_features(workspace: &Workspace) -> Result<LeftOut> {
    let libraries: Vec<&Member> = workspace.libraries().collect();
    for features in FEWER_FEATURES {
        let test = Cargo::new("test")?.args(["--lib", "--no-fail-fast"]);
        let test = test.args(package_arguments(&libraries)).args(*features);
        test.env("INSTA_UPDATE", "no").run()?;
    }
    Ok(None)
}

fn doctest(workspace: &Workspace) -> Result<LeftOut> {
    // The guide's examples are the documentation of a library that is not published.
    let libraries: Vec<&Member> = workspace.members.iter().filter(|member| member.has_library).collect();
    let test = Cargo::new("test")?.args(["--doc", "--no-fail-fast"]);
    test.args(with_all_features(&libraries)).run()?;
    Ok(None)
}

fn feature_matrix(workspace: &Workspace) -> Result<LeftOut> {
    features::check(workspace)
}

/// Libraries only: the command's page would be written over the umbrella's, for both are called
/// `cloudsnap`, and what is documented of a command is its `--help`.
fn docs(workspace: &Workspace) -> Result<LeftOut> {
    let libraries: Vec<&Member> = workspace.libraries().collect();
    let doc = Cargo::new("doc")?.args(["--no-deps", "--lib"]);
    let doc = doc.args(with_all_features(&libraries));
    doc.env("RUSTDOCFLAGS", "-D warnings").run()?;
    Ok(None)
}

fn dependencies(_: &Workspace) -> Result<LeftOut> {
    deny::check()
}

/// Without building what was packaged: that is what the steps before did, and it would double
/// the time CI takes.
fn package(workspace: &Workspace) -> Result<LeftOut> {
    let published: Vec<&Member> = workspace.members.iter().filter(|member| member.is_published).collect();
    let package = Cargo::new("package")?.args(["--no-verify", "--allow-dirty"]);
    package.args(package_arguments(&published)).run()?;
    Ok(None)
}
