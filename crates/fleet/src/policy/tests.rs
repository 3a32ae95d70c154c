use proptest::prelude::*;

use super::*;

const WHOLE: &str = r#"
name = "nightly"
sources = ["ionos:*", "sitehost:web*/xvda2", "nodecoid:*"]
exclude = ["*/swap*"]
snapshot-name = "{policy}-{date}"
expires = "14d"
if-older-than = "20h"
timeout = "2h"
concurrency = 4

[retention]
keep-daily = 7
keep-weekly = 4
keep-within-monthly = "1y"
time-zone = "UTC"
max-delete = 20

[hooks]
before = ["/usr/local/bin/freeze", "--all"]
after = ["/usr/local/bin/thaw"]
on-failure = ["mail-me"]
ping = "https://example.com/canary-5c1d"
hook-timeout = "10m"

[[override]]
sources = ["hostway:*"]
retention = { keep-last = 2 }

[[override]]
sources = ["ionos:dc1/*"]
expires = "3d"
retention.keep-daily = 14

[[override]]
sources = ["ionos:dc1/v1"]
snapshot-name = "first"
retention = { keep-daily = 0, expired = true, include-unowned = true }
"#;

fn policy(text: &str) -> Policy {
    Policy::parse(text, "nightly.toml").unwrap()
}

fn settings(policy: &Policy, source: &str) -> SourceSettings {
    policy.settings_of(&source.parse().unwrap(), None)
}

fn faults(text: &str) -> String {
    let errors = Policy::parse(text, "nightly.toml").unwrap_err();
    assert!(errors.iter().all(Error::is_own_refusal));
    errors.iter().map(|error| error.message().to_owned() + "\n").collect()
}

#[test]
fn every_key_is_read() {
    let policy = policy(WHOLE);
    assert_eq!((policy.name.as_str(), policy.concurrency), ("nightly", 4));
    assert_eq!(
        policy.sources.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["ionos:*", "sitehost:web*/xvda2", "nodecoid:*"]
    );
    assert_eq!(policy.exclude[0].to_string(), "*/swap*");
    assert_eq!(policy.hooks.before.as_ref().unwrap(), &["/usr/local/bin/freeze", "--all"]);
    assert_eq!(policy.hooks.after.as_ref().unwrap(), &["/usr/local/bin/thaw"]);
    assert_eq!(policy.hooks.on_failure.as_ref().unwrap(), &["mail-me"]);
    assert_eq!(policy.hooks.timeout, Duration::from_secs(600));
    assert_eq!(policy.hooks.ping.as_ref().unwrap().expose(), "https://example.com/canary-5c1d");
    insta::assert_debug_snapshot!(settings(&policy, "nodecoid:1"));
}

#[test]
fn the_last_override_that_fits_wins_key_by_key() {
    let policy = policy(WHOLE);
    let daily = |source| settings(&policy, source).retention.unwrap().rules.keep_daily.to_string();
    assert_eq!([daily("nodecoid:1"), daily("ionos:dc1/v2"), daily("ionos:dc1/v1")], ["7", "14", "0"]);
    let hostway = settings(&policy, "hostway:41").retention.unwrap();
    assert_eq!((hostway.rules.keep_last, hostway.rules.keep_weekly), (Count::UpTo(2), Count::UpTo(4)));
    assert_eq!(hostway.max_delete, Some(20));
    let first = settings(&policy, "ionos:dc1/v1");
    assert_eq!(first.snapshot_name.unwrap().to_string(), "first");
    assert_eq!(first.expires, Some(End::After(Duration::from_secs(3 * 24 * 3600))));
    let retention = first.retention.unwrap();
    assert!(retention.include_unowned && retention.rules.expired);
}

#[test]
fn an_override_may_be_told_by_a_name() {
    let text = "name = \"a\"\nsources = [\"*\"]\n[[override]]\nsources = [\"ionos:database\"]\nexpires = \"3d\"\n";
    let policy = policy(text);
    let mut source = Source::new("ionos:dc1/v1".parse().unwrap(), "ionos", "volume");
    source.name = Some("database".to_owned());
    assert!(policy.settings_of(&source.reference, Some(&source)).expires.is_some());
    assert!(policy.settings_of(&source.reference, None).expires.is_none());
}

#[test]
fn without_retention_nothing_is_pruned() {
    let text = "name = \"a\"\nsources = [\"ionos:*\"]\n";
    assert!(!policy(text).has_retention() && settings(&policy(text), "ionos:a/b").retention.is_none());
    let text =
        "name = \"a\"\nsources = [\"ionos:*\"]\n[[override]]\nsources = [\"ionos:a/*\"]\nretention.keep_last = 1\n";
    assert!(policy(text).has_retention());
    assert!(settings(&policy(text), "ionos:a/b").retention.is_some());
    assert!(settings(&policy(text), "ionos:b/b").retention.is_none());
}

#[test]
fn all_faults_are_told_together_with_their_places() {
    insta::assert_snapshot!(faults(
        r#"
name = "Nightly!"
sources = ["ionos", "ionos:[*", 7]
exclude = "*/swap*"
snapshot_nmae = "x"
snapshot-name = "{datum}"
expires = "soon"
if-older-than = 20
timeout = "0s"
concurrency = 0
keep-daily = 7

[retention]
keep-dayly = 7
keep-weekly = -1
keep-monthly = true
keep-within = "1m"
time-zone = "Europe/Atlantis"
max_delete = "many"
max-delete = 3
expired = "yes"

[hooks]
befor = ["x"]
before = "freeze --all"
after = []
on-failure = ["mail", 1]
ping = "http://canary-5c1d.example.com"
hook-timeout = "five minutes"

[[override]]
retention = 7
concurrency = 3
"#
    ));
}

