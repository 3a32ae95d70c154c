//! `cargo deny`, by the rules in `deny.toml`.

use std::path::PathBuf;

use crate::Result;
use crate::cargo::Cargo;
use crate::steps::{LeftOut, is_ci};

const INSTALL: &str = "cargo install cargo-deny --locked --no-default-features";

/// Checks licences, bans and sources; and advisories where their database was fetched before.
///
/// On a person's machine cargo-deny may be missing; CI installs it (`.ci/run`) and may not be.
pub(crate) fn check() -> Result<LeftOut> {
    if !Cargo::new("deny")?.arg("--version").succeeds() {
        let advice = format!("cargo-deny is not installed; `{INSTALL}` does it");
        return if is_ci() { Err(advice) } else { Ok(Some(advice)) };
    }
    let deny = Cargo::new("deny")?.args(["--workspace", "--all-features", "check"]);
    if has_advisories() {
        deny.args(["--disable-fetch", "advisories", "licenses", "bans", "sources"]).run()?;
        return Ok(None);
    }
    deny.args(["licenses", "bans", "sources"]).run()?;
    Ok(Some("advisories: `cargo deny fetch db` has not fetched their database".to_owned()))
}

/// Fetching is left to a person: the database is a git repository, which CI has no way to.
fn has_advisories() -> bool {
    cargo_home().is_some_and(|home| ["advisory-dbs", "advisory-db"].iter().any(|folder| home.join(folder).is_dir()))
}

fn cargo_home() -> Option<PathBuf> {
    let set = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    set.or_else(|| Some(std::env::home_dir()?.join(".cargo")))
}
