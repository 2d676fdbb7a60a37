//! `foundry watch` on a real engine: one event for each change, none for what changes nothing.

use super::world::World;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use testkit::{Repo, need, until};

/// A watch that runs, and what it has told.
struct Watching {
    child: Child,
    told: Arc<Mutex<Vec<Value>>>,
}

impl Watching {
    fn start(repo: &Repo, more: &[&str]) -> Watching {
        let arguments: Vec<&str> = ["watch", "--settle", "400"].iter().chain(more).copied().collect();
        let mut child =
            repo.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let told = Arc::new(Mutex::new(Vec::new()));
        let (lines, into) = (BufReader::new(child.stdout.take().unwrap()).lines(), told.clone());
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                into.lock().unwrap().push(serde_json::from_str(&line).expect("a line of JSON"));
            }
        });
        let watching = Watching { child, told };
        watching.wait_for(1);
        watching
    }

    /// `event subject` of everything told.
    fn words(&self) -> Vec<String> {
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        let line = |v: &Value| format!("{} {}", text(&v["event"]), text(&v["subject"])).trim_end().to_owned();
        self.told.lock().unwrap().iter().map(line).collect()
    }

    fn wait_for(&self, count: usize) {
        until(&format!("{count} events"), 60, || self.words().len() >= count);
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Ends it as systemd does; returns everything told.
    fn end(mut self) -> Vec<String> {
        self.signal("TERM");
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        until("the last event", 20, || self.words().last().is_some_and(|w| w == "stopped"));
        self.words()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn each_change_is_one_event_and_a_thousand_cycles_without_change_are_none() {
    let world = World::new(need!(testkit::docker()));
    let _ = world.deploy().code(0);
    let (hook, sent) = webhook();
    let (port, url) = (world.docker.free_port(), format!("http://127.0.0.1:{hook}/secret-path"));
    let address = format!("127.0.0.1:{port}");
    let watching = Watching::start(&world.repo, &["--metrics", &address, "--webhook", &url]);
    until("a look", 60, || get(port, "/metrics").contains("foundry_drift{"));

    // Written with what is in them already, read, and touched: nothing is different.
    let files =
        ["generated/web/page.html", "domains/web/templates/page.html.tmpl", "config-registry/env/base.env"];
    let texts = files.map(|file| world.repo.read(file));
    for cycle in 0..1000 {
        let at = cycle % files.len();
        world.repo.write(files[at], &texts[at]);
    }
    world.docker.run(&["exec", &world.container("mon"), "true"]);
    world.docker.run(&["pause", &world.container("mon")]);
    watching.wait_for(2);
    assert_eq!(watching.words(), ["started", "drift mon/mon"]);
    world.docker.run(&["unpause", &world.container("mon")]);
    watching.wait_for(3);

    // A deploy's own steps are no drift, and it resolves what was.
    world.repo.edit("domains/web/templates/page.html.tmpl", "from", "greets from");
    watching.wait_for(4);
    let _ = world.deploy().code(0);
    watching.wait_for(5);
    let _ = world.run(&["restart", "--all", "--yes"]).code(0);
    let _ = world.run(&["down", "mon", "--for", "2h", "--yes"]).code(0);
    until("the maintenance is known", 60, || {
        get(port, "/metrics").contains("foundry_maintenance_until_timestamp_seconds{domain=\"mon\"")
    });
    // A broken registry is told once, and so is its mending.
    let good = world.repo.read("config-registry/env/domains.yml");
    world.repo.write("config-registry/env/domains.yml", format!("{good}]\n"));
    watching.wait_for(6);
    world.repo.write("config-registry/env/domains.yml", &good);
    watching.wait_for(7);
    watching.signal("HUP");

    let page = get(port, "/metrics");
    assert!(page.starts_with("HTTP/1.1 200 OK") && get(port, "/").starts_with("HTTP/1.1 404"), "{page}");
    let body = page.split_once("\r\n\r\n").unwrap().1.to_owned();
    assert!(body.contains("foundry_watch_events_total{event=\"drift\",environment=\"dev\""), "{body}");
    if Command::new("promtool").arg("--version").output().is_ok() {
        let mut child =
            Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "{body}");
    }
    let told = watching.told.clone();
    let words = watching.end();
    let wanted = [
        "started",
        "drift mon/mon",
        "resolved mon/mon",
        "drift generated/web/page.html",
        "resolved generated/web/page.html",
        "registry-invalid",
        "registry-valid",
        "stopped",
    ];
    assert_eq!(words, wanted);
    let told = told.lock().unwrap();
    assert!(told.iter().all(|line| line["environment"] == "dev" && line["time"].is_string()), "{told:#?}");
    assert!(!serde_json::to_string(&*told).unwrap().contains("secret-path"));
    until("the webhook has all of them", 30, || sent.lock().unwrap().len() == wanted.len());
    assert_eq!(*sent.lock().unwrap(), *told);
    let _ = world.deploy().code(0);
}

/// A server that answers 204; its port and the bodies it was sent.
fn webhook() -> (u16, Arc<Mutex<Vec<Value>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let sent = Arc::new(Mutex::new(Vec::new()));
    let into = sent.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut line, mut length) = (String::new(), 0);
            while reader.read_line(&mut line).is_ok_and(|n| n > 2) {
                if let Some(count) = line.to_lowercase().strip_prefix("content-length: ") {
                    length = count.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            into.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        }
    });
    (port, sent)
}

