//! From what a person types to the sources and snapshots that it means.

use std::collections::HashSet;

use cloudsnap_core::{Error, ErrorKind, ListSnapshots, Snapshot, SnapshotProvider, SnapshotRef, Source, SourceRef};
use glob::{MatchOptions, Pattern};

/// `*` fits everything, `/` included; what is written in capitals is another name.
const GLOB: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: false, require_literal_leading_dot: false };

/// The shortest beginning of a snapshot's id that stands for the whole.
const SHORTEST_ID: usize = 4;

/// A source, or a glob over references and names.
///
/// ```
/// use cloudsnap_fleet::Selector;
///
/// let selector: Selector = "sitehost:web*/xvda2".parse()?;
/// assert!(selector.needs_sources() && selector.account() == Some("sitehost"));
/// assert!(!"ionos:dc-1/vol-1".parse::<Selector>()?.needs_sources());
/// # Ok::<(), cloudsnap_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Selector {
    written: String,
    meaning: Meaning,
}

#[derive(Clone, Debug)]
enum Meaning {
    Glob(Pattern),
    /// A reference, or a name in the place of its last part.
    One(SourceRef),
}

impl std::str::FromStr for Selector {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let meaning = if text.contains(['*', '?', '[']) {
            let pattern = Pattern::new(text)
                .map_err(|error| Error::invalid_input(format!("'{}' is no glob: {error}", text.escape_debug())))?;
            Meaning::Glob(pattern)
        } else {
            Meaning::One(text.parse()?)
        };
        Ok(Self { written: text.to_owned(), meaning })
    }
}

impl std::fmt::Display for Selector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.written)
    }
}

impl Selector {
    /// The account that it names; `None` where that is a glob too.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        match &self.meaning {
            Meaning::One(source) => Some(source.account()),
            Meaning::Glob(_) => {
                self.written.split_once(':').map(|(account, _)| account).filter(|name| !name.contains(['*', '?', '[']))
            }
        }
    }

    /// Whether the sources have to be listed to know what it means. A reference is taken as it is, unless a part of it
    /// looks like a name: ids have digits in them and no blanks.
    #[must_use]
    pub fn needs_sources(&self) -> bool {
        match &self.meaning {
            Meaning::Glob(_) => true,
            Meaning::One(source) => {
                let path = source.written_path();
                path.split('/').any(|part| !part.contains(|digit: char| digit.is_ascii_digit()) || part.contains("%20"))
            }
        }
    }

    /// The reference, where that is all there is to it.
    #[must_use]
    pub fn reference(&self) -> Option<&SourceRef> {
        match &self.meaning {
            Meaning::One(source) if !self.needs_sources() => Some(source),
            _ => None,
        }
    }

    /// Whether it means this source.
    #[must_use]
    pub fn fits(&self, source: &Source) -> bool {
        match &self.meaning {
            Meaning::Glob(pattern) => names(source).iter().any(|name| pattern.matches_with(name, GLOB)),
            Meaning::One(wanted) => *wanted == source.reference || self.is_name_of(source),
        }
    }

    /// Whether it excludes this source, of which only the reference may be known.
    #[must_use]
    pub fn fits_reference(&self, reference: &SourceRef) -> bool {
        match &self.meaning {
            Meaning::Glob(pattern) => pattern.matches_with(&reference.to_string(), GLOB),
            Meaning::One(wanted) => reference.is_within(wanted),
        }
    }

    /// Whether more than the references has to be known of an account's sources to tell which of them it means.
    #[must_use]
    pub fn needs_details(&self, account: &str) -> bool {
        let concerns = self.account().is_none_or(|named| named == account);
        concerns && self.needs_sources() && !matches!(self.written.split_once(':'), None | Some((_, "*")))
    }

    /// Whether it means this source, of which more than the reference may be known.
    #[must_use]
    pub fn means(&self, reference: &SourceRef, details: Option<&Source>) -> bool {
        self.fits_reference(reference) || details.is_some_and(|details| self.fits(details))
    }

    fn is_name_of(&self, source: &Source) -> bool {
        let decoded = self.written.replace("%20", " ");
        names(source).contains(&decoded)
    }

    /// The sources that it means, of those that were found.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) where it fits none, or a name fits several.
    pub fn resolve(&self, found: &[Source]) -> Result<Vec<SourceRef>, Error> {
        let fitting: Vec<SourceRef> =
            found.iter().filter(|source| self.fits(source)).map(|source| source.reference.clone()).collect();
        match (&self.meaning, fitting.as_slice()) {
            (Meaning::Glob(_), []) => Err(Error::invalid_input(format!("'{}' fits no source", self.written))
                .with_advice("`cloudsnap sources` shows what there is")),
            // It may be there and not be listed: the provider says so.
            (Meaning::One(wanted), []) => Ok(vec![wanted.clone()]),
            (Meaning::One(_), [_, _, ..]) => {
                let all: Vec<String> = fitting.iter().map(ToString::to_string).collect();
                Err(Error::invalid_input(format!("'{}' fits several sources: {}", self.written, all.join(", "))))
            }
            _ => Ok(fitting),
        }
    }
}

