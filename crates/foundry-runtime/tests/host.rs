//! Both kinds of host do the same: this machine, and the same machine over SSH.

use foundry_runtime::host::{Address, Command, Host, Line, SshOptions, Watch};
use foundry_runtime::{Cancel, Kind};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;
use testkit::need;

const SECRET: &str = "made-up-secret-0815";

async fn over_ssh(sshd: &testkit::Sshd) -> Host {
    let options = SshOptions { config: Some(sshd.config()), ..SshOptions::default() };
    Host::connect(&Address::parse(&sshd.address()).unwrap(), &options).await.unwrap()
}

/// Runs the same test on both.
async fn both(test: impl AsyncFn(Host)) {
    test(Host::Local).await;
    let sshd = need!(testkit::sshd());
    test(over_ssh(&sshd).await).await;
}

#[tokio::test]
async fn files_are_written_read_hashed_and_removed() {
    both(async |host| {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().join("it's a folder");
        let file = base.join("sub/$(id) \"x\"");
        assert_eq!(host.read(&file).await.unwrap(), None);
        assert!(host.hashes(&base).await.unwrap().is_empty());
        let bytes: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
        host.write(&file, &bytes, 0o600).await.unwrap();
        assert_eq!(host.read(&file).await.unwrap(), Some(bytes));
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        host.write(&file, b"abc", 0o644).await.unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o644);
        host.write(&base.join("empty"), b"", 0o644).await.unwrap();
        std::os::unix::fs::symlink("/etc/passwd", base.join("link")).unwrap();
        let hashes = host.hashes(&base).await.unwrap();
        let hashes: Vec<(&str, &str)> =
            hashes.iter().map(|(path, hash)| (path.as_str(), &hash[..8])).collect();
        // SHA-256 of nothing and of `abc`, as published.
        assert_eq!(hashes, [("empty", "e3b0c442"), ("sub/$(id) \"x\"", "ba7816bf")]);
        let stats = host.stats(&base).await.unwrap();
        let written = std::fs::metadata(&file).unwrap().modified().unwrap();
        let written = written.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let stat = stats["sub/$(id) \"x\""];
        assert_eq!((stats.len(), stat.mode, stat.modified), (2, 0o644, written));
        host.remove(&file, &base).await.unwrap();
        assert!(!base.join("sub").exists() && base.exists());
        host.remove(&file, &base).await.unwrap();
        // Nothing half-written stays behind.
        assert_eq!(std::fs::read_dir(&base).unwrap().count(), 2);
        std::fs::write(base.join("file"), "").unwrap();
        let error = host.write(&base.join("file/below"), b"", 0o644).await.unwrap_err();
        assert_eq!(error.kind, Kind::Host);
        assert!(error.message.contains("file/below"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn programs_get_their_words_variables_folder_and_input() {
    both(async |host| {
        let words = ["printf", "%s\\n", "it's", "", "$HOME `id` \n*", "-n"];
        let output = host.run(&Command::new(words), &Watch::default()).await.unwrap();
        assert_eq!(output.text(), "it's\n\n$HOME `id` \n*\n-n\n");
        let script = r#"cat; pwd; printf '%s|' "$ONE" "$TWO"; echo to stderr >&2; exit 3"#;
        let command = Command::new(["sh", "-c", script])
            .env("ONE", "it's\n\"two\" lines\n".to_string())
            .env("TWO", SECRET.to_string())
            .cwd(Path::new("/usr"))
            .stdin(b"in\n".to_vec());
        let lines = Mutex::new(Vec::new());
        let on_line = |line: Line<'_>| lines.lock().unwrap().push(format!("{line:?}"));
        let watch = Watch { on_line: Some(&on_line), ..Watch::default() };
        let output = host.run(&command, &watch).await.unwrap();
        assert_eq!(output.status, 3);
        assert_eq!(output.text(), format!("in\n/usr\nit's\n\"two\" lines\n|{SECRET}|"));
        assert_eq!((output.stderr.as_str(), output.last_line().as_str()), ("to stderr\n", "to stderr"));
        let lines = lines.into_inner().unwrap();
        assert!(
            lines.contains(&r#"Out("/usr")"#.to_string())
                && lines.contains(&r#"Err("to stderr")"#.to_string())
        );
        assert_eq!(lines.len(), 6, "{lines:?}");
    })
    .await;
}

#[tokio::test]
async fn only_the_kept_variables_are_inherited() {
    both(async |host| {
        let command = Command::new(["env"]).keep_env(&["PATH", "HOME"]).env("ONE", "1".to_string());
        let output = host.run(&command, &Watch::default()).await.unwrap();
        let text = output.text();
        let mut names: Vec<&str> = text.lines().map(|line| line.split('=').next().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, ["HOME", "ONE", "PATH"], "{text}");
        let all = host.run(&Command::new(["env"]), &Watch::default()).await.unwrap();
        assert!(all.text().lines().count() > 3, "there was nothing to drop");
    })
    .await;
}

#[tokio::test]
async fn a_missing_program_or_folder_is_told() {
    both(async |host| {
        let error =
            host.run(&Command::new(["foundry-no-such-program"]), &Watch::default()).await.unwrap_err();
        assert_eq!(error.kind, Kind::Host);
        assert!(error.message.contains("foundry-no-such-program"), "{error}");
        assert!(error.hints[0].starts_with("install foundry-no-such-program"), "{:?}", error.hints);
        let command = Command::new(["true"]).cwd(Path::new("/nonexistent"));
        let error = host.run(&command, &Watch::default()).await.unwrap_err();
        assert_eq!(error.kind, Kind::Host);
    })
    .await;
}

#[tokio::test]
async fn a_running_program_is_interrupted_and_awaited() {
    both(async |host| {
        let cancel = Cancel::new();
        let on_line = |line: Line<'_>| {
            if line == Line::Out("ready") {
                cancel.cancel();
            }
        };
        let script =
            "sleep 600 >/dev/null 2>&1 & trap 'echo interrupted; kill $!; exit 7' INT; echo ready; wait";
        let watch = Watch { on_line: Some(&on_line), cancel: Some(&cancel), limit: None };
        // A shell cannot trap what was ignored when it began, as in a run in the background.
        let command = Command::new(["env", "--default-signal=INT", "sh", "-c", script]);
        let output = host.run(&command, &watch).await.unwrap();
        assert_eq!((output.status, output.interrupted), (7, true));
        assert_eq!(output.text(), "ready\ninterrupted\n");
        let watch = Watch { limit: Some(Duration::from_millis(50)), ..Watch::default() };
        let output = host.run(&Command::new(["sleep", "600"]), &watch).await.unwrap();
        assert_eq!((output.ok(), output.interrupted), (false, true));
    })
    .await;
}

#[tokio::test]
async fn no_process_list_shows_a_variable_or_the_input() {
    both(async |host| {
        let seen = Mutex::new(None);
        let folder = tempfile::tempdir().unwrap();
        let looked = folder.path().join("looked");
        let on_line = |_: Line<'_>| {
            let lists = std::fs::read_dir("/proc").unwrap().flatten();
            let lists = lists.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
            let lists: Vec<String> = lists.map(|list| String::from_utf8_lossy(&list).into_owned()).collect();
            *seen.lock().unwrap() = Some((
                lists.iter().any(|list| list.contains("echo at-work-0815")),
                lists.iter().any(|list| list.contains(SECRET)),
            ));
            std::fs::write(&looked, "").unwrap();
        };
        let script = "echo at-work-0815; until [ -e \"$0\" ]; do sleep 0.02; done";
        let command = Command::new(["sh", "-c", script, looked.to_str().unwrap()])
            .env("PASSWORD", SECRET.to_string())
            .stdin(format!("{SECRET}\n").into_bytes());
        host.run(&command, &Watch { on_line: Some(&on_line), ..Watch::default() }).await.unwrap();
        // The program itself was in the list, or this would prove nothing.
        assert_eq!(*seen.lock().unwrap(), Some((true, false)));
    })
    .await;
}

#[tokio::test]
async fn each_way_of_being_kept_out_has_its_message_and_a_way_out() {
    let mut sshd = need!(testkit::sshd());
    let address = Address::parse(&sshd.address()).unwrap();
    let cases = [
        (sshd.config_of_a_stranger(), "refuses the login: no key or agent identity fits", "run ssh-copy-id"),
        (
            sshd.config_without_host_key(),
            "has a host key that known_hosts does not list",
            "run ssh foundry-test once",
        ),
        (sshd.config_with_another_host_key(), "has another host key than known_hosts says", "find out why"),
    ];
    for (config, message, hint) in cases {
        let options = SshOptions { config: Some(config), ..SshOptions::default() };
        let error = Host::connect(&address, &options).await.unwrap_err();
        assert_eq!(error.kind.exit_code(), 4);
        assert_eq!(error.message, format!("foundry-test {message}"));
        assert!(error.hints[0].starts_with(hint), "{:?}", error.hints);
    }
    sshd.cut();
    let options = SshOptions { config: Some(sshd.config()), ..SshOptions::default() };
    let error = Host::connect(&address, &options).await.unwrap_err();
    assert_eq!(error.kind, Kind::Unreachable);
    assert!(error.message.starts_with("foundry-test does not answer: connect to host 127.0.0.1"), "{error}");
    assert!(error.hints[0].starts_with("check that the machine is up"), "{:?}", error.hints);
}

#[tokio::test]
async fn a_machine_that_goes_away_is_unreachable() {
    let mut sshd = need!(testkit::sshd());
    let host = over_ssh(&sshd).await;
    host.run(&Command::new(["true"]), &Watch::default()).await.unwrap();
    sshd.cut();
    let error = host.run(&Command::new(["true"]), &Watch::default()).await.unwrap_err();
    assert_eq!(error.kind, Kind::Unreachable, "{error}");
    let error = host.write(Path::new("/tmp/foundry-never"), b"x", 0o644).await.unwrap_err();
    assert_eq!(error.kind, Kind::Unreachable, "{error}");
}

#[tokio::test]
async fn dropping_the_last_clone_ends_the_connection() {
    let sshd = need!(testkit::sshd());
    let host = over_ssh(&sshd).await;
    let config = sshd.config().display().to_string();
    let clients = || {
        let all = std::fs::read_dir("/proc").unwrap().flatten();
        all.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
            .filter(|list| String::from_utf8_lossy(list).contains(&config))
            .count()
    };
    let other = host.clone();
    drop(host);
    other.run(&Command::new(["true"]), &Watch::default()).await.unwrap();
    assert!(clients() > 0);
    drop(other);
    while clients() > 0 {
        tokio::task::yield_now().await;
    }
}
