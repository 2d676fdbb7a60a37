//! A domain's Compose file as Kubernetes objects: translated without a loss, or with a finding that says what is lost.

mod argocd;
mod budget;
mod charts;
mod dashboards;
mod delivery;
mod env;
mod files;
mod flows;
mod flux;
mod ingress;
mod inputs;
mod keys;
mod manifests;
mod mounts;
mod object;
mod order;
mod patches;
mod place;
mod placed;
mod pod;
mod policy;
mod probes;
mod prometheus;
mod quota;
mod reach;
mod reference;
mod resources;
mod schedules;
mod secret;
mod security;
mod services;
mod settings;
mod standing;
mod statements;
mod tree;
mod unit;
mod walk;
mod workload;

#[cfg(test)]
mod tests;

pub use inputs::{InputTarget, RUNTIME_INPUTS, input_targets, written_inputs};
pub use keys::{TABLE, Verdict, verdict};
pub use object::{Object, documents};
pub use placed::placed;
pub use reach::{End, Pod, allows};
pub use reference::reference;
pub use secret::{Piece, marked, pieces};
pub use settings::{AppEnvironment, Layout, Settings};
pub use standing::{Reconciled, Standing, reconciled, standing};
pub use statements::statements;
pub use tree::{Origin, TreeFile, origin, roots, tree};
pub use unit::Input;

use crate::compose::Project;
use crate::diag::{Finding, Findings};
use crate::model::Domain;
use std::collections::{BTreeMap, BTreeSet};
use unit::Unit;

/// What one domain becomes, without namespaces.
#[derive(Debug, Clone, Default)]
pub struct Translation {
    /// Its objects, in order.
    pub objects: Vec<Object>,
    /// Keys of the environment whose secret values it refers to.
    pub secrets: BTreeSet<String>,
    /// Whether a pod of it needs its node's files, network or rights.
    pub needs_node: bool,
    /// The chart that it is, as a source of Argo CD's.
    chart: Option<serde_json::Value>,
    /// What somebody changes about its objects.
    patches: Vec<patches::Patch>,
}

/// Every domain of the environment that was rendered, by name.
pub fn translate(input: &Input<'_>) -> (BTreeMap<String, Translation>, Findings) {
    let settings = Settings::read(input.environment);
    let mut out = Findings::new();
    let mut all = BTreeMap::new();
    for domain in input.registry.deployed_in(&input.environment.name) {
        let name = &domain.name.value;
        let written = input.registry.manifests.contains_key(name);
        if input.projects.contains_key(name) || written || charts::has_chart(input, domain) {
            all.insert(domain.name.value.clone(), one(input, &settings, domain, &mut out));
        }
    }
    same_names(input, &all, &mut out);
    aimless_patches(input, &settings, &all, &mut out);
    borrowed_names(input, &settings, &all, &mut out);
    environment(input, &settings, &mut out);
    out.sort();
    (all, out)
}

fn one(input: &Input<'_>, settings: &Settings, domain: &Domain, out: &mut Findings) -> Translation {
    let mut result = Translation::default();
    reserved(settings, domain, out);
    if let Some(project) = input.projects.get(&domain.name.value) {
        of_project(input, settings, domain, project, &mut result, out);
    }
    result.objects.extend(dashboards::dashboards(input, settings, &domain.name.value));
    let (objects, chart) = charts::objects(input, settings, domain, out);
    result.objects.extend(objects);
    result.chart = chart;
    let written = manifests::manifests(input, settings, domain, out);
    manifests::owned(&written, &result.objects, out);
    result.objects.extend(written.into_iter().map(|w| w.object));
    // An init container's files are the same in each pod that begins with it.
    result.objects.sort_by(|a, b| a.rank().cmp(&b.rank()));
    result.objects.dedup();
    result.patches = patches::patches(input, settings, domain, out);
    result
}

/// What the domain's Compose file becomes.
fn of_project(
    input: &Input<'_>,
    settings: &Settings,
    domain: &Domain,
    project: &Project,
    result: &mut Translation,
    out: &mut Findings,
) {
    walk::project(project, domain, out);
    let mut wanted = env::Wanted::new();
    let (mut claims, mut private) = (Vec::new(), BTreeMap::new());
    for service in &project.services {
        let unit = Unit { input, settings, domain, project, service };
        if workload::is_init_only(&unit) {
            walk::service(&unit, out);
            continue;
        }
        let translated = workload::translate(&unit, &mut wanted, out);
        result.objects.extend(budget::budget(&unit, &translated.objects));
        result.objects.extend(translated.objects);
        result.objects.extend(prometheus::monitor(&unit));
        private.extend(translated.private);
        claims.extend(translated.claims);
        result.needs_node |= translated.needs_node;
    }
    let mut seen = BTreeSet::new();
    claims.retain(|c: &String| seen.insert(c.clone()));
    if let Some(service) = project.services.first() {
        let unit = Unit { input, settings, domain, project, service };
        result.objects.extend(workload::claims(&unit, &claims, out));
        result.objects.extend(delivery::secrets(&unit, &wanted, &private, out));
        reached_without_port(&unit, out);
    }
    result.secrets = wanted;
}

