//! What goes wrong is told with a way out; the service keeps running and nothing is lost.

use crate::world::World;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use testkit::{Ran, need};

/// A program of the registry.
fn program(world: &World, path: &str, text: &str) {
    world.repo.write(path, format!("#!/bin/sh\n{text}\n"));
    fs::set_permissions(world.repo.root().join(path), fs::Permissions::from_mode(0o755)).unwrap();
}

/// It failed as it should, and the service never noticed.
#[track_caller]
fn failed(world: &World, id: &str, ran: &Ran, codes: &[i32], words: &[&str]) {
    assert!(codes.contains(&ran.code), "exit code {}:\n{}", ran.code, ran.all());
    for word in words {
        assert!(ran.stderr.contains(word), "no {word:?} in:\n{}", ran.all());
    }
    assert!(!ran.all().contains(world.restic.password()), "the password is shown:\n{}", ran.all());
    assert_eq!(world.inspect("{{.Id}} {{.State.Health.Status}}"), format!("{id} healthy"));
}

#[test]
fn a_repository_that_cannot_be_used_is_named_with_a_way_out() {
    let mut world = World::new(need!(testkit::docker()), need!(testkit::restic()));
    let id = world.inspect("{{.Id}}");
    let save = ["backup", "run", "wiki", "--yes", "--init"];
    world.policy_at("rest:http://127.0.0.1:9/", "");
    failed(&world, &id, &world.run(&save), &[4], &["does not answer", "connection refused", "help:"]);
    world.policy_at("backups/here", "");
    failed(&world, &id, &world.run(&save), &[1], &["neither an absolute path", "help:"]);
    world.policy_at("/mnt/${DISK}", "");
    failed(&world, &id, &world.run(&save), &[1], &["DISK", "foundry env set DISK="]);
    world.repo.write("backup/policy.yml", "repositry: /x\n");
    failed(&world, &id, &world.run(&save), &[1], &["REG-002", "repository"]);

    world.policy("");
    let _ = world.save();
    // One wrong letter: nothing is written, nothing is asked for again and again.
    let right = world.restic.password().to_owned();
    world.repo.variable("RESTIC_PASSWORD", &format!("{right}x"));
    failed(&world, &id, &world.run(&save), &[4], &["the password does not open", "help:"]);
    world.repo.variable("RESTIC_PASSWORD", "");
    failed(&world, &id, &world.run(&save), &[1], &["RESTIC_PASSWORD", "foundry secret set RESTIC_PASSWORD"]);
    world.repo.variable("RESTIC_PASSWORD", &right);

    let folder = testkit_path_without("restic");
    let mut command = world.repo.command(&save);
    let ran = Ran::from(command.env("PATH", folder.path()).output().unwrap());
    failed(&world, &id, &ran, &[4], &["restic is not installed on this machine", "apt-get install restic"]);

    // One flipped byte in the data: found, told, and the data in use stays what it is.
    corrupt(&world.restic.repository().join("data"));
    let ran = world.run(&["backup", "verify", "wiki", "--yes"]);
    failed(&world, &id, &ran, &[4, 5], &["is damaged", "restic check"]);
    assert!(world.list()[0]["verified"].is_null());
    world.write_page("two");
    let ran = world.run(&["backup", "restore", "wiki", "--yes"]);
    failed(&world, &id, &ran, &[4], &["is damaged"]);
    world.is_well_with("two");
}

/// Everything that can be run here but one program.
fn testkit_path_without(missing: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = std::env::var("PATH").unwrap();
    for entry in path.split(':').flat_map(|p| fs::read_dir(p).into_iter().flatten().flatten()) {
        if entry.file_name() != missing {
            // The first of a name wins, as in a search path.
            let _ = std::os::unix::fs::symlink(entry.path(), folder.path().join(entry.file_name()));
        }
    }
    folder
}

fn corrupt(data: &Path) {
    for pack in fs::read_dir(data).unwrap().flatten().flat_map(|e| fs::read_dir(e.path()).unwrap().flatten())
    {
        let mut bytes = fs::read(pack.path()).unwrap();
        bytes[20] ^= 1;
        fs::set_permissions(pack.path(), fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(pack.path(), bytes).unwrap();
    }
}

/// A small file system of a test's own.
struct Disk<'a>(&'a Path);

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

#[test]
fn a_full_disk_is_an_error_and_room_is_a_cure() {
    let world = World::new(need!(testkit::docker()), need!(testkit::restic()));
    let id = world.inspect("{{.Id}}");
    let folder = world.restic.repository();
    fs::create_dir(&folder).unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=2m", "none"]).arg(&folder).status();
    if !mounted.is_ok_and(|status| status.success()) {
        testkit::skip!("mount", "a file system of one's own needs root");
    }
    let _disk = Disk(&folder);
    let noise = |bytes: usize| {
        (0..bytes)
            .scan(1_u64, |x, _| {
                *x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                Some((*x >> 56) as u8)
            })
            .collect::<Vec<u8>>()
    };
    fs::write(world.data().join("large"), noise(8_000_000)).unwrap();
    let ran = world.run(&["backup", "run", "wiki", "--yes", "--init"]);
    failed(&world, &id, &ran, &[4, 5], &["no room left", "backup prune"]);
    let grown = Command::new("mount").args(["-o", "remount,size=64m"]).arg(&folder).status();
    assert!(grown.unwrap().success());
    let _ = world.save();
    assert_eq!(world.list().len(), 1);
}

