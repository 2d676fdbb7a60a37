//! Host ports: into `ports.yml`, and their variables into the template.

use super::Work;
use super::text::quoted;
use crate::compose::{Port, Service};
use crate::diag::Span;
use crate::model::{Binding, Protocol};
use crate::render::port_variable;
use crate::yaml::Node;
use std::collections::BTreeMap;

impl Work<'_> {
    /// Every port that is published under a number.
    pub(super) fn ports(&mut self) {
        let services: Vec<Service> =
            self.project.services.iter().chain(&self.project.inactive).cloned().collect();
        for service in &services {
            let mut items: BTreeMap<(u32, u32), Vec<&Port>> = BTreeMap::new();
            for port in &service.ports {
                items.entry((port.span.start, port.span.end)).or_default().push(port);
            }
            let single = items.len() == 1;
            for ports in items.values() {
                self.item(service, ports, single);
            }
        }
    }

    fn item(&mut self, service: &Service, ports: &[&Port], single: bool) {
        let first = ports[0];
        if let Some((low, high)) = first.published.filter(|(a, b)| a != b) {
            for host in low..=high {
                self.declare(
                    &format!("{}-{host}", service.name.replace('.', "-").to_lowercase()),
                    first,
                    host,
                );
            }
            let what = format!("one port from {low} to {high} is chosen when {} starts", service.name);
            self.note(&first.span, format!("{what}; ports.yml has them all"));
            return;
        }
        let Some((number, _)) = first.published else {
            let what = format!("the host port of {}:{} is chosen when it starts", service.name, first.target);
            self.note(&first.span, format!("{what}; ports.yml does not have it"));
            return;
        };
        if first.protocol == "sctp" {
            let help = "publish it by hand after the import: ports.yml has TCP and UDP";
            self.refuse(&first.span, format!("port {number}/sctp cannot be declared"), help);
            return;
        }
        let mut variable = String::new();
        for port in ports {
            let host = port.published.map_or(number, |(a, _)| a);
            let base = if single && ports.len() == 1 {
                service.name.clone()
            } else {
                format!("{}-{}", service.name, port.target)
            };
            variable = self.declare(&base.replace('.', "-").to_lowercase(), port, host);
        }
        if ports.len() > 1 {
            let last = ports[ports.len() - 1].published.map_or(number, |(a, _)| a);
            self.note(
                &first.span,
                format!("the range {number}-{last} stays in the template; ports.yml has each port"),
            );
            return;
        }
        let place = raw(self.root, &service.name, &first.span);
        match place.as_ref().and_then(|item| item.get("published")) {
            Some(published) => {
                let span = published.span.clone();
                self.splices.put(&span, quoted(&format!("{{{{ {variable} }}}}")));
            }
            None => {
                let address = match first.host_ip.as_deref() {
                    Some(ip) if ip.contains(':') => format!("[{ip}]:"),
                    Some(ip) => format!("{ip}:"),
                    None => String::new(),
                };
                let protocol = if first.protocol == "tcp" { "" } else { "/udp" };
                let text = format!("{address}{{{{ {variable} }}}}:{}{protocol}", first.target);
                self.splices.put(&first.span, quoted(&text));
            }
        }
    }

    /// Puts a port aside for `ports.yml` and gives its variable.
    fn declare(&mut self, base: &str, port: &Port, host: u16) -> String {
        let address = port.host_ip.as_deref().and_then(|ip| ip.parse::<std::net::IpAddr>().ok());
        let binding = Binding {
            address: address.filter(|a| !a.is_unspecified()),
            port: host,
            protocol: if port.protocol == "udp" { Protocol::Udp } else { Protocol::Tcp },
        };
        let same = |(_, held): &&(String, Binding)| *held == binding;
        if let Some((name, _)) = self.out.ports.iter().find(same) {
            return port_variable(self.source.domain, name);
        }
        let taken = |name: &str, all: &[(String, Binding)]| all.iter().any(|(n, _)| n == name);
        let mut name = base.to_owned();
        if taken(&name, &self.out.ports) && port.protocol == "udp" {
            name = format!("{base}-udp");
        }
        let mut number = 1;
        while taken(&name, &self.out.ports) {
            number += 1;
            name = format!("{base}-{number}");
        }
        self.out.ports.push((name.clone(), binding));
        port_variable(self.source.domain, &name)
    }
}

/// The item of a service's `ports` that stands at `span`.
fn raw(root: &Node, service: &str, span: &Span) -> Option<std::sync::Arc<Node>> {
    let ports = root.get("services")?.get(service)?.get("ports")?;
    ports.items().iter().find(|item| item.span == *span).cloned()
}
