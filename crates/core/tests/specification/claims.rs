//! Where a create is told by its new id alone: creates of one server take turns, none takes what another has claimed,
//! and time goes by the provider's clock.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cloudsnap_core::provider::{ClockOffset, CreateFingerprint, CreateLookup, SendWindow};
use cloudsnap_core::{ErrorKind, Operation, OperationStatus, Snapshot, SnapshotProviderExt, SnapshotState};
use jiff::{SignedDuration, Timestamp, ToSpan};
use tokio::time::{Instant, sleep, timeout};

use super::common::{
    ACCOUNT, Script, Scripted, created, failing, fingerprint, found, job, lost, reference, request, snapshot, transient,
};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Two creates of the sources at one provider, side by side; the calls they made.
async fn side_by_side(provider: Scripted, sources: [&str; 2]) -> Vec<String> {
    let provider = Scripted { latency: seconds(1), ..provider };
    let (one, other) = tokio::join!(provider.create(request(sources[0])), provider.create(request(sources[1])));
    one.unwrap();
    other.unwrap();
    provider.calls()
}

/// At which place the nth of these calls was made.
fn place(calls: &[String], call: &str, nth: usize) -> usize {
    calls.iter().enumerate().filter(|(_, line)| line.contains(call)).nth(nth).expect("it was made").0
}

/// The ids of the snapshots are counted up.
fn counting(from: u32) -> Scripted {
    let next = Mutex::new(from..);
    let start = move || Ok(created(&next.lock().unwrap().next().unwrap().to_string()));
    Scripted { start_create: Script::always(start), ..Scripted::by_new_id() }
}

/// Which snapshot it is, is told at the end only.
fn unnamed(from: u32) -> Scripted {
    let next = Mutex::new(from..);
    let end = move || Ok(OperationStatus::succeeded(Some(snapshot(&next.lock().unwrap().next().unwrap().to_string()))));
    Scripted { start_create: Script::always(|| Ok(job())), poll: Script::always(end), ..Scripted::by_new_id() }
}

#[tokio::test(start_paused = true)]
async fn creates_of_one_server_take_turns_until_the_id_is_known() {
    let calls = side_by_side(unnamed(100), ["scripted:turn-1/vda", "scripted:turn-1/vdb"]).await;
    assert!(place(&calls, "poll", 0) < place(&calls, "fingerprint", 1), "{calls:#?}");
    let calls = side_by_side(counting(110), ["scripted:turn-2/vda", "scripted:turn-2/vdb"]).await;
    assert!(place(&calls, "start_create", 0) < place(&calls, "fingerprint", 1), "{calls:#?}");
    assert!(place(&calls, "fingerprint", 1) < place(&calls, "poll", 0), "{calls:#?}");
}

