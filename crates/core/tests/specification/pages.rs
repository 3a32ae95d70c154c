//! A list is complete or an error: never cut short, never endless.

use cloudsnap_core::{
    ErrorKind, ListSnapshots, Page, PageToken, Result, Snapshot, SnapshotProviderExt, SnapshotState, SourceDetails,
    Walk,
};
use proptest::prelude::*;

use super::common::{Scripted, failing};

fn page(ids: &[&str], next: Option<&str>) -> Result<Page<Snapshot>> {
    let items = ids.iter().map(|id| Snapshot::new("a".into(), "scripted", *id, SnapshotState::Available)).collect();
    Ok(Page::new(items, next.map(PageToken::new)))
}

fn ids(snapshots: &[Snapshot]) -> Vec<&str> {
    snapshots.iter().map(|snapshot| snapshot.id.as_str()).collect()
}

fn three_pages() -> Scripted {
    let provider = Scripted::new();
    provider.snapshots.set([page(&["1", "2"], Some("p2")), page(&[], Some("p3")), page(&["3"], None)]);
    provider
}

#[tokio::test(start_paused = true)]
async fn all_pages_are_collected_in_order() {
    let provider = three_pages();
    let all = provider.snapshots(ListSnapshots::default()).collect().await.unwrap();
    assert_eq!(ids(&all), ["1", "2", "3"]);
    assert_eq!(provider.calls(), ["0 list_snapshots first", "0 list_snapshots p2", "0 list_snapshots p3"]);
}

#[tokio::test(start_paused = true)]
async fn items_come_one_by_one_and_a_page_is_asked_for_only_when_needed() {
    let provider = three_pages();
    let mut pager = provider.snapshots(ListSnapshots::default());
    assert_eq!(provider.calls().len(), 0);
    pager.try_next().await.unwrap();
    assert_eq!(pager.try_next().await.unwrap().unwrap().id, "2");
    assert_eq!(provider.calls().len(), 1);
    assert_eq!(pager.try_next().await.unwrap().unwrap().id, "3");
    assert_eq!(provider.calls().len(), 3);
    for _ in 0..2 {
        assert_eq!(pager.try_next().await.unwrap(), None);
    }
    assert_eq!(provider.calls().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn pages_come_one_by_one_the_empty_ones_too() {
    let provider = three_pages();
    let mut pager = provider.snapshots(ListSnapshots::default());
    let mut sizes = Vec::new();
    while let Some(page) = pager.next_page().await.unwrap() {
        sizes.push(page.len());
    }
    assert_eq!(sizes, [2, 0, 1]);
}

#[tokio::test(start_paused = true)]
async fn pages_that_go_round_in_a_circle_are_an_error() {
    for tokens in [&["p2", "p2"][..], &["p2", "p3", "p2"]] {
        let provider = Scripted::new();
        provider.snapshots.set(tokens.iter().map(|token| page(&["1"], Some(token))));
        let error = provider.snapshots(ListSnapshots::default()).collect().await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Unexpected, Some("list")));
        assert_eq!(provider.calls().len(), tokens.len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_fails_fails_the_list_and_ends_it() {
    let provider = Scripted::new();
    provider.snapshots.set([page(&["1"], Some("p2")), failing(ErrorKind::Unavailable)]);
    let mut pager = provider.snapshots(ListSnapshots::default());
    assert_eq!(pager.try_next().await.unwrap().unwrap().id, "1");
    assert_eq!(pager.try_next().await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(pager.try_next().await.unwrap(), None);
    assert_eq!(provider.calls().len(), 2);

    let provider = Scripted::new();
    provider.snapshots.set([page(&["1"], Some("p2")), failing(ErrorKind::Unavailable)]);
    assert!(provider.snapshots(ListSnapshots::default()).collect().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn sources_are_walked_the_same_way() {
    let provider = Scripted::new();
    let source = || SourceDetails::new("scripted:web1".parse().unwrap(), "scripted", "server");
    provider.sources.set([Ok(Page::new(vec![source()], Some(PageToken::new("p2")))), Ok(Page::last(vec![source()]))]);
    assert_eq!(provider.sources().collect().await.unwrap().len(), 2);
    assert_eq!(provider.calls(), ["0 list_sources first", "0 list_sources p2"]);
}

/// Goes over `parents` with so many pages of children each; what was visited.
fn walked(parents: &[Vec<&str>], children: usize) -> Vec<String> {
    let (mut visited, mut token) = (Vec::new(), None);
    loop {
        let mut walk = Walk::resume(token.as_ref(), "0").unwrap();
        if let Some(parent) = walk.parents.front().cloned() {
            let at = walk.next_children.as_ref().map_or(0, |at| at.parse::<usize>().unwrap());
            visited.push(format!("{parent}/{at}"));
            walk.step((at + 1 < children).then(|| (at + 1).to_string()));
        } else {
            let at: usize = walk.next_parents.as_deref().unwrap().parse().unwrap();
            walk.parents.extend(parents[at].iter().map(|&parent| parent.to_owned()));
            walk.next_parents = (at + 1 < parents.len()).then(|| (at + 1).to_string());
        }
        token = walk.token();
        if token.is_none() {
            return visited;
        }
    }
}

#[test]
fn a_walk_sees_every_child_of_every_parent_once() {
    assert_eq!(walked(&[vec!["a", "b"], vec![], vec!["c"]], 2), ["a/0", "a/1", "b/0", "b/1", "c/0", "c/1"]);
    assert_eq!(walked(&[vec![]], 1), [""; 0]);
}

#[test]
fn a_token_of_another_list_is_invalid_input() {
    for token in ["", "p2", "{}x", "[]", "null"] {
        let error = Walk::resume(Some(&PageToken::new(token)), "0").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{token}");
    }
}

proptest! {
    #[test]
    fn a_walk_is_its_own_token(
        parents in prop::collection::vec(any::<String>(), 1..4), next in any::<Option<String>>(), child in any::<Option<String>>(),
    ) {
        let walk = Walk { parents: parents.into(), next_parents: next, next_children: child };
        prop_assert_eq!(Walk::resume(walk.token().as_ref(), "0").unwrap(), walk);
    }

    #[test]
    fn no_token_makes_the_walk_fall_over(token in any::<String>()) {
        let _ = Walk::resume(Some(&PageToken::new(token)), "0");
    }
}
