use cloudsnap_simulator::SimulatorOptions;

use super::Finish;
use crate::arguments::Simulate;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::output::print;
use crate::session;

pub(crate) async fn run(arguments: Simulate) -> Finish {
    // Before anybody is told that it is ready, and may send the signal.
    let interrupt = Interrupt::listen();
    let simulator = session::start(options(arguments)).await?;
    let lines: String =
        simulator.environment().iter().map(|(name, value)| format!("export {name}={}\n", quoted(value))).collect();
    print(&format!("{lines}ready\n"))?;
    interrupt.next().await;
    Ok(Exit::Done)
}

fn options(arguments: Simulate) -> SimulatorOptions {
    let options = SimulatorOptions::default()
        .listen(arguments.listen)
        .latency(arguments.latency)
        .build_time(arguments.build_time)
        .seed(arguments.seed)
        .faults(arguments.faults)
        .servers(arguments.servers)
        .snapshots(arguments.snapshots)
        .snapshot_interval(arguments.snapshot_interval);
    match arguments.rate_limit {
        Some(rate) => options.rate_limit(rate),
        None => options,
    }
}

/// A word as a shell reads it back.
fn quoted(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !value.is_empty() && value.chars().all(is_plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        for value in ["plain", "http://127.0.0.1:80/x", "", "a b", "it's", "$HOME `id` \"x\" \\ !"] {
            let script = format!("printf %s {}", quoted(value));
            let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), value);
        }
    }
}