/// What a source goes by: its reference, its name, and its name in the place of the reference's last part.
fn names(source: &Source) -> Vec<String> {
    let reference = source.reference.to_string();
    let Some(name) = &source.name else { return vec![reference] };
    let account = &source.account;
    let mut names = vec![format!("{account}:{name}")];
    if let Some((parent, _)) = reference.rsplit_once('/') {
        names.push(format!("{parent}/{name}"));
    }
    names.push(reference);
    names
}

/// The sources that the selectors mean, in their order and each once, without those that are excluded.
///
/// # Errors
///
/// All selectors that fit none, or of which a name fits several.
pub fn select(selectors: &[Selector], excluded: &[Selector], found: &[Source]) -> Result<Vec<SourceRef>, Vec<Error>> {
    let (mut selected, mut seen, mut errors) = (Vec::new(), HashSet::new(), Vec::new());
    for selector in selectors {
        match selector.resolve(found) {
            Ok(sources) => selected.extend(sources.into_iter().filter(|source| seen.insert(source.clone()))),
            Err(error) => errors.push(error),
        }
    }
    let is_excluded = |source: &SourceRef| {
        let details = found.iter().find(|found| found.reference == *source);
        excluded.iter().any(|selector| selector.means(source, details))
    };
    selected.retain(|source| !is_excluded(source));
    if errors.is_empty() { Ok(selected) } else { Err(errors) }
}

/// The snapshot whose id begins as the one that was typed.
///
/// # Errors
///
/// [`NotFound`](ErrorKind::NotFound) where none does, and [`InvalidInput`](ErrorKind::InvalidInput), naming all, where
/// several do.
pub fn find_snapshot<'s>(typed: &SnapshotRef, listed: &'s [Snapshot]) -> Result<&'s Snapshot, Error> {
    let id = typed.written_id();
    let beginning =
        |snapshot: &&Snapshot| id.len() >= SHORTEST_ID && snapshot.reference().written_id().starts_with(&id);
    let exact = listed.iter().find(|snapshot| snapshot.reference().written_id() == id);
    let fitting: Vec<&Snapshot> = listed.iter().filter(beginning).collect();
    match (exact, fitting.as_slice()) {
        (Some(snapshot), _) => Ok(snapshot),
        (None, [snapshot]) => Ok(*snapshot),
        (None, []) => Err(Error::new(ErrorKind::NotFound, format!("there is no snapshot {typed}"))
            .with_stage(cloudsnap_core::Stage::Answered)),
        (None, several) => {
            let all: Vec<String> = several.iter().map(|snapshot| snapshot.reference().to_string()).collect();
            Err(Error::invalid_input(format!("{typed} fits several snapshots: {}", all.join(", "))))
        }
    }
}

