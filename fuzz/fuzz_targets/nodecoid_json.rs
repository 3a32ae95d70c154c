//! node.co.id's answers in JSON, through the public client.
#![no_main]

use cloudsnap_fuzz::{CANARY, Stage};
use libfuzzer_sys::fuzz_target;
use nodecoid::{Client, Config, Format};

thread_local! {
    static STAGE: Stage = Stage::new("nodecoid:12345", "nodecoid:@hjgasd7hagdj", &[]);
}

fuzz_target!(|answers: &[u8]| {
    STAGE.with(|stage| {
        stage.play(answers, |url, http| {
            Client::new(Config::new("12312", CANARY).with_format(Format::Json).with_base_url(url).with_http(http)).expect("a client")
        });
    });
});
