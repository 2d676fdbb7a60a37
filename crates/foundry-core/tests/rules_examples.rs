//! The examples keep every rule; what is said about them is listed here.

use foundry_core::check;
use foundry_core::graph::Graph;
use foundry_core::load::{FileContent, Files, load};
use foundry_core::model::Registry;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[test]
fn hello_has_nothing_to_be_said_about() {
    assert_eq!(
        said("hello"),
        ["info DRF-001 config-registry/env/domains.yml: no domain has committed metadata"]
    );
}

#[test]
fn pi_forge_has_nothing_to_be_said_about() {
    assert_eq!(
        said("pi-forge"),
        [
            "info DRF-001 config-registry/env/domains.yml: no domain has committed metadata",
            "info PORT-007 config-registry/env/ports.yml:15:8: port 53 on every address is taken where the host's \
         resolver listens on loopback",
        ]
    );
}

/// Every finding of the registry phase, waivers applied.
fn said(example: &str) -> Vec<String> {
    let (registry, mut findings) = load(&files(example));
    findings.extend(check::registry(&registry, &Graph::new(&registry), None));
    lines(check::waive(&registry, findings, (2026, 1, 1)), &registry)
}

fn lines(findings: foundry_core::diag::Findings, _: &Registry) -> Vec<String> {
    let line = |f: foundry_core::diag::Finding| {
        let place = f.span.map(|s| s.to_string()).unwrap_or_default();
        format!("{} {} {place}: {}", f.severity.word(), f.rule, f.message)
    };
    findings.into_iter().map(line).collect()
}

fn files(example: &str) -> Files {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(example);
    let mut files = Files { folder: example.to_owned(), ..Files::default() };
    let mut open: Vec<PathBuf> = vec![root.clone()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("an example is a folder").flatten() {
            let path = entry.path();
            let name = path.strip_prefix(&root).expect("below the example").to_string_lossy().into_owned();
            if path.is_dir() && !foundry_core::load::ignored_dir(&name) {
                open.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                files.entries.insert(Arc::from(name), FileContent::Text(Arc::from(text)));
            }
        }
    }
    files
}
