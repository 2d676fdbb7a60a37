//! A registry of 120 domains: its tree keeps every rule, in both layouts and for both reconcilers, and a real API server
//! takes every object of it.

mod rules_support;

use foundry_core::check;
use foundry_core::kubernetes::TreeFile;
use rules_support::{Scenario, cluster};
use std::collections::{BTreeMap, BTreeSet};
use testkit::scale::{Layout, registry};

const DOMAINS: usize = 120;

fn scenario(layout: Layout, gitops: &str) -> Scenario {
    let files = registry(DOMAINS, layout, gitops);
    Scenario { files, environment: Some("home".to_owned()), ..Scenario::default() }
}

#[test]
fn every_object_of_120_domains_is_accepted_in_both_layouts_for_both_reconcilers() {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut parts = Vec::new();
    for layout in [Layout::Layers, Layout::Purposes] {
        for gitops in ["flux", "argocd"] {
            let (files, findings) = cluster::files(&scenario(layout, gitops));
            assert!(findings.is_empty(), "{layout:?} {gitops}: {findings:#?}");
            shape(&files);
            let world = cluster::world(&files);
            let found: Vec<String> = check::tree(&world)
                .iter()
                .map(|f| format!("{} {} {:?} {}", f.severity.word(), f.rule, f.span, f.message))
                .collect();
            assert!(
                found.is_empty(),
                "{layout:?} {gitops}: {} {:#?}",
                found.len(),
                &found[..found.len().min(9)]
            );
            let objects = cluster::objects(&world);
            assert!(objects.len() > DOMAINS * 5, "{layout:?} {gitops}: only {} objects", objects.len());
            parts.push(objects.into_iter().filter(|o| seen.insert(o.to_string())).collect::<Vec<_>>());
        }
    }
    let kube = testkit::need!(testkit::kube_api());
    for objects in &parts {
        cluster::apply(&kube, objects);
    }
    let count: usize = parts.iter().map(Vec::len).sum();
    eprintln!("{count} objects were accepted");
    let policies = kube.kubectl(&["get", "networkpolicies", "-A", "-o", "name"]);
    assert!(policies.lines().count() >= DOMAINS * 2, "{}", policies.lines().count());
}

/// No folder is deeper than five, none holds one file and nothing else.
fn shape(files: &[TreeFile]) {
    let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
    for file in files {
        let (folder, _) = file.path.rsplit_once('/').expect("no file is at the root");
        assert!(folder.split('/').count() <= 5, "{} is too deep", file.path);
        *folders.entry(folder).or_default() += 1;
    }
    let lonely: Vec<&&str> = folders.iter().filter(|(_, n)| **n < 2).map(|(f, _)| f).collect();
    assert!(lonely.is_empty(), "{lonely:?} have one file");
}

/// The registry itself has nothing to be said about either.
#[test]
fn the_registry_of_120_domains_keeps_every_rule() {
    let all = scenario(Layout::Layers, "flux").run();
    // Metadata is for commands to write.
    let found: Vec<String> =
        all.iter().filter(|f| f.rule != "DRF-001").map(|f| format!("{} {}", f.rule, f.message)).collect();
    assert!(found.is_empty(), "{} {:#?}", found.len(), &found[..found.len().min(9)]);
}
