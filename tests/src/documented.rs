//! Tables that tests measure and the guide shows.

use std::path::Path;

/// Holds a page of the guide to what was measured. `cargo xtask snap --accept` writes it.
///
/// # Panics
///
/// Where the page says something else.
#[track_caller]
pub fn assert_documented(page: &str, measured: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(page);
    if std::env::var("INSTA_UPDATE").is_ok_and(|mode| mode == "always") {
        std::fs::write(&path, measured).expect("the page can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, measured, "{page} is not what was measured; `cargo xtask snap --accept` writes it");
}
