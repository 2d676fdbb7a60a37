//! Docker Engine: a container serves a page, Compose brings a project up, and nothing is left behind.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

/// Asks until a server answers; Docker's proxy accepts connections before the container listens.
fn page(port: u16) -> String {
    for _ in 0..100 {
        let mut answer = String::new();
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) {
            let _ = stream.write_all(b"GET / HTTP/1.0\r\n\r\n");
            let _ = stream.read_to_string(&mut answer);
        }
        if answer.contains("200 OK") {
            return answer;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("nothing answered on port {port}")
}

#[test]
fn a_container_serves_and_is_removed_at_the_end() {
    let docker = testkit::need!(testkit::docker());
    let (name, port) = (docker.name("web"), docker.free_port());
    let published = format!("127.0.0.1:{port}:80");
    docker.run(&["run", "-d", "--name", &name, "-p", &published, docker.image_busybox()]);
    assert!(page(port).ends_with("hello\n"));
    let copy = docker.image_copy("image");
    docker.run(&["volume", "create", &docker.name("volume")]);
    drop(docker);
    let rest = Command::new("docker").args(["ps", "-a", "--format", "{{.Names}}"]).output().expect("docker");
    assert!(!String::from_utf8_lossy(&rest.stdout).contains(&name));
    let rest = Command::new("docker").args(["image", "inspect", &copy]).output().expect("docker");
    assert!(!rest.status.success(), "{copy} is still there");
}

#[test]
fn compose_brings_a_project_up() {
    let docker = testkit::need!(testkit::docker());
    let folder = tempfile::tempdir().expect("a folder");
    let port = docker.free_port();
    let file = folder.path().join("compose.yml");
    let text = format!(
        "services:\n  web:\n    image: {}\n    ports: [\"127.0.0.1:{port}:80\"]\n",
        docker.image_busybox()
    );
    std::fs::write(&file, text).expect("written");
    let file = file.to_str().expect("a plain path");
    docker.run(&["compose", "-p", docker.prefix(), "-f", file, "up", "-d"]);
    assert!(page(port).contains("hello"));
    let project = format!("label=com.docker.compose.project={}", docker.prefix());
    drop(docker);
    let rest = Command::new("docker").args(["ps", "-aq", "--filter", &project]).output().expect("docker");
    assert!(rest.stdout.is_empty(), "the project's containers are still there");
}
