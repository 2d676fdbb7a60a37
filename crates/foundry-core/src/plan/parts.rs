//! What a domain's services need around them: its files, networks and volumes.

use super::compare::Planner;
use super::desired::Domain;
use super::{Action, Expect, shared};
use crate::compose::{OVERLAY_FILE, Project};
use crate::diag::Finding;

impl<'a> Planner<'a> {
    /// The step that brings the domain's files up to date.
    pub(super) fn files(&mut self, domain: &'a Domain) -> Option<usize> {
        let seen = &self.observed.files;
        let stats = &self.observed.stats;
        let open = |path: &String| {
            domain.private.contains(path) && stats.get(path).is_some_and(|stat| stat.mode & 0o077 != 0)
        };
        let same = |path: &String, digest: &String| seen.get(path) == Some(digest);
        let changed = domain.files.iter().filter(|(path, digest)| !same(path, digest) || open(path));
        let write: Vec<String> = changed.map(|(path, _)| path.clone()).collect();
        let ours = |path: &str| path.strip_prefix(&domain.name).is_some_and(|rest| rest.starts_with('/'));
        let stale = seen.keys().filter(|path| ours(path) && !domain.files.contains_key(*path));
        let remove: Vec<String> = stale.cloned().collect();
        if write.is_empty() && remove.is_empty() {
            return None;
        }
        // The labels' file changes with everything else: it is named only when nothing else is.
        let alone = write.len() + remove.len() == 1;
        let told = |path: &&String| alone || !path.ends_with(OVERLAY_FILE);
        let name = |path: &String| {
            path.strip_prefix(&domain.name).unwrap_or(path).trim_start_matches('/').to_owned()
        };
        let readable = |p: &&String| open(p) && domain.files.get(*p).is_some_and(|digest| same(p, digest));
        let (readable, differing): (Vec<&String>, Vec<&String>) = write.iter().partition(readable);
        let (new, other): (Vec<&String>, Vec<&String>) =
            differing.into_iter().filter(told).partition(|p| !seen.contains_key(*p));
        let causes = [
            file_cause(&readable.into_iter().map(name).collect::<Vec<_>>(), "readable by others"),
            file_cause(&other.into_iter().map(name).collect::<Vec<_>>(), "changed"),
            file_cause(&new.into_iter().map(name).collect::<Vec<_>>(), "missing"),
            file_cause(&remove.iter().filter(told).map(name).collect::<Vec<_>>(), "stale"),
        ];
        let causes = causes.into_iter().flatten().collect();
        Some(self.drafts.add(
            Some(&domain.name),
            Action::WriteFiles { write, remove },
            causes,
            Expect::Anything,
        ))
    }

    /// Steps for networks that are missing, findings for those that cannot be had.
    pub(super) fn networks(&mut self, domain: &'a Domain, project: &'a Project) {
        for (key, network) in project.used_networks() {
            if self.networks.contains_key(&network.name) {
                continue;
            }
            let exists = self.observed.networks.iter().any(|n| n.name == network.name);
            match shared::spec(self.desired, &network.name) {
                Some((_, spec)) if exists => {
                    shared::check_network(self.desired, self.observed, &spec, &network.span, &mut self.findings);
                }
                Some((owner, spec)) => {
                    let causes = vec!["no such network".to_owned()];
                    let action = Action::CreateNetwork(spec);
                    let step = self.drafts.add(owner.or(Some(&domain.name)), action, causes, Expect::Absent);
                    self.networks.insert(network.name.clone(), step);
                }
                None if exists => {}
                None => self.findings.push(
                    Finding::error(
                        "NET-002",
                        &network.span,
                        format!("network {} is external, declared nowhere and not there", network.name),
                    )
                    .help(format!(
                        "declare {} in config-registry/env/networks.yml, or define `{key}` here without `external`",
                        network.name
                    )),
                ),
            }
        }
    }

    /// Steps for volumes that are missing.
    pub(super) fn volumes(&mut self, domain: &'a Domain, project: &'a Project) {
        for (key, volume) in project.used_volumes() {
            let exists = self.observed.volumes.iter().any(|v| v.name == volume.name);
            if exists || self.volumes.contains_key(&volume.name) {
                continue;
            }
            if volume.external {
                let message = format!("volume {} is external and not there", volume.name);
                self.findings.push(
                    Finding::error("SVC-007", &volume.span, message)
                        .help(format!("run docker volume create {}, or remove `external`", volume.name)),
                );
                continue;
            }
            let spec = shared::volume_spec(self.desired, domain, key, volume);
            let causes = vec!["no such volume".to_owned()];
            let step =
                self.drafts.add(Some(&domain.name), Action::CreateVolume(spec), causes, Expect::Absent);
            self.volumes.insert(volume.name.clone(), step);
        }
    }
}

fn file_cause(names: &[String], how: &str) -> Option<String> {
    match names {
        [] => None,
        [_] | [_, _] | [_, _, _] => Some(format!("{} {how}", names.join(", "))),
        [a, b, rest @ ..] => Some(format!("{a}, {b} and {} more {how}", rest.len())),
    }
}
