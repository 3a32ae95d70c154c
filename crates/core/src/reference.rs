//! How users write what is snapshotted and what a snapshot is: `ACCOUNT:PATH` and `ACCOUNT:[PATH]@ID`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use percent_encoding::{AsciiSet, CONTROLS, PercentEncode, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::error::{Error, ErrorKind};

/// What separates the parts of a reference, and what would not survive a terminal.
const RESERVED: &AsciiSet = &CONTROLS.add(b'/').add(b'@').add(b':').add(b'%').add(b' ');

/// What a snapshot is taken of: an account and a path that the account's provider understands.
///
/// Written `ACCOUNT:PATH`; `/`, `@`, `:` and `%` inside a component are percent-encoded.
///
/// ```
/// use cloudsnap_core::SourceRef;
///
/// let source: SourceRef = "ionos:dc-1/vol%2F2".parse()?;
/// assert_eq!(source.account(), "ionos");
/// assert_eq!(source.to_string(), "ionos:dc-1/vol%2F2");
/// # Ok::<(), cloudsnap_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SourceRef {
    account: Arc<str>,
    path: Arc<[String]>,
}

impl SourceRef {
    /// A source from its plain components, which are encoded when it is printed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] where the account, the path or a component is empty.
    pub fn new<P>(account: impl Into<Arc<str>>, path: P) -> Result<Self, Error>
    where
        P: IntoIterator,
        P::Item: Into<String>,
    {
        let account = account.into();
        let path: Arc<[String]> = path.into_iter().map(Into::into).collect();
        if account.is_empty() || path.is_empty() || path.iter().any(String::is_empty) {
            let written = print(&account, &path);
            return Err(malformed(&written, "an account and a path without empty parts are needed"));
        }
        Ok(Self { account, path })
    }

    /// The account: the provider's name, or a name from the configuration file.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    pub(crate) fn shared_account(&self) -> &Arc<str> {
        &self.account
    }

    /// The components of the path, decoded, for the account that it belongs to.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] where it belongs to an account of another name.
    pub fn open(&self, account: &Account) -> Result<&[String], Error> {
        account.expect_name(&self.account, self)?;
        Ok(&self.path)
    }

    /// The path as it is written, without the account.
    #[must_use]
    pub fn written_path(&self) -> String {
        print_path(&self.path)
    }

    /// Whether it is `other`, or something inside it: a volume of a data centre, a disk of a server.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.account == other.account && self.path.starts_with(&other.path)
    }

    /// What the provider's lists of snapshots go by: the first part of the path.
    pub(crate) fn first_component(&self) -> &str {
        self.path.first().map(String::as_str).unwrap_or_default()
    }

    /// A source from its account and its path as it is written in a reference: what a tag holds.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] where the path is not written as in a reference.
    pub fn from_written_path(account: impl Into<Arc<str>>, path: &str) -> Result<Self, Error> {
        Ok(Self { account: account.into(), path: split_path(path, path)?.into() })
    }
}

impl fmt::Display for SourceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&print(&self.account, &self.path))
    }
}

impl FromStr for SourceRef {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.contains('@') {
            return Err(malformed(text, "a source has no '@'; that is how snapshots are written"));
        }
        let (account, path) = split_account(text, text)?;
        if path.is_empty() {
            return Err(malformed(text, "the path after ':' is missing"));
        }
        Ok(Self { account, path: split_path(text, path)?.into() })
    }
}

impl TryFrom<String> for SourceRef {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<SourceRef> for String {
    fn from(source: SourceRef) -> Self {
        source.to_string()
    }
}

/// One snapshot: an account, the path it is filed under where the provider files it so, and its id.
///
/// Written `ACCOUNT:[PATH]@ID`, as ZFS writes `dataset@snapshot`.
///
/// ```
/// use cloudsnap_core::SnapshotRef;
///
/// let snapshot: SnapshotRef = "sitehost:web1@93".parse()?;
/// assert_eq!(snapshot.account(), "sitehost");
/// assert_eq!("nodecoid:@hjgasd7hagdj".parse::<SnapshotRef>()?.to_string(), "nodecoid:@hjgasd7hagdj");
/// # Ok::<(), cloudsnap_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SnapshotRef {
    account: Arc<str>,
    path: Vec<String>,
    id: String,
}

