//! How long each system takes from the call until it answers, when everything is built: the "warm" column of
//! testbed/README.md. `cargo run -p testkit --example warm`, on a machine that does nothing else.

#![allow(clippy::print_stdout)]

use std::any::Any;
use std::time::Instant;
use testkit::{KubeOptions, Missing};

type Started = Result<Box<dyn Any>, Missing>;
type Start = Box<dyn Fn() -> Started>;

fn running(system: impl Any) -> Box<dyn Any> {
    Box::new(system)
}

fn main() {
    let older = || KubeOptions { minor: "1.35".into(), ..KubeOptions::default() };
    let controlled = || KubeOptions { controllers: true, ..KubeOptions::default() };
    let systems: Vec<(&str, Start)> = vec![
        ("docker", Box::new(|| testkit::docker().map(running))),
        ("1 host", Box::new(|| testkit::hosts(1).map(running))),
        ("5 hosts", Box::new(|| testkit::hosts(5).map(running))),
        ("1 host with Docker", Box::new(|| testkit::hosts_with_docker(1).map(running))),
        ("incus", Box::new(|| testkit::incus().map(running))),
        ("incus_site", Box::new(|| testkit::incus_site().map(running))),
        ("openbao", Box::new(|| testkit::openbao().map(running))),
        ("kube_api", Box::new(|| testkit::kube_api().map(running))),
        ("kube_api_1_35", Box::new(move || testkit::kube_api_with(&older()).map(running))),
        ("kube_controllers", Box::new(move || testkit::kube_api_with(&controlled()).map(running))),
        ("kube_node", Box::new(|| testkit::kube_node().map(running))),
        ("flux", Box::new(|| testkit::flux().map(running))),
        ("powerdns", Box::new(|| testkit::powerdns().map(running))),
        ("registry", Box::new(|| testkit::registry().map(running))),
        ("step_ca", Box::new(|| testkit::step_ca().map(running))),
        ("s3", Box::new(|| testkit::s3().map(running))),
    ];
    for (name, start) in systems {
        // The first call may have to install, import or start what is shared.
        drop(start());
        let began = Instant::now();
        match start() {
            Ok(_running) => println!("{name}: {:.1} s", began.elapsed().as_secs_f64()),
            Err(missing) => println!("{name}: {missing:?}"),
        }
    }
}
