//! The Compose engine of another machine, over SSH: files travel, the API is reached, `docker compose` runs there.

mod place;
mod tls;

use foundry_core::plan::{Action, Condition, ContainerState, Health};
use foundry_runtime::Kind;
use foundry_runtime::engine::compose::{Compose, Endpoint, Layout, Options, Scope};
use foundry_runtime::execute::Event;
use foundry_runtime::host::SshOptions;
use place::Place;
use std::path::PathBuf;
use testkit::need;

fn through(config: PathBuf) -> SshOptions {
    SshOptions { config: Some(config), ..SshOptions::default() }
}

#[tokio::test]
async fn a_service_is_deployed_observed_and_removed_over_ssh() {
    let (docker, sshd) = (need!(testkit::docker()), need!(testkit::sshd()));
    let endpoint = Endpoint::parse(&sshd.address()).unwrap();
    let place = Place::at(docker, &endpoint, |options| options.ssh = through(sshd.config())).await;
    assert_eq!(place.engine.place(), "foundry-test");
    let check = "healthcheck: {interval: 100ms, test: [CMD, 'true']}\nvolumes: ['./page:/www:ro']";
    place.write(&place.app(check)).await;
    place.perform(&place.create(Condition::Healthy)).await.unwrap();
    let container = place.container().await;
    assert_eq!((container.state, container.health), (ContainerState::Running, Health::Healthy));
    let folder = place.folder.path().join("generated/web/page").display().to_string();
    assert_eq!(container.mounts[0].source, folder);
    let seen = place.observe().await;
    assert_eq!(seen.files.keys().collect::<Vec<_>>(), ["web/compose.foundry.yml", "web/compose.yml"]);
    assert_eq!(place.observe().await, seen);
    let remove = vec!["web/compose.yml".to_string(), "web/compose.foundry.yml".to_string()];
    place.perform(&place.step(Action::WriteFiles { write: Vec::new(), remove })).await.unwrap();
    place
        .perform(&place.step(Action::RemoveContainer { name: container.name, id: container.id }))
        .await
        .unwrap();
    let seen = place.observe().await;
    assert!(seen.files.is_empty() && seen.containers.is_empty());
}

#[tokio::test]
async fn an_engine_over_tls_is_reached_with_a_certificate_and_not_without() {
    let docker = need!(testkit::docker());
    let clients = testkit::clients();
    let address = tls::in_front_of(docker.host().trim_start_matches("unix://"), clients.server()).await;
    let connect = async |endpoint: Endpoint| {
        Compose::connect_to(&endpoint, Options::new(Layout::new("/nonexistent"))).await
    };
    let reached = connect(Endpoint::Tls(address.clone(), clients.known().into())).await.unwrap();
    assert_eq!(reached.place(), format!("tcp://{address}"));
    assert!(reached.observe(Scope::All).await.is_ok());
    for other in [Endpoint::Tcp(address.clone()), Endpoint::Tls(address.clone(), clients.stranger().into())] {
        let error = connect(other).await.unwrap_err();
        assert_eq!(error.kind, Kind::Unreachable, "{error}");
    }
}

#[tokio::test]
async fn a_compose_that_runs_over_there_is_interrupted() {
    let (docker, sshd) = (need!(testkit::docker()), need!(testkit::sshd()));
    let endpoint = Endpoint::parse(&sshd.address()).unwrap();
    let place = Place::at(docker, &endpoint, |options| options.ssh = through(sshd.config())).await;
    place.write(&place.sleeping_build()).await;
    let cancel = place.cancel.clone();
    let on_event = move |event| {
        if matches!(&event, Event::Progress { text, .. } if text.contains("at it")) {
            cancel.cancel();
        }
    };
    let (project, service, image) = (place.project.clone(), "app".to_string(), place.docker.name("built"));
    let report =
        place.execute(vec![place.step(Action::BuildImage { project, service, image })], &on_event).await;
    assert_eq!(report.kind(), Some(Kind::Cancelled), "{report:?}");
}

#[tokio::test]
async fn an_engine_that_does_not_answer_is_told_with_its_machine() {
    let mut sshd = need!(testkit::sshd());
    let options =
        |config: PathBuf| Options { ssh: through(config), ..Options::new(Layout::new("/nonexistent")) };
    let endpoint = Endpoint::parse(&sshd.address()).unwrap();
    let stranger = options(sshd.config_of_a_stranger());
    let error = Compose::connect_to(&endpoint, stranger).await.unwrap_err();
    assert!(error.message.contains("refuses the login"), "{error}");
    let relative = Options { remote_generated: Some("fdt/generated".into()), ..options(sshd.config()) };
    if testkit::docker().is_ok() {
        // Below the home folder of the login, wherever this process works.
        let engine = Compose::connect_to(&endpoint, relative).await.unwrap();
        assert_eq!(engine.layout().generated, std::env::home_dir().unwrap().join("fdt/generated"));
    }
    sshd.cut();
    let error = Compose::connect_to(&endpoint, options(sshd.config())).await.unwrap_err();
    assert_eq!((error.kind, error.kind.exit_code()), (Kind::Unreachable, 4));

    let local = Options::new(Layout::new("/nonexistent/generated"));
    let endpoint = Endpoint::Unix("/nonexistent/docker.sock".to_string());
    let error = Compose::connect_to(&endpoint, local.clone()).await.unwrap_err();
    let message =
        "no Docker Engine answers at /nonexistent/docker.sock: there is no socket /nonexistent/docker.sock";
    assert_eq!((error.message.as_str(), error.kind), (message, Kind::Unreachable));
    assert_eq!(error.hints[0], "start it: sudo systemctl start docker");
    let error = Compose::connect_to(&Endpoint::Tcp("127.0.0.1:1".to_string()), local).await.unwrap_err();
    assert_eq!(error.message, "no Docker Engine answers at 127.0.0.1:1: connection refused");
}
