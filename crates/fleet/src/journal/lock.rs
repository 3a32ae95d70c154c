//! Locks among the processes of one machine, which the system gives back when a process ends.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use cloudsnap_core::{Error, LockGuard, Result};
use tokio::time::sleep;

/// How often a lock that another process holds is asked for.
const PAUSE: Duration = Duration::from_millis(50);

/// Locks in this folder.
#[derive(Debug)]
pub(super) struct FileLocks {
    folder: PathBuf,
}

impl FileLocks {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Waits for the lock of this name.
    pub(super) async fn lock(&self, name: &str) -> Result<LockGuard> {
        loop {
            match self.try_lock(name)? {
                Some(held) => return Ok(held),
                None => sleep(PAUSE).await,
            }
        }
    }

    /// The lock of this name; `None` where another has it.
    pub(super) fn try_lock(&self, name: &str) -> Result<Option<LockGuard>> {
        let path = self.folder.join(file_name(name));
        let file = open(&self.folder, &path).map_err(|error| cannot_lock(&path, error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Box::new(Held(file)))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(cannot_lock(&path, error)),
        }
    }
}

/// The lock goes with the file.
struct Held(#[expect(dead_code, reason = "it is held, not read")] File);

fn open(folder: &Path, path: &Path) -> std::io::Result<File> {
    fs::create_dir_all(folder)?;
    OpenOptions::new().create(true).truncate(false).write(true).open(path)
}

/// A name as a file may have it: each other character is written by its number.
fn file_name(name: &str) -> String {
    let mut file_name = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' => file_name.push(char::from(byte)),
            other => file_name += &format!("_{other:02x}"),
        }
    }
    // File systems take names of 255 bytes; what is longer shares a lock with its like.
    file_name.truncate(200);
    file_name
}

fn cannot_lock(path: &Path, error: std::io::Error) -> Error {
    Error::config(format!("{} cannot be locked: {error}", path.display()))
}
