//! The Compose engine against a real Docker Engine: what is made is seen, and what fails is told.

mod place;

use foundry_core::plan::{
    Action, AddressPool, Condition, ContainerState, Expect, Health, NetworkSpec, VolumeSpec,
};
use foundry_runtime::engine::compose::{LogLine, LogOptions};
use foundry_runtime::execute::Event;
use foundry_runtime::{Cancel, Kind};
use place::{Events, Place, SECRET};
use std::collections::BTreeMap;
use std::sync::Mutex;
use testkit::need;

/// A health check every 100 ms.
const CHECK: &str = "healthcheck: {interval: 100ms, timeout: 5s, retries: 3, test: [CMD, wget, -q, -O, /dev/null, 'http://127.0.0.1/']}";

fn label(key: &str, value: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(key.to_string(), value.to_string())])
}

#[tokio::test]
async fn a_network_a_volume_and_a_service_are_made_and_seen() {
    let place = Place::local(need!(testkit::docker())).await;
    let (network, volume) = (place.docker.name("net"), place.docker.name("data"));
    let network_step = place.step(Action::CreateNetwork(NetworkSpec {
        name: network.clone(),
        labels: label("foundry.owner", "web"),
        pools: vec![AddressPool { subnet: Some("10.213.7.0/28".to_string()), ..AddressPool::default() }],
        ..NetworkSpec::default()
    }));
    let volume_step = place.step(Action::CreateVolume(VolumeSpec {
        name: volume.clone(),
        labels: label("foundry.owner", "web"),
        ..VolumeSpec::default()
    }));
    let port = place.docker.free_port();
    let more = format!(
        "{CHECK}\nenvironment: {{A: \"1\", PASSWORD: {SECRET}}}\nports: ['127.0.0.1:{port}:80']\nnetworks: [n]\nvolumes: ['stuff:/data']\nrestart: unless-stopped"
    );
    let outside = format!(
        "networks: {{n: {{external: true, name: {network}}}}}\nvolumes: {{stuff: {{external: true, name: {volume}}}}}\n"
    );
    place.write(&(place.app(&more) + &outside)).await;
    let steps = vec![network_step, volume_step, place.create(Condition::Healthy)];
    let [first, second, mut third]: [_; 3] = steps.try_into().unwrap();
    third.after = [1, 2].map(|step| foundry_core::plan::After { step, condition: Condition::Done }).to_vec();
    let events = Events::default();
    let report = place.execute(vec![first, second, third], &|event| events.add(event)).await;
    assert_eq!(report.kind(), None, "{report:?}");

    let seen = place.observe().await;
    assert_eq!(
        (&seen.networks[0].name, &seen.networks[0].subnets),
        (&network, &vec!["10.213.7.0/28".to_string()])
    );
    assert_eq!((&seen.volumes[0].name, &seen.volumes[0].labels), (&volume, &label("foundry.owner", "web")));
    let container = place.container().await;
    assert_eq!((container.state, container.health), (ContainerState::Running, Health::Healthy));
    assert_eq!(
        (container.project.as_str(), container.service.as_str(), container.number),
        (place.project.as_str(), "app", 1)
    );
    assert_eq!((&container.networks, container.restart.as_str()), (&vec![network], "unless-stopped"));
    assert_eq!(
        (container.ports[0].address.as_str(), container.ports[0].host, container.ports[0].container),
        ("127.0.0.1", port, 80)
    );
    assert_eq!(
        (container.mounts[0].target.as_str(), container.mounts[0].source.as_str()),
        ("/data", volume.as_str())
    );
    assert_eq!(container.labels["foundry.test"], "yes");
    assert_eq!(container.environment["A"], foundry_core::compose::fingerprint("1"));
    assert!(!serde_json::to_string(&seen).unwrap().contains(SECRET));
    assert_eq!(seen.files.keys().collect::<Vec<_>>(), ["web/compose.foundry.yml", "web/compose.yml"]);
    assert!(
        seen.images
            .iter()
            .any(|image| image.id == container.image_id && image.tags.contains(&container.image))
    );
    assert_eq!(place.observe().await, seen);
}

#[tokio::test]
async fn the_environment_of_this_process_does_not_leak_into_a_file() {
    let place = Place::local(need!(testkit::docker())).await;
    // Every test runner has these; the file means them to be unset.
    let lines = "environment: {A: '${CARGO_MANIFEST_DIR:-unset}', B: '${USER:-unset}', C: '${LANG:-unset}'}";
    place.write(&place.app(&format!("{lines}\n{CHECK}"))).await;
    place.perform(&place.create(Condition::Healthy)).await.unwrap();
    let container = place.container().await;
    let unset = foundry_core::compose::fingerprint("unset");
    assert_eq!(["A", "B", "C"].map(|name| container.environment[name].as_str()), [unset.as_str(); 3]);
}