/// Stands between the program and the engine, so that the engine can go away.
struct Relay {
    path: String,
    engine: String,
    open: Arc<Mutex<Vec<UnixStream>>>,
}

impl Relay {
    fn start(&self) {
        let _ = std::fs::remove_file(&self.path);
        let listener = UnixListener::bind(&self.path).unwrap();
        let (engine, open) = (self.engine.clone(), self.open.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = UnixStream::connect(&engine) else { continue };
                let streams = [&client, &server].map(|stream| stream.try_clone().unwrap());
                open.lock().unwrap().extend(streams);
                for (mut from, mut to) in
                    [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)]
                {
                    std::thread::spawn(move || {
                        let _ = std::io::copy(&mut from, &mut to);
                        let _ = to.shutdown(std::net::Shutdown::Both);
                    });
                }
            }
        });
    }

    fn stop(&self) {
        std::fs::remove_file(&self.path).unwrap();
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }
}

#[test]
fn an_engine_that_goes_away_and_comes_back_is_two_events() {
    let mut world = World::new(need!(testkit::docker()));
    let _ = world.run(&["deploy", "mon", "--yes"]).code(0);
    let folder = tempfile::tempdir().unwrap();
    let engine = world.docker.host().trim_start_matches("unix://").to_owned();
    let path = folder.path().join("engine.sock").display().to_string();
    let relay = Relay { path: path.clone(), engine, open: Arc::default() };
    relay.start();
    let host = world.docker.host().to_owned();
    world.repo.variable("DOCKER_HOST", &format!("unix://{path}"));
    let watching = Watching::start(&world.repo, &["mon"]);
    relay.stop();
    watching.wait_for(2);
    // Meanwhile something changes: it is told when the engine is back.
    world.docker.run(&["pause", &world.container("mon")]);
    relay.start();
    watching.wait_for(4);
    world.repo.variable("DOCKER_HOST", &host);
    assert_eq!(watching.end(), ["started", "engine-gone", "engine-back", "drift mon/mon", "stopped"]);
    world.docker.run(&["unpause", &world.container("mon")]);
}

#[test]
fn one_look_a_unit_and_wrong_options() {
    let world = World::new(need!(testkit::docker()));
    let _ = world.run(&["deploy", "mon", "--yes"]).code(0);
    assert_eq!(world.run(&["watch", "--once"]).code(0).stdout, "");
    world.docker.run(&["pause", &world.container("mon")]);
    let line = world.run(&["watch", "--once"]).code(0).json();
    assert_eq!(
        (&line["event"], &line["kind"], &line["subject"]),
        (&"drift".into(), &"live".into(), &"mon/mon".into())
    );
    world.docker.run(&["unpause", &world.container("mon")]);

    let wrong = world.run(&["watch", "--webhook", "https://example.org/token"]).code(2);
    assert!(
        wrong.stderr.contains("https is not spoken here") && !wrong.stderr.contains("token"),
        "{}",
        wrong.stderr
    );
    let _ = world.run(&["watch", "--metrics", "here"]).code(2);

    let hook = "http://127.0.0.1:1/secret-path";
    let unit = world
        .run(&["watch", "mon", "--metrics", "127.0.0.1:9469", "--webhook", hook, "--print-unit"])
        .code(0)
        .stdout;
    assert!(unit.contains("--metrics 127.0.0.1:9469") && unit.contains("ProtectSystem=strict"), "{unit}");
    assert!(!unit.contains("secret-path"), "a unit can be read by everybody:\n{unit}");
    if Command::new("systemd-analyze").arg("--version").output().is_ok_and(|o| o.status.success()) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("foundry-watch.service");
        std::fs::write(&file, &unit).unwrap();
        let verified =
            Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&file).output().unwrap();
        let said = String::from_utf8_lossy(&verified.stderr).into_owned();
        assert!(verified.status.success() && !said.contains("foundry-watch.service:"), "{said}\n{unit}");
    }
}
