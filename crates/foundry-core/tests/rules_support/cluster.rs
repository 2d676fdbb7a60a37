//! An environment's tree, as files and as what a reconciler builds from them; and how a real server takes it.

use super::Scenario;
use foundry_core::diag::{Finding, Severity};
use foundry_core::kubernetes::{Input, TreeFile, translate, tree};
use foundry_core::load::{FileContent, Files};
use foundry_core::tree::{self, World};
use foundry_core::yaml::emit;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use testkit::KubeApi;

/// The files of `home`'s tree, and what is found on the way, warnings included.
pub fn files(scenario: &Scenario) -> (Vec<TreeFile>, Vec<Finding>) {
    let (registry, loading) = scenario.load();
    assert!(!loading.has_errors(), "{loading:?}");
    let environment = registry.environment("home").expect("a declared environment");
    let world = scenario.world(&registry, "home");
    assert!(!world.findings.has_errors(), "{:?}", world.findings);
    let (env, artifacts, projects) = (&world.env, &world.artifacts, &world.projects);
    let input = Input { registry: &registry, environment, env, artifacts, projects };
    let (all, findings) = translate(&input);
    let findings = findings.iter().filter(|f| f.severity != Severity::Info).cloned().collect();
    (tree(&input, &all), findings)
}

/// The files as a repository that is followed.
pub fn world(files: &[TreeFile]) -> World {
    let mut all = Files { folder: "home".into(), ..Files::default() };
    for file in files {
        all.entries.insert(Arc::from(file.path.as_str()), FileContent::Text(Arc::from(file.text.as_str())));
    }
    World::new(tree::Tree::read(&all))
}

/// Every object that reconcilers would apply, and those that they begin with.
pub fn objects(world: &World) -> Vec<Value> {
    let units = world.clusters.iter().flat_map(|c| c.objects()).map(|(_, o)| o.value.clone());
    let roots = world.tree.objects().map(|(_, o)| o.value.clone());
    let is_root = |v: &Value| {
        let group = v["apiVersion"].as_str().unwrap_or_default();
        let group = group.split('/').next().unwrap_or_default();
        ["kustomize.toolkit.fluxcd.io", "source.toolkit.fluxcd.io", "argoproj.io"].contains(&group)
    };
    units.chain(roots.filter(is_root)).collect()
}

/// Applies every object with strict validation, each of their namespaces first.
pub fn apply(kube: &KubeApi, objects: &[Value]) {
    let spaces: BTreeSet<&str> = objects.iter().filter_map(|o| o["metadata"]["namespace"].as_str()).collect();
    let there = kube.kubectl(&["get", "ns", "-o", "name"]);
    let missing = spaces.iter().filter(|name| !there.lines().any(|l| l == format!("namespace/{name}")));
    let space =
        |name: &&str| emit(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}));
    let spaces: Vec<String> = missing.map(space).collect();
    if !spaces.is_empty() {
        kube.apply(&spaces.join("---\n"));
    }
    // One client waits for each answer: several are done sooner.
    let part = objects.len().div_ceil(4).max(1);
    std::thread::scope(|scope| {
        for chunk in objects.chunks(part) {
            scope.spawn(move || {
                let texts: Vec<String> = chunk.iter().map(emit).collect();
                kube.apply(&texts.join("---\n"));
            });
        }
    });
}
