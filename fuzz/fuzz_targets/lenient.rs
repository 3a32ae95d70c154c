//! The readers for loosely typed JSON.
#![no_main]

use cloudsnap_core::provider::lenient;
use libfuzzer_sys::fuzz_target;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Inner {
    #[serde(default, deserialize_with = "lenient::whole")]
    number: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Loose {
    #[serde(default, deserialize_with = "lenient::text")]
    text: Option<String>,
    #[serde(default, deserialize_with = "lenient::whole")]
    whole: Option<u64>,
    #[serde(default, deserialize_with = "lenient::decimal")]
    decimal: Option<f64>,
    #[serde(default, deserialize_with = "lenient::flag")]
    flag: Option<bool>,
    #[serde(default, deserialize_with = "lenient::list")]
    list: Vec<Inner>,
    #[serde(default, deserialize_with = "lenient::object")]
    object: Option<Inner>,
}

fuzz_target!(|json: &[u8]| {
    if let Ok(loose) = serde_json::from_slice::<Loose>(json) {
        assert!(loose.text.as_deref() != Some(""));
        assert!(loose.decimal.is_none_or(f64::is_finite));
        let numbers = loose.list.iter().chain(&loose.object).filter_map(|inner| inner.number).chain(loose.whole);
        std::hint::black_box((numbers.count(), loose.flag));
    }
});
