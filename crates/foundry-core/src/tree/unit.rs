//! What a reconciler applies at once: a Flux Kustomization, an Argo CD Application, or a kustomization by itself.

use super::kustomize::Build;
use super::object::Object;
use super::substitute::Seen;
use crate::diag::Span;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Who applies it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reconciler {
    /// `kustomize.toolkit.fluxcd.io/Kustomization`.
    Flux,
    /// `argoproj.io/Application`.
    Argo,
    /// Nobody that the tree tells of.
    Nobody,
}

/// One unit of a cluster.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Who applies it.
    pub reconciler: Reconciler,
    /// The reconciler's object; for a kustomization by itself an empty one with its document as source.
    pub object: Object,
    /// The folder that it applies; `None` for charts and what lies in another repository.
    pub path: Option<String>,
    /// Its objects before substitution, and what kept them from being complete.
    pub build: Arc<Build>,
    /// Its objects as they reach the cluster.
    pub objects: Vec<Object>,
    /// What substitution saw, by the place of the object's name.
    pub seen: Vec<(Span, Seen)>,
    /// Objects that are no YAML any more after substitution.
    pub spoiled: Vec<(Span, String)>,
    /// Names that substitution gets, and from where.
    pub variables: BTreeMap<String, super::substitute::Known>,
    /// Sources of variables that are not there: kind, name, place, and whether they are optional.
    pub missing_sources: Vec<(String, String, Span, bool)>,
    /// The unit, by position in its cluster, whose objects this one's object is among.
    pub parent: Option<usize>,
    /// Positions of the units that have to be there before.
    pub depends_on: Vec<usize>,
    /// Level in the order: 0 waits for nobody.
    pub level: usize,
}

impl Unit {
    /// A unit of which only the object is known.
    pub fn new(reconciler: Reconciler, object: Object) -> Unit {
        Unit {
            reconciler,
            object,
            path: None,
            build: Arc::default(),
            objects: Vec::new(),
            seen: Vec::new(),
            spoiled: Vec::new(),
            variables: BTreeMap::new(),
            missing_sources: Vec::new(),
            parent: None,
            depends_on: Vec::new(),
            level: 0,
        }
    }

    /// `namespace/name`, or the folder for a kustomization by itself.
    pub fn title(&self) -> String {
        match (self.object.namespace(), self.object.name(), &self.path) {
            ("", "", Some(path)) if path.is_empty() => ".".to_owned(),
            ("", "", path) => path.clone().unwrap_or_default(),
            ("", name, _) => name.to_owned(),
            (namespace, name, _) => format!("{namespace}/{name}"),
        }
    }

    /// The place of the unit's name.
    pub fn place(&self) -> Span {
        self.object.place()
    }
}

/// The units that one cluster gets, from one entry point.
#[derive(Debug, Clone, Default)]
pub struct Cluster {
    /// Where it begins: the root's folder.
    pub name: String,
    /// Its units, parents before children.
    pub units: Vec<Unit>,
    /// Cycles of dependencies, as positions.
    pub cycles: Vec<Vec<usize>>,
}

impl Cluster {
    /// Every object, with the position of its unit.
    pub fn objects(&self) -> impl Iterator<Item = (usize, &Object)> {
        self.units.iter().enumerate().flat_map(|(at, unit)| unit.objects.iter().map(move |o| (at, o)))
    }

    /// Sets levels from the dependencies; what is in a cycle stays without one and is listed.
    pub fn order(&mut self) {
        let count = self.units.len();
        let mut level: Vec<Option<usize>> = vec![None; count];
        for _ in 0..=count {
            let mut changed = false;
            for at in 0..count {
                if level[at].is_some() {
                    continue;
                }
                let before: Option<Vec<usize>> =
                    self.units[at].depends_on.iter().map(|d| level[*d]).collect();
                if let Some(before) = before {
                    level[at] = Some(before.into_iter().map(|l| l + 1).max().unwrap_or(0));
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
        for (unit, level) in self.units.iter_mut().zip(&level) {
            unit.level = level.unwrap_or(usize::MAX);
        }
        let mut seen = vec![false; count];
        for start in (0..count).filter(|at| level[*at].is_none()) {
            let (mut path, mut at) = (Vec::new(), start);
            while !seen[at] {
                seen[at] = true;
                path.push(at);
                let next = self.units[at].depends_on.iter().find(|d| level[**d].is_none());
                let Some(next) = next else { break };
                at = *next;
            }
            if let Some(from) = path.iter().position(|p| *p == at).filter(|_| !path.is_empty()) {
                let closes = path.last().is_some_and(|l| self.units[*l].depends_on.contains(&at));
                if closes {
                    self.cycles.push(path[from..].to_vec());
                }
            }
        }
    }
}
