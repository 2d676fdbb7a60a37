//! Planning changes nothing: a recording proxy before the engine's socket sees only GET and HEAD on many plans.

use super::world::World;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use testkit::need;

/// Passes everything on and notes each request line.
fn record(socket: &Path, engine: String) -> Arc<Mutex<Vec<String>>> {
    let noted = Arc::new(Mutex::new(Vec::new()));
    let listener = UnixListener::bind(socket).unwrap();
    let all = noted.clone();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (engine, noted) = (UnixStream::connect(&engine).unwrap(), all.clone());
            let (mut from, mut to) = (engine.try_clone().unwrap(), client.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut from, &mut to));
            std::thread::spawn(move || forward(client, engine, &noted));
        }
    });
    noted
}

fn forward(mut client: UnixStream, mut engine: UnixStream, noted: &Mutex<Vec<String>>) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = client.read(&mut bytes) {
        let text = String::from_utf8_lossy(&bytes[..read]);
        noted.lock().unwrap().extend(text.lines().filter(|l| l.ends_with(" HTTP/1.1")).map(str::to_owned));
        if engine.write_all(&bytes[..read]).is_err() {
            return;
        }
    }
}

#[test]
fn twenty_plans_in_many_states_send_no_mutating_request() {
    let world = World::new(need!(testkit::docker()));
    let engine = world.docker.host().trim_start_matches("unix://").to_owned();
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("docker.sock");
    let noted = record(&socket, engine);
    let host = format!("unix://{}", socket.display());
    let mut plans = 0;
    let mut plan_all = || {
        for arguments in [
            &["plan", "--all"][..],
            &["plan", "--all", "--prune", "--json"],
            &["plan", "db", "app"],
            &["plan", "mon"],
        ] {
            let ran = world.repo.command(arguments).env("DOCKER_HOST", &host).output().unwrap();
            assert!(ran.status.success(), "{arguments:?}");
            plans += 1;
        }
    };
    plan_all();
    let _ = world.deploy().code(0);
    plan_all();
    world.docker.run(&["kill", &world.container("app")]);
    plan_all();
    world.repo.edit("config-registry/env/base.env", "GREETING=hello", "GREETING=hi");
    plan_all();
    world.docker.run(&["rm", "-f", &world.container("db")]);
    plan_all();
    world.repo.edit(
        "config-registry/env/domains.yml",
        "  - {name: mon, standalone: true}\n",
        "  - {name: mon, standalone: true, consumes: [db]}\n",
    );
    plan_all();
    assert!(plans >= 20);
    let noted = noted.lock().unwrap();
    assert!(noted.len() > plans, "the proxy saw {} requests", noted.len());
    let changing: Vec<&String> =
        noted.iter().filter(|l| !l.starts_with("GET ") && !l.starts_with("HEAD ")).collect();
    assert!(changing.is_empty(), "{changing:?}");
}
