//! What only one provider has.

use crate::assert_shown;
use crate::simulated::{IONOS, NODECOID, Simulated};

#[test]
fn an_image_is_forked_and_its_versions_and_its_build_are_shown() {
    let simulated = Simulated::start(&[]);
    let public = simulated.run(&["sitehost", "image", "public", "-o", "json"]).json();
    let id = public[0]["id"].as_str().unwrap();
    assert_shown!(simulated.run(&["sitehost", "image", "public"]));
    let created = simulated.run(&["sitehost", "image", "create", "--label", "Forked", "--fork", id, "-q"]);
    assert_eq!(created.code, Some(0), "{}", created.shown());
    assert_shown!(simulated.run(&["sitehost", "image", "versions", "forked", "-o", "json"]));
    assert_shown!(simulated.run(&["sitehost", "image", "log", "forked"]));
    let missing = simulated.run(&["sitehost", "image", "log", "nonesuch"]);
    assert_eq!(missing.code, Some(1), "{}", missing.shown());
}

#[test]
fn an_image_without_a_build_says_so() {
    let simulated = Simulated::start(&[]);
    simulated.run(&["sitehost", "image", "create", "--label", "Empty", "-q"]);
    assert_shown!(simulated.run(&["sitehost", "image", "log", "empty"]));
}

#[test]
fn labels_are_set_changed_and_removed() {
    let simulated = Simulated::start(&[]);
    let created = simulated.run(&["create", IONOS, "-o", "json", "-q"]).json();
    let reference = created[0]["snapshot"]["ref"].as_str().unwrap();
    assert_shown!(simulated.run(&["ionos", "label", "set", reference, "stage=test", "keep=yes"]));
    assert_shown!(simulated.run(&["ionos", "label", "set", reference, "stage=production", "-o", "json"]));
    assert_shown!(simulated.run(&["ionos", "label", "remove", reference, "stage"]));
    assert_shown!(simulated.run(&["ionos", "label", "list", reference, "--no-header"]));
    let elsewhere = simulated.run(&["ionos", "label", "list", "nodecoid:@x"]);
    assert_eq!(elsewhere.code, Some(2), "{}", elsewhere.shown());
}

#[test]
fn a_url_to_download_from_is_printed_alone_with_a_warning_beside_it() {
    let simulated = Simulated::start(&[]);
    let created = simulated.run(&["create", NODECOID, "-o", "json", "-q"]).json();
    let reference = created[0]["snapshot"]["ref"].as_str().unwrap();
    let address = [("NODECOID_CLIENT_IP", "203.0.113.7")];
    let ran = simulated.run_with(&address, &["nodecoid", "download", reference]);
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    assert!(ran.stdout.starts_with("http") && ran.stdout.lines().count() == 1, "{}", ran.shown());
    assert!(ran.stderr.contains("a secret"), "{}", ran.shown());
    let json = simulated.run_with(&address, &["nodecoid", "download", reference, "-o", "json"]).json();
    assert_eq!((&json["ref"], json["url"].as_str()), (&reference.into(), Some(ran.stdout.trim())));
    let for_nobody = simulated.run(&["nodecoid", "download", reference]);
    assert!(for_nobody.code == Some(2) && for_nobody.stderr.contains("NODECOID_CLIENT_IP"), "{}", for_nobody.shown());
}
