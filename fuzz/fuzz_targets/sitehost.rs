//! SiteHost's answers, through the public client.
#![no_main]

use cloudsnap_fuzz::{CANARY, Stage};
use libfuzzer_sys::fuzz_target;
use sitehost::{Client, Config};

thread_local! {
    static STAGE: Stage = Stage::new(
        "sitehost:server1/xvda2",
        "sitehost:server1@93",
        &[("job", "4711"), ("job_type", "scheduler"), ("job_version", "1.5")],
    );
}

fuzz_target!(|answers: &[u8]| {
    STAGE.with(|stage| {
        stage.play(answers, |url, http| {
            Client::new(Config::new(CANARY, 979_387).with_base_url(url).with_http(http)).expect("a client")
        });
    });
});
