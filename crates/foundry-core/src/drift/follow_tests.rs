//! Tests of following: no change no event, one change one event, flapping is told once, memory is bounded.

use super::*;
use crate::drift::Kind;

fn item(subject: &str, cause: &str) -> Item {
    Item {
        kind: Kind::Live,
        domain: "web".into(),
        subject: subject.into(),
        causes: vec![cause.into()],
        fields: Vec::new(),
        since: None,
        accept: Vec::new(),
        deploy: String::new(),
        containers: Vec::new(),
        source: None,
    }
}

fn report(items: &[(&str, &str)]) -> Report {
    let drift = items.iter().map(|(subject, cause)| item(subject, cause)).collect();
    Report { drift, ..Report::default() }
}

fn words(events: &[Event]) -> Vec<&'static str> {
    events.iter().map(Event::word).collect()
}

#[test]
fn a_thousand_looks_at_the_same_give_no_event() {
    let mut follower = Follower::default();
    for cycle in 0..1000 {
        assert_eq!(follower.look(&report(&[]), cycle * 700), []);
        assert_eq!(follower.due(), None);
    }
    let differs = report(&[("web/web", "container is paused"), ("web/side", "no container")]);
    let mut events = Vec::new();
    for cycle in 1000..2000 {
        events.extend(follower.look(&differs, cycle * 700));
    }
    assert_eq!(words(&events), ["drift", "drift"]);
}

#[test]
fn what_comes_and_goes_before_it_settles_is_never_told() {
    let mut follower = Follower::default();
    let mut now = 0;
    for _ in 0..1000 {
        assert_eq!(follower.look(&report(&[("web/web", "container is paused")]), now), []);
        assert_eq!(follower.due(), Some(now + 2_000));
        now += 1_500;
        assert_eq!(follower.look(&report(&[]), now), []);
        assert_eq!(follower.due(), None);
        now += 1_500;
    }
    assert_eq!(follower.followed(), 0);
}

#[test]
fn each_change_is_one_event_and_its_end_another() {
    let mut follower = Follower::default();
    let steps = [
        (0, Some("no container"), None),
        (2_000, Some("no container"), Some("drift")),
        (3_000, Some("container is paused"), None),
        (4_000, Some("container is paused"), None),
        (5_000, Some("container is paused"), Some("changed")),
        (6_000, None, None),
        (8_000, None, Some("resolved")),
        (9_000, None, None),
    ];
    for (now, cause, event) in steps {
        let seen = cause.map_or(report(&[]), |cause| report(&[("web/web", cause)]));
        assert_eq!(words(&follower.look(&seen, now)), Vec::from_iter(event), "at {now}");
    }
}

#[test]
fn what_flaps_is_told_so_once_and_again_when_it_keeps_still() {
    let mut follower = Follower::default();
    let (there, gone) = (report(&[("web/web", "unhealthy")]), report(&[]));
    let (mut events, mut now) = (Vec::new(), 0);
    for _ in 0..1000 {
        for seen in [&there, &there, &gone, &gone] {
            events.extend(follower.look(seen, now));
            now += 2_500;
        }
    }
    let told = words(&events);
    assert_eq!(told.iter().filter(|w| **w == "flapping").count(), 1, "{}", told.len());
    assert_eq!(told.len(), 7);
    now += 600_000;
    events.extend(follower.look(&there, now));
    assert_eq!(follower.due(), Some(now + 600_000).filter(|_| words(&events).len() == 7));
    events.extend(follower.look(&there, now + 600_000));
    let last = words(&events).len();
    assert_eq!(follower.due(), None);
    assert_eq!(follower.look(&there, now + 900_000), []);
    assert!(last <= 8, "{:?}", words(&events));
}

#[test]
fn memory_is_bounded_and_what_is_over_is_forgotten() {
    let mut follower = Follower::default();
    let names: Vec<String> = (0..MOST_FOLLOWED + 500).map(|n| format!("web/s{n}")).collect();
    let all: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "no container")).collect();
    follower.look(&report(&all), 0);
    assert_eq!((follower.followed(), follower.surplus), (MOST_FOLLOWED, 500));
    assert_eq!(follower.look(&report(&all), 2_000).len(), MOST_FOLLOWED);
    follower.look(&report(&[]), 3_000);
    assert_eq!(follower.look(&report(&[]), 5_000).len(), MOST_FOLLOWED);
    follower.look(&report(&[]), 700_000);
    assert_eq!((follower.followed(), follower.surplus), (0, 0));
}
