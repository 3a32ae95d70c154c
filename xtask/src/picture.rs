//! Draws pictures of a terminal with what the command prints: `docs/demo.svg`, and one of each table in the guide.

use anstyle_svg::Term;
use anyhow::Result;
use xshell::cmd;

use crate::workspace::Workspace;

/// How wide the terminal of the tables is.
const COLUMNS: &str = "80";

/// The guide's tables: the file, and what a person types. The simulator stands in for the providers.
const TABLES: &[(&str, &str)] = &[
    ("list", "list"),
    ("sources", "sources sitehost ionos"),
    ("status", "status --max-age 26h 'sitehost:server*' 'nodecoid:*'"),
    ("providers", "providers --columns provider,can,expiry,restores"),
    ("create", "create 'sitehost:*/xvda2' 'hostway:*_000[12]' 'nodecoid:*' 'ionos:*' --name '{date}-nightly'"),
];

pub(crate) fn draw(workspace: &Workspace) -> Result<()> {
    let shell = &workspace.shell;
    let demo = cmd!(shell, "cargo run --quiet -p cloudsnap-cli -- demo --color=always").ignore_stderr().read()?;
    write(workspace, "demo", "cargo run -- demo", &demo)?;
    TABLES.iter().try_for_each(|(name, typed)| {
        write(workspace, &format!("table-{name}"), &format!("cloudsnap {typed}"), &in_a_terminal(workspace, typed)?)
    })
}

/// What stands on the terminal once the command has ended. `script` is the terminal; progress is left out.
fn in_a_terminal(workspace: &Workspace, typed: &str) -> Result<String> {
    let run = "cargo run --quiet -p cloudsnap-cli -- --simulated --color=always";
    let command = format!("stty cols {COLUMNS}; {run} {typed} 2>/dev/null || true");
    let printed = cmd!(workspace.shell, "script --quiet --return --command {command} /dev/null").read()?;
    Ok(printed.replace('\r', ""))
}

/// Behind a green prompt what a person types, and below it what is printed.
fn write(workspace: &Workspace, name: &str, typed: &str, printed: &str) -> Result<()> {
    let file = format!("docs/{name}.svg");
    workspace.shell.write_file(&file, Term::new().render_svg(&format!("\u{1b}[32m$\u{1b}[0m {typed}\n{printed}")))?;
    println!("{file} is written");
    Ok(())
}
