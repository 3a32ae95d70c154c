//! Programs that a check or a benchmark needs, installed by cargo on first use.

use anyhow::Result;
use xshell::{Shell, cmd};

/// A program of the same name as its package.
#[derive(Debug)]
pub(crate) struct Tool {
    name: &'static str,
    version: &'static str,
    arguments: &'static [&'static str],
}

pub(crate) const CARGO_DENY: Tool =
    Tool { name: "cargo-deny", version: "0.20.2", arguments: &["--no-default-features"] };
/// In the version of the crate insta.
pub(crate) const CARGO_INSTA: Tool = Tool { name: "cargo-insta", version: "1.49.0", arguments: &[] };
pub(crate) const HYPERFINE: Tool = Tool { name: "hyperfine", version: "1.20.0", arguments: &[] };

/// Installs the program, unless it is installed in whichever version.
pub(crate) fn install(shell: &Shell, tool: &Tool) -> Result<()> {
    let Tool { name, version, arguments } = tool;
    if cmd!(shell, "{name} --version").quiet().ignore_stdout().ignore_stderr().run().is_ok() {
        return Ok(());
    }
    cargo_install(shell, name, version, arguments)
}

/// Installs a package in this version. Where it is installed already, cargo leaves it.
pub(crate) fn cargo_install(shell: &Shell, name: &str, version: &str, arguments: &[&str]) -> Result<()> {
    // The optimisations of a release take longer than they save here.
    let install = cmd!(shell, "cargo install {name} --version {version} --locked {arguments...}");
    install.env("CARGO_PROFILE_RELEASE_LTO", "off").env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16").run()?;
    Ok(())
}
