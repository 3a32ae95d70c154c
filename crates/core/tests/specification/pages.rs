//! A list is complete or an error: never cut short, never endless.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::Context;
use std::time::Duration;

use cloudsnap_core::provider::{Account, Cursor, NestedCursor, Turned, all_pages};
use cloudsnap_core::{
    Error, ErrorKind, ListSnapshots, ListSources, Page, PageToken, Pager, Result, Scope, Snapshot, SnapshotProviderExt,
    Source,
};
use futures_core::Stream;
use proptest::prelude::*;

use super::common::{ACCOUNT, Script, Scripted, any_part, failing, snapshot};

const LIST: &str = "snapshots";

/// The token of the page that begins there.
fn token(at: &str) -> PageToken {
    let cursor = Cursor::resume(&ACCOUNT, LIST, None, "first").unwrap();
    cursor.token(&ACCOUNT, LIST, Some(at.to_owned()), 1_000).unwrap().unwrap()
}

fn page(ids: &[&str], next: Option<&str>) -> Result<Page<Snapshot>> {
    Ok(Page::new(ids.iter().map(|id| snapshot(id)).collect(), next.map(token)))
}

fn ids(snapshots: &[Snapshot]) -> Vec<&str> {
    snapshots.iter().map(|snapshot| snapshot.id.as_str()).collect()
}

/// A list of three pages, the second of them empty; any page can be asked for.
fn three_pages() -> Scripted {
    let fetch = |request: &ListSnapshots| match Cursor::resume(&ACCOUNT, LIST, request.page.as_ref(), "p1")?.at() {
        "p1" => page(&["1", "2"], Some("p2")),
        "p2" => page(&[], Some("p3")),
        "p3" => page(&["3"], None),
        other => Err(Error::invalid_input(other)),
    };
    Scripted { snapshots: Script::by(fetch), ..Scripted::new() }
}

#[tokio::test]
async fn all_pages_are_collected_in_order() {
    let provider = three_pages();
    let all = provider.snapshots(ListSnapshots::default()).try_collect().await.unwrap();
    assert_eq!((ids(&all), provider.count("list_snapshots")), (vec!["1", "2", "3"], 3));
}

#[tokio::test]
async fn items_come_one_by_one_and_a_page_is_asked_for_only_when_needed() {
    let provider = three_pages();
    let mut pager = provider.snapshots(ListSnapshots::default());
    assert_eq!(provider.calls().len(), 0);
    for (id, pages) in [("1", 1), ("2", 1), ("3", 3)] {
        assert_eq!(pager.try_next().await.unwrap().unwrap().id, id);
        assert_eq!(provider.calls().len(), pages);
    }
    for _ in 0..2 {
        assert_eq!(pager.try_next().await.unwrap(), None);
    }
    assert_eq!(provider.calls().len(), 3);
}

