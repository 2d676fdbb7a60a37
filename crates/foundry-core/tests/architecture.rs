//! The shape of the code: direction of crates and modules, no I/O in core, small files that say what they are for.

use std::fs;
use std::path::{Path, PathBuf};

/// Core's modules: each may use those before it.
const MODULES: [&str; 20] = [
    "vault",
    "diag",
    "digest",
    "yaml",
    "model",
    "load",
    "edit",
    "graph",
    "render",
    "compose",
    "tree",
    "kubernetes",
    "backup",
    "check",
    "import",
    "plan",
    "drift",
    "manifest",
    "pin",
    "docs",
];

/// Each crate may use those before it.
const CRATES: [&str; 3] = ["foundry-core", "foundry-runtime", "foundry"];

/// What core does not touch: the disk, the environment, the clock, processes, the network, the terminal.
const WORLD: [&str; 12] = [
    "std::fs",
    "std::env",
    "std::time",
    "std::process",
    "std::net::Tcp",
    "std::net::Udp",
    "std::thread::sleep",
    "tokio",
    "println!",
    "print!",
    "eprintln!",
    "async fn",
];

/// Crates whose API moves, and the one place that knows each.
const BEHIND_ONE_DOOR: [(&str, &str); 6] = [
    ("granit_parser::", "foundry-core/src/yaml/parse.rs"),
    ("jsonschema::", "foundry-core/src/load/schema.rs"),
    ("hcl_edit::", "foundry-core/src/check/terraform.rs"),
    ("minijinja::", "foundry-core/src/render/template/"),
    ("bollard::", "foundry-runtime/src/engine/"),
    ("kube::", "foundry-runtime/src/engine/kubernetes/"),
];

/// Files that may be long: tables.
const TABLES: [&str; 1] = ["foundry-core/src/kubernetes/keys.rs"];

/// Most lines of any other file.
const LONGEST: usize = 400;

#[test]
fn modules_of_core_use_only_what_stands_before_them() {
    let mut wrong = Vec::new();
    for (path, text) in sources("foundry-core/src") {
        let module = path["foundry-core/src/".len()..].split(['/', '.']).next().unwrap_or_default();
        if module == "lib" {
            continue;
        }
        let Some(rank) = MODULES.iter().position(|m| *m == module) else {
            wrong.push(format!("{path}: `{module}` is not in the order of modules"));
            continue;
        };
        for used in used_modules(&text) {
            match MODULES.iter().position(|m| *m == used) {
                Some(other) if other <= rank => {}
                _ => wrong.push(format!("{path} uses crate::{used}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn used_modules_are_read_from_every_form_of_use() {
    let text = "use crate::diag::Span;\nuse crate::{load::role, model, yaml::{self, Node}};\n// crate::plan\nfn f() { crate::render::x() }";
    assert_eq!(used_modules(text), ["diag", "render", "load", "model", "yaml"]);
}

#[test]
fn crates_depend_in_one_direction() {
    for (rank, name) in CRATES.iter().enumerate() {
        let manifest =
            fs::read_to_string(crates().join(name).join("Cargo.toml")).expect("a crate has a manifest");
        let dependencies = manifest.split("[dev-dependencies]").next().unwrap_or_default();
        for later in &CRATES[rank + 1..] {
            let depends = dependencies.lines().any(|l| l.split(['.', ' ', '=']).next() == Some(later));
            assert!(!depends, "{name} depends on {later}");
        }
        assert!(!dependencies.contains("testkit"), "{name} depends on testkit outside its tests");
    }
}

#[test]
fn core_does_not_touch_the_world() {
    let mut wrong = Vec::new();
    for (path, text) in sources("foundry-core/src") {
        for (number, line) in code_lines(&text) {
            for word in WORLD.iter().filter(|word| mentions(line, word)) {
                wrong.push(format!("{path}:{number}: {word}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn only_host_starts_processes_and_only_ui_prints() {
    let mut wrong = Vec::new();
    for (path, text) in CRATES.iter().flat_map(|name| sources(&format!("{name}/src"))) {
        for (number, line) in code_lines(&text) {
            let starts = ["process::Command", "process::{Command"].iter().any(|word| line.contains(word));
            if starts && !path.starts_with("foundry-runtime/src/host/") {
                wrong.push(format!("{path}:{number} starts a process"));
            }
            let prints =
                ["println!", "print!", "eprint!", "eprintln!"].iter().any(|word| mentions(line, word));
            if prints && !path.starts_with("foundry/src/ui/") {
                wrong.push(format!("{path}:{number} prints"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn one_place_knows_each_crate_whose_api_moves() {
    let mut wrong = Vec::new();
    for (path, text) in CRATES.iter().flat_map(|name| sources(&format!("{name}/src"))) {
        for (number, line) in code_lines(&text) {
            for (word, door) in BEHIND_ONE_DOOR.iter().filter(|(word, _)| line.contains(word)) {
                if !path.starts_with(door) {
                    wrong.push(format!("{path}:{number} uses {word}, which belongs behind {door}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let mut wrong = Vec::new();
    let all = CRATES.iter().chain(&["testkit"]);
    for (path, text) in all.flat_map(|name| sources(&format!("{name}/src"))) {
        let first = text.lines().next().unwrap_or_default();
        if !first.starts_with("//! ") {
            wrong.push(format!("{path}: the first line is no `//!` sentence"));
        }
        let lines = text.lines().count();
        if lines > LONGEST && !TABLES.contains(&path.as_str()) {
            wrong.push(format!("{path}: {lines} lines, more than {LONGEST}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Modules that `text` names after `crate::`, comments aside; single ones first, then those of groups.
fn used_modules(text: &str) -> Vec<String> {
    let code: String = code_lines(text).map(|(_, line)| format!("{line}\n")).collect();
    let word = |s: &str| s.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut single = Vec::new();
    let mut grouped = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            single.push(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut at_start = true;
        for (i, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => at_start = true,
                c if at_start && c.is_alphabetic() => {
                    grouped.push(word(&group[i..]));
                    at_start = false;
                }
                _ => {}
            }
        }
    }
    single.extend(grouped);
    single.retain(|w| w.starts_with(|c: char| c.is_lowercase()));
    single
}

/// Lines that are no comments, with their numbers.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(i, l)| (i + 1, l)).filter(|(_, l)| !l.trim_start().starts_with("//"))
}

/// Whether `line` has `word`, and not as the end of a longer one.
fn mentions(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// Path below `crates/` and text of every Rust file in `folder`.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut open = vec![crates().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(crates()).expect("below crates").to_string_lossy().into_owned();
                out.push((name, fs::read_to_string(&path).expect("Rust files are text")));
            }
        }
    }
    assert!(!out.is_empty(), "no source in {folder}");
    out.sort();
    out
}

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("crates/").to_owned()
}
