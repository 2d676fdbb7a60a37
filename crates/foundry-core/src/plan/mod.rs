//! From what is found to what is wanted: ordered steps, each with its cause.

mod observed;
mod step;

pub use observed::{
    Container, ContainerState, Health, Observed, ObservedImage, ObservedMount, ObservedNetwork, ObservedPort,
    ObservedVolume,
};
pub use step::{Action, AddressPool, After, Condition, Expect, NetworkSpec, Plan, Step, VolumeSpec};
