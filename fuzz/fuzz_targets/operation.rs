//! A token, and what is inside one, is read without harm, and is its own token again.
#![no_main]

use cloudsnap_core::Operation;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let inside = serde_json::from_str::<Operation>(text).ok();
    for operation in text.parse::<Operation>().ok().into_iter().chain(inside) {
        let token = operation.to_string();
        assert_eq!(token.parse::<Operation>().ok(), Some(operation), "{token}");
    }
});
