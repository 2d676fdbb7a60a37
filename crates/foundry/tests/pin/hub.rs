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

#[test]
fn tls_is_checked_against_the_authorities_of_the_system() {
    let folder = tempfile::tempdir().expect("a folder");
    let openssl = |arguments: &[&str]| {
        let mut command = std::process::Command::new("openssl");
        command.args(arguments).current_dir(folder.path());
        command
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        command
    };
    let certificate = |file: &str| {
        let mut command = openssl(&["req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"]);
        command.args(["-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=localhost"]);
        command.args(["-addext", "subjectAltName=DNS:localhost"]);
        command.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
        command.args(["-keyout", &format!("{file}.key"), "-out", &format!("{file}.pem")]);
        assert!(command.status().expect("openssl runs").success());
    };
    certificate("cert");
    certificate("other");
    std::fs::write(
        folder.path().join("tags"),
        "HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n{\"tags\":[\"1.0.0\",\"1.0.9\"]}",
    )
    .expect("written");
    let port = testkit::free_port();
    let accept = format!("127.0.0.1:{port}");
    // `-HTTP` sends a file as it is, headers and all.
    let mut server = openssl(&[
        "s_server", "-accept", &accept, "-cert", "cert.pem", "-key", "cert.key", "-HTTP", "-quiet",
    ])
    .spawn()
    .expect("it starts");
    testkit::until("the server listens", 30, || TcpStream::connect(&accept).is_ok());
    let digest = format!("docker-content-digest: sha256:{}\r\n", "7".repeat(64));
    let hub = Hub::new(move |_, path, _| match path {
        "/v2/team/web/manifests/1.0.9" => answer("200 OK", &digest, ""),
        _ => answer("307 Temporary Redirect", &format!("location: https://localhost:{port}/tags\r\n"), ""),
    });
    let repo = hub.repo();
    let run = |authorities: &str| {
        let output = repo
            .command(&["pin", "update"])
            .env("SSL_CERT_FILE", folder.path().join(authorities))
            .output()
            .expect("it runs");
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    };
    let nobody = run("cert.key");
    assert!(nobody.contains("was not checked: "), "{nobody}");
    let distrusted = run("other.pem");
    assert!(distrusted.contains("trusting localhost:") && distrusted.contains("certificate"), "{distrusted}");
    let trusted = run("cert.pem");
    assert!(trusted.contains("web:1.0.9@sha256:777"), "{trusted}");
    server.kill().expect("it is there");
    server.wait().expect("it ends");
}
