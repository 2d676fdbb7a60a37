//! The rendered files at the place against what rendering gives now: edited, missing, left over, readable by others.

use super::{Input, Item, Kind, Source, ways};
use crate::compose::{OVERLAY_FILE, overlay};
use crate::model::Registry;
use crate::plan::Domain;
use std::collections::BTreeMap;

/// The differences of one domain's files.
pub(super) fn compare(input: &Input<'_>, domain: &Domain) -> Vec<Item> {
    let seen = &input.observed.files;
    let mut found: Vec<(&String, String)> = Vec::new();
    let origin = Origin::of(input, domain);
    for (path, digest) in &domain.files {
        let mode = input.observed.stats.get(path).map_or(0, |stat| stat.mode);
        match seen.get(path) {
            None => found.push((path, "missing".to_owned())),
            Some(other) if other != digest => found.push((path, origin.of_file(path, other).to_owned())),
            Some(_) if domain.private.contains(path) && mode & 0o077 != 0 => {
                found.push((path, format!("holds secrets and is readable by others (mode {mode:o})")));
            }
            Some(_) => {}
        }
    }
    let own = |path: &&String| path.strip_prefix(&domain.name).is_some_and(|rest| rest.starts_with('/'));
    for path in seen.keys().filter(own).filter(|path| !domain.files.contains_key(*path)) {
        found.push((path, "rendered from nothing".to_owned()));
    }
    // The labels' file changes with everything else: it is named only when nothing else is.
    if found.len() > 1 {
        found.retain(|(path, _)| !path.ends_with(OVERLAY_FILE));
    }
    found.into_iter().map(|(path, cause)| item(input, domain, path, cause)).collect()
}

fn item(input: &Input<'_>, domain: &Domain, path: &str, cause: String) -> Item {
    let template = template(input.registry, &domain.name, path);
    Item {
        kind: Kind::Rendered,
        domain: domain.name.clone(),
        subject: format!("generated/{path}"),
        accept: ways::into_template(input.desired, &domain.name, path, template.as_deref(), &cause),
        deploy: ways::deploy(input.desired, &domain.name),
        causes: vec![cause],
        fields: Vec::new(),
        since: None,
        containers: Vec::new(),
        source: template.map(|file| Source { file, line: 0 }),
    }
}

/// The template that a file below the generated folder is rendered from.
fn template(registry: &Registry, domain: &str, path: &str) -> Option<String> {
    let name = path.strip_prefix(domain)?.strip_prefix('/')?;
    let name = if name == OVERLAY_FILE { "compose.yml" } else { name };
    let own = registry.templates.get(domain).into_iter().flatten().chain(&registry.machine_templates);
    own.filter(|t| t.output == name).map(|t| t.path.to_string()).next()
}

/// What is known of how a file became what it is.
struct Origin {
    /// Whether the second compose file at the place fits the first one and the files beside it.
    consistent: bool,
    /// Whether it is the one that would be rendered now.
    current: bool,
    /// File below the project's folder → the beginnings of the digests that containers were made with.
    used: BTreeMap<String, Vec<String>>,
}

impl Origin {
    fn of(input: &Input<'_>, domain: &Domain) -> Origin {
        let second = format!("{}/{OVERLAY_FILE}", domain.name);
        let seen = input.observed.files.get(&second);
        let rendered = input.rendered.domain(&domain.name);
        let project = rendered.and_then(|d| Some((d.project.as_ref()?, d.project_files())));
        let consistent = project.is_some_and(|(project, files)| {
            let files = files.into_iter().filter(|(path, _)| path != OVERLAY_FILE).collect();
            let text = overlay(project, &input.desired.marks(&domain.name), &files);
            seen.is_some_and(|seen| crate::render::Content::new(text).digest() == *seen)
        });
        let current = seen.is_some() && seen == domain.files.get(&second);
        let mut used: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let own = |label: Option<&String>| label == Some(&domain.name);
        for container in input.observed.containers.iter().filter(|c| own(c.labels.get("foundry.domain"))) {
            let label = container.labels.get("foundry.fields").map_or("", String::as_str);
            for (key, digest) in crate::plan::parse_fields(label) {
                if let Some(path) = key.strip_prefix("file.") {
                    used.entry(format!("{}/{path}", domain.name)).or_default().push(digest);
                }
            }
        }
        Origin { consistent, current, used }
    }

    fn of_file(&self, path: &str, digest: &str) -> &'static str {
        if let Some(known) = self.used.get(path) {
            return match known.iter().any(|d| digest.starts_with(d.as_str())) {
                true => "older than its sources",
                false if self.consistent => "older than its sources",
                false => "edited by hand",
            };
        }
        match (self.consistent, self.current) {
            (true, false) => "older than its sources",
            (false, _) => "edited by hand",
            // No container uses it, so nothing tells.
            (true, true) => "differs from what its template gives",
        }
    }
}
