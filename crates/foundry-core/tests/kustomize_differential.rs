//! The trees of `cases/kustomize` built here and by `kubectl kustomize`: both have to give the same bytes.

use foundry_core::load::{FileContent, Files};
use foundry_core::tree::{Tree, kustomize};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

#[test]
fn builds_are_as_recorded() {
    let bless = std::env::var_os("FOUNDRY_BLESS").is_some();
    let mut wrong = String::new();
    for case in cases() {
        let ours = build(&case);
        let out = case.join("out.yaml");
        if bless {
            fs::write(&out, &ours).expect("a case can be written");
        }
        if fs::read_to_string(&out).unwrap_or_default() != ours {
            wrong.push_str(&format!("{}\n", case.display()));
        }
    }
    assert!(wrong.is_empty(), "not as recorded:\n{wrong}");
}

#[test]
fn builds_are_those_of_kubectl_kustomize() {
    let kubectl = testkit::need!(testkit::kubectl());
    let mut wrong = String::new();
    let mut same = 0;
    for case in cases() {
        let theirs = Command::new(&kubectl)
            .arg("kustomize")
            .arg(case.join("in").join(entry(&case)))
            .output()
            .expect("kubectl starts");
        let recorded = fs::read_to_string(case.join("out.yaml")).expect("a case has been recorded");
        let text = match theirs.status.success() {
            true => String::from_utf8_lossy(&theirs.stdout).into_owned(),
            false => REFUSED.to_owned(),
        };
        match text == recorded {
            true => same += 1,
            false => wrong.push_str(&format!(
                "== {}\n{}{}",
                case.display(),
                similar_lines(&text, &recorded),
                String::from_utf8_lossy(&theirs.stderr)
            )),
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(same >= 30, "only {same} trees were compared");
}

/// What stands for a build that is refused.
const REFUSED: &str = "# refused\n";

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases/kustomize");
    let mut all: Vec<PathBuf> =
        fs::read_dir(folder).expect("there are cases").map(|e| e.expect("an entry").path()).collect();
    all.sort();
    all
}

/// The folder to build: `overlay` where there is one.
fn entry(case: &Path) -> &'static str {
    if case.join("in/overlay").is_dir() { "overlay" } else { "" }
}

fn build(case: &Path) -> String {
    let mut files = Files::default();
    add(&case.join("in"), "", &mut files);
    let build = kustomize::build(&Tree::read(&files), entry(case));
    match build.is_complete() {
        true => build.text(),
        false => REFUSED.to_owned(),
    }
}

fn add(folder: &Path, below: &str, files: &mut Files) {
    for entry in fs::read_dir(folder).expect("a case is a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = if below.is_empty() { name } else { format!("{below}/{name}") };
        match path.is_dir() {
            true => add(&path, &name, files),
            false => {
                let text = fs::read_to_string(&path).expect("a case is text");
                files.entries.insert(Arc::from(name), FileContent::Text(Arc::from(text)));
            }
        }
    }
}

/// The lines in which two texts differ: `-` theirs, `+` ours.
fn similar_lines(theirs: &str, ours: &str) -> String {
    let diff = similar::TextDiff::from_lines(theirs, ours);
    diff.unified_diff().context_radius(2).to_string()
}
