//! The timeline, in letters and as a page; the page in a real browser, where there is one.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::assert_shown;
use crate::simulated::{IONOS, Simulated};

fn page_of(simulated: &Simulated, name: &str, rules: &[&str]) -> PathBuf {
    let file = std::env::temp_dir().join(format!("cloudsnap-timeline-{name}-{}.html", std::process::id()));
    let ran = simulated.run(&[&["timeline", "--html", file.to_str().unwrap()], rules].concat());
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{}", ran.shown());
    file
}

fn some_history() -> Simulated {
    Simulated::start(&["--servers", "1", "--snapshots", "12", "--snapshot-interval", "9d"])
}

#[test]
fn each_source_is_drawn_with_what_would_become_of_its_snapshots() {
    let simulated = some_history();
    let rules = ["timeline", "nodecoid", "--include-unowned", "--keep-last", "4"];
    let ran = simulated.run_with(&[("COLUMNS", "80")], &rules);
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(lines.iter().all(|line| line.len() <= 80), "{}", ran.shown());
    assert_eq!(lines[0], "nodecoid:12345");
    let marks = |mark| lines[1].matches(mark).count();
    assert_eq!((lines[1].len(), marks('o'), marks('x')), (80, 4, 8), "{}", ran.shown());
    assert!(lines[2].contains("12 snapshots: 4 kept, 8 to be deleted"), "{}", ran.shown());
}

#[test]
fn without_rules_nothing_is_decided_and_the_width_is_that_of_columns() {
    let simulated = some_history();
    for columns in ["40", "80", "120"] {
        let ran = simulated.run_with(&[("COLUMNS", columns)], &["timeline", "nodecoid"]);
        let width = columns.parse().unwrap();
        assert_eq!(ran.stdout.lines().nth(1).map(str::len), Some(width), "{}", ran.shown());
        assert!(ran.stdout.lines().all(|line| line.len() <= width) && !ran.stdout.contains("kept"), "{}", ran.shown());
    }
}

#[test]
fn in_json_each_source_has_its_snapshots() {
    let simulated = some_history();
    let ran = simulated.run(&["timeline", "nodecoid", "--include-unowned", "--keep-last", "3", "-o", "json"]);
    let lane = ran.json()[0].clone();
    assert_eq!((ran.code, &lane["source"]), (Some(0), &"nodecoid:12345".into()), "{}", ran.shown());
    let decisions = lane["snapshots"].as_array().unwrap().iter().map(|seen| seen["decision"].as_str().unwrap());
    assert_eq!(decisions.filter(|decision| *decision == "keep").count(), 3);
}

#[test]
fn what_there_is_nothing_of_is_said() {
    let simulated = Simulated::start(&[]);
    assert_shown!(simulated.run(&["timeline", "ionos"]));
}

#[test]
fn the_page_stands_alone_and_text_from_a_provider_is_only_text() {
    let simulated = some_history();
    let hostile = "<script>document.title='run'</script>\"'&";
    let created = simulated.run(&["create", IONOS, "--name", hostile, "-q"]);
    assert_eq!(created.code, Some(0), "{}", created.shown());
    let file = page_of(&simulated, "hostile", &["--include-unowned", "--keep-last", "3"]);
    let page = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"), "the name is escaped");
    for other in ["src=", "url(", "@import", "http://", "https://", "javascript:", "onload="] {
        assert!(!page.contains(other), "{other}");
    }
}

#[test]
fn a_browser_shows_the_page_without_scripts() {
    let Some(browser) = ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|name| is_there(name))
    else {
        println!("left out: the page is not shown in a browser, because there is no chromium");
        return;
    };
    let simulated = some_history();
    let rules = ["nodecoid", "--include-unowned", "--keep-last", "4"];
    let file = page_of(&simulated, "browser", &rules);
    let shown = in_browser(browser, &file, &["--dump-dom"]);
    assert_eq!(shown.matches(r#"<svg class="timeline""#).count(), 1, "{shown}");
    let marks = |class: &str| shown.matches(&format!(r##"<use class="{class}" href="#{class}" x="##)).count();
    assert_eq!((marks("keep"), marks("delete")), (4, 8), "{shown}");
    assert_eq!(shown.matches("<tr class=").count(), 12, "the table has all that the picture has");
    let image = file.with_extension("png");
    in_browser(browser, &file, &["--window-size=1000,900", &format!("--screenshot={}", image.display())]);
    assert!(std::fs::metadata(&image).is_ok_and(|image| image.len() > 5_000), "the page is drawn");
    std::fs::remove_file(&image).unwrap();
    std::fs::remove_file(&file).unwrap();
}

fn is_there(browser: &str) -> bool {
    Command::new(browser).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

fn in_browser(browser: &str, file: &Path, arguments: &[&str]) -> String {
    let profile = file.with_extension("profile");
    let mut command = Command::new(browser);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]).args(arguments);
    command.arg(format!("--user-data-dir={}", profile.display())).arg(format!("file://{}", file.display()));
    let shown = command.stderr(Stdio::null()).output().unwrap();
    let _ = std::fs::remove_dir_all(profile);
    assert!(shown.status.success());
    String::from_utf8(shown.stdout).unwrap()
}
