//! What the tests share: parts of references, a provider that answers from a script, servers that misbehave.

mod network;
mod provider;

use proptest::prelude::*;

pub(crate) use network::{Numbered, Reply, Wire, client, closed_port, connection, create, get, read_text};
pub(crate) use provider::{
    ACCOUNT, Script, Scripted, absent, created, failing, fingerprint, found, job, lost, reference, refused, request,
    snapshot, transient,
};

/// Any text that is not empty: control characters, separators, percent signs and brackets among it more than by chance.
pub(crate) fn any_part() -> impl Strategy<Value = String> {
    let special =
        prop::sample::select("/@:% \n\t\r\u{1b}\u{0}[]=.?#&\\\"'é\u{202e}\u{85}\u{2028}".chars().collect::<Vec<_>>());
    let letter = prop_oneof![any::<char>(), special, prop::char::range('a', 'f')];
    prop::collection::vec(letter, 1..8).prop_map(|letters| letters.into_iter().collect())
}
