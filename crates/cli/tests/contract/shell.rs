//! What a shell sees: completions, manual pages, the examples, and the simulator's variables.

#![cfg(unix)]

use std::io::Write;
use std::process::{Command, Stdio};

use crate::simulated::{IONOS, Ran, SITEHOST, Simulated, command_of};

const COMMANDS: &[&[&str]] = &[
    &[],
    &["create"],
    &["wait"],
    &["pending"],
    &["sources"],
    &["list"],
    &["status"],
    &["show"],
    &["restore"],
    &["delete"],
    &["update"],
    &["doctor"],
    &["sitehost", "image", "create"],
    &["nodecoid", "schedule"],
    &["nodecoid", "download"],
    &["ionos", "label", "list"],
    &["ionos", "label", "set"],
    &["ionos", "label", "remove"],
];

/// A script in which `cloudsnap` is the command under test.
fn script(simulated: &Simulated, shell: &str, text: &str, input: &str) -> Ran {
    let mut command = Command::new(shell);
    let binary = env!("CARGO_BIN_EXE_cloudsnap");
    command.arg("-c").arg(format!("cloudsnap() {{ '{binary}' \"$@\"; }}\n{text}"));
    for (name, value) in simulated.command(&[]).get_envs() {
        value.map(|value| command.env(name, value));
    }
    // A download needs a public address.
    command.env("NODECOID_CLIENT_IP", "203.0.113.7");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    // It may not read all of it.
    let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
    Ran::from(process.wait_with_output().unwrap())
}

/// What `--help` gives as examples, with what there is at the simulator in the place of what stands for it.
fn examples(help: &str, simulated: &Simulated) -> Vec<String> {
    let text = help.split("Example").nth(1).unwrap_or_default().split("\n\n").next().unwrap_or_default();
    let commands = text.lines().map(str::trim).filter(|line| line.starts_with("cloudsnap "));
    let listed = simulated.run(&["list", "-o", "json", "-q"]).json();
    let reference = |provider: &str| {
        let of = listed.as_array().unwrap().iter().find(|snapshot| snapshot["provider"] == provider);
        of.unwrap()["ref"].as_str().unwrap().to_owned()
    };
    simulated.run(&["ionos", "label", "set", &reference("ionos"), "stage=test"]);
    let token = simulated.run(&["create", IONOS, "--no-wait", "-o", "json", "-q"]).json();
    let token = token[0]["operation"].as_str().unwrap().to_owned();
    let real = [
        ("ionos:DC/VOL", IONOS.to_owned()),
        ("ionos:@bd8d7a20", reference("ionos")),
        ("nodecoid:@hjgasd7hagdj", reference("nodecoid")),
        ("sitehost:web1@93", reference("sitehost")),
        ("sitehost:web1/xvda2", SITEHOST.to_owned()),
        ("sitehost:web", "sitehost:server".to_owned()),
        ("hostway:41", "hostway:test_server_0001".to_owned()),
        ("hostway:*", "hostway:test_server_0002*".to_owned()),
        ("cs1_eyJ…", token),
    ];
    let fill_in = |line: &str| real.iter().fold(line.to_owned(), |line, (stands, real)| line.replace(stands, real));
    // Behind two blanks the top-level help explains.
    commands.map(|line| fill_in(line.split("  ").next().unwrap_or_default())).collect()
}

/// An example may take its input from another through jq, of which it needs no more than one member of each element.
fn run_example(simulated: &Simulated, example: &str) -> Ran {
    let Some((first, rest)) = example.split_once(" | jq ") else { return script(simulated, "sh", example, "") };
    let printed = script(simulated, "sh", first, "");
    let (filter, rest) = rest.split_once('\'').unwrap().1.split_once('\'').unwrap();
    let Some((_, then)) = rest.split_once(" | ") else { return printed };
    let member = filter.strip_prefix(".[].").unwrap();
    let values = printed.json();
    let lines: String =
        values.as_array().unwrap().iter().map(|value| format!("{}\n", value[member].as_str().unwrap())).collect();
    script(simulated, "sh", then, &lines)
}

#[test]
fn every_example_of_every_help_runs() {
    for command in COMMANDS {
        let simulated = Simulated::start(&["--servers", "2", "--snapshots", "1"]);
        let help = simulated.run(&[command, &["--help"][..]].concat()).stdout;
        let examples = examples(&help, &simulated);
        assert!(!examples.is_empty(), "{command:?}: {help}");
        for example in examples {
            let ran = run_example(&simulated, &example);
            // What some look for may not be there, and a check may find something.
            let is_an_answer = ran.stderr.contains("fits no source") || ran.stdout.contains("overdue");
            assert!(ran.code == Some(0) || is_an_answer, "{example}: {}", ran.shown());
        }
    }
}

