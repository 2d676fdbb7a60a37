//! A registry of 120 domains: its tree keeps every rule, in both layouts and for both reconcilers, and a real API server
//! takes every object of it.

mod rules_support;

use foundry_core::check;
use foundry_core::kubernetes::TreeFile;
use rules_support::{Scenario, cluster};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use testkit::scale::{Layout, registry};

const DOMAINS: usize = 120;

fn scenario(domains: usize, layout: Layout, gitops: &str) -> Scenario {
    let files = registry(domains, layout, gitops);
    Scenario { files, environment: Some("home".to_owned()), ..Scenario::default() }
}

#[test]
fn every_object_of_120_domains_is_accepted_in_both_layouts_for_both_reconcilers() {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut all = Vec::new();
    for layout in [Layout::Layers, Layout::Purposes] {
        for gitops in ["flux", "argocd"] {
            let (files, findings) = cluster::files(&scenario(DOMAINS, layout, gitops));
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
            all.extend(objects.into_iter().filter(|o| seen.insert(o.to_string())));
        }
    }
    let kube = testkit::need!(testkit::kube_api());
    cluster::apply(&kube, &all);
    assert!(all.len() > 3000, "only {} objects", all.len());
    let policies = kube.kubectl(&["get", "networkpolicies", "-A", "-o", "name"]);
    assert!(policies.lines().count() >= DOMAINS * 2, "{}", policies.lines().count());
}

/// A checker that somebody else wrote has nothing to say about Kubernetes' own kinds either. It takes its time: fewer domains.
#[test]
fn kubernetes_validate_agrees_about_every_object() {
    let program = testkit::need!(testkit::kubernetes_validate());
    let (files, _) = cluster::files(&scenario(24, Layout::Purposes, "flux"));
    let objects = cluster::objects(&cluster::world(&files));
    let folder = tempfile::tempdir().expect("a folder");
    let check = |name: &str, objects: &[Value]| {
        let path = folder.path().join(name);
        let texts: Vec<String> = objects.iter().map(foundry_core::yaml::emit).collect();
        std::fs::write(&path, texts.join("---\n")).expect("written");
        let mut command = Command::new(&program);
        command.args(["--strict", "--no-warn", "-k", "1.36"]).arg(path).output().expect("it starts")
    };
    let output = check("all.yaml", &objects);
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}", said.lines().filter(|l| !l.contains("INFO")).collect::<String>());
    let mut wrong = objects.iter().find(|o| o["kind"] == "Deployment").expect("one").clone();
    wrong["spec"]["replicaz"] = 2.into();
    assert!(!check("wrong.yaml", &[wrong]).status.success(), "it does look");
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
    let all = scenario(DOMAINS, Layout::Layers, "flux").run();
    // Metadata is for commands to write.
    let found: Vec<String> =
        all.iter().filter(|f| f.rule != "DRF-001").map(|f| format!("{} {}", f.rule, f.message)).collect();
    assert!(found.is_empty(), "{} {:#?}", found.len(), &found[..found.len().min(9)]);
}
