//! What must not stand in any file. Unfinished code, traces of debugging and exceptions without a reason are clippy's,
//! by `[workspace.lints]`.

use super::Finding;
use super::repo::Repo;

/// These files name what they forbid.
const RULES: &str = "xtask/src/tidy";

/// Folders of one machine. Only where a path begins: `https://example.com/home/` names none.
const MACHINE_PATHS: [&str; 3] = ["/home/", "/root/", "/Users/"];

/// An example that no test compiles, or a test that never runs, is wrong sooner or later.
pub(super) fn examples_and_tests_are_not_ignored(repo: &Repo) -> Vec<Finding> {
    let is_ignored = |line: &str| fence(line).is_some_and(|words| words.contains("ignore"));
    let examples = lines_of(repo, ".md").chain(lines_of(repo, ".rs")).filter(|(_, line)| is_ignored(line));
    let examples = examples
        .map(|(place, _)| Finding::new(place, "is an ignored example; make it compile (`no_run` does), or delete it"));
    let is_test = |line: &str| line.trim_start().starts_with("#[ignore");
    let tests = lines_of(repo, ".rs").filter(|(_, line)| is_test(line));
    let tests = tests.map(|(place, _)| Finding::new(place, "is a test that never runs; make it run, or delete it"));
    examples.chain(tests).collect()
}

/// What stands behind the marks of a code fence, in a page or in a comment.
fn fence(line: &str) -> Option<&str> {
    line.trim_start_matches(['/', '!', ' ', '>']).strip_prefix("```")
}

pub(super) fn no_machine_is_named(repo: &Repo) -> Vec<Finding> {
    lines_of(repo, "")
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

/// The lines of the files with this ending, each with its place.
fn lines_of<'a>(repo: &'a Repo, ending: &str) -> impl Iterator<Item = (String, &'a str)> {
    let files = repo.ending(ending).filter(|(path, _)| !path.starts_with(RULES));
    files.flat_map(|(path, text)| {
        text.lines().enumerate().map(move |(index, line)| (format!("{path}:{}", index + 1), line))
    })
}
