//! What a number depends on: the machine, the day, the versions.

use std::fs;

use anyhow::{Context, Result};
use toml::{Table, Value};
use xshell::{Shell, cmd};

use super::processes::KITS;
use crate::workspace::Workspace;

/// The dependencies whose versions decide.
const DECISIVE: [&str; 6] = ["reqwest", "hyper", "tokio", "serde_json", "rustls", "jiff"];

/// What the numbers depend on, as a list.
pub(super) fn describe(workspace: &Workspace, runs: u32) -> Result<String> {
    let shell = &workspace.shell;
    let version = |name: &&str| Ok(format!("{name} {}", locked(workspace, name)?));
    // Debian's build of hcloud does not know its own version.
    let hcloud = first_line(shell, "dpkg-query -W hcloud-cli").or_else(|| first_line(shell, "hcloud version"));
    let programs = [first_line(shell, "curl --version"), hcloud, first_line(shell, "valgrind --version")];
    Ok(format!(
        "- Machine: {}, {} cores, {} of memory, Linux {}\n\
         - Date: {}, load at the beginning {}\n\
         - Whole runs: {runs}\n\
         - Compiler: {}\n\
         - Versions: {}\n\
         - Beside: {}\n",
        value_of("/proc/cpuinfo", "model name"),
        std::thread::available_parallelism()?,
        value_of("/proc/meminfo", "MemTotal"),
        fs::read_to_string("/proc/sys/kernel/osrelease")?.trim(),
        jiff::Zoned::now().date(),
        fs::read_to_string("/proc/loadavg")?.split(' ').next().unwrap_or_default(),
        cmd!(shell, "rustc --version").quiet().read()?,
        DECISIVE.iter().map(version).collect::<Result<Vec<_>>>()?.join(", "),
        programs.into_iter().flatten().chain(KITS.map(str::to_owned)).collect::<Vec<_>>().join(", "),
    ))
}

/// The first line that a program prints, where it is installed.
pub(super) fn first_line(shell: &Shell, command: &str) -> Option<String> {
    let words = command.split(' ').collect::<Vec<_>>();
    let printed = shell.cmd(words[0]).args(&words[1..]).quiet().ignore_stderr().read().ok()?;
    printed.lines().next().map(|line| line.replace('\t', " "))
}

/// The value of a line such as `MemTotal:  1 kB`.
fn value_of(path: &str, name: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name));
    line.and_then(|line| line.split_once(':')).map_or("unknown", |(_, value)| value.trim()).to_owned()
}

/// The version of a crate in `Cargo.lock`.
pub(super) fn locked(workspace: &Workspace, name: &str) -> Result<String> {
    let lock: Table = workspace.shell.read_file("Cargo.lock")?.parse()?;
    let packages = lock.get("package").and_then(Value::as_array).into_iter().flatten();
    let mut named = packages.filter(|package| package.get("name").and_then(Value::as_str) == Some(name));
    let version = named.find_map(|package| package.get("version")?.as_str());
    version.map(str::to_owned).with_context(|| format!("Cargo.lock has no {name}"))
}
