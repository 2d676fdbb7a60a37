//! What `foundry init` writes is used as people use it: every Make target, the CI files' own lines, a domain of one image.

mod registry;

use registry::{Registry, run};
use std::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_foundry");

fn new() -> Registry {
    let registry = Registry::empty();
    registry.ok(&["init", "."]);
    registry
}

/// A folder with `foundry` in it, for PATH.
fn path_with_foundry() -> String {
    let program = std::path::Path::new(PROGRAM).parent().expect("a folder");
    format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default())
}

#[test]
fn every_make_target_calls_a_command_that_there_is() {
    let registry = new();
    let makefile = registry.read("Makefile");
    let targets: Vec<&str> =
        makefile.lines().filter(|l| l.contains(": ## ")).filter_map(|l| l.split(':').next()).collect();
    // Those that people of a repository with such a Makefile have in their fingers.
    for known in [
        "env",
        "generate-metadata",
        "commit-metadata",
        "diff-metadata",
        "render",
        "deploy",
        "destroy",
        "validate",
        "validate-schema",
        "manifest",
    ] {
        assert!(targets.contains(&known), "{known} is not among {targets:?}");
    }
    let phony = makefile.replace("\\\n", " ");
    let phony = phony.lines().find(|l| l.starts_with(".PHONY:")).unwrap_or_default();
    for target in targets {
        assert!(phony.split_whitespace().any(|word| word == target), "{target} is not phony");
        let foundry = format!("FOUNDRY={PROGRAM}");
        let shown = run(Command::new("make")
            .args(["-s", "-n", target, "DOMAIN=web", &foundry])
            .current_dir(registry.root()));
        for line in shown.out.lines() {
            let mut words = line.split_whitespace();
            let mut command = Command::new(words.next().unwrap_or_default());
            let ran =
                run(command.args(words).arg("--help").current_dir(registry.root()).env_remove("FOUNDRY_ENV"));
            assert_eq!(ran.code, 0, "{target}: {line}\n{}", ran.err);
        }
    }
    let help = run(Command::new("make").arg("help").current_dir(registry.root()));
    assert!(help.out.contains("validate-schema\tschemas"), "{}", help.out);
}

/// The shell lines of a CI file.
fn ci_lines(registry: &Registry, path: &str) -> Vec<String> {
    let text = registry.read(path);
    let lines = text.lines().filter_map(|line| {
        let line = line.trim().strip_prefix("- ")?;
        let line = line.strip_prefix("run: ").unwrap_or(line);
        (line.starts_with("foundry") || line.starts_with("test ")).then(|| line.to_owned())
    });
    lines.collect()
}

#[test]
fn the_lines_of_every_ci_file_pass_and_fail_as_they_should() {
    for path in [".gitlab-ci.yml", ".github/workflows/registry.yml", ".forgejo/workflows/registry.yml"] {
        let registry = new();
        let lines = ci_lines(&registry, path);
        assert!(
            lines.iter().any(|l| l.contains("validate"))
                && lines.iter().any(|l| l.contains("metadata check")),
            "{path}"
        );
        let all = |registry: &Registry, password: &str| {
            let script = format!("set -e\n{}\n", lines.join("\n"));
            let mut shell = Command::new("bash");
            shell.args(["-c", &script]).current_dir(registry.root()).env("PATH", path_with_foundry());
            shell.env("VAULT_PASSWORD", password);
            // GitLab hands over a variable of type file as the path of one.
            if path.contains("gitlab") && !password.is_empty() {
                shell.env("FOUNDRY_VAULT_PASSWORD_FILE", registry.write("generated/ci-password", password));
            }
            run(&mut shell)
        };
        let empty = all(&registry, "");
        assert_eq!(empty.code, 0, "{path}: {}{}", empty.out, empty.err);
        registry.ok(&["domain", "add", "monitoring"]);
        let password = registry.read(".vault_pass").trim().to_owned();
        std::fs::remove_file(registry.path(".vault_pass")).expect("removed");
        let closed = all(&registry, "");
        let unseen = |run: &registry::Run| format!("{}{}", run.out, run.err).contains("rendered files of");
        assert!(unseen(&closed), "{path}: a closed vault is not said: {}{}", closed.out, closed.err);
        let filled = all(&registry, &password);
        assert!(filled.code == 0 && !unseen(&filled), "{path}: {}{}", filled.out, filled.err);
        registry.write("config-registry/env/ports.yml", "monitoring: {}\n");
        assert_ne!(all(&registry, &password).code, 0, "{path} does not see a broken registry");
    }
}

#[test]
fn a_domain_of_one_image_renders_and_is_valid() {
    let registry = new();
    let image = [
        "domain",
        "add",
        "wiki",
        "--image",
        "registry.example.org/wiki:2.1.0",
        "--port",
        "8088:80",
        "--port",
        "9100",
    ];
    let out = registry.ok(&[&image[..], &["--requires", "postgres"]].concat());
    assert!(out.contains("+WIKI_IMAGE=registry.example.org/wiki:2.1.0"), "{out}");
    let ports = registry.read("config-registry/env/ports.yml");
    assert!(ports.contains("http: 8088") && ports.contains("port-9100: 9100"), "{ports}");
    let domains = registry.read("config-registry/env/domains.yml");
    assert!(domains.contains("requires: [postgres]") && domains.contains("- name: postgres"), "{domains}");
    let valid = registry.run(&["validate"]);
    assert_eq!(valid.code, 0, "{}{}", valid.out, valid.err);
    registry.ok(&["metadata", "check"]);
    registry.ok(&["render", "wiki", "--env", "dev"]);
    let compose = registry.read("generated/wiki/compose.yml");
    assert!(
        compose.contains("\"8088:80\"") && compose.contains("image: \"registry.example.org/wiki:2.1.0\""),
        "{compose}"
    );
    let before = registry.read("config-registry/env/domains.yml");
    registry.ok(&image);
    assert_eq!(registry.read("config-registry/env/domains.yml"), before, "the second run does nothing");
    for (args, what) in [
        (["domain", "add", "x", "--image", "nginx"], "no image with a fixed tag"),
        (["domain", "add", "x", "--image", "nginx:latest"], "no image with a fixed tag"),
        (["domain", "add", "X!", "--image", "nginx:1.27.0"], "is no name of a domain"),
        (["domain", "add", "nothing", "--env", "dev"], "--image IMAGE:TAG"),
        (["domain", "add", "x", "--port", "80"], "--image"),
    ] {
        let refused = registry.run(&args);
        assert!(refused.code == 2 && refused.err.contains(what), "{args:?}: {}", refused.err);
    }
    let wrong = registry.run(&["domain", "add", "x", "--image", "nginx:1.27.0", "--port", "eighty"]);
    assert!(wrong.code == 2 && wrong.err.contains("HOST:CONTAINER"), "{}", wrong.err);
    assert_eq!(registry.read("config-registry/env/domains.yml"), before);
}