#[tokio::test]
async fn a_pager_is_a_stream_of_the_same_items() {
    let provider = three_pages();
    let mut pager = provider.snapshots(ListSnapshots::default());
    let mut next =
        async || std::future::poll_fn(|context: &mut Context<'_>| Pin::new(&mut pager).poll_next(context)).await;
    let mut seen = Vec::new();
    while let Some(item) = next().await {
        seen.push(item.unwrap());
    }
    assert_eq!(ids(&seen), ["1", "2", "3"]);
}

#[tokio::test]
async fn pages_come_one_by_one_the_empty_ones_too_with_the_token_of_the_next() {
    let provider = three_pages();
    let mut pager = provider.snapshots(ListSnapshots::default());
    assert_eq!(pager.token(), None);
    for (size, next) in [(2, Some(token("p2"))), (0, Some(token("p3"))), (1, None)] {
        assert_eq!(pager.next_page().await.unwrap().unwrap().len(), size);
        assert_eq!(pager.token().map(|token| format!("{token:?}")), next.map(|token| format!("{token:?}")));
    }
    assert_eq!(pager.next_page().await.unwrap(), None);
    let mut pager = provider.snapshots(ListSnapshots::default());
    pager.try_next().await.unwrap();
    assert_eq!(ids(&pager.next_page().await.unwrap().unwrap()), ["2"], "what is left of the page");
}

#[tokio::test]
async fn a_list_goes_on_from_a_saved_token_in_another_process() {
    let provider = three_pages();
    let mut pager = provider.snapshots(ListSnapshots::default());
    pager.next_page().await.unwrap();
    let saved = serde_json::to_string(pager.token().unwrap()).unwrap();
    let resumed: PageToken = serde_json::from_str(&saved).unwrap();
    let rest = provider.snapshots(ListSnapshots::default().with_page(resumed)).try_collect().await.unwrap();
    assert_eq!(ids(&rest), ["3"]);
}

#[tokio::test]
async fn pages_that_go_round_in_a_circle_are_an_error() {
    for tokens in [&["p2", "p2"][..], &["p2", "p3", "p2"]] {
        let provider = Scripted::new();
        provider.snapshots.set(tokens.iter().map(|token| page(&["1"], Some(token))));
        let mut pager = provider.snapshots(ListSnapshots::default());
        let error = loop {
            match pager.next_page().await {
                Ok(page) => assert!(page.is_some(), "a circle has no end"),
                Err(error) => break error,
            }
        };
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Unexpected, Some("list")));
        assert_eq!(provider.calls().len(), tokens.len());
        assert_eq!(pager.next_page().await.unwrap(), None, "an error ends it");
    }
}

