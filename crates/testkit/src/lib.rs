//! Real systems for tests, and repositories to try them on.
//!
//! Each function makes one system ready (through `testbed/up`), starts what the test needs under names and on ports
//! of its own, and removes it when the returned value is dropped. A system that cannot be had here is a [`Missing`]:
//! [`need!`] turns it into a counted skip.
//!
//! ```no_run
//! # fn main() { fn test() {
//! let docker = testkit::need!(testkit::docker());
//! docker.run(&["run", "-d", "--name", &docker.name("web"), docker.image_busybox()]);
//! # } }
//! ```

mod ansible;
mod clients;
mod databases;
mod docker;

mod flux;
mod folder;
mod hosts;
mod http;
mod incus;
mod kube;
mod kubectl;
mod kubernetes_validate;
mod name;
mod node;
mod openbao;
mod playbook;
mod port;
mod powerdns;
mod registry;
mod repo;
mod restic;
mod s3;
pub mod scale;
mod server;
mod site;
mod skip;
mod sshd;
mod step_ca;
mod system;
mod tls;
mod tofu;
mod wait;

pub use ansible::ansible_vault;
pub use clients::{Clients, clients};
pub use databases::{Databases, databases};
pub use docker::{Docker, docker};
pub use flux::{Flux, flux};
pub use hosts::{Host, Hosts, hosts, hosts_with_docker};
pub use http::Http;
pub use incus::{Incus, incus};
pub use kube::{KubeApi, KubeOptions, kube_api, kube_api_with};
pub use kubectl::kubectl;
pub use kubernetes_validate::kubernetes_validate;
pub use name::unique;
pub use node::{KubeNode, kube_node};
pub use openbao::{OpenBao, openbao, openbao_dev, openbao_sealed, openbao_uninitialised};
pub use playbook::{Ansible, ansible};
pub use port::free_port;
pub use powerdns::{PowerDns, powerdns};
pub use registry::{Registry, registry};
pub use repo::{Ran, Repo};
pub use restic::{Restic, restic};
pub use s3::{S3, s3};
pub use site::{Site, incus_site};
pub use skip::{Missing, note};
pub use sshd::{Sshd, sshd};
pub use step_ca::{StepCa, step_ca};
pub use tls::Tls;
pub use tofu::{Tofu, tofu};
pub use wait::until;
