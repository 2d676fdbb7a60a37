//! What Argo CD needs to reconcile the tree: one Application for each folder in waves, a project for each layer, and a
//! health for Applications, without which waves would not wait.

use super::object::Object;
use super::order::{self, NAMESPACES};
use super::schedules;
use super::settings::Settings;
use super::tree::{Folder, Placement, namespaces_path};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The namespace of Argo CD, and of its Applications.
const NAMESPACE: &str = "argocd";

/// The Application that applies all others, and its project.
pub(super) const ROOT: &str = "root";

/// The cluster that Argo CD runs in.
const SERVER: &str = "https://kubernetes.default.svc";

/// Deletes what an Application made before the Application itself goes.
const CASCADE: &str = "resources-finalizer.argocd.argoproj.io";

/// An Application counts as what its own health says, and as not ready before it has one.
const APPLICATION_HEALTH: &str = "\
hs = {status = \"Progressing\", message = \"not reconciled yet\"}
if obj.status ~= nil and obj.status.health ~= nil and obj.status.health.status ~= nil then
  hs.status = obj.status.health.status
  hs.message = obj.status.health.message or \"\"
end
return hs
";

/// An Ingress is ready when it is there: not every controller writes an address, and no wave may wait for one for ever.
const INGRESS_HEALTH: &str = "return {status = \"Healthy\", message = \"\"}\n";

/// The folders below `clusters/`. `folders` are those of the domains.
pub(super) fn folders(
    settings: &Settings,
    placements: &[Placement<'_>],
    folders: &[Folder],
    policies: Option<&str>,
) -> Vec<Folder> {
    let home = format!("{}/{}", settings.layout.clusters, settings.cluster);
    let folder = |path: String, objects: Vec<Object>, resources: Vec<&str>| Folder {
        path,
        domain: None,
        objects,
        resources: resources.into_iter().map(str::to_owned).collect(),
        patches: Vec::new(),
        namespace: None,
        source: "config-registry/env/environments.yml".to_owned(),
    };
    let waves = order::waves(placements);
    let mut applications = vec![namespaces(settings, &waves)];
    applications.extend(placements.iter().map(|placement| of(settings, placement, &waves)));
    let mut system = projects(settings, placements, folders);
    system.push(health());
    if let Some(path) = policies {
        let before = schedules::before(settings, placements);
        let wave = before.iter().filter_map(|name| waves.get(name)).max().map(|wave| wave + 1);
        let space = settings.backup.namespace.as_str();
        let to = json!({"server": SERVER, "namespace": space});
        applications.push(application(settings, schedules::UNIT, wave, schedules::UNIT, path, to));
        let rights = json!({"namespaceResourceWhitelist": [{"group": "velero.io", "kind": "Schedule"}]});
        let what = "When what is saved: schedules, and nothing else.";
        system.push(project(settings, schedules::UNIT, what, &BTreeSet::from([space]), rights));
    }
    let bootstrap = vec![root(settings, &home), root_project(settings)];
    vec![
        folder(home.clone(), applications, vec![NAMESPACE]),
        folder(format!("{home}/{NAMESPACE}"), system, Vec::new()),
        // By hand and once: what applies everything else must not be among what it applies.
        folder(format!("{home}/bootstrap"), bootstrap, vec!["../argocd"]),
    ]
}

/// The project of a layer has its name.
fn layer<'a>(placement: &Placement<'a>) -> &'a str {
    placement.domain.layer.as_deref().unwrap_or("apps")
}

fn of(settings: &Settings, placement: &Placement<'_>, waves: &BTreeMap<String, i64>) -> Object {
    let name = order::name(placement);
    let wave = waves.get(&name).copied().unwrap_or_default();
    let to = json!({"server": SERVER, "namespace": placement.namespace});
    let mut object = application(settings, &name, Some(wave), layer(placement), &placement.path, to);
    if let (Some(chart), Some(spec)) = (&placement.translation.chart, object.value["spec"].as_object_mut()) {
        // What lies beside the chart comes with it; where nothing does, there is no folder either.
        let beside = spec.shift_remove("source").filter(|_| !placement.translation.objects.is_empty());
        let sources: Vec<Value> = std::iter::once(chart.clone()).chain(beside).collect();
        spec.shift_insert(1, "sources".to_owned(), sources.into());
    }
    object
}

