//! Lists, a page at a time.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::error::{Error, ErrorKind, Result};

/// Where the next page of a list begins, in the provider's terms. Opaque; it can be kept, and read by another process.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PageToken(String);

/// What a token holds: whose list it is, and where in it the page begins.
#[derive(Serialize, Deserialize)]
struct Place<T> {
    list: String,
    at: T,
}

impl PageToken {
    /// A token that [`open`](Self::open) reads back, of this list of this account.
    pub(crate) fn new(account: &Account, list: &str, at: &impl Serialize) -> Result<Self> {
        let place = Place { list: list_name(account, list), at };
        serde_json::to_string(&place)
            .map(Self)
            .map_err(|error| Error::new(ErrorKind::Unexpected, "the page token cannot be written").with_source(error))
    }

    /// Where the page begins, for the account and the list that it belongs to.
    pub(crate) fn open<T: DeserializeOwned>(&self, account: &Account, list: &str) -> Result<T> {
        let place: Option<Place<T>> = serde_json::from_str(&self.0).ok();
        place.filter(|place| place.list == list_name(account, list)).map(|place| place.at).ok_or_else(|| {
            Error::invalid_input("the page token belongs to another list")
                .with_context(account, "list")
                .with_advice("begin the list anew, without a token")
        })
    }
}

fn list_name(account: &Account, list: &str) -> String {
    format!("{}:{}:{list}", account.provider(), account.name())
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

type Fetched<'a, T> = Pin<Box<dyn Future<Output = Result<Page<T>>> + Send + 'a>>;
type Fetch<'a, T> = Box<dyn Fn(Option<PageToken>) -> Fetched<'a, T> + Send + Sync + 'a>;

/// A list, read page by page. It is a [`Stream`] of items, and ends after an error. A page token that comes twice is an
/// error.
#[must_use = "a pager asks for nothing until it is read"]
pub struct Pager<'a, T> {
    fetch: Fetch<'a, T>,
    fetching: Option<Fetched<'a, T>>,
    next: Next,
    seen: HashSet<PageToken>,
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
        Self { fetch, fetching: None, next: Next::First, seen: HashSet::new(), items: VecDeque::new() }
    }

    /// Where the list goes on after the page that was fetched last: what [`ListSnapshots::with_page`] takes, in this or
    /// another process. `None` before the first page and at the end of the list.
    ///
    /// [`ListSnapshots::with_page`]: crate::ListSnapshots::with_page
    #[must_use]
    pub fn token(&self) -> Option<&PageToken> {
        match &self.next {
            Next::After(token) => Some(token),
            Next::First | Next::End => None,
        }
    }

    /// The next item, or `None` at the end of the list.
    ///
    /// # Errors
    ///
    /// What the page's request fails with; the pager then ends.
    pub async fn try_next(&mut self) -> Result<Option<T>> {
        poll_fn(|context| self.poll_item(context)).await.transpose()
    }

    /// The items of the next page that are not taken yet, or `None` after the last page.
    ///
    /// # Errors
    ///
    /// What the page's request fails with; the pager then ends.
    pub async fn next_page(&mut self) -> Result<Option<Vec<T>>> {
        let filled = poll_fn(|context| self.poll_page(context)).await?;
        Ok(filled.then(|| self.items.drain(..).collect()))
    }

    /// All items of all pages.
    ///
    /// # Errors
    ///
    /// What a page's request fails with; a list is complete or an error.
    pub async fn try_collect(mut self) -> Result<Vec<T>> {
        let mut items = Vec::new();
        while let Some(page) = self.next_page().await? {
            items.extend(page);
        }
        Ok(items)
    }

    fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        loop {
            if let Some(item) = self.items.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(self.poll_page(context)) {
                Ok(true) => {}
                Ok(false) => return Poll::Ready(None),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }

    /// Fetches the next page where no item is left; `false` at the end of the list.
    fn poll_page(&mut self, context: &mut Context<'_>) -> Poll<Result<bool>> {
        if !self.items.is_empty() {
            return Poll::Ready(Ok(true));
        }
        let fetching = match &mut self.fetching {
            Some(fetching) => fetching,
            idle => {
                let token = match std::mem::replace(&mut self.next, Next::End) {
                    Next::First => None,
                    Next::After(token) => Some(token),
                    Next::End => return Poll::Ready(Ok(false)),
                };
                idle.insert((self.fetch)(token))
            }
        };
        let page = ready!(fetching.as_mut().poll(context));
        self.fetching = None;
        let page = page?;
        if let Some(token) = page.next {
            if !self.seen.insert(token.clone()) {
                let message = "the provider's pages come again: the list has no end";
                return Poll::Ready(Err(Error::answered(ErrorKind::Unexpected, message).with_operation("list")));
            }
            self.next = Next::After(token);
        }
        self.items.extend(page.items);
        Poll::Ready(Ok(true))
    }
}

impl<T: Send + Unpin> Stream for Pager<'_, T> {
    type Item = Result<T>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        self.get_mut().poll_item(context)
    }
}

impl<T> fmt::Debug for Pager<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pager").field("next", &self.next).finish_non_exhaustive()
    }
}
