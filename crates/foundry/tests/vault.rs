//! `foundry vault`: against the real ansible-vault, with real editors, and what is left behind.

mod registry;

use registry::{Registry, run};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const FILE: &str = "config-registry/env/secrets.env.vault";

fn with_password() -> Registry {
    let registry = Registry::small();
    registry.write(".vault_pass", "correct horse\n");
    registry
}

/// A registry whose vault holds `text`.
fn with_vault(text: &str) -> Registry {
    let registry = with_password();
    registry.write(FILE, text);
    registry.ok(&["vault", "encrypt"]);
    registry
}

fn ansible(program: &Path, args: &[&str], registry: &Registry) -> String {
    let mut command = Command::new(program);
    command.args(args).current_dir(registry.root()).env("ANSIBLE_LOCAL_TEMP", registry.path("ansible-tmp"));
    let run = run(&mut command);
    assert_eq!(run.code, 0, "ansible-vault {args:?}\n{}", run.err);
    run.out
}

#[test]
fn ansible_vault_opens_what_foundry_sealed_and_the_other_way_round() {
    let ansible_vault = testkit::need!(testkit::ansible_vault());
    let registry = with_password();
    registry.script("pass-client", "test \"$1 $2\" = '--vault-id prod' && printf 'of prod\\n'");
    let long = "x".repeat(1000);
    let texts = ["A=1\n", "", "no newline at the end", "crlf\r\nline\r\n", "ünïcödé ☃\n", long.as_str()];
    let ids: [(&[&str], &str); 3] = [
        (&["--vault-password-file", ".vault_pass"], "$ANSIBLE_VAULT;1.1;AES256\n"),
        (&["--vault-id", "dev@.vault_pass"], "$ANSIBLE_VAULT;1.2;AES256;dev\n"),
        (&["--vault-id", "prod@pass-client"], "$ANSIBLE_VAULT;1.2;AES256;prod\n"),
    ];
    for (number, text) in texts.into_iter().enumerate() {
        // Every text with the first id, every id with the first text: each run of ansible-vault takes a second.
        for (id, header) in ids.into_iter().take(if number == 0 { 3 } else { 1 }) {
            let sealed = || registry.read("ours");
            registry.write("ours", text);
            registry.ok(&[&["vault", "encrypt", "ours"], id].concat());
            assert!(sealed().starts_with(header), "{}", sealed());
            let program = ansible_vault.as_path();
            assert_eq!(
                ansible(program, &[&["decrypt", "--output", "-", "ours"], id].concat(), &registry),
                text
            );

            registry.write("theirs", text);
            ansible(program, &[&["encrypt", "theirs"], id].concat(), &registry);
            registry.ok(&[&["vault", "decrypt", "theirs"], id].concat());
            assert_eq!(registry.read("theirs"), text);
        }
    }
}

#[test]
fn the_label_is_kept_and_the_right_id_of_several_is_used() {
    let registry = with_password();
    registry.write("prod.pass", "of prod\n");
    let ids = ["--vault-id", "dev@.vault_pass", "--vault-id", "prod@prod.pass"];
    registry.write(FILE, "A=1\n");
    registry.ok(&["vault", "encrypt", "--vault-id", "prod@prod.pass"]);
    assert_eq!(registry.ok(&[&["vault", "view"], &ids[..]].concat()), "A=1\n");
    let editor = registry.script("editor", "printf 'B=2\\n' >>\"$1\"");
    let args = [&["vault", "edit"], &ids[..]].concat();
    let edit = run(registry.foundry(&args).env("EDITOR", &editor));
    assert_eq!(edit.code, 0, "{}", edit.err);
    assert!(registry.read(FILE).starts_with("$ANSIBLE_VAULT;1.2;AES256;prod\n"));
    assert_eq!(registry.ok(&[&["vault", "view"], &ids[..]].concat()), "A=1\nB=2\n");
    let two = [&["vault", "encrypt", "config-registry/env/base.env"], &ids[..]].concat();
    assert_eq!(registry.run(&two).code, 2, "two ids, and none chosen");
}

#[test]
fn a_missing_or_wrong_password_names_the_file() {
    let registry = with_vault("A=1\n");
    std::fs::remove_file(registry.path(".vault_pass")).expect("removed");
    let missing = registry.run(&["vault", "view"]);
    assert_eq!(missing.code, 1);
    assert!(missing.err.contains(FILE) && missing.err.contains("no password"), "{}", missing.err);
    registry.write("wrong", "battery staple\n");
    let wrong = registry.run(&["vault", "view", "--vault-password-file", "wrong"]);
    assert_eq!(wrong.code, 1);
    assert!(wrong.err.contains(FILE) && wrong.err.contains("wrong password"), "{}", wrong.err);
    assert!(!wrong.err.contains("battery"), "{}", wrong.err);
    let variable = run(registry.foundry(&["env", "show"]).env("FOUNDRY_VAULT_PASSWORD_FILE", "nowhere"));
    assert_eq!(variable.code, 4);
    assert!(variable.err.contains("nowhere"), "{}", variable.err);
}

#[test]
fn decrypted_files_are_private_and_second_runs_do_nothing() {
    let registry = with_vault("A=1\n");
    let before = registry.read(FILE);
    registry.ok(&["vault", "encrypt"]);
    assert_eq!(registry.read(FILE), before, "encrypted twice");
    std::fs::set_permissions(registry.path(FILE), std::fs::Permissions::from_mode(0o644)).expect("mode");
    registry.ok(&["vault", "decrypt"]);
    registry.ok(&["vault", "decrypt"]);
    assert_eq!(registry.read(FILE), "A=1\n");
    assert_eq!(registry.path(FILE).metadata().expect("there").permissions().mode() & 0o777, 0o600);
}