fn namespaces(settings: &Settings, waves: &BTreeMap<String, i64>) -> Object {
    let (wave, path) = (waves.get(NAMESPACES).copied(), namespaces_path(settings));
    application(settings, NAMESPACES, wave, NAMESPACES, &path, json!({"server": SERVER}))
}

fn root(settings: &Settings, home: &str) -> Object {
    application(settings, ROOT, None, ROOT, home, json!({"server": SERVER, "namespace": NAMESPACE}))
}

fn application(
    settings: &Settings,
    name: &str,
    wave: Option<i64>,
    project: &str,
    path: &str,
    to: Value,
) -> Object {
    let root = settings.path.trim_matches('/').trim_start_matches("./").trim_start_matches('.');
    let path = if root.is_empty() { path.to_owned() } else { format!("{root}/{path}") };
    let (url, branch) = &settings.repository;
    // The health of Applications is one key of a ConfigMap that Argo CD's own installation has too.
    let shared = (name != ROOT).then_some("FailOnSharedResource=true");
    let options: Vec<&str> = [
        // Namespaces have an Application of their own, which gives them their labels.
        Some("CreateNamespace=false"),
        Some("ServerSideApply=true"),
        // What is as it should be is not applied again: a Job would run at every commit.
        Some("ApplyOutOfSyncOnly=true"),
        Some("PruneLast=true"),
        Some("PrunePropagationPolicy=foreground"),
        shared,
    ]
    .into_iter()
    .flatten()
    .collect();
    let metadata = json!({
        "labels": {"app.kubernetes.io/managed-by": "foundry", "app.kubernetes.io/part-of": project},
        "annotations": wave.map(|wave| json!({"argocd.argoproj.io/sync-wave": wave.to_string()})),
        "finalizers": [CASCADE],
    });
    let spec = json!({
        "project": project,
        "source": {"repoURL": url, "targetRevision": branch, "path": path},
        "destination": to,
        "syncPolicy": {
            "automated": {"prune": true, "selfHeal": true},
            "syncOptions": options,
            // Retries repeat the commit that failed: without an end they would keep the next one from its turn.
            "retry": {"limit": 10, "backoff": {"duration": "10s", "factor": 2, "maxDuration": "3m"}},
        },
    });
    Object::new("argoproj.io/v1alpha1", "Application", name, metadata, json!({"spec": spec}))
        .inside(NAMESPACE)
}

