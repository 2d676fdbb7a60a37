//! A host port assigned to a domain under a name.

use crate::diag::{Span, Spanned};
use std::net::IpAddr;

/// The ports of one domain in `ports.yml`, in file order.
#[derive(Debug, Clone)]
pub struct DomainPorts {
    /// The domain that the file names.
    pub domain: Spanned<String>,
    /// Its ports.
    pub ports: Vec<Port>,
}

/// One named port.
#[derive(Debug, Clone)]
pub struct Port {
    /// Its name, such as `http`.
    pub name: Spanned<String>,
    /// What it binds; `None` when the text cannot be read (a finding says so).
    pub binding: Option<Binding>,
    /// The value as written (`8080`, `53/udp`, …).
    pub text: String,
    /// Whether it is written as an integer.
    pub is_integer: bool,
    /// Place of the value.
    pub span: Span,
}

/// Address, port and protocols on the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// `None` means every address.
    pub address: Option<IpAddr>,
    /// 1 to 65535.
    pub port: u16,
    /// TCP, UDP or both.
    pub protocol: Protocol,
}

/// Transport protocols of a binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// TCP only.
    Tcp,
    /// UDP only.
    Udp,
    /// Both.
    Both,
}

impl Protocol {
    /// The single protocols, as Compose names them.
    pub fn each(self) -> &'static [&'static str] {
        match self {
            Protocol::Tcp => &["tcp"],
            Protocol::Udp => &["udp"],
            Protocol::Both => &["tcp", "udp"],
        }
    }
}

impl Binding {
    /// Reads `8080`, `53/udp`, `53/tcp+udp`, `127.0.0.1:9000`, `[::1]:53/udp`.
    pub fn parse(text: &str) -> Result<Binding, String> {
        let (place, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        let protocol = match protocol {
            "tcp" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            "tcp+udp" | "udp+tcp" => Protocol::Both,
            other => return Err(format!("protocol `{other}` is none of tcp, udp, tcp+udp")),
        };
        let (address, port) = match place.rsplit_once(':') {
            None => (None, place),
            Some((host, port)) => {
                let host = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
                let address = host.parse().map_err(|_| format!("`{host}` is not an IP address"))?;
                (Some(address), port)
            }
        };
        match port.parse::<u32>() {
            Ok(n @ 1..=65535) if !port.starts_with('+') => Ok(Binding { address, port: n as u16, protocol }),
            Ok(_) => Err(format!("port {port} is outside 1 to 65535")),
            Err(_) => Err(format!("`{port}` is not a port number")),
        }
    }

    /// Whether both cannot be bound on one host at the same time.
    pub fn clashes_with(&self, other: &Binding) -> bool {
        let every = |a: Option<IpAddr>| a.is_none_or(|a| a.is_unspecified());
        let addresses = every(self.address) || every(other.address) || self.address == other.address;
        let protocols = self.protocol.each().iter().any(|p| other.protocol.each().contains(p));
        self.port == other.port && addresses && protocols
    }
}
