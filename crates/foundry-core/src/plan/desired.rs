//! What is wanted on one place: projects per domain, shared networks, files, and which domains the plan is for.

use super::Origins;
use crate::compose::{Marks, Project};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that a plan compares with what is there.
#[derive(Debug, Clone, Default)]
pub struct Desired {
    /// The registry's name, as on the label `foundry.registry`.
    pub registry: String,
    /// The environment's name.
    pub environment: String,
    /// Engine (`compose`).
    pub engine: String,
    /// Where, for people: `this machine` or the address of a host.
    pub place: String,
    /// Every domain of the environment, selected or not.
    pub domains: Vec<Domain>,
    /// Networks that the registry declares, by name.
    pub networks: BTreeMap<String, SharedNetwork>,
    /// Names of the domains that the plan is for.
    pub selected: BTreeSet<String>,
    /// Whether what is ours and declared nowhere is removed.
    pub prune: bool,
}

/// One domain of the environment.
#[derive(Debug, Clone, Default)]
pub struct Domain {
    /// Its name.
    pub name: String,
    /// Whether somebody else runs it.
    pub external: bool,
    /// Domains that it cannot work without.
    pub requires: Vec<String>,
    /// Its rendered compose file; `None` when it has none or it could not be read.
    pub project: Option<Project>,
    /// Its rendered files: path below the generated folder (`<domain>/…`) → SHA-256 (hex) of the content.
    pub files: BTreeMap<String, String>,
    /// Where in the registry the values of its services come from.
    pub origins: Origins,
    /// Those of them that nobody else may read.
    pub private: BTreeSet<String>,
}

/// A network that the registry declares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SharedNetwork {
    /// The domain that it belongs to.
    pub owner: Option<String>,
    /// Subnet in CIDR notation; the engine chooses where nothing is said.
    pub subnet: Option<String>,
    /// Whether it has no way out.
    pub internal: bool,
}

impl Desired {
    /// The domain called `name`.
    pub fn domain(&self, name: &str) -> Option<&Domain> {
        self.domains.iter().find(|d| d.name == name)
    }

    /// Whose the containers of `domain` are.
    pub fn marks(&self, domain: &str) -> Marks {
        Marks {
            registry: self.registry.clone(),
            environment: self.environment.clone(),
            domain: domain.to_owned(),
        }
    }

    /// The domain that a declared network belongs to: as declared, else the one that the network is named after.
    pub fn owner(&self, network: &str) -> Option<&str> {
        let declared = self.networks.get(network)?.owner.as_deref();
        let named_after = || self.domain(network.strip_suffix("-network")?).map(|d| d.name.as_str());
        declared.or_else(named_after)
    }

    /// Whether labels say that something is ours: `None` when they say nothing.
    pub fn ours(&self, labels: &BTreeMap<String, String>) -> Option<bool> {
        let registry = labels.get("foundry.registry")?;
        let environment = labels.get("foundry.environment").map_or("", String::as_str);
        Some(*registry == self.registry && environment == self.environment)
    }

    /// The domains in an order in which nothing comes before what it requires; ties by name.
    pub(super) fn in_order(&self) -> Vec<&Domain> {
        let names: Vec<&str> = self.domains.iter().map(|d| d.name.as_str()).collect();
        let requires =
            |name: &str| self.domain(name).map_or(&[][..], |d| &d.requires).iter().map(String::as_str);
        depth_first(names, |name| requires(name).collect())
            .into_iter()
            .filter_map(|n| self.domain(n))
            .collect()
    }

    /// Names of the domains that cannot work without one of `names`, directly or through others, in order.
    pub(super) fn dependents(&self, names: &BTreeSet<String>) -> Vec<String> {
        let mut all = names.clone();
        let mut out = Vec::new();
        for domain in self.in_order() {
            if !names.contains(&domain.name) && domain.requires.iter().any(|r| all.contains(r)) {
                all.insert(domain.name.clone());
                out.push(domain.name.clone());
            }
        }
        out
    }
}

impl Domain {
    /// Name of its Compose project.
    pub fn project_name(&self) -> &str {
        self.project.as_ref().map_or(&self.name, |p| &p.name)
    }

    /// Its files by their path below the project's folder.
    pub(crate) fn project_files(&self) -> BTreeMap<String, String> {
        let below = |path: &str| Some(path.strip_prefix(&self.name)?.strip_prefix('/')?.to_owned());
        self.files.iter().filter_map(|(path, digest)| Some((below(path)?, digest.clone()))).collect()
    }
}

/// `names` so that what `needs` says about each comes before it; ties by name, circles are cut.
pub fn depth_first<'n>(mut names: Vec<&'n str>, needs: impl Fn(&str) -> Vec<&'n str>) -> Vec<&'n str> {
    names.sort_unstable();
    let known: BTreeSet<&str> = names.iter().copied().collect();
    let mut seen = BTreeSet::new();
    let mut out = Vec::with_capacity(names.len());
    // (name, whether what it needs was already put on the stack)
    let mut stack: Vec<(&str, bool)> = names.iter().rev().map(|n| (*n, false)).collect();
    while let Some((name, expanded)) = stack.pop() {
        if expanded {
            out.push(name);
        } else if seen.insert(name) {
            stack.push((name, true));
            let mut needed: Vec<&str> = needs(name).into_iter().filter(|n| known.contains(n)).collect();
            needed.sort_unstable_by(|a, b| b.cmp(a));
            stack.extend(needed.into_iter().filter(|n| !seen.contains(n)).map(|n| (n, false)));
        }
    }
    out
}
