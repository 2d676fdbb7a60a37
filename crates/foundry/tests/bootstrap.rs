//! A bare machine becomes one that runs services: over SSH, with the scripts alone, once more, and after a reboot.

use std::process::{Command, Stdio};
use testkit::{Host, Ran, Repo, need};

const PROGRAM: &str = env!("CARGO_BIN_EXE_foundry");

/// An SSH configuration under which `bare` is the host.
fn configured(repo: &mut Repo, host: &Host) {
    let folder = repo.root().parent().expect("a parent").to_path_buf();
    let known = folder.join("known_hosts");
    std::fs::write(&known, format!("{}\n", host.known_hosts())).expect("written");
    let text = format!(
        "Host bare\n  HostName {}\n  User deploy\n  IdentityFile {}\n  UserKnownHostsFile {}\n  GlobalKnownHostsFile /dev/null\n  HostKeyAlias {}\n",
        host.address(),
        host.key().display(),
        known.display(),
        host.address()
    );
    let config = folder.join("ssh_config");
    std::fs::write(&config, text).expect("written");
    repo.variable("FOUNDRY_SSH_CONFIG", &config.display().to_string());
}

fn load_image(docker: &testkit::Docker, host: &Host) {
    let mut save = docker
        .command()
        .args(["save", docker.image_busybox()])
        .stdout(Stdio::piped())
        .spawn()
        .expect("docker");
    let out = save.stdout.take().expect("piped");
    let loaded = host.ssh_command("deploy").arg("docker load").stdin(out).output().expect("ssh");
    assert!(loaded.status.success() && save.wait().expect("ended").success(), "{loaded:?}");
}

fn bootstrap(repo: &Repo, more: &[&str]) -> Ran {
    repo.run(&[&["bootstrap", "--host", "bare"], more].concat())
}

#[test]
fn a_bare_machine_is_set_up_deployed_to_and_rebooted() {
    let (docker, mut hosts) = (need!(testkit::docker()), need!(testkit::hosts(1)));
    let host = hosts.first_mut().expect("one host");
    let mut repo = Repo::new(PROGRAM);
    configured(&mut repo, host);

    let look = bootstrap(&repo, &["--check"]).code(1);
    assert!(
        look.stdout.contains("missing  Docker Engine") && look.stdout.contains("missing  packages"),
        "{}",
        look.stdout
    );
    let unasked = bootstrap(&repo, &[]).code(1);
    assert!(unasked.stderr.contains("--yes"), "{}", unasked.stderr);
    assert!(!host.try_ssh("root", "command -v docker").status.success(), "something was installed unasked");

    let first = bootstrap(&repo, &["--yes"]).code(0);
    for part in
        ["changed  Installed Docker Engine", "changed  Installed Compose", "ok       a container runs"]
    {
        assert!(first.stdout.contains(part), "{part}: {}", first.all());
    }
    assert!(first.stdout.contains("changed  Added deploy to the group docker"), "{}", first.stdout);
    assert_eq!(host.ssh("root", "ls -d /tmp/foundry-bootstrap-* 2>/dev/null || echo none"), "none");

    let before =
        host.ssh("root", "dpkg-query -W; id deploy; stat -c %Y /usr/local/lib/docker/cli-plugins/* || true");
    let again = bootstrap(&repo, &["--yes"]).code(0);
    assert!(
        !again.stdout.contains("changed") && again.stderr.contains("Nothing to change"),
        "{}",
        again.all()
    );
    assert_eq!(
        host.ssh("root", "dpkg-query -W; id deploy; stat -c %Y /usr/local/lib/docker/cli-plugins/* || true"),
        before
    );

    load_image(&docker, host);
    repo.write("config-registry/env/environments.yml", "environments: {dev: {engine: compose, host: 'ssh://bare'}}\n")
        .write("config-registry/env/domains.yml", "domains:\n  - {name: web, standalone: true}\n")
        .write("config-registry/env/ports.yml", "web: {http: 8080}\n")
        .write(
            "domains/web/templates/compose.yml.j2",
            format!("services:\n  web:\n    image: {}\n    restart: unless-stopped\n    ports: ['{{{{ PORT_WEB_HTTP }}}}:80']\n", docker.image_busybox()),
        );
    let _ = repo.run(&["deploy", "--all", "--yes"]).code(0);
    let page = || host_page(host.address());
    assert_eq!(page(), "hello");
    let held = repo.run(&["bootstrap", "--env", "dev", "--check", "--json"]).code(0).json();
    assert_eq!((&held["ready"], &held["changed"]), (&true.into(), &0.into()), "{held}");
    assert!(held.to_string().contains("port 8080 is a container's"), "{held}");

    host.reboot();
    testkit::until("the service after the reboot", 60, || host_page(host.address()) == "hello");
    let after = bootstrap(&repo, &["--check"]).code(0);
    assert!(after.stdout.contains("ok       Docker Engine starts at boot"), "{}", after.stdout);
    assert!(repo.run(&["plan", "--all"]).code(0).stdout.contains("Nothing to do"));
}

