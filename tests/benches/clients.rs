//! CPU time and latency: our client beside bare reqwest, in rounds that alternate. `cargo xtask bench` runs it and
//! makes tables of the lines it prints.
//!
//! `per-call`, `decode` and `many` measure; `serve` is the server in a process of its own.

mod support;

use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use cloudsnap::SnapshotProviderExt;
use cloudsnap::ionos::{Collection, VolumeSnapshot};
use support::clients::{Bare, Call, Caller, Limits, Ours, PAUSE, at_once, fill, send_the_same};
use support::numbers::{Start, fact, micros, row};
use support::server::{Server, serve, settle};
use support::wire::{Documented, List, Plain, list_of};
use support::{Result, number, runtime};
use tokio::task::JoinSet;

fn main() -> Result {
    match std::env::args().nth(1).as_deref() {
        Some("serve") => serve(),
        Some("per-call") => runtime()?.block_on(per_call()),
        Some("decode") => runtime()?.block_on(decode()),
        Some("many") => runtime()?.block_on(many()),
        // `cargo bench` alone, or `cargo test --benches`.
        _ => {
            println!("run `cargo xtask bench`");
            Ok(())
        }
    }
}

async fn per_call() -> Result {
    send_the_same().await?;
    let (rounds, count) = (number("--rounds", 15)?, number("--calls", 300)?);
    let listed = Server::start(0, 1)?;
    let id = fill(&listed.ionos).await?;
    for call in Call::ALL {
        // Creates go elsewhere: they would make the list longer.
        let created = Server::start(0, 1)?;
        let url = if call == Call::Create { &created.ionos } else { &listed.ionos };
        let callers = [
            Caller::ours(url)?.knowing(&id)?,
            Caller::bare(url, Limits::None)?.knowing(&id)?,
            Caller::bare(url, Limits::AsOurs)?.knowing(&id)?,
        ];
        for caller in &callers {
            caller.repeat(call, count.min(50)).await?;
        }
        let mut cpu = [const { Vec::new() }; 3];
        let mut wall = [const { Vec::new() }; 3];
        for round in 0..rounds {
            for turn in 0..callers.len() {
                // Whoever comes first may find the machine in another mood.
                let who = (turn + round) % callers.len();
                let start = Start::now()?;
                callers[who].repeat(call, count).await?;
                let spent = start.spent()?;
                cpu[who].push(micros(spent.cpu, count));
                wall[who].push(micros(spent.wall, count));
            }
        }
        let name = call.name();
        row(&format!("{name}: CPU time"), "reqwest", "µs", &cpu[0], &cpu[1]);
        row(&format!("{name}: CPU time"), "reqwest with our time limits", "µs", &cpu[0], &cpu[2]);
        row(&format!("{name}: latency"), "reqwest", "µs", &wall[0], &wall[1]);
    }
    Ok(())
}

async fn decode() -> Result {
    let (rounds, count) = (number("--rounds", 7)?, number("--snapshots", 100_000)?);
    let server = Server::start(0, count)?;
    let ours = Caller::ours(&server.fixed)?;
    let bare = Bare::new(&server.fixed, Limits::None)?;
    let body = list_of(count).into_bytes();
    let answer = cloudsnap::provider::Response::new(200, body.clone());

    let (mut whole, mut whole_bare) = (Vec::new(), Vec::new());
    let (mut net, mut net_bare) = (Vec::new(), Vec::new());
    let (mut wire, mut wire_bare, mut wire_documented) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let reading = cpu_of(bare.list_unread()).await?;
        let by_us = cpu_of(ours.call(Call::List)).await?;
        let by_hand = cpu_of(async { bare.list().await.map(drop) }).await?;
        whole.push(by_us);
        whole_bare.push(by_hand);
        net.push(by_us - reading);
        net_bare.push(by_hand - reading);

        wire.push(cpu_of_reading(|| answer.json::<Collection<VolumeSnapshot>>())?);
        wire_bare.push(cpu_of_reading(|| serde_json::from_slice::<List<Plain>>(&body))?);
        wire_documented.push(cpu_of_reading(|| serde_json::from_slice::<List<Documented>>(&body))?);
    }
    let call = "body to snapshots (a call, less the reading of its bytes by reqwest)";
    row(call, "six fields, the same", "ms", &net, &net_bare);
    row("the call as a whole, over loopback", "reqwest and six fields", "ms", &whole, &whole_bare);
    row("body to our wire structs, in memory", "structs of all documented fields", "ms", &wire, &wire_documented);
    row("all documented fields, plain structs", "six fields, plain structs", "ms", &wire_documented, &wire_bare);
    Ok(())
}

async fn cpu_of(work: impl Future<Output = Result>) -> Result<f64> {
    let start = Start::now()?;
    work.await?;
    Ok(micros(start.spent()?.cpu, 1000))
}

fn cpu_of_reading<T, E: Into<Box<dyn Error + Send + Sync>>>(read: impl FnOnce() -> Result<T, E>) -> Result<f64> {
    let start = Start::now()?;
    drop(black_box(read().map_err(Into::into)?));
    Ok(micros(start.spent()?.cpu, 1000))
}

