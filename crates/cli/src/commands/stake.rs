//! What a person is told before something is lost.

use cloudsnap::{Snapshot, printable};

use crate::output::columns::{age, size};

/// A snapshot in one line: its whole reference, name, source, age and size.
pub(crate) fn of(snapshot: &Snapshot) -> String {
    let mut facts = Vec::new();
    facts.extend(snapshot.name.as_ref().map(|name| format!("'{}'", printable(name))));
    facts.extend(snapshot.source.as_ref().map(|source| format!("of {source}")));
    facts.extend(snapshot.created_at.map(|at| format!("{} old", age(at))));
    facts.extend(snapshot.size_bytes.map(size));
    facts.push(snapshot.state.to_string());
    format!("{} ({})", snapshot.reference(), facts.join(", "))
}
