//! The file in which hooks read what became of the run so far.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use cloudsnap::{Error, Result};

use crate::output::objects::RunObject;

/// A file that only its owner reads, and that goes when this does.
pub(crate) struct ReportFile {
    path: PathBuf,
}

impl ReportFile {
    /// Writes what is known of a run for one hook.
    pub(crate) fn create(hook: &str, object: &RunObject<'_>) -> Result<Self> {
        let name = format!("cloudsnap-{}-{hook}-{}.json", object.run, std::process::id());
        let path = std::env::temp_dir().join(name);
        let cannot = |why: String| {
            Error::config(format!("the report for hooks cannot be written to {}: {why}", path.display()))
                .with_advice("TMPDIR names another folder")
        };
        let json = serde_json::to_vec_pretty(object).map_err(|error| cannot(error.to_string()))?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(|error| cannot(error.to_string()))?;
        let report = Self { path: path.clone() };
        file.write_all(&json).map_err(|error| cannot(error.to_string()))?;
        Ok(report)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for ReportFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
