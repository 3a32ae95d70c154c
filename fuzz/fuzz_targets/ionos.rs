//! IONOS's answers, through the public client.
#![no_main]

use cloudsnap_fuzz::{CANARY, Stage};
use ionos::{Client, Config};
use libfuzzer_sys::fuzz_target;

thread_local! {
    static STAGE: Stage = Stage::new(
        "ionos:7f0c1d2e-0000-4000-8000-0000000000d1/2b9e3f4a-0000-4000-8000-0000000000b1",
        "ionos:@c1d2e3f4-0000-4000-8000-000000000001",
        &[("request", "9d0e1f2a-0000-4000-8000-000000000009")],
    );
}

fuzz_target!(|answers: &[u8]| {
    STAGE.with(|stage| {
        stage.play(answers, |url, http| {
            Client::new(Config::with_token(CANARY).with_base_url(url).with_http(http)).expect("a client")
        });
    });
});