#[tokio::test]
async fn a_failing_health_check_is_told_with_its_output_and_the_log() {
    let place = Place::local(need!(testkit::docker())).await;
    let fails = format!(
        "command: [sh, -c, 'echo starting; echo using {SECRET} >&2; exec sleep 600']\nhealthcheck: {{interval: 50ms, retries: 2, test: [CMD-SHELL, 'echo no database; exit 1']}}"
    );
    place.write(&place.app(&fails)).await;
    let failure = place.perform(&place.create(Condition::Healthy)).await.unwrap_err();
    assert_eq!(failure.error.kind, Kind::Step);
    let message = &failure.error.message;
    assert!(
        message.starts_with("app is unhealthy after ") && message.ends_with(": no database"),
        "{message}"
    );
    let mut log = failure.log;
    log.sort();
    assert_eq!(log, ["starting", "using [secret]"]);
}

#[tokio::test]
async fn a_container_that_ends_is_told_with_its_exit_code() {
    let place = Place::local(need!(testkit::docker())).await;
    place.write(&place.app("command: [sh, -c, 'echo cannot open /data; exit 3']")).await;
    for until in [Condition::Completed, Condition::Healthy, Condition::Done] {
        let failure = place.perform(&place.create(until)).await.unwrap_err();
        assert!(failure.error.message.starts_with("app ended with exit code 3 after "), "{}", failure.error);
        assert_eq!(failure.log.last().map(String::as_str), Some("cannot open /data"));
    }
    place.write(&place.app("command: [sh, -c, 'sleep 0.1; exit 4']\nrestart: always")).await;
    let (project, service) = (place.project.clone(), "app".to_string());
    let step = place.step(Action::Recreate { project, service, until: Condition::Healthy });
    let failure = place.perform(&step).await.unwrap_err();
    let message = &failure.error.message;
    assert!(message.starts_with("app restarts again and again (exit code 4) after "), "{message}");
}

#[tokio::test]
async fn two_runs_at_once_make_one_network() {
    let place = Place::local(need!(testkit::docker())).await;
    let spec = NetworkSpec { name: place.docker.name("net"), ..NetworkSpec::default() };
    let step = place.step(Action::CreateNetwork(spec));
    let (one, other) = tokio::join!(place.perform(&step), place.perform(&step));
    let made = place.observe().await.networks.len();
    // Whoever sees the other's takes its own back: one is left, or none and both plan anew.
    assert_eq!(made, [&one, &other].iter().filter(|done| done.is_ok()).count(), "{one:?} {other:?}");
    assert!(made < 2);
}

#[tokio::test]
async fn a_killed_container_is_seen_and_started_again() {
    let place = Place::local(need!(testkit::docker())).await;
    place.write(&place.app(CHECK)).await;
    place.perform(&place.create(Condition::Healthy)).await.unwrap();
    let before = place.container().await;
    place.docker.run(&["kill", &before.id]);
    let killed = place.container().await;
    assert_eq!((killed.state, killed.exit_code), (ContainerState::Exited, 137));
    let (project, service) = (place.project.clone(), "app".to_string());
    place.perform(&place.step(Action::Start { project, service, until: Condition::Healthy })).await.unwrap();
    let after = place.container().await;
    assert_eq!((&after.id, after.state), (&before.id, ContainerState::Running));
}

#[tokio::test]
async fn a_service_is_recreated_restarted_unpaused_and_removed() {
    let place = Place::local(need!(testkit::docker())).await;
    place.write(&place.app(CHECK)).await;
    place.perform(&place.create(Condition::Healthy)).await.unwrap();
    let (project, service, until) = (place.project.clone(), "app".to_string(), Condition::Healthy);
    let first = place.container().await;
    let action = Action::Recreate { project: project.clone(), service: service.clone(), until };
    place.perform(&place.step(action)).await.unwrap();
    let second = place.container().await;
    assert_ne!(first.id, second.id);
    let action = Action::Restart { project: project.clone(), service: service.clone(), until };
    place.perform(&place.step(action)).await.unwrap();
    let third = place.container().await;
    assert_eq!(second.id, third.id);
    assert!(third.started_at > second.started_at);
    place.docker.run(&["pause", &third.id]);
    assert_eq!(place.container().await.state, ContainerState::Paused);
    place.perform(&place.step(Action::Unpause { project, service, until })).await.unwrap();
    assert_eq!(place.container().await.state, ContainerState::Running);
    let step = place.step(Action::RemoveContainer { name: third.name, id: third.id });
    place.perform(&step).await.unwrap();
    assert!(place.observe().await.containers.is_empty());
    // What is gone already is done.
    place.perform(&step).await.unwrap();
}

