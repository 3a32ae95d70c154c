//! A description is its user's text and at most one tag; a tag that is written again is read as the same.
#![no_main]

use cloudsnap_core::provider::DescriptionTag;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|description: &str| {
    let (text, tag) = DescriptionTag::split(description);
    if let Some(text) = text {
        assert!(description.contains(text));
    }
    if let Some(tag) = tag {
        let written = tag.in_front_of(text);
        assert_eq!(DescriptionTag::split(&written), (text, Some(tag)), "{written:?}");
    }
});
