//! A run that is killed in the middle: no lock, connection or half-made thing is in the way of the next one.

mod place;

use foundry_core::plan::{Condition, Health};
use foundry_runtime::engine::compose::{Compose, Contents, During, Endpoint, Layout, Options};
use foundry_runtime::host::SshOptions;
use foundry_runtime::lock::{Lock, Wanted};
use foundry_runtime::{Cancel, Kind};
use place::Place;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use testkit::need;

/// Set in the process that will be killed: the folder, the image's project and the SSH configuration to use.
const ROLE: &str = "FOUNDRY_TEST_KILLED_RUN";

fn wanted<'a>(registry: &'a Path, cancel: &'a Cancel) -> Wanted<'a> {
    let (command, timeout) = ("foundry deploy", Duration::ZERO);
    Wanted { registry, environment: "dev", command, timeout, cancel, on_busy: &|_| {} }
}

fn options(folder: &Path, config: &str) -> Options {
    let ssh = SshOptions { config: Some(config.into()), ..SshOptions::default() };
    Options { ssh, ..Options::new(Layout::new(folder.join("generated"))) }
}

/// The run that is killed: takes the lock, deploys over SSH, and prints each line of progress.
#[expect(clippy::print_stdout, reason = "the parent reads it")]
async fn killed_run(role: &str) {
    let [folder, project, address, config] = role.split('\n').collect::<Vec<_>>()[..] else {
        panic!("{role}")
    };
    let cancel = Cancel::new();
    let _lock = Lock::take(&wanted(Path::new(folder), &cancel)).await.unwrap();
    let endpoint = Endpoint::parse(address).unwrap();
    let engine = Compose::connect_to(&endpoint, options(Path::new(folder), config)).await.unwrap();
    let progress = |text: String| println!("progress: {text}");
    let during = During { contents: &Contents::new(), cancel: &cancel, progress: &progress };
    let step = place::create(project, Condition::Healthy);
    engine.perform(&step, &during).await.unwrap();
}

/// How many processes have this in their command line.
fn processes(text: &str) -> usize {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    all.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .filter(|line| String::from_utf8_lossy(line).contains(text))
        .count()
}

#[tokio::test]
async fn the_next_run_finds_nothing_in_its_way() {
    if let Ok(role) = std::env::var(ROLE) {
        return killed_run(&role).await;
    }
    let (docker, sshd) = (need!(testkit::docker()), need!(testkit::sshd()));
    let config = sshd.config().display().to_string();
    let endpoint = Endpoint::parse(&sshd.address()).unwrap();
    let place = Place::local(docker).await;
    // Healthy only once the parent says so: the run cannot end before it is killed.
    place
        .write(&place.app("healthcheck: {interval: 100ms, retries: 1000, test: [CMD, test, -e, /go]}"))
        .await;
    let folder = place.folder.path();
    let runtime = tempfile::tempdir_in("/tmp").unwrap();
    for kill_at in ["Container", "health: starting"] {
        let role = format!("{}\n{}\n{}\n{config}", folder.display(), place.project, sshd.address());
        let mut run = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_next_run_finds_nothing_in_its_way", "--nocapture"])
            .env(ROLE, role)
            .env("XDG_RUNTIME_DIR", runtime.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(run.stdout.take().unwrap()).lines().map_while(Result::ok);
        let met = { lines }.any(|line| line.contains("progress: ") && line.contains(kill_at));
        // It holds the lock as long as it lives.
        let cancel = Cancel::new();
        let busy = Lock::take(&wanted(folder, &cancel)).await.map(|_| ()).unwrap_err();
        assert_eq!(busy.kind, Kind::Refused);
        run.kill().unwrap();
        run.wait().unwrap();
        assert!(met, "the run ended before {kill_at}");
        Lock::take(&wanted(folder, &cancel)).await.unwrap();
        // The connection and the program over there end by themselves.
        while processes(&config) > 0 || processes(&format!("-p\0{}", place.project)) > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    while std::fs::read_dir(&runtime).unwrap().count() > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let engine = Compose::connect_to(&endpoint, options(folder, &config)).await.unwrap();
    place.perform(&place.create(Condition::Done)).await.unwrap();
    let container = place.container().await;
    place.docker.run(&["exec", &container.id, "touch", "/go"]);
    let during = During { contents: &Contents::new(), cancel: &place.cancel, progress: &|_| {} };
    engine.perform(&place.create(Condition::Healthy), &during).await.unwrap();
    assert_eq!(place.container().await.health, Health::Healthy);
}
