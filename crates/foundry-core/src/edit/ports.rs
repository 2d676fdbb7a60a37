//! Which host port a domain gets: stable, conflict-free, the lowest that is free.

use crate::model::{Binding, DomainPorts, Protocol};
use std::collections::HashMap;
use std::net::IpAddr;

/// Where automatic assignment begins.
pub const FIRST_PORT: u16 = 3000;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// The port that is taken if it is free.
    pub port: Option<u16>,
    /// The address; `None` means every address.
    pub address: Option<IpAddr>,
    /// The protocols.
    pub protocol: Protocol,
}

impl Wish {
    /// A wish as `ports.yml` writes bindings; `auto` in the port's place leaves it open (`auto/udp`).
    ///
    /// # Errors
    /// When it is no binding.
    pub fn parse(text: &str) -> Result<Wish, String> {
        let open = text == "auto" || text.starts_with("auto/") || text.contains(":auto");
        let binding = Binding::parse(&if open { text.replacen("auto", "1", 1) } else { text.to_owned() })?;
        Ok(Wish {
            port: (!open).then_some(binding.port),
            address: binding.address,
            protocol: binding.protocol,
        })
    }

    /// The wished port if nothing holds it, else the lowest free one from 3000 on; `None` when all are taken.
    pub fn grant(&self, taken: &[DomainPorts]) -> Option<Binding> {
        let binding = |port| Binding { address: self.address, port, protocol: self.protocol };
        let mut held: HashMap<u16, Vec<Binding>> = HashMap::new();
        for held_binding in taken.iter().flat_map(|d| &d.ports).filter_map(|p| p.binding) {
            held.entry(held_binding.port).or_default().push(held_binding);
        }
        let is_free = |port: &u16| {
            !held.get(port).is_some_and(|all| all.iter().any(|b| b.clashes_with(&binding(*port))))
        };
        self.port.filter(is_free).or_else(|| (FIRST_PORT..=u16::MAX).find(is_free)).map(binding)
    }
}

/// The domain and name of the port that `binding` clashes with.
pub fn holder<'a>(taken: &'a [DomainPorts], binding: &Binding) -> Option<(&'a str, &'a str)> {
    let mut all = taken.iter().flat_map(|d| d.ports.iter().map(move |p| (d, p)));
    all.find(|(_, port)| port.binding.is_some_and(|held| held.clashes_with(binding)))
        .map(|(domain, port)| (domain.domain.value.as_str(), port.name.value.as_str()))
}

/// A binding as `ports.yml` writes it: an integer where the port says everything.
pub fn written(binding: &Binding) -> serde_json::Value {
    let protocol = match binding.protocol {
        Protocol::Tcp => "",
        Protocol::Udp => "/udp",
        Protocol::Both => "/tcp+udp",
    };
    match (binding.address, protocol) {
        (None, "") => binding.port.into(),
        (None, protocol) => format!("{}{protocol}", binding.port).into(),
        (Some(IpAddr::V6(address)), protocol) => format!("[{address}]:{}{protocol}", binding.port).into(),
        (Some(address), protocol) => format!("{address}:{}{protocol}", binding.port).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Span, Spanned};
    use crate::model::Port;

    fn taken(ports: &[&str]) -> Vec<DomainPorts> {
        let span = || Span::file(std::sync::Arc::from("ports.yml"));
        let port = |text: &&str| Port {
            name: Spanned::new("p".to_owned(), span()),
            binding: Binding::parse(text).ok(),
            text: (*text).to_owned(),
            is_integer: false,
            span: span(),
        };
        vec![DomainPorts {
            domain: Spanned::new("d".to_owned(), span()),
            ports: ports.iter().map(port).collect(),
        }]
    }

    #[track_caller]
    fn grants(wish: &str, held: &[&str], expected: &str) {
        let granted = Wish::parse(wish).expect("a wish").grant(&taken(held)).expect("a port");
        let text = written(&granted);
        assert_eq!(text.as_str().map_or(text.to_string(), str::to_owned), expected, "{wish}");
        assert_eq!(Binding::parse(expected), Ok(granted));
    }

    #[test]
    fn wishes_come_true_unless_somebody_holds_the_port() {
        grants("8080", &["8081"], "8080");
        grants("8080", &["8080"], "3000");
        grants("auto", &["3000", "127.0.0.1:3001", "3002/udp"], "3002");
        grants("auto/udp", &["3000", "3000/udp"], "3001/udp");
        grants("53/tcp+udp", &["53/udp"], "3000/tcp+udp");
        grants("53/udp", &["53"], "53/udp");
        grants("127.0.0.1:9000", &["127.0.0.2:9000"], "127.0.0.1:9000");
        grants("127.0.0.1:9000", &["9000"], "127.0.0.1:3000");
        grants("127.0.0.1:auto", &["3000"], "127.0.0.1:3001");
        grants("[::1]:9000/udp", &[], "[::1]:9000/udp");
        assert!(
            Wish::parse("0").is_err() && Wish::parse("auto/x").is_err() && Wish::parse("automatic").is_err()
        );
    }

    #[test]
    fn when_all_are_taken_there_is_none() {
        let all: Vec<String> = (FIRST_PORT..=u16::MAX).map(|p| p.to_string()).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let wish = Wish { port: None, address: None, protocol: Protocol::Tcp };
        assert_eq!(wish.grant(&taken(&all)), None);
    }
}
