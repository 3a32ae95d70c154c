//! Draws `docs/demo.svg`: a terminal with what `cloudsnap demo` prints.

use anstyle_svg::Term;
use anyhow::Result;
use xshell::cmd;

use crate::workspace::Workspace;

const FILE: &str = "docs/demo.svg";

/// What a person types, as the README tells it, after a green prompt.
const TYPED: &str = "\u{1b}[32m$\u{1b}[0m cargo run -- demo";

pub(crate) fn draw(workspace: &Workspace) -> Result<()> {
    let shell = &workspace.shell;
    let printed = cmd!(shell, "cargo run --quiet -p cloudsnap-cli -- demo --quiet --color=always").read()?;
    shell.write_file(FILE, Term::new().render_svg(&format!("{TYPED}\n{printed}")))?;
    println!("{FILE} is written");
    Ok(())
}
