//! A description is its user's text and at most one marker; a marker that is written again is read as the same.
#![no_main]

use cloudsnap_core::Marker;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|description: &str| {
    let (text, marker) = Marker::split(description);
    if let Some(text) = text {
        assert!(description.contains(text));
    }
    if let Some(marker) = marker {
        let written = marker.append_to(text);
        let (text_again, marker_again) = Marker::split(&written);
        assert_eq!(text_again.map(str::trim), text.map(str::trim), "{written:?}");
        assert_eq!(marker_again.map(|marker| marker.to_string()), Some(marker.to_string()), "{written:?}");
    }
});
