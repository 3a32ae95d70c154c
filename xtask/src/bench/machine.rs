//! What a number depends on: the machine, the day, the versions.

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Bench, peers};
use crate::{Result, files, workspace};

/// The dependencies whose versions decide.
const DECISIVE: [&str; 6] = ["reqwest", "hyper", "tokio", "serde_json", "rustls", "jiff"];

/// The top of the page.
pub(super) fn head(bench: &Bench) -> Result<String> {
    let lock = files::read(&workspace::root()?.join("Cargo.lock"))?;
    let versions: Vec<String> =
        DECISIVE.iter().filter_map(|name| Some(format!("{name} {}", locked(&lock, name)?))).collect();
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let processor = first_value("/proc/cpuinfo", "model name").unwrap_or_else(|| "processor unknown".to_owned());
    let memory = first_value("/proc/meminfo", "MemTotal").unwrap_or_else(|| "unknown".to_owned());
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let days = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() / 86_400);
    let quick = if bench.quick {
        "\nA quick run: few rounds, shorter lists, no builds. Its numbers only show that the benchmarks work.\n"
    } else if bench.without_builds {
        "\nA run without builds, which `cargo xtask bench` adds.\n"
    } else {
        ""
    };
    Ok(format!(
        "# Benchmarks\n\n\
         Written by `cargo xtask bench`, which measures everything here in one run; do not edit it by hand.\n{quick}\n\
         - Machine: {processor}, {cores} cores, {memory} of memory, Linux {}{}\n\
         - Date: {}\n\
         - Compiler: {}\n\
         - Versions: {}\n\
         - Beside: {}\n\n\
         A ratio is the median of the ratios of several rounds in which the two sides take turns; below 1 ours takes \
         less. Where a goal is missed, the reason stands below the table.\n",
        kernel.trim(),
        business(cores),
        date(days),
        first_line("rustc", &["--version"]).unwrap_or_else(|| "unknown".to_owned()),
        versions.join(", "),
        beside().join(", "),
    ))
}

/// The programs that ours is measured beside.
fn beside() -> Vec<String> {
    let curl = first_line("curl", &["--version"]).map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "));
    // Debian's build does not know its own version.
    let hcloud = first_line("dpkg-query", &["-W", "-f", "${Package} ${Version}", "hcloud-cli"])
        .filter(|line| line.starts_with("hcloud-cli "))
        .or_else(|| first_line("hcloud", &["version"]));
    let kits = [peers::PYTHON_KIT, peers::NODE_KIT].map(|kit| Some(kit.to_owned()));
    [curl, hcloud, first_line("valgrind", &["--version"])].into_iter().chain(kits).flatten().collect()
}

/// A word of warning where others were at work on the machine.
fn business(cores: usize) -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: f64 = text.split_whitespace().next().and_then(|load| load.parse().ok()).unwrap_or(0.0);
    #[expect(clippy::cast_precision_loss, reason = "no machine has so many cores")]
    if load > cores as f64 / 2.0 {
        format!("; **busy with other work when this began (load {load}): provisional**")
    } else {
        String::new()
    }
}

/// How many files a process may have open.
pub(super) fn open_files() -> usize {
    let text = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("Max open files"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(1024)
}

/// The first line that a program prints, where it is there.
pub(super) fn first_line(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    String::from_utf8_lossy(&text).lines().next().map(str::to_owned)
}

fn first_value(path: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(':').map(|(_, value)| value.trim().to_owned())
}

/// The version of a crate in `Cargo.lock`.
pub(super) fn locked(lock: &str, name: &str) -> Option<String> {
    let entry = lock.split("[[package]]").find(|entry| entry.contains(&format!("\nname = \"{name}\"\n")))?;
    let (_, rest) = entry.split_once("version = \"")?;
    rest.split('"').next().map(str::to_owned)
}

/// A day since 1970 as a date, by the rules of the Gregorian calendar.
fn date(mut days: u64) -> String {
    let mut year = 1970_u64;
    let is_leap = |year: u64| year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    loop {
        let length = if is_leap(year) { 366 } else { 365 };
        if days < length {
            break;
        }
        days -= length;
        year += 1;
    }
    let february = if is_leap(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    format!("{year}-{month:02}-{:02}", days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        let dates = [0, 58, 59, 11_016, 19_782, 20_818].map(date);
        assert_eq!(dates, ["1970-01-01", "1970-02-28", "1970-03-01", "2000-02-29", "2024-02-29", "2026-12-31"]);
    }

    #[test]
    fn a_version_is_found_in_the_lock_file() {
        let lock =
            "[[package]]\nname = \"a-b\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"a\"\nversion = \"2.0.0\"\n";
        assert_eq!(locked(lock, "a").as_deref(), Some("2.0.0"));
        assert_eq!(locked(lock, "c"), None);
    }
}
