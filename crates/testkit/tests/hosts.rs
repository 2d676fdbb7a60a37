//! Hosts: log in, sudo, reboot, and every way to fail and come back.

#[test]
fn a_host_is_logged_in_to_rebooted_and_cut_off() {
    let mut hosts = testkit::need!(testkit::hosts(1));
    let host = hosts.first_mut().expect("one host");
    assert_eq!(host.ssh("root", "hostname"), host.name());
    assert_eq!(host.ssh("deploy", "sudo -n whoami"), "root");
    assert!(host.known_hosts().contains("ssh-ed25519 AAAA"));

    let _ = host.ssh("root", "echo kept >/root/kept; echo lost >/run/lost");
    host.reboot();
    assert_eq!(host.ssh("root", "cat /root/kept; test -e /run/lost || echo rebooted"), "kept\nrebooted");

    host.cut_off();
    assert!(!host.answers());
    assert_eq!(host.inside("echo still here"), "still here");
    host.reconnect();
    assert_eq!(host.ssh("root", "echo back"), "back");

    host.fill("/srv");
    let full = host.try_ssh("root", "head -c 65536 /dev/zero >/srv/more");
    assert!(String::from_utf8_lossy(&full.stderr).contains("No space left on device"), "{full:?}");
    host.empty("/srv");
    let _ = host.ssh("root", "head -c 65536 /dev/zero >/srv/more");

    host.stop();
    assert!(!host.answers());
    host.start();
    assert_eq!(host.ssh("root", "cat /root/kept"), "kept");
}

#[test]
fn hosts_reach_each_other_by_name() {
    let hosts = testkit::need!(testkit::hosts(3));
    let [first, .., last] = &*hosts else { panic!("three hosts") };
    let line = format!("ping -c 1 -W 5 {}.incus >/dev/null && echo reached", last.name());
    assert_eq!(first.ssh("root", &line), "reached");
    let names: std::collections::BTreeSet<&str> = hosts.iter().map(testkit::Host::address).collect();
    assert_eq!(names.len(), 3);
}

#[test]
fn a_slow_link_carries_what_it_is_allowed_to() {
    let hosts = testkit::need!(testkit::hosts(1));
    let host = hosts.first().expect("one host");
    host.slow_down(256);
    let mut command = host.ssh_command("root");
    command.arg("wc -c").stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = command.spawn().expect("ssh");
    std::io::Write::write_all(&mut child.stdin.take().expect("piped"), &vec![7; 65536]).expect("sent");
    let output = child.wait_with_output().expect("ended");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "65536");
    assert!(host.held_back() > 0, "nothing had to wait");
    host.full_speed();
    assert_eq!(host.held_back(), 0);
}

#[test]
fn docker_runs_inside_a_host() {
    let hosts = testkit::need!(testkit::hosts_with_docker(1));
    let host = hosts.first().expect("one host");
    assert!(host.ssh("root", "docker compose version --short").starts_with('2'));
    let line = "mkdir -p /tmp/i/bin && cp $(ldd /bin/true | grep -o '/[^ ]*' | sort -u) /bin/true /tmp/i/bin/ 2>/dev/null; \
                tar -C /tmp/i -c . | docker import - tiny:1 >/dev/null && docker image inspect -f '{{index .RepoTags 0}}' tiny:1";
    assert_eq!(host.ssh("root", line), "tiny:1");
}
