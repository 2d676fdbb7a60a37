//! PORT-002: one host port has one owner.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity};
use crate::model::{Binding, Domain, Engine, Placement, Port, Registry};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "PORT-002",
    severity: Severity::Error,
    phase: Phase::Registry,
    title: "a port of a host is assigned once",
    why: "The second one to bind an address, port and protocol fails to start. A port without an address takes every \
          address; TCP and UDP are apart; domains that never meet on one host do not clash.",
    fix: "give one of the two another port or another address",
    bad: "\
-- config-registry/env/domains.yml --
domains:
  - name: grafana
  - name: registry
-- config-registry/env/ports.yml --
grafana: {http: 3000}
registry: {http: \"127.0.0.1:3000\"}
#                ^^^^^^^^^^^^^^^^ error PORT-002: port 3000 is taken by `grafana.http`
",
    good: "\
-- config-registry/env/domains.yml --
domains:
  - name: grafana
  - name: registry
-- config-registry/env/ports.yml --
grafana: {http: 3000}
registry: {http: \"127.0.0.1:5000\", dns: \"3000/udp\"}
",
}];

/// Who was first to bind a port of a host.
#[derive(Default)]
struct Taken<'a> {
    any: Option<Owner<'a>>,
    every_address: Option<Owner<'a>>,
    one_address: HashMap<IpAddr, Owner<'a>>,
}

#[derive(Clone, Copy)]
struct Owner<'a> {
    domain: &'a str,
    port: &'a Port,
}

impl<'a> Taken<'a> {
    fn first_clash(&self, address: Option<IpAddr>) -> Option<Owner<'a>> {
        match address {
            None => self.any,
            Some(address) => self.every_address.or_else(|| self.one_address.get(&address).copied()),
        }
    }

    fn take(&mut self, address: Option<IpAddr>, owner: Owner<'a>) {
        self.any.get_or_insert(owner);
        match address {
            None => _ = self.every_address.get_or_insert(owner),
            Some(address) => _ = self.one_address.entry(address).or_insert(owner),
        }
    }
}

pub(super) fn check(registry: &Registry, out: &mut Findings) {
    let hosts = Hosts::new(registry);
    let mut taken: BTreeMap<(u16, &str, usize), Taken<'_>> = BTreeMap::new();
    for ports in &registry.ports {
        let domain = ports.domain.value.as_str();
        let places = hosts.of(registry.domain(domain));
        for port in &ports.ports {
            let Some(binding) = port.binding else { continue };
            let owner = Owner { domain, port };
            let address = binding.address.filter(|a| !a.is_unspecified());
            let mut clash: Option<Owner<'_>> = None;
            for key in keys(&binding, &places) {
                let slot = taken.entry(key).or_default();
                clash = clash.or_else(|| slot.first_clash(address));
                slot.take(address, owner);
            }
            if let Some(first) = clash {
                report(binding.port, first, port, out);
            }
        }
    }
}

fn keys<'k>(
    binding: &'k Binding,
    places: &'k [usize],
) -> impl Iterator<Item = (u16, &'static str, usize)> + 'k {
    let protocols = binding.protocol.each().iter();
    protocols.flat_map(move |protocol| places.iter().map(move |place| (binding.port, *protocol, *place)))
}

fn report(number: u16, first: Owner<'_>, port: &Port, out: &mut Findings) {
    let name = format!("{}.{}", first.domain, first.port.name.value);
    out.push(
        Finding::error("PORT-002", &port.span, format!("port {number} is taken by `{name}`"))
            .label(&first.port.span, format!("`{name}`"))
            .help("give one of the two another port, or an address of its own"),
    );
}

/// The hosts on which environments publish ports: an environment's Docker host, else a machine of its own.
struct Hosts<'a> {
    of_environment: BTreeMap<&'a str, usize>,
    all: Vec<usize>,
}

impl<'a> Hosts<'a> {
    fn new(registry: &'a Registry) -> Self {
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        let mut of_environment = BTreeMap::new();
        // Kubernetes publishes services by name, not by the ports of a host.
        for environment in registry.environments.iter().filter(|e| e.engine != Engine::Kubernetes) {
            let next = numbers.len();
            let host = environment.host.as_deref().unwrap_or(&environment.name);
            of_environment.insert(environment.name.as_str(), *numbers.entry(host).or_insert(next));
        }
        let mut all: Vec<usize> = numbers.into_values().collect();
        all.sort_unstable();
        if registry.environments.is_empty() {
            all.push(0);
        }
        Hosts { of_environment, all }
    }

    fn of(&self, domain: Option<&Domain>) -> Vec<usize> {
        match domain {
            Some(d) if d.placement == Placement::External => Vec::new(),
            Some(Domain { environments: Some(names), .. }) => {
                let known = names.iter().filter_map(|name| self.of_environment.get(name.value.as_str()));
                known.copied().collect::<BTreeSet<_>>().into_iter().collect()
            }
            _ => self.all.clone(),
        }
    }
}
