//! Accounts of the configuration file.

use std::path::{Path, PathBuf};

use crate::simulated::{Ran, Simulated};

/// A folder with a configuration file, which goes with it.
struct Configured {
    folder: PathBuf,
    simulated: Simulated,
}

impl Configured {
    fn new(name: &str, text: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("cloudsnap-accounts-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("config.toml");
        std::fs::write(&file, text).unwrap();
        set_mode(&file, 0o600);
        Self { folder, simulated: Simulated::start(&["--snapshots", "1"]) }
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let file = self.folder.join("config.toml");
        self.simulated.run(&[&["--config", file.to_str().unwrap()], arguments].concat())
    }
}

impl Drop for Configured {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[cfg(unix)]
fn set_mode(file: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) {}

const WORK: &str = "[accounts.work]\nprovider = \"ionos\"\nIONOS_TOKEN = { env = \"IONOS_TOKEN\" }\n\
                    IONOS_API_URL = { env = \"IONOS_API_URL\" }\n";

#[test]
fn an_account_of_the_file_takes_the_place_of_the_environments() {
    let configured = Configured::new("doubled", WORK);
    let ran = configured.run(&["list", "-o", "json", "-q"]);
    let listed = ran.json();
    let mut accounts: Vec<&str> =
        listed.as_array().unwrap().iter().filter_map(|snapshot| snapshot["account"].as_str()).collect();
    accounts.sort_unstable();
    assert_eq!(accounts, ["hostway", "nodecoid", "sitehost", "work"], "{}", ran.shown());
    // By its name the environment's account is there all the same.
    assert_eq!(configured.run(&["list", "ionos", "-o", "json"]).json().as_array().unwrap().len(), 1);
}

#[test]
fn where_each_value_comes_from_is_told_and_no_value_is() {
    let configured = Configured::new("origins", WORK);
    let ran = configured.run(&["accounts", "-o", "json"]);
    let accounts = ran.json();
    let work = accounts.as_array().unwrap().iter().find(|account| account["account"] == "work").unwrap();
    assert_eq!(work["settings"][1]["from"], "the variable IONOS_TOKEN", "{}", ran.shown());
    assert!(!ran.stdout.contains("simulated-ionos-token"), "{}", ran.shown());
}

#[test]
fn a_slip_of_the_pen_is_2_and_names_what_was_meant() {
    for (name, text, meant) in [
        ("key", "[accounts.a]\nprovider = \"nodecoid\"\nNODECOID_SANDBX = 1\n", "did you mean NODECOID_SANDBOX?"),
        ("provider", "[accounts.a]\nprovider = \"hostwey\"\n", "did you mean hostway?"),
        ("name", "[accounts.\"a:b\"]\nprovider = \"ionos\"\n", "cannot be written in a reference"),
    ] {
        let ran = Configured::new(name, text).run(&["list"]);
        assert_eq!(ran.code, Some(2), "{}", ran.shown());
        assert!(ran.stderr.contains(meant), "{}", ran.shown());
    }
    let ran = Configured::new("account", WORK).run(&["list", "wrok"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("did you mean work?"), "{}", ran.shown());
}

#[test]
#[cfg(unix)]
fn a_file_with_a_secret_that_others_can_read_is_warned_of_once() {
    let text = "[accounts.a]\nprovider = \"ionos\"\nIONOS_TOKEN = \"x\"\n\
                [accounts.b]\nprovider = \"sitehost\"\nSH_APIKEY = { file = \"key\" }\nSH_CLIENT_ID = 979387\n\
                SH_API_URL = { env = \"SH_API_URL\" }\n";
    let configured = Configured::new("exposed", text);
    let key = configured.folder.join("key");
    std::fs::write(&key, "simulated-sitehost-key\n").unwrap();
    set_mode(&key, 0o600);
    let warnings = |ran: &Ran| ran.stderr.matches("others can read").count();
    let ran = configured.run(&["list", "b"]);
    assert_eq!((ran.code, warnings(&ran)), (Some(0), 0), "{}", ran.shown());
    set_mode(&key, 0o644);
    set_mode(&configured.folder.join("config.toml"), 0o640);
    let ran = configured.run(&["list", "b"]);
    assert_eq!((ran.code, warnings(&ran)), (Some(0), 2), "{}", ran.shown());
    assert_eq!(configured.run(&["list", "b", "-q"]).stderr, "");
}

#[test]
#[cfg(not(feature = "keyring"))]
fn without_the_feature_a_value_from_the_keyring_says_what_is_missing() {
    let text = "[accounts.a]\nprovider = \"ionos\"\nIONOS_TOKEN = { keyring = \"cloudsnap\" }\n";
    let configured = Configured::new("keyring", text);
    let ran = configured.run(&["list", "a"]);
    assert_eq!(ran.code, Some(2), "{}", ran.shown());
    assert!(ran.stderr.contains("IONOS_TOKEN") && ran.stderr.contains("feature keyring"), "{}", ran.shown());
    let accounts = configured.run(&["accounts", "-o", "json"]);
    assert!(accounts.stdout.contains("the keyring's cloudsnap"), "{}", accounts.shown());
}

#[cfg(unix)]
#[test]
fn a_credential_in_a_file_without_end_is_refused() {
    let text = WORK.replace("{ env = \"IONOS_TOKEN\" }", "{ file = \"/dev/zero\" }");
    let ran = Configured::new("endless", &text).run(&["doctor", "work"]);
    assert!(ran.stderr.contains("it is longer than 65536 bytes"), "{}", ran.shown());
}
