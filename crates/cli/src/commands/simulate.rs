use cloudsnap_simulator::SimulatorOptions;

use super::Finish;
use crate::arguments::Simulate;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::output::print;
use crate::session;
use crate::variables;

pub(crate) async fn run(arguments: Simulate) -> Finish {
    // Before anybody is told that it is ready, and may send the signal.
    let interrupt = Interrupt::listen();
    let simulator = session::start(options(arguments)).await?;
    print(&format!("{}ready\n", exports(simulator.environment())))?;
    interrupt.next().await;
    Ok(Exit::Done)
}

/// All variables that there are. Those that the simulator does not need are emptied, so that what the caller has set for
/// a provider is not used with the simulator.
fn exports(needed: Vec<(String, String)>) -> String {
    let others = variables::ALL.iter().flat_map(variables::Variables::names);
    let others: Vec<_> = others.filter(|name| needed.iter().all(|(known, _)| known != name)).collect();
    let needed = needed.iter().map(|(name, value)| format!("export {name}={}\n", quoted(value)));
    needed.chain(others.into_iter().map(|name| format!("export {name}=\n"))).collect()
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