#[test]
fn a_help_begins_with_what_matters_and_short_help_fits_a_screen() {
    let simulated = Simulated::start(&[]);
    for command in COMMANDS {
        let help = simulated.run(&[command, &["-h"][..]].concat()).stdout;
        assert!(help.lines().count() <= 48, "{command:?}: {help}");
        let usage = help.lines().position(|line| line.starts_with("Usage: ")).unwrap();
        assert!(usage <= 4, "{command:?}: {help}");
    }
}

#[test]
fn bash_completes_accounts_sources_and_snapshots() {
    let simulated = Simulated::start(&["--servers", "1", "--snapshots", "1"]);
    let completed = |line: &str| {
        let binary = env!("CARGO_BIN_EXE_cloudsnap");
        let script_text = format!(
            "eval \"$(cloudsnap completions bash | sed 's#\"cloudsnap\" --#\"{binary}\" --#; s#^ *cloudsnap --#{binary} --#')\"\n\
             COMP_LINE='{line}'; COMP_POINT=${{#COMP_LINE}}; COMP_TYPE=9; COMP_CWORD=0\n\
             _cloudsnap_whole_words cloudsnap '' ''\n\
             printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        let ran = script(&simulated, "bash", &script_text, "");
        assert_eq!(ran.code, Some(0), "{line}: {}", ran.shown());
        ran.stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(completed("cloudsnap create n"), ["nodecoid:"]);
    assert_eq!(completed("cloudsnap create nodecoid:"), ["12345"]);
    assert_eq!(completed("cloudsnap list sit"), ["sitehost"]);
    assert_eq!(completed("cloudsnap show sitehost:server1@"), ["server1@91695"]);
    assert_eq!(completed("cloudsnap stat"), ["status"]);
}

#[test]
fn a_completion_that_fails_is_silent() {
    let simulated = Simulated::start(&[]);
    let mut command = simulated.command(&["--", "cloudsnap", "create", "ionos:"]);
    command.env("COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", "2").env("IONOS_API_URL", "http://127.0.0.1:1");
    let ran = Ran::from(command.output().unwrap());
    assert_eq!((ran.stdout.trim(), ran.stderr.as_str()), ("", ""), "{}", ran.shown());
}

#[test]
fn manual_pages_have_the_examples_as_they_are_typed() {
    let simulated = Simulated::start(&[]);
    let folder = std::env::temp_dir().join(format!("cloudsnap-man-{}", std::process::id()));
    assert_eq!(simulated.run(&["man", "--all", folder.to_str().unwrap()]).code, Some(0));
    let mut names: Vec<String> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    insta::assert_snapshot!(names.join("\n"));
    std::fs::remove_dir_all(folder).unwrap();
    let page = simulated.run(&["man", "wait"]).stdout;
    let examples = page.split(".SH EXAMPLES").nth(1).unwrap();
    insta::assert_snapshot!(examples);
}

#[test]
fn the_simulators_variables_can_be_read_by_a_shell_and_its_help_lists_every_fault() {
    let simulated = Simulated::start(&[]);
    let help = simulated.run(&["simulate", "--help"]).stdout;
    for fault in cloudsnap_simulator::Fault::all() {
        assert!(help.contains(fault.name), "{}", fault.name);
    }
    let mut other = Command::new(command_of(&[]).get_program());
    let mut process = other.args(["simulate", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines =
        std::io::BufRead::lines(std::io::BufReader::new(process.stdout.take().unwrap())).map(Result::unwrap);
    let exports: Vec<String> = lines.by_ref().take_while(|line| line != "ready").collect();
    process.kill().unwrap();
    process.wait().unwrap();
    let sourced = "SH_API_VERSION=1.5; NODECOID_SANDBOX=1\neval \"$(grep ^export)\"\n\
                   echo \"$IONOS_TOKEN [$SH_API_VERSION$NODECOID_SANDBOX$HOSTWAY_TIME_ZONE]\"";
    let ran = script(&simulated, "sh", sourced, &(exports.join("\n") + "\nready\n"));
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("simulated-ionos-token []\n", ""), "{}", ran.shown());
}