#[test]
fn programs_that_run_after_a_backup_run_in_any_case() {
    let world = World::new(need!(testkit::docker()), need!(testkit::restic()));
    let id = world.inspect("{{.Id}}");
    let hooks = "    before: [backup/before.sh]\n    after: [backup/after.sh]\n";
    world.policy(hooks);
    let trace = world.repo.root().join("trace");
    let trace_is = |text: &str| {
        assert_eq!(fs::read_to_string(&trace).unwrap_or_default(), text);
        let _ = fs::remove_file(&trace);
    };
    program(&world, "backup/after.sh", "echo \"after $FOUNDRY_DOMAIN $FOUNDRY_PROFILE\" >>../trace");
    program(&world, "backup/before.sh", "echo before >>../trace");
    let ran = world.save();
    assert!(ran.stdout.contains("after the backup, always"), "{}", ran.stdout);
    trace_is("before\nafter wiki full\n");

    program(&world, "backup/before.sh", "echo 'the tape is not in' >&2; exit 3");
    let ran = world.run(&["backup", "run", "wiki", "--yes"]);
    failed(&world, &id, &ran, &[5], &["the tape is not in", "wiki (full) was not started"]);
    trace_is("after wiki full\n");
    assert_eq!(world.list().len(), 1);

    // Ctrl-C in the middle; and nobody else gets in meanwhile.
    program(&world, "backup/before.sh", "echo begun >>../trace; exec sleep 60");
    let child = world.repo.start(&["backup", "run", "wiki", "--yes"]);
    testkit::until("the program runs", 20, || trace.exists());
    for other in [&["backup", "run", "wiki", "--yes"][..], &["deploy", "wiki", "--yes"]] {
        let ran = world.run(other);
        failed(&world, &id, &ran, &[1], &["another run works on dev: foundry backup run"]);
    }
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let ran = Ran::from(child.wait_with_output().unwrap());
    failed(&world, &id, &ran, &[5], &["interrupted"]);
    trace_is("begun\nafter wiki full\n");

    // kill -9 leaves no lock of ours; of restic only one whose owner is dead.
    world.policy("    keep: {last: 1}\n");
    let mut held = Command::new("restic")
        .args(["backup", "--stdin", "--quiet"])
        .env("RESTIC_REPOSITORY", world.restic.repository())
        .env("RESTIC_PASSWORD", world.restic.password())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let locks = world.restic.repository().join("locks");
    testkit::until("restic holds its lock", 20, || fs::read_dir(&locks).unwrap().next().is_some());
    held.kill().unwrap();
    held.wait().unwrap();
    let _ = world.save();
    let ran = world.run(&["backup", "prune", "--dry-run"]).code(0);
    assert!(ran.stdout.contains("of 2 of the profile full: it keeps 1 last"), "{}", ran.stdout);
    assert_eq!(world.list().len(), 2, "a dry run only shows");
    let _ = world.run(&["backup", "prune", "--yes"]).code(0);
    assert_eq!(world.list().len(), 1);
    assert!(world.run(&["backup", "prune", "--yes"]).code(0).stdout.contains("Nothing to do."));
}

#[test]
fn the_password_is_in_no_argument_journal_or_file_that_others_read() {
    let world = World::new(need!(testkit::docker()), need!(testkit::restic()));
    // Records how the real program is called.
    let folder = testkit_path_without("restic");
    let said = folder.path().join("arguments");
    let real = Command::new("sh").args(["-c", "command -v restic"]).output().unwrap();
    let real = String::from_utf8(real.stdout).unwrap();
    let script = format!("#!/bin/sh\necho \"$@\" >>{}\nexec {} \"$@\"\n", said.display(), real.trim());
    fs::write(folder.path().join("restic"), script).unwrap();
    fs::set_permissions(folder.path().join("restic"), fs::Permissions::from_mode(0o755)).unwrap();
    for words in [
        &["backup", "run", "wiki", "--yes", "--init"][..],
        &["backup", "verify", "--yes", "--json"],
        &["backup", "restore", "wiki", "--yes"],
    ] {
        let ran = Ran::from(world.repo.command(words).env("PATH", folder.path()).output().unwrap()).code(0);
        assert!(!ran.all().contains(world.restic.password()), "{words:?}:\n{}", ran.all());
    }
    let said = fs::read_to_string(said).unwrap();
    assert!(
        said.contains("backup") && said.contains("restore") && !said.contains(world.restic.password()),
        "{said}"
    );
    let grep =
        Command::new("grep").args(["-rlF", world.restic.password()]).arg(world.repo.root()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&grep.stdout), "");
}

#[test]
fn the_timer_is_one_that_systemd_takes() {
    let world = World::bare(need!(testkit::docker()), need!(testkit::restic()));
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().display().to_string();
    let _ = world
        .run(&["backup", "schedule", "--to", &to, "--on-calendar", "Mon *-*-* 04:30:00", "--verify"])
        .code(0);
    let name = format!("{to}/foundry-backup-{}-dev", world.docker.prefix());
    let service = fs::read_to_string(format!("{name}.service")).unwrap();
    for command in ["backup run --all", "backup prune --all", "backup verify --all"] {
        assert!(service.contains(command), "{service}");
    }
    let checked = Command::new("systemd-analyze")
        .arg("verify")
        .args([format!("{name}.service"), format!("{name}.timer")])
        .output();
    let Ok(checked) = checked else { testkit::skip!("systemd-analyze", "it is not installed") };
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(checked.status.success() && !said.contains(&name), "{said}");
    let printed = world.run(&["backup", "schedule"]).code(0).stdout;
    assert!(printed.contains("OnCalendar=*-*-* 03:00:00"), "{printed}");
}