#[test]
fn rekeying_changes_the_password_and_nothing_else() {
    let registry = with_vault("A=1\n");
    registry.write("new", "tr0ub4dor\n");
    let rekey = ["vault", "rekey", "--new-vault-password-file", "new"];
    registry.ok(&rekey);
    assert_eq!(registry.run(&["vault", "view"]).code, 1);
    let sealed = registry.read(FILE);
    registry.ok(&rekey);
    assert_eq!(registry.read(FILE), sealed, "the second run does nothing");
    assert_eq!(registry.ok(&["vault", "view", "--vault-password-file", "new"]), "A=1\n");
    let nobody = registry.run(&["vault", "rekey", "--vault-password-file", "new"]);
    assert_eq!(nobody.code, 2, "nobody to ask: {}", nobody.err);
}

#[test]
fn an_edit_without_a_change_or_with_a_failing_editor_leaves_the_file() {
    let registry = with_vault("A=1\n");
    let before = registry.read(FILE);
    let looks = registry.script("looks", "cat \"$1\" >/dev/null");
    let edit = run(registry.foundry(&["vault", "edit"]).env("VISUAL", &looks));
    assert_eq!((edit.code, registry.read(FILE)), (0, before.clone()));
    let fails = registry.script("fails", "echo B=2 >>\"$1\"; exit 3");
    let edit = run(registry.foundry(&["vault", "edit"]).env("EDITOR", &fails));
    assert_eq!((edit.code, registry.read(FILE)), (4, before));
}

#[test]
fn an_edit_is_in_a_private_place_that_is_gone_afterwards() {
    let registry = with_vault("A=canary-value-1\n");
    let note = registry.path("note");
    let script = format!(
        "stat -c %a \"$1\" \"$(dirname \"$1\")\" >{0}; echo \"$1\" >>{0}; sed -i s/1$/2/ \"$1\"",
        note.display()
    );
    let editor = registry.script("editor", &script);
    let edit = run(registry.foundry(&["vault", "edit"]).env("EDITOR", &editor));
    assert_eq!(edit.code, 0, "{}", edit.err);
    let note = registry.read("note");
    let lines: Vec<&str> = note.lines().collect();
    assert_eq!(&lines[..2], ["600", "700"]);
    assert!(lines[2].ends_with("/secrets.env") && !Path::new(lines[2]).exists(), "{}", lines[2]);
    assert!(!Path::new(lines[2]).parent().expect("a parent").exists());
    assert_eq!(registry.ok(&["vault", "view"]), "A=canary-value-2\n");
}

#[test]
fn no_plain_text_is_left_after_kill_9() {
    let registry = with_vault("A=1\n");
    let (note, go) = (registry.path("note"), registry.path("go"));
    run(Command::new("mkfifo").arg(&go));
    let script =
        format!("echo \"$1\" >{0}.part; mv {0}.part {0}; read -r _ <{1}", note.display(), go.display());
    let editor = registry.script("editor", &script);
    let mut foundry = registry.foundry(&["vault", "edit"]).env("EDITOR", &editor).spawn().expect("it starts");
    wait(|| note.exists());
    let plain = PathBuf::from(registry.read("note").trim());
    let folder = plain.parent().expect("a parent").to_path_buf();
    assert!(plain.exists());
    foundry.kill().expect("SIGKILL");
    foundry.wait().expect("ended");
    wait(|| !folder.exists());
    std::fs::write(&go, "\n").expect("the editor ends");
}

#[test]
fn a_change_by_somebody_else_meanwhile_is_kept_and_so_is_the_edit() {
    let registry = with_vault("A=1\n");
    registry.write("other", "A=other\n");
    registry.ok(&["vault", "encrypt", "other"]);
    let script = format!(
        "echo B=2 >>\"$1\"; cp {} {}",
        registry.path("other").display(),
        registry.path(FILE).display()
    );
    let editor = registry.script("editor", &script);
    let edit = run(registry.foundry(&["vault", "edit"]).env("EDITOR", &editor));
    assert_eq!(edit.code, 1, "{}", edit.err);
    assert_eq!(registry.ok(&["vault", "view"]), "A=other\n");
    assert_eq!(registry.ok(&["vault", "view", &format!("{FILE}.edited")]), "A=1\nB=2\n");
}

#[test]
fn creating_makes_a_vault_that_is_read_at_once() {
    let registry = with_password();
    let editor = registry.script("editor", "echo GREETING=hello >>\"$1\"");
    let create = run(registry.foundry(&["vault", "create"]).env("EDITOR", &editor));
    assert_eq!(create.code, 0, "{}", create.err);
    assert!(registry.ok(&["env", "explain", "GREETING"]).contains(&format!("{FILE}:2")));
    let again = run(registry.foundry(&["vault", "create"]).env("EDITOR", &editor));
    assert_eq!(again.code, 1, "{}", again.err);
}

/// Waits for another process; the limit only ends a test that has failed.
#[track_caller]
fn wait(until: impl Fn() -> bool) {
    let began = Instant::now();
    while !until() {
        assert!(began.elapsed() < Duration::from_secs(60), "waited for nothing");
        std::thread::sleep(Duration::from_millis(20));
    }
}
