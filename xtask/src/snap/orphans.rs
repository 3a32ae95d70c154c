//! Snapshot files that no test used.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::workspace::Member;
use crate::{Result, files};

/// Compares the snapshot files of these packages with the record of those that were used.
pub(crate) fn report(members: &[&Member], record: &Path) -> Result {
    let mut existing = Vec::new();
    for member in members {
        existing.extend(files::ending(&member.folder, ".snap")?);
    }
    let used = used(&files::read(record)?);
    if used.is_empty() && !existing.is_empty() {
        return Err("no test told which snapshots it used; has insta given up \
                    INSTA_SNAPSHOT_REFERENCES_FILE?"
            .to_owned());
    }
    let orphans: Vec<&PathBuf> = existing.iter().filter(|path| !used.contains(&canonical(path))).collect();
    println!("{} snapshots, {} used by no test", existing.len(), orphans.len());
    if orphans.is_empty() {
        return Ok(());
    }
    for orphan in &orphans {
        println!("  {}", orphan.display());
    }
    Err("snapshots that no test uses: delete them".to_owned())
}

fn used(record: &str) -> BTreeSet<PathBuf> {
    record.lines().map(|line| canonical(Path::new(line))).collect()
}

/// Tests may reach a snapshot as `src/../snapshots/x.snap`.
fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::testing::TempTree;

    #[test]
    fn a_file_no_test_used_is_an_orphan() {
        let tree = TempTree::new(&[("acme/src/snapshots/used.snap", ""), ("record", "")]);
        let used = tree.path().join("acme/src/../src/snapshots/used.snap");
        tree.write("record", &format!("{}\n", used.display()));
        let record = tree.path().join("record");
        assert_eq!(report(&[&Member::in_folder(tree.path())], &record), Ok(()));

        tree.write("acme/src/snapshots/left-over.snap", "");
        let error = report(&[&Member::in_folder(tree.path())], &record).unwrap_err();
        assert!(error.contains("no test uses"), "{error}");
    }

    #[test]
    fn a_silent_insta_is_not_taken_for_a_clean_tree() {
        let tree = TempTree::new(&[("acme/src/snapshots/a.snap", ""), ("record", "")]);
        let error = report(&[&Member::in_folder(tree.path())], &tree.path().join("record")).unwrap_err();
        assert!(error.contains("INSTA_SNAPSHOT_REFERENCES_FILE"), "{error}");
    }

    #[test]
    fn no_snapshot_at_all_is_fine() {
        let tree = TempTree::new(&[("acme/Cargo.toml", ""), ("record", "")]);
        assert_eq!(report(&[&Member::in_folder(tree.path())], &tree.path().join("record")), Ok(()));
    }
}
