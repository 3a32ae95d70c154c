//! Lists, a page at a time.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};

/// Where the next page begins, in the provider's terms. Opaque.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageToken(String);

impl PageToken {
    /// A token that the same provider will read back.
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// The token's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T> {
    /// What stands on it.
    pub items: Vec<T>,
    /// Where the next begins; `None` is the end of the list.
    pub next: Option<PageToken>,
}

impl<T> Page<T> {
    /// A page with another after it, or none.
    #[must_use]
    pub fn new(items: Vec<T>, next: Option<PageToken>) -> Self {
        Self { items, next }
    }

    /// The only page, or the last.
    #[must_use]
    pub fn last(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}

/// Where a walk stands that goes over pages of parents (servers, data centres), and for each over pages of children
/// (disks, snapshots, volumes). It is its own page token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walk {
    /// The parents that are known and not done.
    pub parents: VecDeque<String>,
    /// The next page of parents; `None` is the end of them.
    pub next_parents: Option<String>,
    /// The next page of the first parent's children; `None` is their first.
    pub next_children: Option<String>,
}

impl Walk {
    /// Goes on after `page`, or begins with the page `first` of the parents.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] where the token is not one of this list.
    pub fn resume(page: Option<&PageToken>, first: &str) -> Result<Self> {
        match page {
            None => Ok(Self { next_parents: Some(first.to_owned()), ..Self::default() }),
            Some(token) => serde_json::from_str(token.as_str())
                .map_err(|_| Error::invalid_input("the page token belongs to another list")),
        }
    }

    /// Notes that the first parent's children on this page are done, and where the rest of them begins.
    pub fn step(&mut self, next_children: Option<String>) {
        if next_children.is_none() {
            self.parents.pop_front();
        }
        self.next_children = next_children;
    }

    /// The token of the next page; `None` where all is done.
    #[must_use]
    pub fn token(&self) -> Option<PageToken> {
        let is_done = self.parents.is_empty() && self.next_parents.is_none();
        if is_done { None } else { serde_json::to_string(self).ok().map(PageToken::new) }
    }
}

type Fetched<'a, T> = Pin<Box<dyn Future<Output = Result<Page<T>>> + Send + 'a>>;
type Fetch<'a, T> = Box<dyn Fn(Option<PageToken>) -> Fetched<'a, T> + Send + Sync + 'a>;

/// Walks a list page by page. A token that comes twice is an error, not an endless loop.
#[must_use = "a pager asks for nothing until it is walked"]
pub struct Pager<'a, T> {
    fetch: Fetch<'a, T>,
    next: Next,
    seen: Vec<PageToken>,
    items: VecDeque<T>,
}

#[derive(Debug)]
enum Next {
    First,
    After(PageToken),
    End,
}

impl<'a, T: Send> Pager<'a, T> {
    pub(crate) fn new(fetch: Fetch<'a, T>) -> Self {
        Self { fetch, next: Next::First, seen: Vec::new(), items: VecDeque::new() }
    }

    /// The next item, or `None` at the end of the list.
    ///
    /// # Errors
    ///
    /// What the page's request fails with; the pager then ends.
    pub async fn try_next(&mut self) -> Result<Option<T>> {
        while self.items.is_empty() {
            match self.next_page().await? {
                Some(page) => self.items.extend(page),
                None => return Ok(None),
            }
        }
        Ok(self.items.pop_front())
    }

    /// The next page's items, or `None` after the last page.
    ///
    /// # Errors
    ///
    /// What the page's request fails with; the pager then ends.
    pub async fn next_page(&mut self) -> Result<Option<Vec<T>>> {
        let token = match std::mem::replace(&mut self.next, Next::End) {
            Next::First => None,
            Next::After(token) => Some(token),
            Next::End => return Ok(None),
        };
        let page = (self.fetch)(token).await?;
        if let Some(token) = page.next {
            if self.seen.contains(&token) {
                return Err(Error::new(ErrorKind::Unexpected, "the provider's pages go round in a circle")
                    .with_operation("list"));
            }
            self.seen.push(token.clone());
            self.next = Next::After(token);
        }
        Ok(Some(page.items))
    }

    /// All items of all pages.
    ///
    /// # Errors
    ///
    /// What a page's request fails with; a list is complete or an error.
    pub async fn collect(mut self) -> Result<Vec<T>> {
        let mut items = Vec::new();
        while let Some(page) = self.next_page().await? {
            items.extend(page);
        }
        Ok(items)
    }
}

impl<T> fmt::Debug for Pager<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pager").field("next", &self.next).finish_non_exhaustive()
    }
}