#[test]
fn what_is_missing_is_told() {
    insta::assert_snapshot!([
        "",
        "name = \"a\"",
        "name = \"\"\nsources = []",
        "name = \"a\"\nsources = [\"ionos:*\"]\noverride = 7",
        "name = \"a\"\nsources = [\"ionos:*\"]\nhooks = 7",
        "name = \"a\"\nsources = [\"ionos:*\"]\n[retention]\nmax-delete = 7",
        "name = \"a\"\nsources = [\"ionos:*\"]\n[retention]\nkeep-last = 1\n[[override]]\nsources = [\"ionos:a/*\"]\nretention.keep-last = 0",
    ]
    .map(faults)
    .join("--\n"));
}

#[test]
fn what_is_not_toml_is_told_with_its_place() {
    insta::assert_snapshot!(["name = ", "name = \"a\nb", "[hooks", "name = 1\nname = 2"].map(faults).join("--\n"));
}

#[test]
fn a_ping_is_never_printed() {
    let shown = format!("{:?}", policy(WHOLE));
    assert!(!shown.contains("canary-5c1d"), "{shown}");
    for url in ["http://canary-5c1d.example.com", "ftp://canary-5c1d", "canary-5c1d", "https:///canary-5c1d"] {
        let said = faults(&format!("name = \"a\"\nsources = [\"ionos:*\"]\nhooks.ping = \"{url}\"\n"));
        assert!(!said.contains("canary-5c1d"), "{said}");
    }
    for url in ["http://127.0.0.1:1/x", "http://localhost/x", "http://[::1]:8/x", "https://example.com?a=b"] {
        policy(&format!("name = \"a\"\nsources = [\"ionos:*\"]\nhooks.ping = \"{url}\"\n"));
    }
}

/// A line of a policy file, with words that may stand there and words that may not.
fn line() -> impl Strategy<Value = String> {
    let key = prop::sample::select(
        [keys::Place::Top, keys::Place::Retention, keys::Place::Hooks, keys::Place::Override]
            .into_iter()
            .flat_map(|place| place.keys().iter().copied())
            .collect::<Vec<_>>(),
    );
    let value = prop_oneof![
        Just("\"a\"".to_owned()),
        Just("[\"ionos:*\"]".to_owned()),
        Just("\"7d\"".to_owned()),
        Just("7".to_owned()),
        Just("{ keep-last = 1 }".to_owned()),
        "\\PC{0,12}",
    ];
    prop_oneof![
        (key, value).prop_map(|(key, value)| format!("{key} = {value}")),
        Just("[retention]".to_owned()),
        Just("[hooks]".to_owned()),
        Just("[[override]]".to_owned()),
        "\\PC{0,20}",
    ]
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_each_fault_has_a_place_in_the_text(lines in prop::collection::vec(line(), 0..12)) {
        let text = lines.join("\n");
        if let Err(errors) = Policy::parse(&text, "p") {
            prop_assert!(!errors.is_empty());
            for error in errors {
                let mut place = error.message().split(':').skip(1);
                let line: usize = place.next().unwrap().parse().unwrap();
                let column: usize = place.next().unwrap().parse().unwrap();
                prop_assert!(line >= 1 && line <= text.matches('\n').count() + 1 && column >= 1);
            }
        }
    }

    #[test]
    fn any_bytes_that_are_text_are_read_or_refused(text in "\\PC{0,200}") {
        let _ = Policy::parse(&text, "p");
    }

    #[test]
    fn underscores_are_dashes(dashed in prop::sample::select(vec!["if-older-than", "snapshot-name", "expires"])) {
        let head = "name = \"a\"\nsources = [\"ionos:*\"]\n";
        let value = if dashed == "snapshot-name" { "x" } else { "2d" };
        let read = |key: &str| policy(&format!("{head}{key} = \"{value}\"\n"));
        let underscored = dashed.replace('-', "_");
        prop_assert_eq!(settings(&read(dashed), "ionos:a/b"), settings(&read(&underscored), "ionos:a/b"));
    }

    #[test]
    fn of_overrides_that_fit_the_last_counts(counts in prop::collection::vec((0_u32..9, any::<bool>()), 1..8)) {
        let mut text = "name = \"a\"\nsources = [\"ionos:*\"]\nretention.keep-last = 100\n".to_owned();
        for (count, fits) in &counts {
            let source = if *fits { "ionos:a/*" } else { "ionos:b/*" };
            text += &format!("[[override]]\nsources = [\"{source}\"]\nretention.keep-weekly = {count}\n");
        }
        let last = counts.iter().rev().find(|(_, fits)| *fits).map_or(0, |(count, _)| *count);
        let rules = settings(&policy(&text), "ionos:a/v").retention.unwrap().rules;
        prop_assert_eq!(rules.keep_weekly, Count::UpTo(last));
        prop_assert_eq!(rules.keep_last, Count::UpTo(100));
    }
}
