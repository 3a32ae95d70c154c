//! Faults that lie in the answer.

use std::io::Read;

use cloudsnap_simulator::{Provider, credentials};
use flate2::read::GzDecoder;
use serde_json::Value;

use crate::probe::Probe;

const HTML: &str = "text/html";

#[tokio::test(start_paused = true)]
async fn a_gateway_answers_any_status() {
    for status in [200, 302, 303, 307, 400, 403, 404, 405, 408, 409, 421, 425, 499, 599] {
        for (suffix, made) in [("", 0), ("-html", 0), ("-after", 1), ("-html-after", 1)] {
            let probe = Probe::with_fault(Provider::Ionos, &format!("*:create=status-{status}{suffix}")).await;
            let answered = probe.create().await;
            assert_eq!((answered.status, answered.header("content-type")), (status, Some(HTML)));
            assert_eq!(answered.header("location").is_some(), [302, 303, 307].contains(&status), "{status}");
            assert_eq!(probe.created(), made, "{status}{suffix}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_comes_in_the_providers_envelope() {
    let mut bodies = Vec::new();
    for provider in Provider::ALL {
        for kind in
            ["refuse-200", "refuse-409", "refuse-423", "refuse-422", "internal-error", "not-found", "forbidden", "busy"]
        {
            let probe = Probe::with_fault(provider, &format!("*:create={kind}")).await;
            let answered = probe.create().await;
            assert_eq!(probe.created(), 0);
            bodies.push(format!("{provider} {kind}: {} {}", answered.status, answered.text));
        }
    }
    insta::with_settings!({ filters => [(r"[0-9a-f]{8}-[-0-9a-f]{27}", "[uuid]")] }, {
        insta::assert_snapshot!(bodies.join("\n"));
    });
}

/// Retry-After as hostile or broken servers state it: nothing, no time, a past and a far date.
#[tokio::test(start_paused = true)]
async fn throttling_states_what_it_is_told_to() {
    for provider in Provider::ALL {
        let probe = Probe::with_fault(provider, "*:list=throttle-0s").await;
        let refused = probe.list().await;
        assert!(refused.is_refused());
        assert_eq!(refused.header("retry-after"), Some("0"));
        probe.set_fault("*:list=throttle-90s");
        assert_eq!(probe.list().await.header("retry-after"), Some("90"));
        probe.set_fault("*:list=throttle-bare");
        assert_eq!(probe.list().await.header("retry-after"), None);
        for (kind, days) in [("throttle-past", -1), ("throttle-far", 365)] {
            probe.set_fault(&format!("*:list={kind}"));
            let refused = probe.list().await;
            let date = |name| jiff::fmt::rfc2822::parse(refused.header(name).unwrap()).unwrap().timestamp();
            let hours = (date("retry-after").duration_since(date("date"))).as_hours();
            assert!((24 * days - 1..=24 * days).contains(&hours), "{kind}: {hours} h");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_endless_list_never_ends() {
    for (kind, items) in [("endless", 0), ("endless-full", 1)] {
        for provider in Provider::ALL {
            let probe = Probe::with_fault(provider, &format!("*:sources={kind}")).await;
            let json = probe.sources().await.json();
            let (found, goes_on) = match provider {
                Provider::SiteHost => (&json["return"]["data"], json["return"]["total_pages"].as_u64() > Some(1 << 50)),
                Provider::Hostway => (&json["servers"], json["links"][1]["rel"] == "next"),
                Provider::NodeCoId => (&json["data"]["records"], json["data"]["total_pages"].as_u64() > Some(1 << 50)),
                _ => (&json["items"], json["_links"]["next"].is_string()),
            };
            let count = found.as_array().map(Vec::len).or_else(|| found.as_object().map(serde_json::Map::len)).unwrap();
            assert!(goes_on, "{provider} {kind}: {json}");
            assert_eq!(count.min(1), items, "{provider} {kind}");
        }
    }
}

/// Each next link leads further, however far one follows.
#[tokio::test(start_paused = true)]
async fn the_links_of_an_endless_list_are_ever_new() {
    let probe = Probe::with_fault(Provider::Ionos, "*:log=endless").await;
    let mut path = "/requests?limit=10".to_owned();
    for page in 1..=3 {
        let next = probe.get(&path).await.json()["_links"]["next"].as_str().unwrap().to_owned();
        path = next.split_once("/cloudapi/v6").unwrap().1.to_owned();
        assert!(path.contains(&format!("offset={}", 10 * page)), "{path}");
    }
    let probe = Probe::with_fault(Provider::Hostway, "*:list=endless-full").await;
    let next = probe.get("/servers/test_server_0001/snapshots?page=7").await.json()["links"][1].clone();
    assert!(next["href"].as_str().unwrap().ends_with("page=8"), "{next}");
}

#[tokio::test(start_paused = true)]
async fn a_bomb_is_small_and_grows() {
    for provider in Provider::ALL {
        let probe = Probe::with_fault(provider, "*:list=elements").await;
        let plain = probe.list().await;
        assert!(plain.text.len() > 12 << 20, "{provider}: {} bytes", plain.text.len());
        probe.set_fault("*:list=bomb");
        let (head, body) = probe.raw_list().await;
        assert!(head.contains("content-encoding: gzip"), "{head}");
        assert!(body.len() < 128 * 1024, "{provider}: {} bytes", body.len());
        let mut grown = String::new();
        GzDecoder::new(&*body).read_to_string(&mut grown).unwrap();
        assert_eq!(grown, plain.text, "{provider}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_misprinted_answer_is_no_json() {
    let probe = Probe::with_fault(Provider::Hostway, "*:create=misprint").await;
    let created = probe.create().await;
    assert_eq!((created.status, created.json(), probe.created()), (202, Value::Null, 1));
    assert!(created.text.contains(r#""name":"a""#) && created.header("location").is_some());
}

#[tokio::test(start_paused = true)]
async fn credentials_are_echoed_in_many_encodings() {
    let secrets = [
        (Provider::SiteHost, credentials::SITEHOST_API_KEY),
        (Provider::Hostway, credentials::HOSTWAY_PASSWORD),
        (Provider::NodeCoId, "a7e1633772c4a91f24e9c8b57ba386452dbbf3ae"),
        (Provider::Ionos, credentials::IONOS_TOKEN),
    ];
    for (provider, secret) in secrets {
        for (kind, made, status) in [
            ("echo-credentials", 0, None),
            ("echo-credentials-page", 0, Some(500)),
            ("echo-credentials-fields", 1, None),
        ] {
            let probe = Probe::with_fault(provider, &format!("*:create={kind}")).await;
            let answered = probe.create().await;
            assert_eq!(probe.created(), made, "{provider} {kind}");
            assert!(status.is_none_or(|status| answered.status == status), "{provider} {kind}");
            // Fields of an answer without any text have nowhere to echo to.
            if answered.text.contains(secret) {
                let each = |print: fn(u8) -> String| secret.bytes().map(print).collect::<String>();
                let html = each(|byte| format!("&#{byte};"));
                let percent = each(|byte| format!("%{byte:02X}"));
                assert!(answered.text.contains(&html) && answered.text.contains(&percent), "{provider} {kind}");
            } else {
                panic!("{provider} {kind}: {}", answered.text);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_are_echoed_in_fields_of_xml() {
    let probe = Probe::with_fault(Provider::NodeCoId, "*:create=echo-credentials-fields").await;
    let answered =
        probe.post("/create_snapshot", &format!("{}&server_id=12345&format=xml", crate::probe::NODECOID)).await;
    let status = answered.text.split("<snapshot_status>").nth(1).unwrap();
    assert!(
        status.starts_with("processing") && status.contains("a7e1633772c4a91f24e9c8b57ba386452dbbf3ae"),
        "{status}"
    );
}

#[tokio::test(start_paused = true)]
async fn hostile_text_is_in_names_states_and_messages() {
    let controls = ['\u{1b}', '\u{7}', '\u{9b}', '\u{85}', '\u{202e}', '\u{2066}'];
    for provider in Provider::ALL {
        let probe = Probe::start(provider, cloudsnap_simulator::SimulatorOptions::default().snapshots(3)).await;
        probe.set_fault("*:list=hostile-text");
        let listed = probe.list().await.json().to_string();
        probe.set_fault("*:create=hostile-refusal");
        let refused = probe.create().await;
        assert!(refused.is_refused(), "{provider}");
        for text in [listed, refused.json().to_string()] {
            let text: Value = serde_json::from_str(&text).unwrap();
            let found = strings(&text);
            assert!(controls.iter().all(|&control| found.contains(control)), "{provider}: {text}");
        }
    }
}

fn strings(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(strings).collect(),
        Value::Object(members) => members.values().map(strings).collect(),
        _ => String::new(),
    }
}