impl SnapshotRef {
    /// A snapshot from its plain components; the path may be empty.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] where the account, the id or a component is empty.
    pub fn new<P>(account: impl Into<Arc<str>>, path: P, id: impl Into<String>) -> Result<Self, Error>
    where
        P: IntoIterator,
        P::Item: Into<String>,
    {
        let (account, id) = (account.into(), id.into());
        let path: Vec<String> = path.into_iter().map(Into::into).collect();
        if account.is_empty() || id.is_empty() || path.iter().any(String::is_empty) {
            let written = format!("{}@{}", print(&account, &path), encode(&id));
            return Err(malformed(&written, "an account and an id are needed, and no empty parts"));
        }
        Ok(Self { account, path, id })
    }

    /// The provider's id of the snapshot as it is written in the reference.
    #[must_use]
    pub fn written_id(&self) -> String {
        encode(&self.id).to_string()
    }

    /// Whether both name one snapshot, wherever they file it.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.account == other.account && self.id == other.id
    }

    pub(crate) fn parts(&self) -> (&[String], &str) {
        (&self.path, &self.id)
    }

    /// From parts that come from the provider itself, whose empty ones are kept.
    pub(crate) fn from_parts(account: &Arc<str>, path: &[String], id: &str) -> Self {
        Self { account: Arc::clone(account), path: path.to_vec(), id: id.to_owned() }
    }

    /// The account: the provider's name, or a name from the configuration file.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The components of the path, decoded and empty where none was written, and the provider's id of the snapshot, for
    /// the account that it belongs to.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] where it belongs to an account of another name.
    pub fn open(&self, account: &Account) -> Result<(&[String], &str), Error> {
        account.expect_name(&self.account, self)?;
        Ok((&self.path, &self.id))
    }
}

impl fmt::Display for SnapshotRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", print(&self.account, &self.path), encode(&self.id))
    }
}

impl FromStr for SnapshotRef {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let Some((place, id)) = text.split_once('@') else {
            return Err(malformed(text, "a snapshot is written ACCOUNT:[PATH]@ID"));
        };
        let (account, path) = split_account(text, place)?;
        let path = if path.is_empty() { Vec::new() } else { split_path(text, path)? };
        Ok(Self { account, path, id: decode(text, id)? })
    }
}

impl TryFrom<String> for SnapshotRef {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<SnapshotRef> for String {
    fn from(snapshot: SnapshotRef) -> Self {
        snapshot.to_string()
    }
}

fn split_account<'a>(whole: &str, place: &'a str) -> Result<(Arc<str>, &'a str), Error> {
    let (account, path) = place
        .split_once(':')
        .ok_or_else(|| malformed(whole, "the account and ':' in front are missing, as in ionos:DATACENTER/VOLUME"))?;
    Ok((decode(whole, account)?.into(), path))
}

fn split_path(whole: &str, path: &str) -> Result<Vec<String>, Error> {
    path.split('/').map(|component| decode(whole, component)).collect()
}

fn decode(whole: &str, component: &str) -> Result<String, Error> {
    if component.is_empty() {
        return Err(malformed(whole, "a part of it is empty"));
    }
    if !component.bytes().any(|byte| matches!(byte, b':' | b'@' | b'%')) {
        return Ok(component.to_owned());
    }
    if component.contains([':', '@']) {
        return Err(malformed(whole, "':' and '@' inside a part are written %3A and %40"));
    }
    if !has_whole_escapes(component) {
        return Err(malformed(whole, "'%' stands before two hexadecimal digits, and is itself written %25"));
    }
    percent_decode_str(component)
        .decode_utf8()
        .map(Into::into)
        .map_err(|_| malformed(whole, "its percent-encoded bytes are not UTF-8"))
}

fn has_whole_escapes(component: &str) -> bool {
    component
        .split('%')
        .skip(1)
        .all(|after| after.len() >= 2 && after.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit))
}

fn encode(component: &str) -> PercentEncode<'_> {
    utf8_percent_encode(component, RESERVED)
}

fn print_path(path: &[String]) -> String {
    let mut written = String::with_capacity(path.iter().map(|component| component.len() + 1).sum());
    for (index, component) in path.iter().enumerate() {
        if index > 0 {
            written.push('/');
        }
        written.extend(encode(component));
    }
    written
}

fn print(account: &str, path: &[String]) -> String {
    format!("{}:{}", encode(account), print_path(path))
}

fn malformed(text: &str, why: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("'{}' is no reference: {why}", text.escape_debug()))
}