#[tokio::test(start_paused = true)]
async fn creates_of_different_servers_run_side_by_side_and_of_one_where_a_tag_tells_them() {
    let by_new_id = side_by_side(unnamed(120), ["scripted:turn-3", "scripted:turn-4"]).await;
    let by_tag = side_by_side(Scripted::new(), ["scripted:turn-5", "scripted:turn-5"]).await;
    for calls in [by_new_id, by_tag] {
        assert!(place(&calls, "fingerprint", 1) < place(&calls, "start_create", 0), "{calls:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_fails_or_is_dropped_gives_its_turn_back() {
    let provider = Scripted { latency: seconds(5), ..unnamed(130) };
    let create = || async { provider.create(request("scripted:turn-6")).await };
    assert!(timeout(seconds(7), create()).await.is_err(), "it is cut off while it is sent");
    provider.start_create.set([failing(ErrorKind::Busy), Ok(job())]);
    provider.poll.set([Ok(OperationStatus::failed("no space"))]);
    for kind in [ErrorKind::Busy, ErrorKind::OperationFailed] {
        assert_eq!(timeout(seconds(30), create()).await.expect("its turn").unwrap_err().kind(), kind);
    }
    timeout(seconds(30), create()).await.expect("its turn").unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_wait_for_a_turn_ends_with_the_deadline_and_nothing_was_sent() {
    let provider = Scripted { latency: seconds(10), ..unnamed(140) };
    let impatient = async {
        sleep(seconds(1)).await;
        let began = Instant::now();
        let error = provider.create(request("scripted:turn-7")).timeout(seconds(2)).await.unwrap_err();
        (began.elapsed(), error)
    };
    let (first, (waited, error)) = tokio::join!(provider.create(request("scripted:turn-7")).into_future(), impatient);
    assert!(first.is_ok());
    assert_eq!((waited, error.kind(), error.token()), (seconds(2), ErrorKind::WaitTimeout, None));
    assert_eq!(error.message(), "the deadline passed before its turn came; nothing was sent");
    assert_eq!((error.may_have_acted(), provider.count("start_create")), (false, 1));
}

/// A provider whose list shows these, and at which answers to creates are lost.
fn losing(listed: &Arc<Mutex<Vec<Snapshot>>>) -> Scripted {
    let list = Arc::clone(listed);
    let find = move |fingerprint: &CreateFingerprint| {
        let snapshots = list.lock().unwrap().clone();
        Ok(CreateLookup::by_new_id(fingerprint, snapshots, |found| created(&found.id)))
    };
    Scripted { start_create: Script::always(lost), find_created: Script::by(find), ..Scripted::by_new_id() }
}

fn taken_now(id: &str) -> Snapshot {
    let mut snapshot = snapshot(id);
    snapshot.created_at = Some(Timestamp::now());
    snapshot
}

#[tokio::test(start_paused = true)]
async fn two_creates_never_take_the_same_snapshot() {
    let listed = Arc::new(Mutex::new(Vec::new()));
    let provider = losing(&listed);
    listed.lock().unwrap().push(taken_now("150"));
    let adopted = provider.create(request("scripted:claim-1")).await.unwrap();
    assert_eq!((adopted.snapshot.id.as_str(), adopted.adopted), ("150", true));
    // The list does not show the second's yet; what it shows is the first's.
    let options = cloudsnap_core::LookupOptions::default().with_max_sends(1);
    let error = provider.create(request("scripted:claim-1")).with_lookup_options(options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
}

#[tokio::test(start_paused = true)]
async fn the_token_of_an_unknown_create_never_takes_the_snapshot_of_a_later_one() {
    let listed = Arc::new(Mutex::new(Vec::new()));
    let mut provider = losing(&listed);
    let options = cloudsnap_core::LookupOptions::default().with_max_sends(1);
    let unknown = provider.create(request("scripted:claim-2")).with_lookup_options(options).await.unwrap_err();
    let token: Operation = unknown.token().unwrap().parse().unwrap();

    provider.start_create = Script::always(|| Ok(created("160")));
    listed.lock().unwrap().push(taken_now("160"));
    provider.create(request("scripted:claim-2")).await.unwrap();
    let error = provider.wait(token.clone()).await.unwrap_err();
    assert_eq!((error.kind(), error.token()), (ErrorKind::OutcomeUnknown, Some(token.to_string().as_str())));
    assert!(!error.is_definite());
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_ends_in_a_claimed_snapshot_is_not_a_success() {
    let provider =
        Scripted { poll: Script::always(|| Ok(OperationStatus::succeeded(Some(snapshot("170"))))), ..unnamed(0) };
    provider.create(request("scripted:claim-3")).await.unwrap();
    let error = provider.create(request("scripted:claim-4")).await.unwrap_err();
    assert_eq!((error.kind(), error.is_definite()), (ErrorKind::OutcomeUnknown, false));
    assert!(error.message().contains("scripted:web1@170 is the snapshot of another create"), "{error}");
    assert!(error.token().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_create_whose_answer_names_a_claimed_snapshot_is_not_a_success() {
    let provider = Scripted { start_create: Script::always(|| Ok(created("180"))), ..Scripted::by_new_id() };
    provider.create(request("scripted:claim-5")).await.unwrap();
    let error = provider.create(request("scripted:claim-5")).await.unwrap_err();
    assert_eq!((error.kind(), error.is_definite()), (ErrorKind::OutcomeUnknown, false));
    assert!(error.token().is_some() && error.may_have_acted());
}

/// A clock that is so many milliseconds ahead, give or take.
fn clock(min_ms: i64, max_ms: i64) -> ClockOffset {
    serde_json::from_str(&format!(r#"{{"min_ms":{min_ms},"max_ms":{max_ms}}}"#)).unwrap()
}

const TWO_DAYS: i64 = 2 * 24 * 3_600_000;

/// Sent at noon, lost three seconds later, 92 known before; at a provider with this clock.
fn sent_at_noon(clock: Option<ClockOffset>) -> (CreateFingerprint, Timestamp) {
    let noon: Timestamp = "2026-05-02T12:00:00Z".parse().unwrap();
    let mut sent = SendWindow::now();
    (sent.first, sent.last) = (noon, Some(noon + 3.seconds()));
    (fingerprint().with_known(["92".to_owned()], clock).with_sent(sent), noon)
}

/// What is concluded of new snapshots that were created so many seconds after noon by the provider's clock.
fn told(clock: Option<ClockOffset>, ahead: i64, created_after: &[Option<i64>]) -> String {
    let (fingerprint, noon) = sent_at_noon(clock);
    let at = |after: i64| noon + SignedDuration::from_millis(ahead) + SignedDuration::from_secs(after);
    let new = created_after.iter().zip(93..).map(|(after, id)| {
        let mut snapshot = snapshot(&id.to_string());
        snapshot.created_at = after.map(at);
        snapshot
    });
    let mut known = snapshot("92");
    known.created_at = Some(at(1));
    match CreateLookup::by_new_id(&fingerprint, new.chain([known]), |found| created(&found.id)) {
        CreateLookup::Found(operations) => format!("found {}", operations[0].snapshot().unwrap()),
        CreateLookup::Ambiguous(candidates) => format!("ambiguous {}", candidates.len()),
        other => format!("{other:?}").to_lowercase(),
    }
}

#[test]
fn a_new_snapshot_is_taken_only_where_it_is_the_only_one_of_the_time_by_the_providers_clock() {
    // Clocks that agree to half a second, two that are two days off, and one of which nothing is known.
    for (clock, ahead) in [
        (Some(clock(-250, 250)), 0),
        (Some(clock(TWO_DAYS - 250, TWO_DAYS + 250)), TWO_DAYS),
        (Some(clock(-TWO_DAYS - 250, -TWO_DAYS + 250)), -TWO_DAYS),
    ] {
        let told = |created_after: &[Option<i64>]| told(clock, ahead, created_after);
        assert_eq!(told(&[]), "absent", "what was known before is not new");
        for after in [0, 1, 3, 13] {
            assert_eq!(told(&[Some(after)]), "found scripted:web1@93", "{after} s");
        }
        assert_eq!(told(&[Some(-2)]), "absent", "a list that lags shows an older one late");
        assert_eq!(told(&[Some(15)]), "ambiguous 1", "a later one is another's, or not");
        assert_eq!(told(&[None]), "ambiguous 1", "of an unknown time");
        assert_eq!(told(&[Some(1), Some(2)]), "ambiguous 2");
        assert_eq!(told(&[Some(-2), Some(1), None]), "found scripted:web1@94");
        assert_eq!(told(&[Some(-2), Some(15)]), "ambiguous 2");
    }
    assert_eq!(told(None, 0, &[Some(-50)]), "found scripted:web1@93", "a minute is allowed for");
    assert_eq!(told(None, 0, &[Some(-62)]), "absent");
}

#[test]
fn before_it_was_sent_no_snapshot_is_a_creates() {
    let mut new = snapshot("93");
    new.created_at = Some(Timestamp::now());
    let looked = CreateLookup::by_new_id(&fingerprint(), [new], |found| created(&found.id));
    assert_eq!(looked, CreateLookup::Ambiguous(vec![reference("93")]));
}

#[test]
fn a_time_without_a_zone_is_read_in_the_configured_zone_and_in_utc() {
    let (fingerprint, noon) = sent_at_noon(Some(clock(-250, 250)));
    for (configured, text, is_found) in [
        (Some(noon), "2026-05-03T00:00:00", true),
        (Some(noon - 12.hours()), "2026-05-02T12:00:01", true),
        (None, "2026-05-02T12:00:01", true),
        (None, "2026-05-03T00:00:01", false),
        (None, "yesterday", false),
        // Our own, where the provider writes a zone that nobody told us of: it must not be sent again.
        (Some(noon - 5.hours()), "2026-05-02T07:00:01", false),
    ] {
        let mut new = snapshot("93");
        (new.created_at, new.created_text) = (configured, Some(text.to_owned()));
        let looked = CreateLookup::by_new_id(&fingerprint, [new], |found| created(&found.id));
        assert_eq!(matches!(looked, CreateLookup::Found(_)), is_found, "{configured:?} {text} {looked:?}");
        assert_eq!(matches!(looked, CreateLookup::Ambiguous(_)), !is_found, "{configured:?} {text} {looked:?}");
    }
}

#[test]
fn a_tag_tells_all_snapshots_of_a_create_whatever_their_time() {
    let (ours, theirs) = (fingerprint(), fingerprint());
    let tagged = |id: &str, tag| {
        let mut snapshot = Snapshot::new("scripted".into(), "scripted", id, SnapshotState::Available);
        snapshot.tag = tag;
        snapshot
    };
    let follow = |found: &Snapshot| created(&found.id);
    let looked = CreateLookup::by_tag(&ours, [tagged("1", None), tagged("2", Some(theirs.id))], follow);
    assert_eq!(looked, CreateLookup::Absent);
    let looked = CreateLookup::by_tag(
        &ours,
        [tagged("2", Some(theirs.id)), tagged("3", Some(ours.id)), tagged("4", Some(ours.id))],
        follow,
    );
    assert_eq!(looked, found(["3", "4"]).unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_create_waits_for_the_next_second_of_the_providers_clock_before_it_is_sent() {
    let pause = async |id: u32, offset: Option<ClockOffset>| {
        let provider = Scripted {
            fingerprint: Script::by(move |request| {
                Ok(CreateFingerprint::new(&ACCOUNT, request)?.with_known([], offset))
            }),
            ..counting(id)
        };
        provider.create(request("scripted:pause")).await.unwrap();
        provider.times("start_create")[0]
    };
    assert_eq!(pause(200, None).await, 0, "nothing is known of the clock");
    for (id, ahead) in [(201, 0), (202, TWO_DAYS), (203, -TWO_DAYS)] {
        let known = pause(id, Some(clock(ahead - 500, ahead + 500))).await;
        assert!((990..=2_010).contains(&known), "{known}");
    }
    assert_eq!(pause(204, Some(clock(0, TWO_DAYS))).await, 3_000, "of a clock that is hardly known it is bounded");
}

#[tokio::test(start_paused = true)]
async fn a_look_at_an_old_token_survives_trouble() {
    let listed = Arc::new(Mutex::new(vec![taken_now("210")]));
    let provider = losing(&listed);
    provider.find_created.set([transient(), transient()]);
    let mut sent = SendWindow::now();
    sent.last = Some(Timestamp::now());
    let operation = Operation::unconfirmed(&ACCOUNT, fingerprint().with_sent(sent));
    assert_eq!(provider.wait(operation).await.unwrap().snapshot.unwrap().id, "210");
}
