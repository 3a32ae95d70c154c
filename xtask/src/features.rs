//! The umbrella's features: each combination builds, and brings into the dependency tree only what it should.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use xshell::cmd;

use crate::ci::{LeftOut, is_ci};
use crate::workspace::Workspace;

/// The providers: each is a crate, and a feature of the umbrella. `tidy` holds every other list of them to this one.
pub(crate) const PROVIDERS: [&str; 4] = ["sitehost", "hostway", "nodecoid", "ionos"];

const UMBRELLA: &str = "cloudsnap";
const COMMAND: &str = "cloudsnap-cli";

/// The provider that signs its requests, and what it alone needs for it.
const SIGNING_PROVIDER: &str = "nodecoid";
const SIGNING_CRATE: &str = "sha1";

/// What is watched beside the providers.
const OTHERS: &[&str] = &[UMBRELLA, SIGNING_CRATE];

/// What each TLS feature brings of [`TLS_CRATES`]. `rustls-no-provider` leaves the cryptography to the user; native-tls
/// is OpenSSL on Linux.
const TLS_FEATURES: [(&str, &[&str]); 3] = [
    ("rustls", &["rustls", "aws-lc-rs"]),
    ("rustls-no-provider", &["rustls"]),
    ("native-tls", &["native-tls", "openssl"]),
];

/// The crates by which a TLS stack, or its cryptography, is known.
const TLS_CRATES: &[&str] =
    &["aws-lc-rs", "boring", "native-tls", "openssl", "ring", "rustls", "rustls-rustcrypto", "s2n-tls"];

/// What connects a TLS stack with the rest, or is what it uses on another system.
const TLS_GLUE: &[&str] = &[
    "hyper-rustls",
    "hyper-tls",
    "rustls-platform-verifier",
    "schannel",
    "security-framework",
    "tokio-native-tls",
    "tokio-rustls",
];

/// The names of crates.
type Names = BTreeSet<String>;

pub(crate) fn check(workspace: &Workspace) -> Result<LeftOut> {
    check_trees(workspace)?;
    build_combinations(workspace)
}

/// None, each, each pair, and all.
fn provider_combinations() -> Vec<Vec<&'static str>> {
    let mut combinations = vec![vec![], PROVIDERS.to_vec()];
    for (index, first) in PROVIDERS.iter().enumerate() {
        combinations.push(vec![*first]);
        combinations.extend(PROVIDERS[index + 1..].iter().map(|second| vec![*first, *second]));
    }
    combinations
}

fn build_combinations(workspace: &Workspace) -> Result<LeftOut> {
    let with_tls = [vec!["full", "gzip", "xml", "rustls"], vec!["full", "rustls-no-provider"]];
    for features in provider_combinations().iter().chain(&with_tls) {
        build(workspace, UMBRELLA, features)?;
    }
    build(workspace, COMMAND, &[])?;
    // OpenSSL's headers may be missing on a person's machine; `.ci/run` installs them.
    let has_openssl = || cmd!(workspace.shell, "pkg-config --exists openssl").quiet().run().is_ok();
    if !is_ci() && !has_openssl() {
        return Ok(Some("native-tls: OpenSSL's headers are not installed (libssl-dev)".to_owned()));
    }
    build(workspace, UMBRELLA, &["full", "native-tls"])?;
    Ok(None)
}

fn build(workspace: &Workspace, package: &str, features: &[&str]) -> Result<()> {
    let features = features.join(",");
    Ok(cmd!(workspace.shell, "cargo check -p {package} --no-default-features --features {features}").run()?)
}

