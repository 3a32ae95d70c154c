//! Instructions of calls, counted by callgrind through gungraun: our client beside bare reqwest. `cargo xtask bench`
//! installs what runs it, and makes a table of what it prints.
//!
//! Only the thread that makes the calls is counted, and only while it makes them; the simulator has another.

#![expect(clippy::panic, reason = "what cannot be set up cannot be counted")]
#![expect(missing_docs, reason = "the macros write items without them")]

#[expect(dead_code, reason = "the other programs use the rest")]
mod support;

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use cloudsnap_simulator::{Provider, Simulator, SimulatorOptions};
use gungraun::{library_benchmark, library_benchmark_group, main};
use support::clients::{Call, Caller, Limits, fill};
use support::{Result, runtime};
use tokio::runtime::Runtime;

/// So many calls make one count; the table shows the hundredth part.
const CALLS: usize = 100;

/// A client whose connection stands already.
#[derive(Debug)]
struct Ready {
    call: Call,
    caller: Caller,
    runtime: Runtime,
}

#[derive(Clone, Copy, Debug)]
enum Who {
    Ours,
    Bare,
    Limited,
}

#[library_benchmark(setup = ready)]
#[bench::create_ours(Call::Create, Who::Ours)]
#[bench::create_bare(Call::Create, Who::Bare)]
#[bench::create_limited(Call::Create, Who::Limited)]
#[bench::get_ours(Call::Get, Who::Ours)]
#[bench::get_bare(Call::Get, Who::Bare)]
#[bench::get_limited(Call::Get, Who::Limited)]
#[bench::list_ours(Call::List, Who::Ours)]
#[bench::list_bare(Call::List, Who::Bare)]
#[bench::list_limited(Call::List, Who::Limited)]
fn calls(ready: Ready) -> Ready {
    let called = ready.runtime.block_on(ready.caller.repeat(ready.call, CALLS));
    called.unwrap_or_else(|error| panic!("{error}"));
    // Taking it apart is not counted.
    ready
}

fn ready(call: Call, who: Who) -> Ready {
    set_up(call, who).unwrap_or_else(|error| panic!("{error}"))
}

fn set_up(call: Call, who: Who) -> Result<Ready> {
    let url = simulator()?;
    let runtime = runtime()?;
    let id = runtime.block_on(fill(&url))?;
    let caller = match who {
        Who::Ours => Caller::ours(&url)?,
        Who::Bare => Caller::bare(&url, Limits::None)?,
        Who::Limited => Caller::bare(&url, Limits::AsOurs)?,
    };
    let caller = caller.knowing(&id)?;
    runtime.block_on(caller.repeat(call, 10))?;
    Ok(Ready { call, caller, runtime })
}

/// Starts the simulator in a thread of its own, which ends with the program, and answers where it is.
fn simulator() -> Result<String> {
    let (told, url) = mpsc::channel();
    thread::spawn(move || {
        let serve = async {
            let simulator = Simulator::start(SimulatorOptions::default().build_time(Duration::ZERO)).await?;
            told.send(simulator.url(Provider::Ionos))?;
            std::future::pending::<Result>().await
        };
        runtime()?.block_on(serve)
    });
    Ok(url.recv()?)
}

library_benchmark_group!(name = per_call, benchmarks = calls);
main!(library_benchmark_groups = per_call);
