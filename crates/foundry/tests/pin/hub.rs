//! What only the large registries do: tokens, pages, limits. A few lines of a server that does as they do.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use testkit::Repo;

/// Answers by path and `Authorization`; ends with the test's process.
struct Hub {
    address: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Hub {
    fn new(answer: impl Fn(&str, &str, &str) -> String + Send + 'static) -> Hub {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let (seen, own) = (Arc::new(Mutex::new(Vec::new())), address.clone());
        let log = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (path, login) = request(&stream);
                log.lock().expect("no panic").push(format!("{path} {login}"));
                let _ = (&stream).write_all(answer(&own, &path, &login).as_bytes());
            }
        });
        Hub { address, seen }
    }

    fn repo(&self) -> Repo {
        let repo = Repo::new(env!("CARGO_BIN_EXE_foundry"));
        repo.write("config-registry/env/domains.yml", "domains: [{name: web, standalone: true}]\n")
            .write("config-registry/env/base.env", format!("IMAGE={}/team/web:1.0.0\n", self.address))
            .write("domains/web/templates/compose.yml.tmpl", "services: {web: {image: '{{ IMAGE }}'}}\n");
        repo
    }
}

fn request(stream: &TcpStream) -> (String, String) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let first = lines.next().unwrap_or_default();
    let headers = lines.take_while(|line| !line.is_empty());
    let login = headers
        .filter_map(|l| l.to_ascii_lowercase().strip_prefix("authorization: ").map(|_| l[15..].to_owned()))
        .next();
    (first.split(' ').nth(1).unwrap_or_default().to_owned(), login.unwrap_or_default())
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}", body.len())
}

#[test]
fn a_token_is_fetched_once_and_all_pages_are_read() {
    let digest = format!("sha256:{}", "7".repeat(64));
    let told = digest.clone();
    let hub = Hub::new(move |own, path, login| {
        if path.starts_with("/token?") {
            assert!(
                path.contains("scope=repository:team/web:pull") && path.contains("service=a%20hub"),
                "{path}"
            );
            return answer("200 OK", "", r#"{"token":"t0ken-9"}"#);
        }
        if login != "Bearer t0ken-9" {
            let challenge =
                format!("www-authenticate: Bearer realm=\"http://{own}/token\",service=\"a hub\"\r\n");
            return answer("401 Unauthorized", &challenge, "{}");
        }
        match path {
            "/v2/team/web/tags/list?n=1000" => answer(
                "200 OK",
                "link: </v2/team/web/tags/list?n=1000&last=1.0.0>; rel=\"next\"\r\n",
                r#"{"tags":["1.0.0"]}"#,
            ),
            "/v2/team/web/tags/list?n=1000&last=1.0.0" => answer("200 OK", "", r#"{"tags":["1.0.7"]}"#),
            "/v2/team/web/manifests/1.0.7" => {
                answer("200 OK", &format!("docker-content-digest: {told}\r\n"), "")
            }
            _ => answer("404 Not Found", "", "{}"),
        }
    });
    let repo = hub.repo();
    let _ = repo.run(&["pin", "update"]).code(0);
    assert!(repo.read("config-registry/env/base.env").contains(&format!("web:1.0.7@{digest}")));
    let seen = hub.seen.lock().expect("no panic");
    assert_eq!(seen.iter().filter(|line| line.starts_with("/token")).count(), 1, "{seen:#?}");
}

#[test]
fn a_login_is_sent_to_its_own_registry_and_shown_nowhere() {
    let hub = Hub::new(|_, _, login| match login {
        "Basic bWU6a2FuYXJpZW52b2dlbC03Mzkx" => answer("200 OK", "", r#"{"tags":[]}"#),
        _ => answer("401 Unauthorized", "www-authenticate: Basic realm=\"x\"\r\n", "{}"),
    });
    let repo = hub.repo();
    let ran = repo.run(&["pin", "update"]).code(4);
    assert!(ran.stdout.contains("does not let us see team/web"), "{}", ran.all());
    let config = repo.root().join("docker");
    repo.write(
        "docker/config.json",
        format!("{{\"auths\":{{\"{}\":{{\"auth\":\"bWU6a2FuYXJpZW52b2dlbC03Mzkx\"}}}}}}", hub.address),
    );
    let ran = repo.command(&["pin", "update"]).env("DOCKER_CONFIG", &config).output().expect("it runs");
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(
        !said.contains("does not let us see") && !said.contains("kanarienvogel") && !said.contains("bWU6"),
        "{said}"
    );
}

#[test]
fn what_a_registry_refuses_is_not_checked_with_its_reason() {
    for (status, headers, reason) in [
        ("429 Too Many Requests", "retry-after: 90\r\n", "too many questions; try again in 90 s"),
        ("404 Not Found", "", "has no repository team/web"),
        ("403 Forbidden", "", "does not let us see team/web"),
        ("503 Service Unavailable", "", "answered 503"),
        ("200 OK", "", "is no JSON"),
        ("302 Found", "location: http://192.0.2.1/x\r\n", "neither HTTPS nor loopback"),
        ("302 Found", "location: /again\r\n", "too many redirects"),
    ] {
        let hub = Hub::new(move |_, _, _| answer(status, headers, "no"));
        let repo = hub.repo();
        let ran = repo.run(&["pin", "update"]).code(4);
        assert!(
            ran.stdout.contains("was not checked: ") && ran.stdout.contains(reason),
            "{reason}:\n{}",
            ran.all()
        );
        let json = repo.run(&["pin", "check", "--json", "--platform", "amd64"]).code(1).json();
        if status.starts_with("429") {
            assert!(json["images"][0]["not_checked"].to_string().contains(reason), "{json:#}");
        }
    }
}
