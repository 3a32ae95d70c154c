//! Programs that a check or a benchmark needs, installed by cargo on first use.

use anyhow::Result;
use xshell::{Shell, cmd};

/// What `cargo install` is told: first the package, of the same name as its program.
pub(crate) const CARGO_DENY: &[&str] = &["cargo-deny", "--version=0.20.2", "--no-default-features"];
/// In the version of the crate insta.
pub(crate) const CARGO_INSTA: &[&str] = &["cargo-insta", "--version=1.49.0"];
pub(crate) const HYPERFINE: &[&str] = &["hyperfine", "--version=1.20.0"];

/// Installs the program, unless it is installed in whichever version.
pub(crate) fn install(shell: &Shell, tool: &[&str]) -> Result<()> {
    let name = tool[0];
    if cmd!(shell, "{name} --version").quiet().ignore_stdout().ignore_stderr().run().is_ok() {
        return Ok(());
    }
    cargo_install(shell, tool)
}

/// Where the package is installed already in this version, cargo leaves it.
pub(crate) fn cargo_install(shell: &Shell, arguments: &[&str]) -> Result<()> {
    // The optimisations of a release take longer than they save here.
    let install = cmd!(shell, "cargo install --locked {arguments...}");
    install.env("CARGO_PROFILE_RELEASE_LTO", "off").env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16").run()?;
    Ok(())
}
