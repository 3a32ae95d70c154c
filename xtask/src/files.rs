//! Finds and reads files.

use std::path::{Path, PathBuf};

use crate::Result;

/// Folders that hold no file of ours: what cargo, git and mdBook write.
const NOT_OURS: [&str; 4] = [".git", "book", "node_modules", "target"];

/// All files below a folder, sorted, without those in folders that are not ours.
pub(crate) fn below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result {
    let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        if !path.is_dir() {
            files.push(path);
        } else if !NOT_OURS.iter().any(|name| path.ends_with(name)) {
            collect(&path, files)?;
        }
    }
    Ok(())
}

/// All files below a folder whose name ends so.
pub(crate) fn ending(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let mut files = below(folder)?;
    files.retain(|path| path.to_string_lossy().ends_with(ending));
    Ok(files)
}

pub(crate) fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))
}

/// Writes a file, and the folders it stands in.
pub(crate) fn write(path: &Path, text: &str) -> Result {
    let unwritable = |error: &std::io::Error| format!("cannot write {}: {error}", path.display());
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| unwritable(&error))?;
    }
    std::fs::write(path, text).map_err(|error| unwritable(&error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> String {
    format!("cannot read {}: {error}", path.display())
}

/// A folder for one test, filled with files and removed at the end.
#[cfg(test)]
pub(crate) mod testing {
    use std::path::{Path, PathBuf};
    use std::sync::atomic::{AtomicU32, Ordering};

    #[derive(Debug)]
    pub(crate) struct TempTree(PathBuf);

    impl TempTree {
        pub(crate) fn new(files: &[(&str, &str)]) -> Self {
            static COUNT: AtomicU32 = AtomicU32::new(0);
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let name = format!("xtask-{}-{number}", std::process::id());
            let tree = Self(std::env::temp_dir().join(name));
            std::fs::create_dir_all(&tree.0).unwrap();
            for (path, text) in files {
                tree.write(path, text);
            }
            tree
        }

        pub(crate) fn write(&self, path: &str, text: &str) {
            let path = self.0.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }

        pub(crate) fn path(&self) -> &Path {
            &self.0
        }
    }

    impl Drop for TempTree {
        fn drop(&mut self) {
            // Left behind in the folder for temporary files at worst.
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::TempTree;
    use super::*;

    #[test]
    fn only_our_files_are_found() {
        let tree = TempTree::new(&[("b.rs", ""), ("a/a.rs", ""), ("target/t.rs", ""), ("c.md", "")]);
        let found = ending(tree.path(), ".rs").unwrap();
        assert_eq!(found, [tree.path().join("a/a.rs"), tree.path().join("b.rs")]);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let error = read(Path::new("/no/such/file")).unwrap_err();
        assert!(error.contains("/no/such/file"), "{error}");
    }
}
