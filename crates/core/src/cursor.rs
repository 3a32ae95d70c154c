//! Places in lists of several pages, and in lists inside lists.

use std::collections::{HashSet, VecDeque};
use std::future::Future;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::error::{Error, ErrorKind, Result};
use crate::page::PageToken;
use crate::scope::Scope;

/// How long it may take to read all pages of a list that one call needs whole.
const READ_TIMEOUT: Duration = Duration::from_secs(600);

/// One page of a provider's own list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turned<T> {
    /// What stands on it.
    pub items: Vec<T>,
    /// Where the next begins, in the provider's terms; `None` is the end of the list.
    pub next: Option<String>,
}

impl<T> Turned<T> {
    /// A page with another after it, or none. An empty page ends a list, whatever it says of the next.
    #[must_use]
    pub fn new(items: Vec<T>, next: Option<String>) -> Self {
        let next = next.filter(|_| !items.is_empty());
        Self { items, next }
    }
}

/// Reads a list whole, from the page that begins at `first`.
///
/// # Errors
///
/// What a page fails with; [`ErrorKind::Unexpected`] where the list has more than `max_pages` pages, or a page comes
/// again; [`ErrorKind::Transport`] where it takes longer than ten minutes.
pub async fn all_pages<T, F>(
    max_pages: u32,
    first: impl Into<String> + Send,
    fetch: impl Fn(String) -> F + Send + Sync,
) -> Result<Vec<T>>
where
    T: Send,
    F: Future<Output = Result<Turned<T>>> + Send,
{
    let first = first.into();
    let scope = Scope::new().with_timeout(READ_TIMEOUT);
    let read = scope.run(async {
        let (mut items, mut seen, mut at) = (Vec::new(), HashSet::new(), Some(first));
        while let Some(place) = at {
            // The future of an exchange is large.
            let fetched = Box::pin(fetch(place.clone()));
            let page = Scope::deadline().bound(fetched).await.ok_or_else(too_slow)??;
            items.extend(page.items);
            seen.insert(place);
            if let Some(next) = &page.next {
                if seen.contains(next) {
                    return Err(comes_again());
                }
                bound_pages(u32::try_from(seen.len()).unwrap_or(u32::MAX), max_pages)?;
            }
            at = page.next;
        }
        Ok(items)
    });
    read.await
}

fn too_slow() -> Error {
    Error::new(ErrorKind::Transport, "the list was not read whole within the time allowed")
}

fn bound_pages(pages: u32, max_pages: u32) -> Result<()> {
    if pages < max_pages { Ok(()) } else { Err(endless(&format!("the list has more than {max_pages} pages"))) }
}

/// A page that names itself as the next one would be read for ever.
fn leads_on(at: Option<&str>, next: &str) -> Result<()> {
    if at == Some(next) { Err(comes_again()) } else { Ok(()) }
}

fn comes_again() -> Error {
    Error::answered(ErrorKind::Unexpected, "a page of the list comes again: the list has no end")
}

fn endless(message: &str) -> Error {
    Error::answered(ErrorKind::Unexpected, message)
        .with_advice("where an account's lists are that long, raise HttpOptions::max_pages")
}

/// A place in a list of pages, in the provider's terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    at: String,
    pages: u32,
}

impl Cursor {
    /// Goes on after `page`, or begins at `first`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] where the token is not one of this list of this account.
    pub fn resume(account: &Account, list: &str, page: Option<&PageToken>, first: &str) -> Result<Self> {
        match page {
            None => Ok(Self { at: first.to_owned(), pages: 0 }),
            Some(token) => token.open(account, list),
        }
    }

    /// Where the page begins.
    #[must_use]
    pub fn at(&self) -> &str {
        &self.at
    }

    /// The token of the page that begins at `next`; `None` at the end of the list.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unexpected`] where the list has more than `max_pages` pages, or the page names itself as the next.
    pub fn token(
        &self,
        account: &Account,
        list: &str,
        next: Option<String>,
        max_pages: u32,
    ) -> Result<Option<PageToken>> {
        let Some(at) = next else { return Ok(None) };
        leads_on(Some(&self.at), &at)?;
        let next = Self { at, pages: self.pages.saturating_add(1) };
        bound_pages(next.pages, max_pages)?;
        PageToken::new(account, list, &next).map(Some)
    }
}

