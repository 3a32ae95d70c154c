//! Allocations and memory: our client beside bare reqwest, counted by an allocator that only this program has.
//!
//! Of the thread that runs it; the server is another process.

#[expect(dead_code, reason = "the other program uses the rest")]
mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use allocation_counter::{AllocationInfo, measure};
use cloudsnap::{PollOptions, ProgressEvent, SnapshotProviderExt};
use support::clients::{Bare, Call, Caller, Limits, Ours, fill};
use support::numbers::row;
use support::server::{Server, serve};
use support::{Result, number, runtime};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

fn main() -> Result {
    match std::env::args().nth(1).as_deref() {
        Some("serve") => serve(),
        Some("per-call") => per_call(&runtime()?),
        Some("decode") => decode(&runtime()?),
        Some("many") => many(),
        // `cargo bench` alone, or `cargo test --benches`.
        _ => {
            println!("run `cargo xtask bench`");
            Ok(())
        }
    }
}

fn per_call(runtime: &Runtime) -> Result {
    const CALLS: usize = 100;
    for call in Call::ALL {
        let server = Server::start(0, 1)?;
        let id = runtime.block_on(fill(&server.ionos))?;
        let ours = Caller::ours(&server.ionos)?.knowing(&id)?;
        let bare = Caller::bare(&server.ionos, Limits::None)?.knowing(&id)?;
        let (mut counts, mut bytes) = ([const { Vec::new() }; 2], [const { Vec::new() }; 2]);
        for caller in [&ours, &bare] {
            runtime.block_on(caller.repeat(call, 20))?;
        }
        for _ in 0..number("--rounds", 3)? {
            // The list grows no longer while it is listed: creates are not of the same server.
            for (who, caller) in [&ours, &bare].into_iter().enumerate() {
                let counted = counted(|| runtime.block_on(caller.repeat(call, CALLS)))?;
                counts[who].push(each(counted.count_total, CALLS));
                bytes[who].push(each(counted.bytes_total, CALLS));
            }
        }
        row(&format!("{}: allocations", call.name()), "reqwest", "allocations", &counts[0], &counts[1]);
        row(&format!("{}: bytes allocated", call.name()), "reqwest", "bytes", &bytes[0], &bytes[1]);
    }
    Ok(())
}

/// The most memory that a long list takes while it is read.
fn decode(runtime: &Runtime) -> Result {
    let server = Server::start(0, number("--snapshots", 100_000)?)?;
    let ours = Caller::ours(&server.fixed)?;
    let bare = Caller::bare(&server.fixed, Limits::None)?;
    let of_ours = counted(|| runtime.block_on(ours.call(Call::List)))?;
    let of_bare = counted(|| runtime.block_on(bare.call(Call::List)))?;
    let beside = "reqwest and six fields";
    row(
        "most memory at one time, body included",
        beside,
        "MB",
        &[each(of_ours.bytes_max, 1_000_000)],
        &[each(of_bare.bytes_max, 1_000_000)],
    );
    row("allocations", beside, "allocations", &[each(of_ours.count_total, 1)], &[each(of_bare.count_total, 1)]);
    Ok(())
}

/// What each create holds while it waits, its connection in the pool included.
fn many() -> Result {
    const LONG: Duration = Duration::from_secs(60);
    let count = number("--creates", 1000)?;
    let server = Server::start(0, 1)?;
    let started = Arc::new(AtomicUsize::new(0));

    let ours = Arc::new(Ours::new(&server.ionos)?);
    let options = PollOptions::default().with_pauses(LONG, LONG);
    let held_by_ours = held(count, &started, |tasks: &mut JoinSet<Result>| {
        let (ours, options, started) = (Arc::clone(&ours), options.clone(), Arc::clone(&started));
        tasks.spawn(async move {
            let create = ours.client.create(ours.request.clone()).with_poll_options(options);
            let count = |event: ProgressEvent<'_>| {
                if matches!(event, ProgressEvent::Started(_)) {
                    started.fetch_add(1, Ordering::Relaxed);
                }
            };
            create.on_progress(count).await.map(drop).map_err(Into::into)
        });
    })?;

    let bare = Arc::new(Bare::new(&server.ionos, Limits::None)?);
    let held_by_bare = held(count, &started, |tasks: &mut JoinSet<Result>| {
        let (bare, started) = (Arc::clone(&bare), Arc::clone(&started));
        tasks.spawn(async move {
            let operation = bare.create().await?;
            started.fetch_add(1, Ordering::Relaxed);
            bare.finish(&operation, LONG).await?;
            Ok(())
        });
    })?;
    let what = "memory of a create that waits, its connection included";
    row(what, "reqwest", "bytes", &[held_by_ours], &[held_by_bare]);
    Ok(())
}

/// The bytes that each of `count` tasks holds once all have started.
fn held(count: usize, started: &AtomicUsize, mut spawn: impl FnMut(&mut JoinSet<Result>)) -> Result<f64> {
    started.store(0, Ordering::Relaxed);
    let runtime = runtime()?;
    let mut tasks = JoinSet::new();
    let counted = counted(|| {
        runtime.block_on(async {
            for _ in 0..count {
                spawn(&mut tasks);
            }
            while started.load(Ordering::Relaxed) < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Ok(())
        })
    })?;
    drop(tasks);
    Ok(each(u64::try_from(counted.bytes_current)?, count))
}

fn counted(work: impl FnOnce() -> Result) -> Result<AllocationInfo> {
    let mut ended = Ok(());
    let info = measure(|| ended = work());
    ended.map(|()| info)
}

#[expect(clippy::cast_precision_loss, reason = "allocations are fewer than 2^53")]
fn each(total: u64, count: usize) -> f64 {
    total as f64 / count as f64
}
