//! Taking a snapshot and checking a step only read: a recording proxy stands before the engine's socket.

mod place;

use foundry_core::plan::{Action, Condition, Expect, VolumeSpec};
use foundry_runtime::engine::compose::{Endpoint, Scope};
use place::Place;
use std::path::Path;
use std::sync::{Arc, Mutex};
use testkit::need;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

type Requests = Arc<Mutex<Vec<String>>>;

/// Passes everything on to the real engine and notes each request line.
fn record(socket: &Path, engine: String) -> Requests {
    let requests = Requests::default();
    let listener = UnixListener::bind(socket).unwrap();
    let noted = requests.clone();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (noted, engine) = (noted.clone(), engine.clone());
            tokio::spawn(async move {
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_engine, mut to_engine) =
                    UnixStream::connect(engine).await.unwrap().into_split();
                tokio::spawn(async move { tokio::io::copy(&mut from_engine, &mut to_client).await });
                let mut bytes = vec![0; 64 * 1024];
                while let Ok(read @ 1..) = from_client.read(&mut bytes).await {
                    let text = String::from_utf8_lossy(&bytes[..read]);
                    let lines = text.lines().filter(|line| line.ends_with(" HTTP/1.1"));
                    noted.lock().unwrap().extend(lines.map(str::to_string));
                    to_engine.write_all(&bytes[..read]).await.unwrap();
                }
            });
        }
    });
    requests
}

#[tokio::test]
async fn only_get_requests_reach_the_engine() {
    let docker = need!(testkit::docker());
    let Endpoint::Unix(engine) = Endpoint::parse(docker.host()).unwrap() else {
        testkit::skip!("docker", "its engine has no socket on this machine");
    };
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("proxy.sock");
    let requests = record(&socket, engine);
    let endpoint = Endpoint::Unix(socket.display().to_string());
    let place = Place::at(docker, &endpoint, |_| {}).await;
    place.docker.run(&[
        "run",
        "-d",
        "--name",
        &place.docker.name("app-1"),
        "--label",
        &format!("com.docker.compose.project={}", place.project),
        "--label",
        "com.docker.compose.service=app",
        place.docker.image_busybox(),
    ]);
    for _ in 0..20 {
        place.engine.observe(Scope::All).await.unwrap();
    }
    let container = place.container().await;
    let volume = VolumeSpec { name: place.docker.name("data"), ..VolumeSpec::default() };
    let steps = [
        (
            place.create(Condition::Done).action,
            Expect::Containers([(container.id.clone(), container.state)].into()),
        ),
        (
            Action::RemoveContainer { name: container.name, id: container.id.clone() },
            Expect::Id(container.id),
        ),
        (Action::CreateVolume(volume.clone()), Expect::Absent),
        (Action::RemoveNetwork { name: place.docker.name("net") }, Expect::Absent),
    ];
    for (action, expect) in steps {
        let mut step = place.step(action);
        step.expect = expect;
        assert_eq!(place.engine.mismatch(&step).await.unwrap(), None);
    }
    let seen = std::mem::take(&mut *requests.lock().unwrap());
    assert!(seen.len() > 100, "{seen:#?}");
    assert!(seen.iter().all(|line| line.starts_with("GET /")), "{seen:#?}");

    // What changes something is noted as such, or the above would prove nothing.
    place.perform(&place.step(Action::CreateVolume(volume))).await.unwrap();
    assert_eq!(requests.lock().unwrap().len(), 1);
    let first = requests.lock().unwrap()[0].clone();
    assert!(first.starts_with("POST /v1.") && first.ends_with("/volumes/create HTTP/1.1"), "{first}");
}