/// Patches that would change nothing, which a reconciler refuses.
fn aimless_patches(
    input: &Input<'_>,
    settings: &Settings,
    all: &BTreeMap<String, Translation>,
    out: &mut Findings,
) {
    for (name, translation) in all.iter().filter(|(_, t)| !t.patches.is_empty()) {
        let Some(domain) = input.registry.domain(name) else { continue };
        let apps: Vec<Option<&AppEnvironment>> = match is_app(domain) && !settings.apps.is_empty() {
            true => settings.apps.iter().map(Some).collect(),
            false => vec![None],
        };
        for app in apps {
            let own = placed(input, domain, app);
            let objects: Vec<&Object> = translation.objects.iter().chain(&own).collect();
            let is_here =
                |p: &&patches::Patch| p.app.is_none() || p.app.as_deref() == app.map(|a| a.name.as_str());
            let here: Vec<&patches::Patch> = translation.patches.iter().filter(is_here).collect();
            patches::aimless(&here, &objects, out);
        }
    }
}

/// A domain that others reach declares at least one port, or nothing could be opened for them.
fn reached_without_port(unit: &Unit<'_>, out: &mut Findings) {
    let any = unit.project.services.iter().any(|s| !services::declared(&unit.with(s)).is_empty());
    let Some(first) = unit.domain.exposes_to.first().filter(|_| !any) else { return };
    let message =
        format!("{} is reached by {}, and no service of it declares a port", unit.domain_name(), first.value);
    out.push(
        Finding::error("TRN-002", &unit.service.span, message)
            .help("add `expose: [\"PORT\"]` to the service that answers"),
    );
}

/// What the environment itself has to say before a tree can be written.
fn environment(input: &Input<'_>, settings: &Settings, out: &mut Findings) {
    let span = &input.environment.span;
    let reconciler = match settings.gitops.as_str() {
        "flux" => Some("Flux"),
        "argocd" => Some("Argo CD"),
        _ => None,
    };
    if let Some(reconciler) = reconciler.filter(|_| settings.repository.0.is_empty()) {
        let message = format!(
            "{} is reconciled by {reconciler}, from a repository that is not said",
            input.environment.name
        );
        out.push(Finding::error("TRN-002", span, message).help("add `repository: {url: URL, branch: main}`"));
    }
    same_units(input, settings, out);
    issuers_of_nobody(input, settings, out);
    for app in settings
        .apps
        .iter()
        .filter(|a| !object::is_name(&a.name) || matches!(a.name.as_str(), "base" | "overlays"))
    {
        let message =
            format!("`{}` cannot name an application environment: it names folders and namespaces", app.name);
        out.push(
            Finding::error("TRN-004", span, message)
                .help("use lower case letters, digits and `-`; not base or overlays"),
        );
    }
}

/// An issuer for an app that is not there would change nothing.
fn issuers_of_nobody(input: &Input<'_>, settings: &Settings, out: &mut Findings) {
    for app in &settings.apps {
        let known = |name: &str| input.registry.domain(name).is_some_and(is_app);
        for name in app.issuers.keys().filter(|name| !known(name)) {
            let message =
                format!("apps.{}.issuers names `{name}`, which is no app of this registry", app.name);
            let apps = input.registry.domains.iter().filter(|d| is_app(d)).map(|d| d.name.value.as_str());
            let help = match crate::load::did_you_mean(name, apps) {
                Some(near) => format!("write `{near}`, if that is what you mean"),
                None => "remove it".to_owned(),
            };
            out.push(Finding::error("TRN-004", &input.environment.span, message).help(help));
        }
    }
}

/// Names that the tree itself uses.
fn reserved(settings: &Settings, domain: &Domain, out: &mut Findings) {
    let name = &domain.name;
    let used = match settings.gitops.as_str() {
        "argocd" => [order::NAMESPACES, schedules::UNIT, argocd::ROOT],
        _ => [order::NAMESPACES, schedules::UNIT, "flux-system"],
    };
    if used.contains(&name.value.as_str()) {
        let message = format!("`{}` is a name that the tree itself uses", name.value);
        out.push(Finding::error("TRN-004", &name.span, message).help("rename it: foundry domain rename"));
    }
}

