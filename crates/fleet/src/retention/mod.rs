//! Which snapshots to keep, and a plan that deletes the others.
//!
//! Nothing here reads a clock, a file or the network. The caller lists the snapshots into a [`Listing`], [`Plan::new`]
//! decides what becomes of each, and the caller carries the plan out.
//!
//! [`Rules`] mean what restic's `--keep-…` options mean: what they keep, and the reasons they give, are those of
//! `restic forget` from version 0.16 on. They look at one source at a time, in one time zone.
//!
//! The plan is more careful than the rules. It deletes only what is available, was listed completely and is owned, never
//! the newest snapshot of a source, and nothing of a source whose latest create is not known to be good.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use cloudsnap_fleet::retention::{Decision, ListedAccount, ListedSnapshot, Listing, Plan, PlanOptions, Rules};
//! use jiff::Timestamp;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let now: Timestamp = "2026-03-10T12:00:00Z".parse()?;
//! let mut listing = Listing::default();
//! listing.accounts.insert("ionos".to_owned(), ListedAccount { complete: true, can_delete: true });
//! for (id, taken_at) in [("a", "2026-03-08T02:00:00Z"), ("b", "2026-03-09T02:00:00Z"), ("c", "2026-03-10T02:00:00Z")] {
//!     let mut snapshot = ListedSnapshot::new(format!("ionos:@{id}"), "ionos", "available");
//!     snapshot.source = Some("ionos:DATACENTER/VOLUME".to_owned());
//!     snapshot.taken_at = Some(taken_at.parse()?);
//!     snapshot.owned = true;
//!     listing.snapshots.push(snapshot);
//! }
//!
//! let mut rules = Rules::default();
//! rules.keep_daily = "2".parse()?;
//! let plan = Plan::new(&listing, &rules, &PlanOptions::new(now))?;
//! let deleted: Vec<&str> = plan.deletions().map(|entry| &*entry.snapshot.reference).collect();
//! assert_eq!(deleted, ["ionos:@a"]);
//! # Ok(())
//! # }
//! ```

mod comparison;
mod listing;
mod period;
mod plan;
mod rules;
mod safety;
mod span;

pub use comparison::{Comparison, Refusal};
pub use listing::{ListedAccount, ListedSnapshot, ListedState, Listing};
pub use period::Period;
pub use plan::{Decision, Freed, Plan, PlanEntry, PlanError, PlanOptions};
pub use rules::{Count, ParseCountError, Reason, Rules};
pub use span::{ParseSpanError, Span};
