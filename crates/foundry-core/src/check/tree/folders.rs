//! DIR-001, DIR-002, DIR-003: folders are not too deep, hold something, and every manifest is applied.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity, Span};
use crate::load::{self, MARKER};
use crate::tree::manifest::Role;
use crate::tree::{World, argocd, kustomize, parent};
use std::collections::{BTreeMap, BTreeSet};

/// Levels of folders below the root.
const DEEPEST: usize = 5;

pub(in crate::check) const RULES: &[Rule] = &[
    Rule {
        id: "DIR-001",
        severity: Severity::Warning,
        phase: Phase::Tree,
        title: "no folder is deeper than five levels",
        why: "Deep trees hide what belongs together, and every level is one more path to keep right in kustomizations.",
        fix: "move the folder up, or put what its path says into a label",
        bad: "\
# run: tree
-- a/b/c/d/e/f/x.yaml --
#! warning DIR-001: `a/b/c/d/e/f` is 6 levels deep
apiVersion: v1
kind: ConfigMap
metadata: {name: x}
",
        good: "\
# run: tree
-- a/b/c/d/e/x.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: x}
",
    },
    Rule {
        id: "DIR-002",
        severity: Severity::Info,
        phase: Phase::Tree,
        title: "a folder holds more than one file",
        why: "A folder with a single file and nothing below it is a level without a meaning.",
        fix: "move the file up",
        bad: "\
# run: tree
-- apps/web/deploy.yaml --
#! info DIR-002: the only file of the folder `apps/web`
apiVersion: v1
kind: ConfigMap
metadata: {name: x}
",
        good: "\
# run: tree
-- apps/web/deploy.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: x}
-- apps/web/service.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: y}
",
    },
    Rule {
        id: "DIR-003",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "every manifest is applied by somebody",
        why: "A manifest that no Kustomization and no Application includes looks as if it were in the cluster. Most often \
              a line in a kustomization was forgotten.",
        fix: "list the file in a kustomization, or remove it",
        bad: "\
# run: tree
-- clusters/home/apps.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps, prune: true, interval: 10m, timeout: 5m, sourceRef: {kind: GitRepository, name: flux-system}}
-- apps/kustomization.yaml --
resources: [web.yaml]
-- apps/web.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: default}
-- apps/forgotten.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: forgotten, namespace: default}
#                ^^^^^^^^^ error DIR-003: no Kustomization and no Application applies ConfigMap/forgotten
",
        good: "\
# run: tree
-- clusters/home/apps.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps, prune: true, interval: 10m, timeout: 5m, sourceRef: {kind: GitRepository, name: flux-system}}
-- apps/kustomization.yaml --
resources: [web.yaml]
-- apps/web.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: default}
",
    },
];

pub(super) fn check(world: &World, out: &mut Findings) {
    let first_below = |folder: &str| {
        let inside = |p: &&str| p.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        world.tree.paths().find(inside).map_or_else(|| Span::file(folder), Span::file)
    };
    for folder in world.tree.folders().filter(|f| f.split('/').count() == DEEPEST + 1) {
        let message = format!("`{folder}` is {} levels deep", DEEPEST + 1);
        out.push(Finding::warning("DIR-001", &first_below(folder), message).help("move it up"));
    }
    let mut files: BTreeMap<&str, usize> = BTreeMap::new();
    for path in world.tree.paths() {
        *files.entry(parent(path)).or_default() += 1;
    }
    let inner: BTreeSet<&str> = world.tree.folders().map(parent).collect();
    for (folder, count) in files {
        if count == 1 && !folder.is_empty() && !inner.contains(folder) {
            let message = format!("the only file of the folder `{folder}`");
            let finding = Finding::new("DIR-002", Severity::Info, Some(first_below(folder)), message);
            out.push(finding.help("move it up, unless more will follow"));
        }
    }
    orphans(world, out);
}

fn orphans(world: &World, out: &mut Findings) {
    if !world.is_followed() {
        return;
    }
    if world.tree.objects().any(|(_, o)| o.is(argocd::GROUP, "ApplicationSet")) {
        return out.not_checked("DIR-003", "an ApplicationSet may apply any folder");
    }
    if world.units().any(|u| !u.build.is_complete()) {
        return out.not_checked("DIR-003", "not every kustomization builds");
    }
    // Entry points are applied by hand: what declares a reconciler's object is in nobody's folder.
    let entry =
        |path: &str| world.units().any(|u| u.parent.is_none() && u.object.source.span.file.as_ref() == path);
    // In a registry what lies beside a domain is taken into the domain's base: it is applied from there.
    let registry = world.tree.files.contains_key(MARKER);
    let source = |path: &str| {
        registry && matches!(load::role(path), Some(load::Role::Manifest(_) | load::Role::Patch(_)))
    };
    for (path, file) in world.tree.files.iter().filter(|(path, _)| !source(path)) {
        let manifest =
            matches!(file.role, Role::Manifest | Role::Encrypted) && !kustomize::is_kustomization_file(path);
        if manifest
            && !world.used.contains(path)
            && !entry(path)
            && !path.split('/').any(|p| p.starts_with('.'))
        {
            let what = file.objects.first().map(|o| o.title()).unwrap_or_default();
            let span = file.objects.first().map_or_else(|| Span::file(path.clone()), |o| o.place());
            let message = format!("no Kustomization and no Application applies {what}");
            out.push(
                Finding::error("DIR-003", &span, message)
                    .help("list the file in a kustomization, or remove it"),
            );
        }
    }
}
