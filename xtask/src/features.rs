//! The umbrella's features: each combination builds, and brings into the dependency tree only
//! what it should.

use std::collections::{BTreeMap, BTreeSet};

use crate::Result;
use crate::cargo::Cargo;
use crate::steps::{LeftOut, is_ci};
use crate::workspace::Workspace;

/// The providers: each is a crate, and a feature of the umbrella. `tidy` holds every other list
/// of them to this one.
pub(crate) const PROVIDERS: [&str; 4] = ["sitehost", "hostway", "nodecoid", "ionos"];

const UMBRELLA: &str = "cloudsnap";
const COMMAND: &str = "cloudsnap-cli";

/// The provider that signs its requests, and what it alone needs for it.
const SIGNING_PROVIDER: &str = "nodecoid";
const SIGNING_CRATE: &str = "sha1";

/// What each TLS feature brings. `rustls-no-provider` leaves the cryptography to the user.
const TLS: [TlsFeature; 3] = [
    TlsFeature { name: "rustls", brings: &["rustls", "aws-lc-rs"] },
    TlsFeature { name: "rustls-no-provider", brings: &["rustls"] },
    TlsFeature { name: "native-tls", brings: &["native-tls"] },
];

/// The crates by which a TLS stack, or its cryptography, is known.
const TLS_CRATES: [&str; 8] =
    ["aws-lc-rs", "boring", "native-tls", "openssl", "ring", "rustls", "rustls-rustcrypto", "s2n-tls"];

/// Beside [`TLS_CRATES`], nothing of these may be there without a TLS feature: the
/// glue, and what some stack uses on a system other than this one.
const TLS_GLUE: [&str; 7] = [
    "hyper-rustls",
    "hyper-tls",
    "rustls-platform-verifier",
    "schannel",
    "security-framework",
    "tokio-native-tls",
    "tokio-rustls",
];

/// Crates that end up in the command in several versions, and why that is so. (What builds and
/// tests need is looked at by `cargo deny`; its reasons stand in `deny.toml`.)
const DUPLICATES_WITH_REASON: &[(&str, &str)] = &[];

#[derive(Debug)]
struct TlsFeature {
    name: &'static str,
    brings: &'static [&'static str],
}

/// The names and versions of the crates that a package brings with it.
type Tree = BTreeMap<String, BTreeSet<String>>;

/// Runs everything, for the command line.
pub(crate) fn run(workspace: &Workspace) -> Result {
    if let Some(left_out) = check(workspace)? {
        println!("left out: {left_out}");
    }
    Ok(())
}

pub(crate) fn check(workspace: &Workspace) -> Result<LeftOut> {
    check_trees(workspace)?;
    build_combinations()
}

/// None, each, each pair, and all.
fn provider_combinations() -> Vec<Vec<&'static str>> {
    let mut combinations = vec![vec![]];
    combinations.extend(PROVIDERS.map(|provider| vec![provider]));
    for (index, first) in PROVIDERS.iter().enumerate() {
        combinations.extend(PROVIDERS[index + 1..].iter().map(|second| vec![*first, *second]));
    }
    combinations.push(PROVIDERS.to_vec());
    combinations
}

fn build_combinations() -> Result<LeftOut> {
    for providers in provider_combinations() {
        build(UMBRELLA, &providers)?;
    }
    build(UMBRELLA, &["full", "gzip", "xml", "rustls"])?;
    build(UMBRELLA, &["full", "rustls-no-provider"])?;
    build(COMMAND, &[])?;
    build_native_tls()
}

/// On Linux this needs OpenSSL's headers, which a person may lack; `.ci/run` installs them.
fn build_native_tls() -> Result<LeftOut> {
    match build(UMBRELLA, &["full", "native-tls"]) {
        Ok(()) => Ok(None),
        Err(_) if !is_ci() && !has_openssl() => {
            Ok(Some("native-tls: OpenSSL's headers are not installed (libssl-dev)".to_owned()))
        }
        Err(error) => Err(error),
    }
}

fn has_openssl() -> bool {
    std::process::Command::new("pkg-config").args(["--exists", "openssl"]).status().is_ok_and(|status| status.success())
}

fn build(package: &str, features: &[&str]) -> Result {
    let check = Cargo::new("check")?.args(["-p", package, "--no-default-features"]);
    check.args(["--features", &features.join(",")]).run()
}

