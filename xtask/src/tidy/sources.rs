//! What must not stand in any file.

use super::Finding;
use super::repo::Repo;

/// These files name what they forbid.
const RULES: &str = "xtask/src/tidy";

/// What an unfinished piece of work leaves behind.
const LEFTOVERS: [(&str, &str); 5] = [
    ("todo!(", "is unfinished"),
    ("unimplemented!(", "is unfinished"),
    ("#[ignore]", "is a test that never runs; make it run, or delete it"),
    ("#[ignore =", "is a test that never runs; make it run, or delete it"),
    ("dbg!(", "is a trace of debugging; delete it"),
];

/// Attributes that make an exception to a lint.
const EXCEPTIONS: [&str; 4] = ["#[allow(", "#![allow(", "#[expect(", "#![expect("];

/// Folders of one machine. Only where a path begins: `https://example.com/home/` names none.
const MACHINE_PATHS: [&str; 3] = ["/home/", "/root/", "/Users/"];

/// An example that no test compiles is wrong sooner or later.
pub(super) fn examples_are_not_ignored(repo: &Repo) -> Vec<Finding> {
    let documents = repo.ending(".md").chain(repo.ending(".rs"));
    lines_of(documents)
        .filter(|(_, line)| fence(line).is_some_and(|words| words.contains("ignore")))
        .map(|(place, _)| Finding::new(place, "is an ignored example; make it compile (`no_run` does)"))
        .collect()
}

/// What stands behind the marks of a code fence, in a page or in a comment.
fn fence(line: &str) -> Option<&str> {
    line.trim_start_matches(['/', '!', ' ', '>']).strip_prefix("```")
}

pub(super) fn nothing_is_left_to_do(repo: &Repo) -> Vec<Finding> {
    lines_of(repo.ending(".rs"))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .flat_map(|(place, line)| {
            let found = LEFTOVERS.iter().filter(move |(word, _)| line.contains(word));
            found.map(move |(word, what)| Finding::new(&place, format!("`{word}` {what}")))
        })
        .collect()
}

pub(super) fn exceptions_have_reasons(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in ours(repo.ending(".rs")) {
        for (start, attribute) in exceptions(text) {
            if !attribute.contains("reason") {
                let line = text[..start].matches('\n').count() + 1;
                let place = format!("{path}:{line}");
                findings.push(Finding::new(place, "is an exception without `reason = \"...\"`"));
            }
        }
    }
    findings
}

/// Where each exception begins, and its text up to the end of the attribute.
fn exceptions(text: &str) -> impl Iterator<Item = (usize, &str)> {
    EXCEPTIONS
        .iter()
        .flat_map(move |pattern| text.match_indices(pattern))
        .map(move |(start, _)| (start, text[start..].split(")]").next().unwrap_or_default()))
}

pub(super) fn no_snapshot_is_pending(repo: &Repo) -> Vec<Finding> {
    repo.ending(".snap.new")
        .chain(repo.ending(".pending-snap"))
        .map(|(path, _)| Finding::new(path, "waits for a decision: `cargo xtask snap --review`"))
        .collect()
}

pub(super) fn no_machine_is_named(repo: &Repo) -> Vec<Finding> {
    lines_of(repo.files())
        .filter(|(_, line)| MACHINE_PATHS.iter().any(|path| begins_path(line, path)))
        .map(|(place, _)| Finding::new(place, "names a folder of one machine; write a relative path"))
        .collect()
}

fn begins_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "_-.}~/".contains(c))
    })
}

/// The lines of these files, each with its place.
fn lines_of<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> impl Iterator<Item = (String, &'a str)> {
    ours(files).flat_map(|(path, text)| {
        text.lines().enumerate().map(move |(index, line)| (format!("{path}:{}", index + 1), line))
    })
}

fn ours<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> impl Iterator<Item = (&'a str, &'a str)> {
    files.filter(|(path, _)| !path.starts_with(RULES))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(rule: fn(&Repo) -> Vec<Finding>, path: &str, text: &str) -> Vec<String> {
        rule(&Repo::of(&[(path, text)])).into_iter().map(|finding| finding.place).collect()
    }

    #[test]
    fn ignored_examples_are_found() {
        let rule = examples_are_not_ignored;
        assert_eq!(places(rule, "a.md", "text\n```ignore\n"), ["a.md:2"]);
        assert_eq!(places(rule, "a.rs", "    /// ```rust,ignore\n"), ["a.rs:1"]);
        assert_eq!(places(rule, "a.rs", "//! ```no_run\n// ignore ```\n"), [""; 0]);
    }

    #[test]
    fn leftovers_are_found() {
        let rule = nothing_is_left_to_do;
        for line in ["todo!()", "unimplemented!(\"x\")", "#[ignore]", "#[ignore = \"slow\"]", "dbg!(x)"] {
            assert_eq!(places(rule, "a.rs", line), ["a.rs:1"], "{line}");
        }
        assert_eq!(places(rule, "a.rs", "// todo!() in a comment\nfn ignore() {}"), [""; 0]);
    }

    #[test]
    fn exceptions_without_a_reason_are_found() {
        let rule = exceptions_have_reasons;
        assert_eq!(places(rule, "a.rs", "x\n    #[allow(dead_code)]\n"), ["a.rs:2"]);
        assert_eq!(places(rule, "a.rs", "#![expect(\n    dead_code\n)]\n"), ["a.rs:1"]);
        assert_eq!(places(rule, "a.rs", "#[expect(\n  dead_code,\n  reason = \"x\"\n)]"), [""; 0]);
    }

    #[test]
    fn pending_snapshots_are_found() {
        let rule = no_snapshot_is_pending;
        assert_eq!(places(rule, "a.snap.new", ""), ["a.snap.new"]);
        assert_eq!(places(rule, "src/.a.rs.pending-snap", ""), ["src/.a.rs.pending-snap"]);
        assert_eq!(places(rule, "a.snap", ""), [""; 0]);
    }

    #[test]
    fn folders_of_one_machine_are_found() {
        let rule = no_machine_is_named;
        assert_eq!(places(rule, "a.md", "see /home/me/notes"), ["a.md:1"]);
        assert_eq!(places(rule, "a.md", "`/root/x`"), ["a.md:1"]);
        assert_eq!(places(rule, "a.md", "https://example.com/home/x and $HOME/root/"), [""; 0]);
    }
}