#[tokio::test]
async fn restarting_leaves_a_container_whose_checks_still_work() {
    let place = Place::local(need!(testkit::docker())).await;
    let lines = "init: true\nvolumes: ['stuff:/data']\nhealthcheck: {interval: 50ms, retries: 2, test: [CMD, 'true']}\n";
    place.write(&(place.app(lines) + "volumes: {stuff: {}}\n")).await;
    place.perform(&place.create(Condition::Healthy)).await.unwrap();
    for _ in 0..5 {
        let (project, service) = (place.project.clone(), "app".to_string());
        let step = place.step(Action::Restart { project, service, until: Condition::Healthy });
        place.perform(&step).await.unwrap();
    }
}

#[tokio::test]
async fn a_container_is_attached_to_a_network_and_both_are_removed() {
    let place = Place::local(need!(testkit::docker())).await;
    place.write(&place.app("")).await;
    place.perform(&place.create(Condition::Done)).await.unwrap();
    let name = place.docker.name("other");
    let spec = NetworkSpec { name: name.clone(), internal: true, ..NetworkSpec::default() };
    place.perform(&place.step(Action::CreateNetwork(spec))).await.unwrap();
    let container = place.container().await;
    let action = Action::Connect {
        network: name.clone(),
        container: container.name.clone(),
        id: container.id.clone(),
        aliases: vec!["web".to_string()],
        link: true,
    };
    place.perform(&place.step(action)).await.unwrap();
    let linked = place.container().await;
    assert!(linked.networks.contains(&name) && linked.links == [name.clone()], "{:?}", linked.links);
    let (network, id) = (name.clone(), container.id.clone());
    let action = Action::Disconnect { network, container: container.name.clone(), id };
    place.perform(&place.step(action.clone())).await.unwrap();
    assert!(!place.container().await.networks.contains(&name));
    place.docker.run(&["network", "connect", &name, &container.name]);
    let by_hand = place.container().await;
    assert!(by_hand.networks.contains(&name) && by_hand.links.is_empty(), "{:?}", by_hand.links);
    let remove = place.step(Action::RemoveNetwork { name: name.clone() });
    let failure = place.perform(&remove).await.unwrap_err();
    assert_eq!(failure.error.kind, Kind::Engine);
    assert!(failure.error.message.contains("has active endpoints"), "{}", failure.error);
    let gone = Action::RemoveContainer { name: container.name, id: container.id };
    place.perform(&place.step(gone)).await.unwrap();
    place.perform(&remove).await.unwrap();
    assert!(!place.observe().await.networks.iter().any(|network| network.name == name));
}

#[tokio::test]
async fn a_step_is_refused_when_the_world_has_changed() {
    let place = Place::local(need!(testkit::docker())).await;
    place.write(&place.app("")).await;
    place.perform(&place.create(Condition::Done)).await.unwrap();
    let container = place.container().await;
    let expect = Expect::Containers(BTreeMap::from([(container.id.clone(), container.state)]));
    let (project, service) = (place.project.clone(), "app".to_string());
    let mut step = place.step(Action::Recreate { project, service, until: Condition::Done });
    step.expect = expect;
    place.docker.run(&["kill", &container.id]);
    let events = Events::default();
    let report = place.execute(vec![step], &|event| events.add(event)).await;
    assert_eq!(report.kind(), Some(Kind::Stale));
    assert!(report.refused[0].what.ends_with("was running and is exited"), "{report:?}");
    assert!(matches!(events.0.lock().unwrap().last(), Some(Event::Refused { step: 1, .. })));
    assert_eq!(place.container().await.id, container.id);

    let mut step = place
        .step(Action::CreateVolume(VolumeSpec { name: place.docker.name("v"), ..VolumeSpec::default() }));
    step.expect = Expect::Absent;
    assert_eq!(place.execute(vec![step.clone()], &|_| {}).await.kind(), None);
    assert_eq!(place.execute(vec![step], &|_| {}).await.refused[0].what, "it exists now");
}