fn host_page(address: &str) -> String {
    let url = format!("http://{address}:8080/");
    let output = Command::new("curl").args(["-s", "-m", "2", &url]).output().expect("curl runs");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Runs one script of `bootstrap/` here, in an environment of its own.
fn script(name: &str, variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let path = format!("{}/../../bootstrap/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new("bash");
    command.arg(path).args(arguments).envs(variables.iter().copied()).stdin(Stdio::null());
    Ran::from(command.output().expect("bash runs"))
}

#[test]
fn the_preflight_names_every_reason_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let system = |text: &str| {
        let path = folder.path().join("os-release");
        std::fs::write(&path, text).expect("written");
        path.display().to_string()
    };
    for (text, fits) in [
        ("ID=debian\nVERSION_ID=12\n", true),
        ("ID=debian\nVERSION_ID=13\n", true),
        ("ID=debian\n", true),
        ("ID=raspbian\nVERSION_ID=\"12\"\n", true),
        ("ID=ubuntu\nVERSION_ID=\"24.04\"\n", true),
        ("ID=ubuntu\nVERSION_ID=\"20.04\"\n", false),
        ("ID=debian\nVERSION_ID=11\n", false),
        ("ID=fedora\nVERSION_ID=42\n", false),
    ] {
        let ran = script("00-preflight.sh", &[("FOUNDRY_OS_RELEASE", &system(text))], &[]);
        assert_eq!(ran.stdout.contains("refused"), !fits && ran.code == 1, "{text}: {}", ran.all());
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port().to_string();
    let release = system("ID=arch\n");
    let all = [
        ("FOUNDRY_OS_RELEASE", release.as_str()),
        ("FOUNDRY_ARCHITECTURE", "armhf"),
        ("FOUNDRY_MIN_DISK_MB", "999999999"),
        ("FOUNDRY_MIN_MEMORY_MB", "999999999"),
        ("FOUNDRY_NOW", "1000000000"),
    ];
    let ran = script("00-preflight.sh", &all, &[&port]).code(1);
    let count = ran.stdout.lines().filter(|line| line.starts_with("refused")).count();
    assert_eq!(count, 6, "{}", ran.stdout);
    for part in ["not a system", "armhf", "MB are free", "MB of memory", "clock", &format!("port {port}")] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    drop(listener);
    let free = script("00-preflight.sh", &[], &[&port]);
    assert!(free.stdout.contains(&format!("port {port} is free")), "{}", free.stdout);
    let _ = script("00-preflight.sh", &[], &["not-a-port"]).code(2);
    let _ = script("install.sh", &[], &["--nonsense"]).code(2);
    assert!(script("install.sh", &[], &["--help"]).code(0).stdout.contains("--port PORT"));
}

#[test]
fn an_unknown_machine_is_an_error_with_a_way_out() {
    let repo = Repo::new(PROGRAM);
    let ran = repo.run(&["bootstrap", "--host", "nobody@127.0.0.1:1", "--yes"]).code(4);
    assert!(ran.stderr.contains("127.0.0.1") && ran.stderr.contains("help:"), "{}", ran.stderr);
    let _ = repo.run(&["bootstrap", "--json"]).code(2);
    let _ = repo.run(&["bootstrap", "--env", "nowhere", "--check"]).code(2);
}
