//! Hostway's answers, through the public client.
#![no_main]

use cloudsnap_fuzz::{CANARY, Stage};
use hostway::{Client, Config};
use libfuzzer_sys::fuzz_target;

thread_local! {
    static STAGE: Stage = Stage::new("hostway:test_server_0001", "hostway:test_server_0001@snap_1", &[]);
}

fuzz_target!(|answers: &[u8]| {
    STAGE.with(|stage| {
        stage.play(answers, |url, http| {
            Client::new(Config::new("user", CANARY).with_base_url(url).with_http(http)).expect("a client")
        });
    });
});
