//! The nouns of a registry, one file each; plain data with places.

mod domain;
mod environment;
mod network;
mod port;
mod registry;
mod waiver;

pub use domain::{Domain, Placement};
pub use environment::{Engine, Environment};
pub use network::Network;
pub use port::{Binding, DomainPorts, Port, Protocol};
pub use registry::{EnvFile, EnvLine, LayerKind, Registry, Template, TextFile};
pub use waiver::Waiver;
