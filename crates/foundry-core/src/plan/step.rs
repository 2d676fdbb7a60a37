//! A plan as a value: a closed set of actions, in order, each with its cause and what it waits for.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What will be done, in a stable order. Showing it is the preview; executing takes nothing else.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Name of the environment.
    pub environment: String,
    /// Engine (`compose`).
    pub engine: String,
    /// Where, for people: `this machine` or the address of a host.
    pub place: String,
    /// The steps; `Step::id` is its 1-based position.
    pub steps: Vec<Step>,
    /// How many services are as they should be and not touched.
    pub unchanged: usize,
    /// What is there, ours and declared nowhere any more; removed only by steps made with `--prune`.
    pub orphans: Vec<String>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// 1-based position in the plan.
    pub id: usize,
    /// The domain it is done for, if it is done for one.
    pub domain: Option<String>,
    /// What is done.
    pub action: Action,
    /// Why, most important first; each a lowercase fragment such as `image changed a → b`.
    pub causes: Vec<String>,
    /// Earlier steps that must have ended well, and how well.
    pub after: Vec<After>,
    /// What must still be true of the world when the step begins; otherwise it is refused and planned anew.
    pub expect: Expect,
}

/// An edge to an earlier step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct After {
    /// `Step::id` of the earlier step.
    pub step: usize,
    /// What is waited for.
    pub condition: Condition,
}

/// How far a started service must have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Condition {
    /// The step itself is done (networks, files, images), or the container runs.
    Done,
    /// Its health check passes; where it has none, it runs.
    Healthy,
    /// It ended with exit code 0.
    Completed,
    /// The step is over, well or not: for what cleans up. Only on edges.
    Ended,
}

/// What the plan saw of the object that a step changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expect {
    /// Nothing in particular.
    #[default]
    Anything,
    /// The object does not exist.
    Absent,
    /// These containers exist: id → state when planned; and no other of the same service does.
    Containers(BTreeMap<String, super::ContainerState>),
    /// The object with this id exists.
    Id(String),
}

/// The closed set of things that can be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Action {
    /// Replace the domain's rendered files at the place (contents travel beside the plan).
    WriteFiles {
        /// Paths below the generated folder that are new or differ.
        write: Vec<String>,
        /// Paths below the generated folder that are stale.
        remove: Vec<String>,
    },
    /// Create a network.
    CreateNetwork(NetworkSpec),
    /// Remove a network.
    RemoveNetwork {
        /// Its name.
        name: String,
    },
    /// Create a named volume.
    CreateVolume(VolumeSpec),
    /// Remove a named volume and its data.
    RemoveVolume {
        /// Its name.
        name: String,
    },
    /// Pull a service's image.
    PullImage {
        /// Compose project.
        project: String,
        /// Service whose image is missing.
        service: String,
        /// The reference.
        image: String,
    },
    /// Build a service's image from its `build` section.
    BuildImage {
        /// Compose project.
        project: String,
        /// Service.
        service: String,
        /// The name that it will have.
        image: String,
    },
    /// `docker compose up` of one service that has no container, or too few or too many.
    Create {
        /// Compose project.
        project: String,
        /// Service.
        service: String,
        /// How far it has to come before the step is done.
        until: Condition,
    },
    /// `docker compose up --force-recreate` of one service.
    Recreate {
        /// Compose project.
        project: String,
        /// Service.
        service: String,
        /// How far it has to come before the step is done.
        until: Condition,
    },
    /// Start the service's containers that do not run.
    Start {
        /// Compose project.
        project: String,
        /// Service.
        service: String,
        /// How far it has to come before the step is done.
        until: Condition,
    },
    /// Restart a service that runs and is not well.
    Restart {
        /// Compose project.
        project: String,
        /// Service.
        service: String,
        /// How far it has to come before the step is done.
        until: Condition,
    },
    /// Let the service's paused containers go on.
    Unpause {
        /// Compose project.
        project: String,
        /// Service.
        service: String,
        /// How far it has to come before the step is done.
        until: Condition,
    },
    /// Wait for a service that is on its way.
    Wait {
        /// Compose project.
        project: String,
        /// Service.
        service: String,
        /// How far it has to come before the step is done.
        until: Condition,
    },
    /// Stop and remove one container.
    RemoveContainer {
        /// Name of the container.
        name: String,
        /// Its id.
        id: String,
    },
    /// Attach a container to a network.
    Connect {
        /// Name of the network.
        network: String,
        /// Name of the container.
        container: String,
        /// Its id.
        id: String,
        /// Names by which others reach it there.
        aliases: Vec<String>,
        /// Whether it is marked as attached by `foundry link`, so that later plans leave it.
        #[serde(default)]
        link: bool,
    },
    /// Take a container off a network.
    Disconnect {
        /// Name of the network.
        network: String,
        /// Name of the container.
        container: String,
        /// Its id.
        id: String,
    },
    /// Something about backups.
    Backup(crate::backup::Act),
    /// Something on a cluster.
    Cluster(super::cluster::Act),
}

/// How a network has to be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkSpec {
    /// Name on the host.
    pub name: String,
    /// Driver; `bridge` where nothing is said.
    pub driver: String,
    /// Driver options.
    pub options: BTreeMap<String, String>,
    /// Whether it has no way out.
    pub internal: bool,
    /// Whether stand-alone containers may join (overlay only).
    pub attachable: bool,
    /// Whether it has IPv6 addresses.
    pub ipv6: bool,
    /// Address pools: subnet, gateway and range in CIDR notation.
    pub pools: Vec<AddressPool>,
    /// Labels, Compose's own included, so that `docker compose` accepts the network as its own.
    pub labels: BTreeMap<String, String>,
}

/// One address pool of a network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressPool {
    /// Subnet in CIDR notation.
    pub subnet: Option<String>,
    /// Gateway address.
    pub gateway: Option<String>,
    /// Range that containers get addresses from, in CIDR notation.
    pub ip_range: Option<String>,
}

/// How a named volume has to be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeSpec {
    /// Name on the host.
    pub name: String,
    /// Driver; `local` where nothing is said.
    pub driver: String,
    /// Driver options.
    pub options: BTreeMap<String, String>,
    /// Labels, Compose's own included.
    pub labels: BTreeMap<String, String>,
}
