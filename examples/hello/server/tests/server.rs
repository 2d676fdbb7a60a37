//! The real program, started on free ports and asked over HTTP.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hello-server");

struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(settings: &[(&str, &str)]) -> Server {
        let mut child = Command::new(PROGRAM)
            .env_clear()
            .env("PORT", "0")
            .envs(settings.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut first = String::new();
        log.read_line(&mut first).unwrap();
        let port = first.trim().rsplit(' ').next().unwrap().parse().unwrap_or_else(|_| panic!("{first}"));
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Server { child, port }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(format!("{request} HTTP/1.1\r\nHost: test\r\n\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn healthcheck(&self) -> i32 {
        let mut command = Command::new(PROGRAM);
        command.arg("healthcheck").env_clear().env("PORT", self.port.to_string()).stderr(Stdio::null());
        command.status().unwrap().code().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A directory of this test's own, removed and made anew.
fn scratch(name: &str) -> std::path::PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

#[test]
fn the_page_names_each_upstream_and_its_health() {
    let store = Server::start(&[("NAME", "store")]);
    // Held on one loopback address, so that nobody listens on it at the other.
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = held.local_addr().unwrap().port();
    let upstreams = format!("store={},gone=http://127.0.0.2:{closed}", store.url());
    let page = Server::start(&[("NAME", "page"), ("UPSTREAMS", &upstreams)]);

    let html = page.ask("GET /");
    assert!(html.starts_with("HTTP/1.1 200 OK\r\n"), "{html}");
    assert!(html.contains("<h1>page</h1>"), "{html}");
    assert!(html.contains("<td class=healthy>healthy</td>"), "{html}");
    assert!(
        html.contains("<td class=unhealthy>unhealthy: cannot connect: connection refused</td>"),
        "{html}"
    );

    let json = page.ask("GET /status.json");
    assert!(
        json.contains(&format!(r#"{{"name":"store","url":"{}","healthy":true,"detail":null}}"#, store.url()))
    );
    assert!(json.contains(r#""healthy":false,"detail":"cannot connect: connection refused""#), "{json}");

    drop(store);
    assert!(!page.ask("GET /status.json").contains("true"), "a probe was remembered");
}

#[test]
fn visits_are_counted_through_the_api_and_survive_a_restart() {
    let data = scratch("visits");
    let keep = [("NAME", "store"), ("DATA_DIR", data.to_str().unwrap())];
    let store = Server::start(&keep);
    let api = Server::start(&[("NAME", "api"), ("COUNT_URL", &format!("{}/count", store.url()))]);
    let page = Server::start(&[("NAME", "page"), ("COUNT_URL", &format!("{}/count", api.url()))]);
    assert!(page.ask("GET /").contains("<p>Visits: 1</p>"));
    assert!(page.ask("GET /").contains("<p>Visits: 2</p>"));
    drop(store);
    assert!(page.ask("GET /").contains("Visits: unknown (503: cannot connect"), "{}", page.ask("GET /"));

    let again = Server::start(&keep);
    assert!(again.ask("POST /count").ends_with("\r\n\r\n3\n"));
}

#[test]
fn many_visitors_at_once_are_all_counted() {
    let data = scratch("concurrent");
    let store = Server::start(&[("DATA_DIR", data.to_str().unwrap())]);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| assert!(store.ask("POST /count").starts_with("HTTP/1.1 200")));
        }
    });
    assert!(store.ask("POST /count").ends_with("\r\n\r\n17\n"));
}

#[test]
fn an_idle_connection_holds_up_nobody() {
    let server = Server::start(&[]);
    let _idle = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    assert!(server.ask("GET /health").ends_with("ok\n"));
}

#[test]
fn the_healthcheck_asks_the_running_server() {
    let data = scratch("health");
    let mut server = Server::start(&[("DATA_DIR", data.to_str().unwrap())]);
    assert_eq!(server.healthcheck(), 0);
    std::fs::write(data.join("visits"), "many\n").unwrap();
    assert_eq!(server.healthcheck(), 1, "a broken counter is not healthy");
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    assert_eq!(server.healthcheck(), 1, "nobody answers");
}

#[test]
fn sigterm_ends_the_server_with_success() {
    let mut server = Server::start(&[]);
    let sent = Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
}

#[test]
fn what_is_not_understood_is_refused() {
    let server = Server::start(&[]);
    assert!(server.ask("GET /nothing").starts_with("HTTP/1.1 404"));
    assert!(server.ask("DELETE /").starts_with("HTTP/1.1 405"));
    assert!(server.ask("POST /count").starts_with("HTTP/1.1 404"));
    assert!(server.ask("nonsense").starts_with("HTTP/1.1 400"));
    assert!(server.ask("HEAD /health").ends_with("\r\n\r\n"), "HEAD has no body");
    for (key, value) in [("PORT", "many"), ("UPSTREAMS", "store")] {
        let mut command = Command::new(PROGRAM);
        let status = command.env_clear().env(key, value).stderr(Stdio::null()).status().unwrap();
        assert_eq!(status.code(), Some(2), "{key}={value}");
    }
}