#[tokio::test]
async fn a_cancelled_run_stops_waiting_and_starts_nothing_more() {
    let place = Place::local(need!(testkit::docker())).await;
    place.write(&place.app("healthcheck: {interval: 1h, test: [CMD, 'true']}")).await;
    let cancel = place.cancel.clone();
    let on_event = move |event| {
        if matches!(&event, Event::Progress { text, .. } if text == "health: starting") {
            cancel.cancel();
        }
    };
    let mut second = place.create(Condition::Done);
    second.after = vec![foundry_core::plan::After { step: 1, condition: Condition::Healthy }];
    let report = place.execute(vec![place.create(Condition::Healthy), second], &on_event).await;
    assert!(report.cancelled);
    assert_eq!(report.failed[0].error.kind, Kind::Cancelled);
    assert_eq!(report.not_started[0].step, 2);
    assert_eq!(place.container().await.state, ContainerState::Running);
}

#[tokio::test]
async fn a_running_compose_is_interrupted_and_awaited() {
    let place = Place::local(need!(testkit::docker())).await;
    place.write(&place.sleeping_build()).await;
    let cancel = place.cancel.clone();
    let seen = Mutex::new(false);
    let on_event = |event| {
        if matches!(&event, Event::Progress { text, .. } if text.contains("at it")) {
            *seen.lock().unwrap() = true;
            cancel.cancel();
        }
    };
    let (project, service) = (place.project.clone(), "app".to_string());
    let step = place.step(Action::BuildImage { project, service, image: "x".to_string() });
    let report = place.execute(vec![step], &on_event).await;
    assert!(*seen.lock().unwrap(), "{report:?}");
    assert_eq!(report.kind(), Some(Kind::Cancelled), "{report:?}");
}

#[tokio::test]
async fn what_compose_refuses_is_told_in_its_words() {
    let place = Place::local(need!(testkit::docker())).await;
    let image = "127.0.0.1:1/nothing:1".to_string();
    place.write(&format!("services: {{app: {{image: '{image}'}}}}")).await;
    let (project, service) = (place.project.clone(), "app".to_string());
    let step = place.step(Action::PullImage { project, service, image });
    let failure = place.perform(&step).await.unwrap_err();
    assert_eq!(failure.error.kind, Kind::Step);
    assert!(failure.error.message.starts_with("docker compose pull: "), "{}", failure.error);
    assert!(failure.error.message.contains("connection refused"), "{}", failure.error);
    place.write("services: {app: {imagee: x}}").await;
    let failure = place.perform(&place.create(Condition::Done)).await.unwrap_err();
    assert!(failure.error.message.contains("imagee"), "{}", failure.error);
}

#[tokio::test]
async fn logs_come_line_by_line_without_secrets() {
    let place = Place::local(need!(testkit::docker())).await;
    let script = format!(
        "command: [sh, -c, 'echo one; echo two {SECRET}; echo three >&2; until [ -e /go ]; do sleep 0.02; done; printf four']"
    );
    place.write(&place.app(&script)).await;
    place.perform(&place.create(Condition::Done)).await.unwrap();
    let container = place.container().await;
    let (lines, ended) = (Mutex::new(Vec::new()), Cancel::new());
    let on_line = |line: LogLine<'_>| {
        lines.lock().unwrap().push((line.error, line.text.to_string()));
        if lines.lock().unwrap().len() == 3 {
            ended.cancel();
        }
    };
    // Following ends when it is told to, and not before: the container still runs.
    let follow = LogOptions { follow: true, ..LogOptions::default() };
    let only = std::slice::from_ref(&container);
    place.engine.logs(only, &follow, &ended, &on_line).await.unwrap();
    let mut all = std::mem::take(&mut *lines.lock().unwrap());
    all.sort();
    let line = |error: bool, text: &str| (error, text.to_string());
    assert_eq!(all, [line(false, "one"), line(false, "two [secret]"), line(true, "three")]);

    place.docker.run(&["exec", &container.id, "touch", "/go"]);
    let (project, service) = (place.project.clone(), "app".to_string());
    place.perform(&place.step(Action::Wait { project, service, until: Condition::Completed })).await.unwrap();
    // Following an ended container ends by itself; its last line has no end.
    let last = LogOptions { tail: Some(1), follow: true, ..LogOptions::default() };
    place.engine.logs(only, &last, &Cancel::new(), &on_line).await.unwrap();
    assert_eq!(*lines.lock().unwrap(), [line(false, "four")]);
}
