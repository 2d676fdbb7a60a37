//! `ports.yml` to ports.

use crate::diag::{Finding, Findings};
use crate::model::{Binding, DomainPorts, Port};
use crate::yaml::Node;

/// Every port of every domain; PORT-001 where the value is no port.
pub(super) fn read(root: &Node) -> (Vec<DomainPorts>, Findings) {
    let mut findings = Findings::new();
    let mut all = Vec::new();
    for entry in root.entries() {
        let Some(domain) = entry.key.spanned() else { continue };
        let ports = entry.value.entries().iter().filter_map(|e| port(&e.key, &e.value, &mut findings));
        all.push(DomainPorts { domain, ports: ports.collect() });
    }
    (all, findings)
}

fn port(key: &Node, value: &Node, findings: &mut Findings) -> Option<Port> {
    let name = key.spanned()?;
    let text = value.text()?.to_owned();
    let is_integer = value.int().is_some();
    let binding = match Binding::parse(&text) {
        // A quoted number would be a text in every template: `"80"` is a slip, `"53/udp"` is meant.
        Ok(_) if !is_integer && text.bytes().all(|b| b.is_ascii_digit()) => {
            let message = format!("port {text} is a text, not an integer");
            findings.push(Finding::error("PORT-001", &value.span, message).help("remove the quotes"));
            None
        }
        Ok(binding) => Some(binding),
        Err(reason) => {
            let help = "write a number from 1 to 65535, or [ADDRESS:]PORT[/tcp|/udp|/tcp+udp]";
            findings.push(Finding::error("PORT-001", &value.span, reason).help(help));
            None
        }
    };
    Some(Port { name, binding, text, is_integer, span: value.span.clone() })
}