/// A project for each layer that occurs: its own namespaces, and no more objects of the cluster than it needs.
fn projects(settings: &Settings, placements: &[Placement<'_>], folders: &[Folder]) -> Vec<Object> {
    let quotas = json!([{"group": "", "kind": "LimitRange"}, {"group": "", "kind": "ResourceQuota"}]);
    let spaces = json!({
        "clusterResourceWhitelist": [{"group": "", "kind": "Namespace"}],
        "namespaceResourceWhitelist": quotas,
    });
    let what = "Namespaces with their limits: the one place that makes them.";
    // What is in no namespace is permitted where any namespace is.
    let mut projects = vec![project(settings, NAMESPACES, what, &BTreeSet::from(["*"]), spaces)];
    for name in ["infrastructure", "platform", "apps"] {
        let of_layer: Vec<&Placement<'_>> = placements.iter().filter(|p| layer(p) == name).collect();
        if of_layer.is_empty() {
            continue;
        }
        let own: BTreeSet<&str> = of_layer.iter().map(|p| p.namespace.as_str()).collect();
        let (what, rights) = match name {
            "infrastructure" => (
                "What the cluster itself needs: it may make objects of the cluster.",
                json!({"clusterResourceWhitelist": [{"group": "*", "kind": "*"}]}),
            ),
            "platform" => {
                let kinds = cluster_kinds(&of_layer, folders);
                (
                    "Services that others share: objects of the cluster only of these kinds.",
                    json!({"clusterResourceWhitelist": kinds, "namespaceResourceBlacklist": quotas}),
                )
            }
            _ => (
                "Tenants: nothing outside of their namespaces, and not their own limits.",
                json!({"clusterResourceBlacklist": [{"group": "*", "kind": "*"}], "namespaceResourceBlacklist": quotas}),
            ),
        };
        let mut project = project(settings, name, what, &own, rights);
        let charts = of_layer.iter().filter_map(|p| p.translation.chart.as_ref());
        let charts: BTreeSet<&str> = charts.filter_map(|c| c["repoURL"].as_str()).collect();
        if let Some(repositories) = project.value["spec"]["sourceRepos"].as_array_mut() {
            repositories.extend(charts.into_iter().map(Value::from));
        }
        projects.push(project);
    }
    projects
}

/// The kinds outside of namespaces that these domains have objects of.
fn cluster_kinds(placements: &[&Placement<'_>], folders: &[Folder]) -> Vec<Value> {
    let names: BTreeSet<&str> = placements.iter().map(|p| p.domain.name.value.as_str()).collect();
    let theirs = folders.iter().filter(|f| f.domain.as_deref().is_some_and(|d| names.contains(d)));
    let kinds: BTreeSet<(&str, &str)> = theirs
        .flat_map(|folder| &folder.objects)
        .map(|o| (o.api_version.rsplit_once('/').map_or("", |(group, _)| group), o.kind.as_str()))
        .filter(|(group, kind)| crate::tree::object::cluster_scoped(group, kind))
        .collect();
    kinds.into_iter().map(|(group, kind)| json!({"group": group, "kind": kind})).collect()
}

fn root_project(settings: &Settings) -> Object {
    let kinds = json!([
        {"group": "", "kind": "ConfigMap"},
        {"group": "argoproj.io", "kind": "AppProject"},
        {"group": "argoproj.io", "kind": "Application"},
    ]);
    let rights = json!({"namespaceResourceWhitelist": kinds});
    let mut object =
        project(settings, ROOT, "The Applications themselves.", &BTreeSet::from([NAMESPACE]), rights);
    // It is not among what it is for, and has no place in a wave.
    if let Some(metadata) = object.value["metadata"].as_object_mut() {
        metadata.shift_remove("annotations");
    }
    object
}

fn project(
    settings: &Settings,
    name: &str,
    what: &str,
    namespaces: &BTreeSet<&str>,
    rights: Value,
) -> Object {
    let destinations: Vec<Value> =
        namespaces.iter().map(|n| json!({"server": SERVER, "namespace": n})).collect();
    let mut spec = json!({
        "description": what,
        "sourceRepos": [settings.repository.0],
        "destinations": destinations,
    });
    if let (Some(spec), Value::Object(rights)) = (spec.as_object_mut(), rights) {
        spec.extend(rights);
    }
    let metadata = json!({
        "labels": {"app.kubernetes.io/managed-by": "foundry"},
        // Before the Applications, and gone after them.
        "annotations": {"argocd.argoproj.io/sync-wave": "-1"},
        "finalizers": [CASCADE],
    });
    Object::new("argoproj.io/v1alpha1", "AppProject", name, metadata, json!({"spec": spec})).inside(NAMESPACE)
}

/// Two keys of Argo CD's own settings. Its labels are those by which Argo CD finds it.
fn health() -> Object {
    let metadata = json!({
        "labels": {"app.kubernetes.io/name": "argocd-cm", "app.kubernetes.io/part-of": "argocd"},
        "annotations": {
            "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
            "argocd.argoproj.io/sync-wave": "-2",
        },
    });
    let data = json!({"data": {
        "resource.customizations.health.argoproj.io_Application": APPLICATION_HEALTH,
        "resource.customizations.health.networking.k8s.io_Ingress": INGRESS_HEALTH,
    }});
    Object::new("v1", "ConfigMap", "argocd-cm", metadata, data).inside(NAMESPACE)
}
