//! A secret value appears in no output, error, argument list or file that others can read.

mod registry;

use registry::{Registry, run};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const CANARY: &str = "kanarienvogel-7391";

/// The canary in the vault, referred to by a plain key and used in a template.
fn cage() -> Registry {
    let registry = Registry::small();
    registry.write(".vault_pass", "correct horse\n");
    let vault = "config-registry/env/secrets.env.vault";
    registry.write(vault, &format!("DB_SECRET={CANARY}\nPLAIN_NAME={CANARY}-2\nSPACED=\"{CANARY} 3\"\n"));
    registry.ok(&["vault", "encrypt"]);
    registry.write("config-registry/env/base.env", "DOMAIN=example.org\nURL=\"db://me:${DB_SECRET}@host\"\n");
    let compose = "services:\n  web:\n    image: example/web:1.0.0\n    environment:\n      URL: \"{{ URL }}\"\n      NAME: \"{{ PLAIN_NAME }}\"\n";
    registry.write("domains/web/templates/compose.yml.tmpl", compose);
    registry.write("domains/web/templates/app.conf.tmpl", "{{ SPACED }}\n");
    registry
}

const COMMANDS: &[&[&str]] = &[
    &["env", "show"],
    &["env", "show", "--json"],
    &["env", "explain", "DB_SECRET"],
    &["env", "explain", "URL", "--json"],
    &["env", "explain", "DB_SECRE"],
    &["validate"],
    &["validate", "--json"],
    &["validate", "--format", "sarif"],
    &["metadata", "generate"],
    &["metadata", "commit"],
    &["metadata", "diff"],
    &["graph"],
    &["impact", "web"],
    &["render", "--all", "--diff"],
    &["render", "web", "--context"],
    &["render", "--all"],
    &["render", "--all", "--diff"],
    &["plan", "--all"],
    &["plan", "--all", "--json"],
    &["status"],
    &["manifest"],
    &["manifest", "--json"],
    &["rollback", "--to", "HEAD"],
    &["secret", "list"],
    &["secret", "rotate", "PLAIN_NAME", "--dry-run"],
    &["secret", "rotate", "PLAIN_NAME", "--restart"],
];

#[test]
fn no_command_says_a_secret() {
    let registry = cage();
    for args in COMMANDS {
        let run = registry.run(args);
        assert!(!run.out.contains(CANARY), "foundry {args:?} says it on stdout:\n{}", run.out);
        assert!(!run.err.contains(CANARY), "foundry {args:?} says it on stderr:\n{}", run.err);
        look_into(registry.root());
    }
    // Else there would have been nothing to find.
    assert!(registry.read("generated/web/compose.yml").contains(CANARY));
}

#[test]
fn no_error_about_a_vault_says_what_is_in_it() {
    let lines = [
        CANARY.to_owned(),
        format!("{CANARY}==\n"),
        format!("export {CANARY}=x"),
        format!("A=${{{CANARY}}}"),
    ];
    for line in lines {
        let registry = cage();
        registry.write("config-registry/env/secrets.env.vault", &format!("OK=1\n{line}\n"));
        registry.ok(&["vault", "encrypt"]);
        for args in COMMANDS {
            let run = registry.run(args);
            let text = run.out + &run.err;
            assert!(!text.contains(CANARY), "{line}: foundry {args:?} says it:\n{text}");
        }
    }
}

#[test]
fn no_argument_list_or_environment_holds_a_secret_during_an_edit() {
    let registry = cage();
    let note = registry.path("note");
    // Every process of the run: the editor's ancestors up to this test.
    let script = format!(
        "p=$$; while [ $p != {} ] && [ $p -gt 1 ]; do tr '\\0' ' ' </proc/$p/cmdline; tr '\\0' ' ' </proc/$p/environ; \
         p=$(sed 's/.*) . \\([0-9]*\\) .*/\\1/' /proc/$p/stat); done >{}; cat \"$1\" >/dev/null",
        std::process::id(),
        note.display()
    );
    let editor = registry.script("editor", &script);
    let edit = run(registry.foundry(&["vault", "edit"]).env("EDITOR", editor));
    assert_eq!(edit.code, 0, "{}", edit.err);
    let seen = registry.read("note");
    assert!(seen.contains("vault edit"), "the list reaches foundry itself: {seen}");
    assert!(!seen.contains(CANARY) && !seen.contains("correct horse"), "{seen}");
}

/// Every file that others can read is without the canary.
fn look_into(folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("readable").map(|e| e.expect("an entry")) {
        let (path, meta) = (entry.path(), entry.metadata().expect("there"));
        if meta.is_dir() {
            look_into(&path);
        } else if meta.permissions().mode() & 0o077 != 0 {
            let bytes = std::fs::read(&path).expect("readable");
            assert!(!String::from_utf8_lossy(&bytes).contains(CANARY), "{} holds it for all", path.display());
        }
    }
}