#[tokio::test]
async fn a_page_that_fails_fails_the_list_and_ends_it() {
    let provider = Scripted::new();
    provider.snapshots.set([page(&["1"], Some("p2")), failing(ErrorKind::Unavailable)]);
    let mut pager = provider.snapshots(ListSnapshots::default());
    assert_eq!(pager.try_next().await.unwrap().unwrap().id, "1");
    assert_eq!(pager.try_next().await.unwrap_err().to_string(), "scripted list: scripted unavailable [unavailable]");
    assert_eq!((pager.try_next().await.unwrap(), provider.calls().len()), (None, 2));

    provider.snapshots.set([page(&["1"], Some("p2")), failing(ErrorKind::Unavailable)]);
    assert!(provider.snapshots(ListSnapshots::default()).try_collect().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_page_that_was_not_waited_for_is_not_lost() {
    let provider = Scripted { latency: Duration::from_secs(2), ..three_pages() };
    let mut pager = provider.snapshots(ListSnapshots::default());
    assert!(tokio::time::timeout(Duration::from_secs(1), pager.try_next()).await.is_err());
    assert_eq!(pager.try_next().await.unwrap().unwrap().id, "1");
    assert_eq!(provider.calls().len(), 1);
}

#[tokio::test]
async fn sources_are_listed_the_same_way() {
    let provider = Scripted::new();
    let source = || Source::new("scripted:web1".parse().unwrap(), "scripted", "server");
    provider.sources.set([Ok(Page::new(vec![source()], Some(token("p2")))), Ok(Page::last(vec![source()]))]);
    let pager: Pager<'_, Source> = provider.sources(ListSources::default());
    assert_eq!((pager.try_collect().await.unwrap().len(), provider.count("list_sources")), (2, 2));
}

/// The pages of a list: the items of each, and where the next begins.
type Pages = BTreeMap<&'static str, (&'static [u8], Option<&'static str>)>;

async fn read_all(
    pages: &[(&'static str, &'static [u8], Option<&'static str>)],
    max_pages: u32,
) -> (Result<Vec<u8>>, usize) {
    let (pages, fetched): (Pages, _) =
        (pages.iter().map(|(at, items, next)| (*at, (*items, *next))).collect(), Mutex::new(0));
    let fetch = |at: String| {
        *fetched.lock().unwrap() += 1;
        let (items, next) = pages[&*at];
        async move { Ok(Turned::new(items.to_vec(), next.map(str::to_owned))) }
    };
    let read = all_pages(max_pages, "1", fetch).await;
    (read, fetched.into_inner().unwrap())
}

#[tokio::test]
async fn a_list_that_one_call_needs_is_read_whole_and_has_an_end() {
    let (read, fetched) = read_all(&[("1", &[1, 2], Some("2")), ("2", &[3], None)], 10).await;
    assert_eq!((read.unwrap(), fetched), (vec![1, 2, 3], 2));
    let (read, fetched) = read_all(&[("1", &[1], Some("2")), ("2", &[], Some("3"))], 10).await;
    assert_eq!((read.unwrap(), fetched), (vec![1], 2), "an empty page is the last, whatever it says");
    for circle in [&[("1", &[1][..], Some("1"))][..], &[("1", &[1], Some("2")), ("2", &[2], Some("1"))]] {
        let (read, fetched) = read_all(circle, 10).await;
        assert_eq!((read.unwrap_err().kind(), fetched), (ErrorKind::Unexpected, circle.len()));
    }
    let long = [("1", &[1][..], Some("2")), ("2", &[2], Some("3")), ("3", &[3], None)];
    assert_eq!(read_all(&long, 3).await.0.unwrap(), [1, 2, 3]);
    let (read, fetched) = read_all(&long, 2).await;
    let error = read.unwrap_err();
    assert_eq!((error.kind(), error.message(), fetched), (ErrorKind::Unexpected, "the list has more than 2 pages", 2));
    assert_eq!(error.advice(), Some("where an account's lists are that long, raise HttpOptions::max_pages"));
}

#[tokio::test(start_paused = true)]
async fn a_list_that_one_call_needs_is_not_read_for_ever() {
    // What a page's request does with a deadline is its own; here it fails when that has passed.
    let began = tokio::time::Instant::now();
    let fetch = |at: String| async move {
        let next = at.parse::<u64>().unwrap() + 1;
        let slept = tokio::time::timeout(Duration::from_secs(7), std::future::pending::<()>()).await;
        assert!(slept.is_err());
        Ok(Turned::new(vec![0], Some(next.to_string())))
    };
    let scope = Scope::new();
    let error = scope.run(all_pages(1_000, "1", fetch)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(began.elapsed() <= Duration::from_secs(610), "{:?}", began.elapsed());
}

#[test]
fn the_pages_of_a_list_are_bounded_though_each_is_asked_for_by_a_token_of_its_own() {
    let (mut page, mut pages) = (None, 0);
    let error = loop {
        let cursor = Cursor::resume(&ACCOUNT, LIST, page.as_ref(), "0").unwrap();
        let next = (cursor.at().parse::<u32>().unwrap() + 1).to_string();
        pages += 1;
        match cursor.token(&ACCOUNT, LIST, Some(next), 20) {
            Ok(token) => page = token,
            Err(error) => break error,
        }
    };
    assert_eq!((error.kind(), error.message(), pages), (ErrorKind::Unexpected, "the list has more than 20 pages", 20));
    let cursor = Cursor::resume(&ACCOUNT, LIST, None, "0").unwrap();
    assert_eq!(cursor.token(&ACCOUNT, LIST, None, 20).unwrap(), None);
    assert!(cursor.token(&ACCOUNT, LIST, Some("0".to_owned()), 20).is_err(), "the page names itself");
}

#[test]
fn a_token_opens_only_to_its_own_list_of_its_own_account() {
    let mine = token("p2");
    assert_eq!(Cursor::resume(&ACCOUNT, LIST, Some(&mine), "p1").unwrap().at(), "p2");
    let home = Account::new("scripted", "home", "h");
    let other = Account::new("other", "scripted", "h");
    let crafted = |text: &str| serde_json::from_value::<PageToken>(text.into()).unwrap();
    let [empty, plain, wrong] = ["", "p2", r#"{"list":"scripted:scripted:snapshots","at":7}"#].map(crafted);
    for (account, list, token) in [
        (&home, LIST, &mine),
        (&other, LIST, &mine),
        (&ACCOUNT, "sources", &mine),
        (&ACCOUNT, LIST, &empty),
        (&ACCOUNT, LIST, &plain),
        (&ACCOUNT, LIST, &wrong),
    ] {
        let error = Cursor::resume(account, list, Some(token), "p1").unwrap_err();
        assert!(error.is_own_refusal() && error.kind() == ErrorKind::InvalidInput, "{error}");
        assert!(NestedCursor::resume(account, list, Some(token), "p1").is_err());
    }
}

/// What a nested list shows over pages of parents, each with so many pages of children, read token by token.
async fn nested(pages: &[Vec<&str>], children: usize, max_pages: u32) -> Result<Vec<String>> {
    let (mut visited, mut page) = (Vec::new(), None);
    loop {
        let mut cursor = NestedCursor::resume(&ACCOUNT, LIST, page.as_ref(), "0")?;
        let fetch = |at: String| async move {
            let at: usize = at.parse().unwrap();
            let next = (at + 1 < pages.len()).then(|| (at + 1).to_string());
            Ok(Turned { items: pages[at].iter().map(|&parent| parent.to_owned()).collect(), next })
        };
        let Some(parent) = cursor.parent(max_pages, fetch).await? else { return Ok(visited) };
        let at = cursor.children_at().map_or(0, |at| at.parse::<usize>().unwrap());
        visited.push(format!("{parent}/{at}"));
        let next = (at + 1 < children).then(|| (at + 1).to_string());
        page = cursor.token(&ACCOUNT, LIST, next, max_pages)?;
        if page.is_none() {
            return Ok(visited);
        }
    }
}

#[tokio::test]
async fn a_list_inside_a_list_shows_every_child_of_every_parent_once() {
    let read = nested(&[vec!["a", "b"], vec![], vec!["c"]], 2, 10).await.unwrap();
    assert_eq!(read, ["a/0", "a/1", "b/0", "b/1", "c/0", "c/1"]);
    assert_eq!(nested(&[vec![]], 1, 10).await.unwrap(), [""; 0]);
    assert_eq!(nested(&[vec!["a"], vec![]], 1, 10).await.unwrap(), ["a/0"]);
}

#[tokio::test]
async fn neither_parents_nor_children_go_on_for_ever() {
    let many = vec![vec!["a"]; 6];
    assert_eq!(nested(&many, 1, 6).await.unwrap().len(), 6);
    assert_eq!(nested(&[vec!["a"]], 6, 6).await.unwrap().len(), 6);
    for (pages, children) in [(&many[..], 1), (&many[..1], 6)] {
        let error = nested(pages, children, 5).await.unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::Unexpected, "the list has more than 5 pages"));
    }
    let nothing_but_links = vec![vec![]; 6];
    assert_eq!(nested(&nothing_but_links, 1, 5).await.unwrap_err().kind(), ErrorKind::Unexpected);
}

proptest! {
    #[test]
    fn no_token_makes_a_list_fall_over(token in any::<String>(), list in any_part(), at in any::<String>()) {
        let crafted = format!(r#"{{"list":"scripted:scripted:{LIST}","at":{{"at":{at:?},"pages":4294967295}}}}"#);
        for token in [token, list, crafted] {
            let token: PageToken = serde_json::from_value(token.into()).unwrap();
            if let Ok(cursor) = Cursor::resume(&ACCOUNT, LIST, Some(&token), "0") {
                let _ = cursor.token(&ACCOUNT, LIST, Some("next".to_owned()), u32::MAX);
            }
            let _ = NestedCursor::resume(&ACCOUNT, LIST, Some(&token), "0");
        }
    }
}
