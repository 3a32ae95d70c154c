//! What must not stand in any file. Unfinished code, traces of debugging and exceptions without a reason are clippy's,
//! by `[workspace.lints]`.

use regex::Regex;

use super::repo::Repo;

/// These files name what they forbid.
const RULES: &str = "xtask/src/tidy";

/// In which files no line may match a pattern, and what one that does is. An example that no test compiles, or a test
/// that never runs, is wrong sooner or later. `https://example.com/home/` names no folder.
const FORBIDDEN: [(&str, &str, &str); 4] = [
    (".md", "(?m)^[ >]*```.*ignore", "is an ignored example; make it compile (`no_run` does), or delete it"),
    (".rs", "(?m)^[ /!]*```.*ignore", "is an ignored example; make it compile (`no_run` does), or delete it"),
    (".rs", r"(?m)^ *#\[ignore", "is a test that never runs; make it run, or delete it"),
    ("", r"(?m)(?:^|[^\w\-.}~/])/(home|root|Users)/", "names a folder of one machine; write a relative path"),
];

pub(super) fn no_line_is_forbidden(repo: &Repo) -> Vec<String> {
    let mut findings = Vec::new();
    for (ending, pattern, what) in FORBIDDEN {
        let Ok(pattern) = Regex::new(pattern) else { return vec![format!("{RULES}: has a pattern that is none")] };
        for (path, text) in repo.ending(ending).filter(|(path, _)| !path.starts_with(RULES)) {
            let lines = pattern.find_iter(text).map(|found| text[..found.end()].lines().count());
            findings.extend(lines.map(|line| format!("{path}:{line}: {what}")));
        }
    }
    findings
}
