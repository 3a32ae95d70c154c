//! Clocks, medians, and how results are handed to `cargo xtask bench`: a JSON object a line.

use std::time::{Duration, Instant};

use serde_json::json;

use super::Result;

/// How long something took, by the clock and on the processor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    /// By the clock.
    pub(crate) wall: Duration,
    /// On the processor, in this thread.
    pub(crate) cpu: Duration,
}

/// A point from which [`Spent`] is measured.
#[derive(Debug)]
pub(crate) struct Start {
    wall: Instant,
    cpu: Duration,
}

impl Start {
    /// Now.
    pub(crate) fn now() -> Result<Self> {
        Ok(Self { wall: Instant::now(), cpu: thread_cpu()? })
    }

    /// What was spent since.
    pub(crate) fn spent(&self) -> Result<Spent> {
        let wall = self.wall.elapsed();
        Ok(Spent { wall, cpu: thread_cpu()?.saturating_sub(self.cpu) })
    }
}

/// The CPU time of this thread. Linux brings the number up to date whenever it schedules, hence the yield.
fn thread_cpu() -> Result<Duration> {
    std::thread::yield_now();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = text.split_whitespace().next().ok_or("schedstat is empty")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}

/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => values[count / 2],
        count => f64::midpoint(values[count / 2 - 1], values[count / 2]),
    }
}

/// The median of the ratios of each round: what slows a whole round down slows both, and cancels out.
pub(crate) fn median_ratio(ours: &[f64], theirs: &[f64]) -> f64 {
    median(ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect())
}

/// Microseconds of one of `count`.
pub(crate) fn micros(duration: Duration, count: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of calls are small")]
    let count = count as f64;
    duration.as_secs_f64() * 1e6 / count
}

/// Hands a row to whoever started this program: what was measured, and beside what.
pub(crate) fn row(what: &str, beside: &str, unit: &str, ours: &[f64], theirs: &[f64]) {
    let row = json!({
        "what": what,
        "beside": beside,
        "unit": unit,
        "ours": median(ours.to_vec()),
        "theirs": median(theirs.to_vec()),
        "ratio": median_ratio(ours, theirs),
    });
    println!("{row}");
}

/// Hands over a number that is compared with none.
pub(crate) fn fact(what: &str, unit: &str, value: f64) {
    println!("{}", json!({ "what": what, "beside": "", "unit": unit, "ours": value }));
}