/// The lists that show the snapshots of these sources of one account: as few as the provider's lists allow.
pub fn lists_of<'s>(
    provider: &dyn SnapshotProvider,
    sources: impl IntoIterator<Item = &'s SourceRef>,
) -> Vec<ListSnapshots> {
    let mut seen = HashSet::new();
    let servers = sources.into_iter().map(server_of);
    match provider.capabilities().lists_by_server {
        true => servers.filter(|server| seen.insert(server.clone())).map(ListSnapshots::of).collect(),
        false => servers.take(1).map(|_| ListSnapshots::default()).collect(),
    }
}

fn server_of(source: &SourceRef) -> SourceRef {
    let path = source.written_path();
    let server = path.split('/').next().unwrap_or_default();
    SourceRef::from_written_path(source.account(), server).unwrap_or_else(|_| source.clone())
}

#[cfg(test)]
mod tests {
    use cloudsnap_core::SnapshotState;

    use super::*;

    fn source(reference: &str, name: &str) -> Source {
        let mut source = Source::new(reference.parse().unwrap(), "ionos", "volume");
        source.name = (!name.is_empty()).then(|| name.to_owned());
        source
    }

    fn found() -> Vec<Source> {
        vec![
            source("ionos:dc1/v1", "web data"),
            source("ionos:dc1/v2", "web logs"),
            source("ionos:dc2/v3", "database"),
            source("ionos:dc2/v4", "database"),
            source("sitehost:web1/swap1", ""),
        ]
    }

    fn selected(selectors: &[&str], excluded: &[&str]) -> Result<Vec<String>, Vec<String>> {
        let read = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<Selector>>();
        let sources = select(&read(selectors), &read(excluded), &found());
        let printed = sources.map(|sources| sources.iter().map(ToString::to_string).collect());
        printed.map_err(|errors| errors.iter().map(|error| error.message().to_owned()).collect())
    }

    #[test]
    fn globs_go_over_references_and_names() {
        assert_eq!(selected(&["ionos:dc1/*"], &[]).unwrap(), ["ionos:dc1/v1", "ionos:dc1/v2"]);
        assert_eq!(selected(&["ionos:web*"], &[]).unwrap(), ["ionos:dc1/v1", "ionos:dc1/v2"]);
        assert_eq!(selected(&["*/swap*"], &[]).unwrap(), ["sitehost:web1/swap1"]);
        assert_eq!(selected(&["*"], &["*/swap*", "ionos:dc2/*"]).unwrap(), ["ionos:dc1/v1", "ionos:dc1/v2"]);
    }

    #[test]
    fn a_name_stands_for_its_source_and_the_same_source_is_taken_once() {
        assert_eq!(selected(&["ionos:web%20data", "ionos:dc1/v1", "ionos:dc1/*"], &[]).unwrap().len(), 2);
        assert_eq!(selected(&["ionos:dc1/web%20logs"], &[]).unwrap(), ["ionos:dc1/v2"]);
    }

    #[test]
    fn what_fits_nothing_or_several_is_said_with_all_of_them() {
        let errors = selected(&["ionos:nothing*", "ionos:database"], &[]).unwrap_err();
        assert_eq!(errors[0], "'ionos:nothing*' fits no source");
        assert_eq!(errors[1], "'ionos:database' fits several sources: ionos:dc2/v3, ionos:dc2/v4");
    }

    #[test]
    fn a_unique_beginning_of_an_id_is_enough() {
        let snapshots = ["abcd1111", "abcd2222", "efgh", "ijkl5"]
            .map(|id| Snapshot::new("ionos".into(), "ionos", id, SnapshotState::Available));
        let find = |text: &str| {
            find_snapshot(&text.parse().unwrap(), &snapshots)
                .map(|snapshot| snapshot.id.clone())
                .map_err(|error| error.message().to_owned())
        };
        assert_eq!(find("ionos:@abcd1"), Ok("abcd1111".to_owned()));
        assert_eq!(find("ionos:@efgh"), Ok("efgh".to_owned()));
        assert_eq!(
            find("ionos:@abcd").unwrap_err(),
            "ionos:@abcd fits several snapshots: ionos:@abcd1111, ionos:@abcd2222"
        );
        assert_eq!(find("ionos:@ijk").unwrap_err(), "there is no snapshot ionos:@ijk");
    }
}