fn check_trees(workspace: &Workspace) -> Result {
    for providers in provider_combinations() {
        let tree = tree(UMBRELLA, &providers)?;
        judge(&providers, &[check_providers(&tree, &providers), check_tls(&tree, None)])?;
    }
    for provider in PROVIDERS {
        let tree = tree(provider, &[])?;
        let no_umbrella = forbid(&tree, &[UMBRELLA]);
        let alone = check_providers(&tree, &[provider]);
        judge(&[provider], &[alone, no_umbrella, check_tls(&tree, None)])?;
    }
    for feature in &TLS {
        let features = ["full", feature.name];
        let tree = tree(UMBRELLA, &features)?;
        judge(&features, &[check_providers(&tree, &PROVIDERS), check_tls(&tree, Some(feature))])?;
    }
    check_defaults(workspace)?;
    judge(&[COMMAND], &[check_duplicates(&full_tree()?)])
}

/// What `cargo add` gives without further words: rustls where the crate has it by default, and
/// else no TLS at all.
fn check_defaults(workspace: &Workspace) -> Result {
    for library in workspace.libraries() {
        let [rustls, ..] = &TLS;
        let by_default = library.default_features.iter().any(|feature| feature == rustls.name);
        let tree = parse_tree(&tree_command(&library.name)?.read()?);
        judge(&[&library.name, "default"], &[check_tls(&tree, by_default.then_some(rustls))])?;
    }
    Ok(())
}

fn tree(package: &str, features: &[&str]) -> Result<Tree> {
    let command = tree_command(package)?.arg("--no-default-features");
    let command = match features {
        [] => command,
        _ => command.args(["--features", &features.join(",")]),
    };
    Ok(parse_tree(&command.read()?))
}

fn full_tree() -> Result<Tree> {
    Ok(parse_tree(&tree_command(COMMAND)?.read()?))
}

/// What ends up in a program, on every system and not only on this one: without what only tests,
/// build scripts and macros need.
fn tree_command(package: &str) -> Result<Cargo> {
    let command = Cargo::new("tree")?.args(["-p", package, "--edges", "normal,no-proc-macro"]);
    Ok(command.args(["--target", "all", "--prefix", "none", "--format", "{p}"]))
}

/// Reads lines such as `http v1.3.1` and `core v0.1.0 (/some/where) (*)`.
fn parse_tree(text: &str) -> Tree {
    let mut tree = Tree::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        if let (Some(name), Some(version)) = (words.next(), words.next()) {
            tree.entry(name.to_owned()).or_default().insert(version.to_owned());
        }
    }
    tree
}

/// An error where any of the checks found something; it names the features it was found with.
fn judge(features: &[&str], checks: &[Vec<String>]) -> Result {
    let findings: Vec<&String> = checks.iter().flatten().collect();
    if findings.is_empty() {
        return Ok(());
    }
    let mut error = format!("the dependency tree of [{}] is not as it should be:", features.join(", "));
    for finding in findings {
        error.push_str("\n  ");
        error.push_str(finding);
    }
    Err(error)
}

/// The chosen providers and no other; the crate for signatures only with the one that signs.
fn check_providers(tree: &Tree, chosen: &[&str]) -> Vec<String> {
    let (wanted, mut unwanted): (Vec<&str>, Vec<&str>) =
        PROVIDERS.iter().partition(|provider| chosen.contains(provider));
    if !chosen.contains(&SIGNING_PROVIDER) {
        unwanted.push(SIGNING_CRATE);
    }
    [demand(tree, &wanted), forbid(tree, &unwanted)].concat()
}

/// Exactly the TLS crates that the feature brings, or none without a feature.
fn check_tls(tree: &Tree, feature: Option<&TlsFeature>) -> Vec<String> {
    let Some(TlsFeature { brings, .. }) = feature else {
        return [forbid(tree, &TLS_CRATES), forbid(tree, &TLS_GLUE)].concat();
    };
    // native-tls is OpenSSL on Linux.
    let comes_along: &[&str] = if brings.contains(&"native-tls") { &["openssl"] } else { &[] };
    let other: Vec<&str> =
        TLS_CRATES.into_iter().filter(|name| !brings.contains(name) && !comes_along.contains(name)).collect();
    [demand(tree, brings), forbid(tree, &other)].concat()
}

/// No crate twice without a written reason, and no reason that is no longer needed.
fn check_duplicates(tree: &Tree) -> Vec<String> {
    duplicates_beyond(tree, DUPLICATES_WITH_REASON)
}

