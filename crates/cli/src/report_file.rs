//! The file in which hooks read what became of the run so far.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use cloudsnap::{Error, Result};

use crate::output::objects::RunObject;

/// A file that only its owner reads, and that goes when this does.
pub(crate) struct ReportFile {
    path: PathBuf,
}

impl ReportFile {
    pub(crate) fn create(run: &str) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("cloudsnap-{run}-{}.json", std::process::id()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&path).map_err(|error| cannot_write(&path, &error.to_string()))?;
        Ok(Self { path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn write(&self, object: &RunObject<'_>) -> Result<()> {
        let json = serde_json::to_vec_pretty(object).map_err(|error| cannot_write(&self.path, &error.to_string()))?;
        let written = File::create(&self.path).and_then(|mut file| file.write_all(&json));
        written.map_err(|error| cannot_write(&self.path, &error.to_string()))
    }
}

impl Drop for ReportFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn cannot_write(path: &Path, why: &str) -> Error {
    Error::config(format!("the report for hooks cannot be written to {}: {why}", path.display()))
}
