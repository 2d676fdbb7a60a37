//! From what is found to what is wanted: ordered steps, each with its cause.

mod cause;
pub mod cluster;
mod compare;
mod conflict;
mod desired;
mod draft;
mod images;
mod limits;
mod maintenance;
mod observed;
mod origin;
mod orphan;
mod parts;
mod ports;
mod proving;
mod restart;
mod restoring;
mod revision;
mod saving;
mod services;
mod shared;
mod sight;
mod status;
mod step;
mod stop;
mod text;
mod verdict;

pub(crate) use cause::parse as parse_fields;
pub use compare::compare;
pub use desired::{Desired, Domain, SharedNetwork, depth_first as in_order};
pub use limits::wanted as wanted_limits;
pub use maintenance::{Maintenance, maintenance, maintenance_metrics, with_maintenance};
pub use observed::{
    Container, ContainerState, FileStat, Health, Limits, ONE_OFF, Observed, ObservedImage, ObservedMount,
    ObservedNetwork, ObservedPort, ObservedVolume,
};
pub use origin::Origins;
pub use proving::{Proof, proving};
pub use restart::{link, restart};
pub use restoring::{putting_back, restoring, resuming};
pub use revision::rolled_back_to;
pub use saving::{Head, Unit, pruning, saving};
pub(crate) use services::EDITED;
pub use status::{DomainStatus, ServiceStatus, State, Status, status};
pub use step::{Action, AddressPool, After, Condition, Expect, NetworkSpec, Plan, Step, VolumeSpec};
pub use stop::{Refusal, Stop, stop};
pub use text::{counts, subject, summary, text, verb};
