//! What a reference is read as is what it prints; and what is printed is harmless.
#![no_main]

use cloudsnap_core::{SnapshotRef, SourceRef};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(source) = text.parse::<SourceRef>() {
        let written = source.to_string();
        assert!(!written.chars().any(char::is_control), "{written:?}");
        assert_eq!(written.parse::<SourceRef>().ok(), Some(source));
    }
    if let Ok(snapshot) = text.parse::<SnapshotRef>() {
        let written = snapshot.to_string();
        assert!(!written.chars().any(char::is_control), "{written:?}");
        assert_eq!(written.parse::<SnapshotRef>().ok(), Some(snapshot));
    }
});