fn check_trees(workspace: &Workspace) -> Result<()> {
    for providers in provider_combinations() {
        let tree = tree_with(workspace, UMBRELLA, &providers)?;
        judge(&providers, &tree, &[&PROVIDERS, OTHERS, TLS_CRATES, TLS_GLUE], &[&providers, &[UMBRELLA]])?;
    }
    for provider in PROVIDERS {
        let tree = tree_with(workspace, provider, &[])?;
        judge(&[provider], &tree, &[&PROVIDERS, OTHERS, TLS_CRATES, TLS_GLUE], &[&[provider]])?;
    }
    for (tls, brings) in TLS_FEATURES {
        let tree = tree_with(workspace, UMBRELLA, &["full", tls])?;
        judge(&["full", tls], &tree, &[&PROVIDERS, OTHERS, TLS_CRATES], &[&PROVIDERS, &[UMBRELLA], brings])?;
    }
    // What `cargo add` gives without further words: rustls where the crate has it by default, and else no TLS at all.
    for library in workspace.libraries() {
        let tree = tree(workspace, &library.name, &[])?;
        let (rustls, brings) = TLS_FEATURES[0];
        let has_rustls = library.features.get("default").is_some_and(|features| features.iter().any(|on| on == rustls));
        let (glue, brings) = if has_rustls { (&[][..], brings) } else { (TLS_GLUE, &[][..]) };
        judge(&[&library.name, "default"], &tree, &[TLS_CRATES, glue], &[brings])?;
    }
    Ok(())
}

/// An error where the tree has more or less of what is watched than is expected; it names the features.
fn judge(features: &[&str], tree: &Names, watched: &[&[&str]], expected: &[&[&str]]) -> Result<()> {
    let (watched, mut expected) = (names(watched), names(expected));
    if expected.contains(SIGNING_PROVIDER) {
        expected.insert(SIGNING_CRATE.to_owned());
    }
    let found: Names = tree & &watched;
    let (missing, unwanted) = (&expected - &found, &found - &expected);
    let features = features.join(", ");
    ensure!(missing.is_empty(), "the dependency tree of [{features}] lacks {missing:?}");
    ensure!(unwanted.is_empty(), "the dependency tree of [{features}] must not have {unwanted:?}");
    Ok(())
}

fn names(lists: &[&[&str]]) -> Names {
    lists.concat().into_iter().map(str::to_owned).collect()
}

fn tree_with(workspace: &Workspace, package: &str, features: &[&str]) -> Result<Names> {
    tree(workspace, package, &["--no-default-features", "--features", &features.join(",")])
}

/// What ends up in a program, on every system and not only on this one: without what only tests, build scripts and
/// macros need.
fn tree(workspace: &Workspace, package: &str, features: &[&str]) -> Result<Names> {
    let edges = ["--edges", "normal,no-proc-macro", "--target", "all", "--prefix", "none", "--format", "{p}"];
    Ok(parse_tree(&cmd!(workspace.shell, "cargo tree -p {package} {edges...} {features...}").read()?))
}

/// Reads lines such as `http v1.3.1` and `core v0.1.0 (/some/where) (*)`.
fn parse_tree(text: &str) -> Names {
    text.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_are_none_each_pair_and_all() {
        let combinations = provider_combinations();
        assert_eq!(combinations.len(), 1 + 4 + 6 + 1);
        assert!(combinations.contains(&vec!["hostway", "ionos"]));
    }

    #[test]
    fn a_tree_has_what_was_asked_for_and_nothing_else_of_what_is_watched() {
        let judged = |tree: &str, expected: &[&str]| {
            let judged = judge(&["x"], &parse_tree(tree), &[&PROVIDERS, OTHERS, TLS_CRATES, TLS_GLUE], &[expected]);
            judged.err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert_eq!(judged("ionos v0.1.0 (/some/where)\nhttp v1.0.0 (*)\n\n", &["ionos"]), "");
        assert_eq!(judged("nodecoid v1\nsha1 v1", &["nodecoid"]), "");
        for (tree, expected, found) in [
            ("ionos v1\nhostway v1", &["ionos"][..], r#"tree of [x] must not have {"hostway"}"#),
            ("http v1", &["ionos"], r#"tree of [x] lacks {"ionos"}"#),
            ("ionos v1\nsha1 v1", &["ionos"], r#"must not have {"sha1"}"#),
            ("ionos v1\ncloudsnap v1", &["ionos"], r#"must not have {"cloudsnap"}"#),
            ("schannel v1", &[], r#"must not have {"schannel"}"#),
            ("rustls v1", &["rustls", "aws-lc-rs"], r#"lacks {"aws-lc-rs"}"#),
            ("rustls v1\nopenssl v1", &["rustls"], r#"must not have {"openssl"}"#),
        ] {
            assert!(judged(tree, expected).contains(found), "{tree}: {}", judged(tree, expected));
        }
    }
}
