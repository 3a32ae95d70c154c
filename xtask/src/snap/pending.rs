//! What insta leaves behind when told not to decide: `x.snap.new` beside `x.snap`, and
//! `.file.rs.pending-snap` beside a source file with inline snapshots.

use std::path::{Path, PathBuf};

use crate::workspace::Member;
use crate::{Result, files};

/// The line between a snapshot's head (where it comes from) and its body (what was asserted).
const RULE: &str = "---\n";

/// A snapshot that a test would now write, beside the one that stands.
#[derive(Debug)]
pub(crate) struct Pending {
    new: PathBuf,
}

impl Pending {
    pub(crate) fn find(members: &[&Member]) -> Result<Vec<Self>> {
        let mut found = Vec::new();
        for member in members {
            let new = files::ending(&member.folder, ".snap.new")?;
            found.extend(new.into_iter().map(|new| Self { new }));
        }
        Ok(found)
    }

    /// The snapshot that stands, or would stand if this one were accepted.
    pub(crate) fn standing(&self) -> PathBuf {
        self.new.with_extension("")
    }

    /// What stands and what would replace it, without their heads; nothing stands for a new test.
    pub(crate) fn bodies(&self) -> Result<(String, String)> {
        let standing = self.standing();
        let old = if standing.exists() { files::read(&standing)? } else { String::new() };
        let new = files::read(&self.new)?;
        Ok((split(&old).1.to_owned(), split(&new).1.to_owned()))
    }

    pub(crate) fn accept(&self) -> Result {
        let text = without_line_number(&files::read(&self.new)?);
        let standing = self.standing();
        std::fs::write(&standing, text).map_err(|error| not_written(&standing, &error))?;
        self.reject()
    }

    pub(crate) fn reject(&self) -> Result {
        std::fs::remove_file(&self.new).map_err(|error| not_written(&self.new, &error))
    }
}

/// Removes what earlier runs left, so that only differences of this run are shown.
pub(crate) fn clear(members: &[&Member]) -> Result {
    Pending::find(members)?.iter().try_for_each(Pending::reject)
}

/// Inline snapshots live in the source, which only `cargo insta` can rewrite: tell where they
/// differ, and take insta's notes away.
pub(crate) fn report_inline(members: &[&Member]) -> Result {
    let mut sources = Vec::new();
    for member in members {
        for note in files::ending(&member.folder, ".pending-snap")? {
            std::fs::remove_file(&note).map_err(|error| not_written(&note, &error))?;
            sources.push(source_of(&note));
        }
    }
    if sources.is_empty() {
        return Ok(());
    }
    let sources = sources.join("\n  ");
    Err(format!("inline snapshots differ and have to be changed by hand, in\n  {sources}"))
}

/// `src/.wire.rs.pending-snap` is about `src/wire.rs`.
fn source_of(note: &Path) -> String {
    let name = note.file_stem().unwrap_or_default().to_string_lossy();
    note.with_file_name(name.trim_start_matches('.')).display().to_string()
}

/// Head and body of a snapshot file.
fn split(text: &str) -> (&str, &str) {
    let head_end = text
        .strip_prefix(RULE)
        .and_then(|rest| rest.find(&format!("\n{RULE}")))
        .map(|end| RULE.len() + end + "\n".len() + RULE.len());
    text.split_at(head_end.unwrap_or(0))
}

/// A pending snapshot says on which line its assertion is; one that stands does not, or every
/// line added above the test would change it.
fn without_line_number(text: &str) -> String {
    let (head, body) = split(text);
    let kept = head.split_inclusive('\n').filter(|line| !line.starts_with("assertion_line:"));
    kept.collect::<String>() + body
}

fn not_written(path: &Path, error: &std::io::Error) -> String {
    format!("cannot change {}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::testing::TempTree;

    const NEW: &str = "---\nsource: src/lib.rs\nassertion_line: 7\nexpression: x\n---\nnew\n---\nbody\n";

    fn pending(tree: &TempTree) -> Pending {
        Pending { new: tree.path().join("a.snap.new") }
    }

    #[test]
    fn accepting_replaces_what_stood_and_drops_the_line_number() {
        let tree = TempTree::new(&[("a.snap", "---\nexpression: x\n---\nold\n"), ("a.snap.new", NEW)]);
        let pending = pending(&tree);
        let (old, new) = pending.bodies().unwrap();
        assert_eq!((old.as_str(), new.as_str()), ("old\n", "new\n---\nbody\n"));

        pending.accept().unwrap();
        let standing = files::read(&tree.path().join("a.snap")).unwrap();
        assert_eq!(standing, "---\nsource: src/lib.rs\nexpression: x\n---\nnew\n---\nbody\n");
        assert!(!tree.path().join("a.snap.new").exists());
    }

    #[test]
    fn rejecting_leaves_what_stood() {
        let tree = TempTree::new(&[("a.snap", "old"), ("a.snap.new", NEW)]);
        pending(&tree).reject().unwrap();
        assert_eq!(files::read(&tree.path().join("a.snap")).unwrap(), "old");
        assert!(!tree.path().join("a.snap.new").exists());
    }

    #[test]
    fn a_note_about_inline_snapshots_names_the_source() {
        assert_eq!(source_of(Path::new("src/.wire.rs.pending-snap")), "src/wire.rs");
    }
}