async fn many() -> Result {
    const LASTS: usize = 1000;
    let rounds = number("--rounds", 5)?;
    for count in counts(open_files()?) {
        let (mut by_us, mut by_hand) = (Rounds::default(), Rounds::default());
        // Few creates are over so soon that it takes more rounds to see through the noise.
        let rounds = rounds * (LASTS / count).clamp(1, 10);
        // One round more, to warm up.
        for round in 0..=rounds {
            let measured = round > 0;
            // Whoever comes first may find the machine in another mood.
            for is_ours in [round % 2 == 0, round % 2 != 0] {
                let rounds = if is_ours { &mut by_us } else { &mut by_hand };
                rounds.make(count, is_ours, measured).await?;
            }
        }
        row(&format!("{count} creates: finished in a second"), "reqwest", "creates/s", &by_us.rate, &by_hand.rate);
        row(&format!("{count} creates: CPU time of each"), "reqwest", "µs", &by_us.cpu, &by_hand.cpu);
        row(&format!("{count} creates: requests of each"), "reqwest", "requests", &by_us.requests, &by_hand.requests);
    }
    let waited = waited_requests().await?;
    fact("requests of a create that takes 2 s, with the default pauses", "requests", waited);
    Ok(())
}

/// How many creates at once, where each may open a connection.
fn counts(open_files: usize) -> Vec<usize> {
    const BESIDE: usize = 200;
    let (possible, left_out): (Vec<usize>, Vec<usize>) =
        [100, 1000, 10_000].into_iter().partition(|count| count + BESIDE <= open_files);
    for count in left_out {
        eprintln!("skipped: {count} at once, of {open_files} files that may be open; `ulimit -n {}`", count + BESIDE);
    }
    possible
}

/// How many files this process may have open.
fn open_files() -> Result<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let limit = line.and_then(|line| line.split_whitespace().next()).ok_or("no limit on open files")?;
    Ok(limit.parse().unwrap_or(usize::MAX))
}

/// What the rounds of one client took for each create.
#[derive(Debug, Default)]
struct Rounds {
    rate: Vec<f64>,
    cpu: Vec<f64>,
    requests: Vec<f64>,
}

impl Rounds {
    async fn make(&mut self, count: usize, is_ours: bool, measured: bool) -> Result {
        const TRIES: usize = 5;
        for _ in 0..TRIES {
            settle().await?;
            // A server of its own: to one port the system runs out of connections, and searches long for a free one.
            let server = &Server::start(0, 1)?;
            let before = requests(server).await?;
            let start = Start::now()?;
            let ended = if is_ours { create_many(server, count).await } else { create_many_bare(server, count).await };
            let spent = match ended.and_then(|()| start.spent()) {
                // Connections that lose the race with one that comes free count, too: such a round says nothing.
                Err(error) if format!("{error:?}").contains("Too many open files") => continue,
                spent => spent?,
            };
            if measured {
                self.rate.push(1e6 / micros(spent.wall, count));
                self.cpu.push(micros(spent.cpu, count));
                self.requests.push((requests(server).await? - before) / 1e6 * micros(Duration::from_secs(1), count));
            }
            return Ok(());
        }
        Err("too few files may be open for so many at once".into())
    }
}

/// All at once: each is its own task, and so wants a connection of its own.
async fn create_many(server: &Server, count: usize) -> Result {
    let ours = Arc::new(Ours::new(&server.ionos)?);
    let mut tasks = JoinSet::new();
    for _ in 0..count {
        let ours = Arc::clone(&ours);
        tasks.spawn(
            async move { ours.client.create(ours.request.clone()).with_poll_options(at_once()).await.map(drop) },
        );
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}

async fn create_many_bare(server: &Server, count: usize) -> Result {
    let bare = Arc::new(Bare::new(&server.ionos, Limits::None)?);
    let mut tasks = JoinSet::new();
    for _ in 0..count {
        let bare = Arc::clone(&bare);
        tasks.spawn(async move {
            let started = bare.create().await?;
            bare.finish(&started, PAUSE).await.map(drop)
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}

/// How many requests the default pauses spend on a snapshot that takes two seconds.
async fn waited_requests() -> Result<f64> {
    let server = Server::start(2000, 1)?;
    let ours = Ours::new(&server.ionos)?;
    ours.client.create(ours.request.clone()).await?;
    requests(&server).await
}

/// How many requests the server has seen.
async fn requests(server: &Server) -> Result<f64> {
    let url = server.ionos.replace("/cloudapi/v6", "/__simulator/state");
    let client = reqwest::Client::builder().no_proxy().build()?;
    let state: serde_json::Value = serde_json::from_slice(&client.get(url).send().await?.bytes().await?)?;
    let counts = state["requests"].as_object().ok_or("the simulator tells no requests")?;
    Ok(counts.values().filter_map(serde_json::Value::as_f64).sum())
}