/// A reconciler has one unit of a name: `shop` in `test-a` and `shop-test` in `a` would be the same.
fn same_units(input: &Input<'_>, settings: &Settings, out: &mut Findings) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for domain in input.registry.deployed_in(&input.environment.name) {
        let apps: Vec<Option<&str>> = match is_app(domain) && !settings.apps.is_empty() {
            true => settings.apps.iter().map(|app| Some(app.name.as_str())).collect(),
            false => vec![None],
        };
        for app in apps {
            let unit = order::unit_name(&domain.name.value, app);
            let Some(other) = seen.insert(unit.clone(), &domain.name.value) else { continue };
            let message = format!("{other} and {} would both be reconciled as `{unit}`", domain.name.value);
            out.push(
                Finding::error("TRN-004", &domain.name.span, message)
                    .help("rename one of them: foundry domain rename"),
            );
        }
    }
}

/// The namespace of a domain: its layer, and its category within.
pub fn namespace(domain: &Domain) -> String {
    let category = domain.category.as_deref();
    match (domain.layer.as_deref().unwrap_or("apps"), category) {
        ("apps", None) => "apps".to_owned(),
        ("apps", Some(category)) => category.to_owned(),
        (layer, None) => layer.to_owned(),
        (layer, Some(category)) => format!("{layer}-{category}"),
    }
}

/// The namespaces of a domain, seen from the application environment `app`: an app lives in one namespace for each.
pub fn namespaces_of(domain: &Domain, settings: &Settings, app: Option<&str>) -> Vec<String> {
    let own = namespace(domain);
    if !is_app(domain) || settings.apps.is_empty() {
        return vec![own];
    }
    match app {
        Some(app) => vec![format!("{own}-{app}")],
        None => settings.apps.iter().map(|app| format!("{own}-{}", app.name)).collect(),
    }
}

/// Whether the domain is one of the apps: neither infrastructure nor platform.
pub fn is_app(domain: &Domain) -> bool {
    matches!(domain.layer.as_deref(), None | Some("apps"))
}

/// Two domains of one namespace cannot both have an object of one kind and name.
fn same_names(input: &Input<'_>, all: &BTreeMap<String, Translation>, out: &mut Findings) {
    let mut seen: BTreeMap<(String, &str, &str), &str> = BTreeMap::new();
    for (name, translation) in all {
        let Some(domain) = input.registry.domain(name) else { continue };
        for object in &translation.objects {
            let key = (namespace(domain), object.kind.as_str(), object.name.as_str());
            let Some(other) = seen.insert(key, name).filter(|other| other != name) else { continue };
            let project = input.projects.get(name);
            let service = project.and_then(|p| p.services.iter().find(|s| s.name == object.name));
            let span = service.map_or(&domain.span, |s| &s.span);
            let message = format!(
                "{other} and {name} both have the {} `{}` in the namespace {}",
                object.kind,
                object.name,
                namespace(domain)
            );
            out.push(
                Finding::error("TRN-004", span, message)
                    .help("rename one of the services, or give one domain a `category`"),
            );
            break;
        }
    }
}

/// A service of another namespace keeps its name here; so it must not be the name of one that is here already.
fn borrowed_names(
    input: &Input<'_>,
    settings: &Settings,
    all: &BTreeMap<String, Translation>,
    out: &mut Findings,
) {
    let service = |o: &&Object| o.kind == "Service";
    for name in all.keys() {
        let Some(domain) = input.registry.domain(name) else { continue };
        for borrowed in placed(input, domain, settings.apps.first()).iter().filter(service) {
            let here = all.iter().filter(|(other, _)| {
                input.registry.domain(other).is_some_and(|d| namespace(d) == namespace(domain))
            });
            let own = here.flat_map(|(other, t)| t.objects.iter().map(move |o| (other, o)));
            let clash = own.filter(|(_, o)| service(o)).find(|(_, o)| o.name == borrowed.name);
            if let Some((other, _)) = clash {
                let message = format!(
                    "{name} knows a service of another namespace as `{}`, and {other} has one of that name here",
                    borrowed.name
                );
                out.push(
                    Finding::error("TRN-004", &domain.span, message)
                        .help("rename one of the services, or move one domain to another `category`"),
                );
            }
        }
    }
}