/// A place in a list that goes over pages of parents (servers, data centres), and for each over pages of children
/// (disks, snapshots, volumes).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NestedCursor {
    /// The parents that are known and not done.
    parents: VecDeque<String>,
    /// Where the next page of parents begins; `None` is the end of them.
    next_parents: Option<String>,
    /// Where the first parent's next page of children begins; `None` is their first.
    next_children: Option<String>,
    parent_pages: u32,
    child_pages: u32,
}

impl NestedCursor {
    /// Goes on after `page`, or begins with the parents at `first`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] where the token is not one of this list of this account.
    pub fn resume(account: &Account, list: &str, page: Option<&PageToken>, first: &str) -> Result<Self> {
        match page {
            None => Ok(Self {
                parents: VecDeque::new(),
                next_parents: Some(first.to_owned()),
                next_children: None,
                parent_pages: 0,
                child_pages: 0,
            }),
            Some(token) => token.open(account, list),
        }
    }

    /// The parent whose children come next. Pages of parents are read with `fetch` until there is one; `None` at the
    /// end of them.
    ///
    /// # Errors
    ///
    /// What `fetch` fails with; [`ErrorKind::Unexpected`] where there are more than `max_pages` pages of parents, or one
    /// names itself as the next.
    pub async fn parent<F>(&mut self, max_pages: u32, fetch: impl Fn(String) -> F + Send) -> Result<Option<String>>
    where
        F: Future<Output = Result<Turned<String>>> + Send,
    {
        while self.parents.is_empty() {
            let Some(at) = self.next_parents.take() else { return Ok(None) };
            let page = fetch(at.clone()).await?;
            self.parent_pages = self.parent_pages.saturating_add(1);
            if let Some(next) = &page.next {
                leads_on(Some(&at), next)?;
                bound_pages(self.parent_pages, max_pages)?;
            }
            self.parents = page.items.into();
            self.next_parents = page.next;
        }
        Ok(self.parents.front().cloned())
    }

    /// Where the parent's page of children begins; `None` is their first.
    #[must_use]
    pub fn children_at(&self) -> Option<&str> {
        self.next_children.as_deref()
    }

    /// The token of what follows the page of children just read; `None` where all is done.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unexpected`] where the parent has more than `max_pages` pages of children, or the page names itself as
    /// the next.
    pub fn token(
        mut self,
        account: &Account,
        list: &str,
        next_children: Option<String>,
        max_pages: u32,
    ) -> Result<Option<PageToken>> {
        if let Some(next) = &next_children {
            leads_on(self.next_children.as_deref(), next)?;
            self.child_pages = self.child_pages.saturating_add(1);
            bound_pages(self.child_pages, max_pages)?;
        } else {
            self.parents.pop_front();
            self.child_pages = 0;
        }
        self.next_children = next_children;
        let is_done = self.parents.is_empty() && self.next_parents.is_none();
        if is_done { Ok(None) } else { PageToken::new(account, list, &self).map(Some) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Account {
        Account::new("ionos", "ionos", "api.ionos.com")
    }

    #[test]
    fn a_page_that_names_itself_as_the_next_is_an_error() {
        let cursor = Cursor::resume(&account(), "sources", None, "/servers?page=2").unwrap();
        let error = cursor.token(&account(), "sources", Some("/servers?page=2".into()), 10).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unexpected);
        assert!(cursor.token(&account(), "sources", Some("/servers?page=3".into()), 10).unwrap().is_some());
    }

    #[tokio::test]
    async fn so_it_is_in_lists_inside_lists() {
        let itself = |at: String| async move { Ok(Turned::new(vec!["server".to_owned()], Some(at))) };
        let onwards = |_| async move { Ok(Turned::new(vec!["server".to_owned()], Some("3".to_owned()))) };
        let cursor = || NestedCursor::resume(&account(), "snapshots", None, "1").unwrap();
        assert_eq!(cursor().parent(10, itself).await.unwrap_err().kind(), ErrorKind::Unexpected);
        let mut children = cursor();
        children.parent(10, onwards).await.unwrap();
        let token = children.token(&account(), "snapshots", Some("b".into()), 10).unwrap();
        let children = NestedCursor::resume(&account(), "snapshots", token.as_ref(), "1").unwrap();
        let error = children.token(&account(), "snapshots", Some("b".into()), 10).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unexpected);
    }
}