fn duplicates_beyond(tree: &Tree, with_reason: &[(&str, &str)]) -> Vec<String> {
    let is_excused = |name: &str| with_reason.iter().any(|(excused, _)| *excused == name);
    let duplicates =
        tree.iter().filter(|(name, versions)| versions.len() > 1 && !is_excused(name)).map(|(name, versions)| {
            let versions: Vec<&str> = versions.iter().map(String::as_str).collect();
            format!("{name} is there as {}; no reason is written in features.rs", versions.join(", "))
        });
    let stale = with_reason
        .iter()
        .filter(|(name, _)| tree.get(*name).is_none_or(|versions| versions.len() < 2))
        .map(|(name, _)| format!("{name} is there once; take its reason out of features.rs"));
    duplicates.chain(stale).collect()
}

fn demand(tree: &Tree, names: &[&str]) -> Vec<String> {
    let missing = names.iter().filter(|name| !tree.contains_key(**name));
    missing.map(|name| format!("{name} is missing")).collect()
}

fn forbid(tree: &Tree, names: &[&str]) -> Vec<String> {
    let present = names.iter().filter(|name| tree.contains_key(**name));
    present.map(|name| format!("{name} must not be there")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree_of(names: &[&str]) -> Tree {
        parse_tree(&names.iter().map(|name| format!("{name} v1.0.0\n")).collect::<String>())
    }

    #[test]
    fn combinations_are_none_each_pair_and_all() {
        let combinations = provider_combinations();
        assert_eq!(combinations.len(), 1 + 4 + 6 + 1);
        assert!(combinations.contains(&vec!["hostway", "ionos"]));
        assert!(combinations.contains(&PROVIDERS.to_vec()));
    }

    #[test]
    fn a_tree_is_read_with_its_versions() {
        let tree = parse_tree("a v1.0.0 (/some/where)\nb v0.2.0\nb v0.3.0 (*)\n\n");
        assert_eq!(tree["a"].len(), 1);
        assert_eq!(tree["b"].len(), 2);
    }

    #[test]
    fn a_provider_nobody_asked_for_is_found() {
        let found = check_providers(&tree_of(&["ionos", "hostway"]), &["ionos"]);
        assert_eq!(found, ["hostway must not be there"]);
        let found = check_providers(&tree_of(&[]), &["ionos"]);
        assert_eq!(found, ["ionos is missing"]);
    }

    #[test]
    fn sha1_belongs_to_the_provider_that_signs() {
        assert!(check_providers(&tree_of(&["nodecoid", "sha1"]), &["nodecoid"]).is_empty());
        let found = check_providers(&tree_of(&["ionos", "sha1"]), &["ionos"]);
        assert_eq!(found, ["sha1 must not be there"]);
    }

    #[test]
    fn tls_is_there_when_asked_for_and_once() {
        let [rustls, no_provider, native_tls] = &TLS;
        assert!(check_tls(&tree_of(&["http"]), None).is_empty());
        assert_eq!(check_tls(&tree_of(&["schannel"]), None), ["schannel must not be there"]);
        assert!(check_tls(&tree_of(&["rustls", "aws-lc-rs"]), Some(rustls)).is_empty());
        assert_eq!(check_tls(&tree_of(&["rustls"]), Some(rustls)), ["aws-lc-rs is missing"]);
        let two = tree_of(&["rustls", "aws-lc-rs", "native-tls", "openssl"]);
        assert_eq!(check_tls(&two, Some(rustls)).len(), 2);
        assert_eq!(check_tls(&two, Some(no_provider)).len(), 3);
        assert!(check_tls(&tree_of(&["native-tls", "openssl"]), Some(native_tls)).is_empty());
    }

    #[test]
    fn a_second_version_needs_a_reason_and_a_reason_a_second_version() {
        let twice = parse_tree("a v1.0.0\na v2.0.0\n");
        assert!(duplicates_beyond(&twice, &[])[0].starts_with("a is there as v1.0.0, v2.0.0"));
        assert!(duplicates_beyond(&twice, &[("a", "old friend")]).is_empty());
        let once = parse_tree("a v1.0.0\n");
        assert!(duplicates_beyond(&once, &[("a", "old friend")])[0].contains("take its reason out"));
    }

    #[test]
    fn findings_name_the_features() {
        let error = judge(&["ionos"], &[vec!["x is missing".to_owned()]]).unwrap_err();
        assert!(error.contains("[ionos]") && error.contains("x is missing"), "{error}");
        assert_eq!(judge(&["ionos"], &[vec![], vec![]]), Ok(()));
    }
}
