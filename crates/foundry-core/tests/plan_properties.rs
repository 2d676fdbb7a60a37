//! What holds for every plan: edges point back, the same input gives the same bytes, and after the plan nothing is left.

mod plan_world;

use foundry_core::drift;
use foundry_core::plan::*;
use plan_world::World;
use std::collections::{BTreeMap, BTreeSet};

/// A small generator of numbers, the same ones for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n.max(1)
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

#[test]
fn after_a_plan_nothing_is_left_to_do() {
    for seed in 0..60 {
        let mut dice = Dice(seed);
        let mut world = World::new();
        (1..=3).for_each(|n| world.image(&format!("image:{n}")));
        for network in ["alpha-network", "beta-network"] {
            let owner = dice.one_in(2).then(|| "d0".to_owned());
            world
                .desired
                .networks
                .insert(network.into(), SharedNetwork { owner, ..SharedNetwork::default() });
        }
        for round in 0..4 {
            let domains = registry(&mut dice);
            world.desired.domains.clear();
            world.desired.selected.clear();
            world.desired.prune = dice.one_in(2);
            for (name, requires, text) in domains {
                world.declare(&name, requires, &text, BTreeMap::new());
            }
            disturb(&mut world, &mut dice);
            let context = format!("seed {seed} round {round}");
            settle(&mut world, &context);
        }
    }
}

#[test]
fn domains_can_be_deployed_one_by_one() {
    for seed in 1000..1020 {
        let mut dice = Dice(seed);
        let mut world = World::new();
        (1..=3).for_each(|n| world.image(&format!("image:{n}")));
        for network in ["alpha-network", "beta-network"] {
            world.desired.networks.insert(network.into(), SharedNetwork::default());
        }
        for (name, requires, text) in registry(&mut dice) {
            world.declare(&name, requires, &text, BTreeMap::new());
        }
        let all = world.desired.selected.clone();
        // As they were declared: what a domain requires comes before it.
        let names: Vec<String> = world.desired.domains.iter().map(|d| d.name.clone()).collect();
        for name in names {
            world.desired.selected = BTreeSet::from([name.clone()]);
            settle(&mut world, &format!("seed {seed} domain {name}"));
        }
        world.desired.selected = all;
        let (plan, _) = compare(&world.desired, &world.observed);
        assert!(plan.steps.is_empty(), "seed {seed}:\n{plan}");
    }
}

#[test]
fn destroy_leaves_nothing_and_down_only_data() {
    for seed in 2000..2020 {
        let mut dice = Dice(seed);
        let mut world = World::new();
        (1..=3).for_each(|n| world.image(&format!("image:{n}")));
        for network in ["alpha-network", "beta-network"] {
            let owner = Some("d0".to_owned());
            world
                .desired
                .networks
                .insert(network.into(), SharedNetwork { owner, ..SharedNetwork::default() });
        }
        for (name, requires, text) in registry(&mut dice) {
            world.declare(&name, requires, &text, BTreeMap::new());
        }
        settle(&mut world, &format!("seed {seed}"));
        let volumes = world.observed.volumes.len();
        let plan = stop(&world.desired, &world.observed, Stop::default()).unwrap();
        check_order(&plan);
        world.carry_out(&plan);
        assert!(world.observed.containers.is_empty(), "seed {seed}:\n{plan}");
        assert!(world.observed.networks.is_empty(), "seed {seed}: {:?}\n{plan}", world.observed.networks);
        assert_eq!(world.observed.volumes.len(), volumes, "seed {seed}:\n{plan}");
        let how = Stop { destroy: true, ..Stop::default() };
        let plan = stop(&world.desired, &world.observed, how).unwrap();
        world.carry_out(&plan);
        assert!(world.observed.volumes.is_empty() && world.observed.files.is_empty(), "seed {seed}:\n{plan}");
    }
}

#[test]
fn a_domain_with_running_dependents_is_not_taken_down() {
    for seed in 3000..3020 {
        let mut dice = Dice(seed);
        let mut world = World::new();
        (1..=3).for_each(|n| world.image(&format!("image:{n}")));
        for network in ["alpha-network", "beta-network"] {
            world.desired.networks.insert(network.into(), SharedNetwork::default());
        }
        for (name, requires, text) in registry(&mut dice) {
            world.declare(&name, requires, &text, BTreeMap::new());
        }
        settle(&mut world, &format!("seed {seed}"));
        for domain in world.desired.domains.clone() {
            world.desired.selected = BTreeSet::from([domain.name.clone()]);
            let direct: BTreeSet<String> = world
                .desired
                .domains
                .iter()
                .filter(|d| d.requires.contains(&domain.name))
                .map(|d| d.name.clone())
                .collect();
            match stop(&world.desired, &world.observed, Stop::default()) {
                Ok(_) => assert!(direct.is_empty(), "seed {seed}: {} is required by {direct:?}", domain.name),
                Err(refusal) => {
                    assert!(direct.iter().all(|d| refusal.dependents.contains(d)), "seed {seed}: {refusal}");
                }
            }
            let how = Stop { with_dependents: true, ..Stop::default() };
            check_order(&stop(&world.desired, &world.observed, how).unwrap());
        }
    }
}

/// Deploys, and asserts that the deployment was complete.
fn settle(world: &mut World, context: &str) {
    let (plan, findings) = compare(&world.desired, &world.observed);
    assert!(!findings.has_errors(), "{context}: {findings:#?}");
    check_order(&plan);
    let (same, _) = compare(&world.desired, &world.observed);
    assert_eq!(serde_json::to_string(&plan).unwrap(), serde_json::to_string(&same).unwrap(), "{context}");
    let json: Plan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
    assert_eq!(json, plan, "{context}");
    drift_agrees(world, &plan, context);
    world.carry_out(&plan);
    let (left, _) = compare(&world.desired, &world.observed);
    assert!(left.steps.is_empty(), "{context}: first\n{plan}\nthen\n{left}");
    drift_agrees(world, &left, context);
}

/// There is drift exactly where a plan for what was deployed before has something to change.
fn drift_agrees(world: &World, plan: &Plan, context: &str) {
    let (registry, _) = foundry_core::load::load(&foundry_core::load::Files::default());
    let (desired, observed, rendered) = (&world.desired, &world.observed, &world.rendered());
    let input =
        drift::Input { registry: &registry, desired, rendered, observed, now: "2026-11-20T12:00:00Z" };
    let report = drift::drift(&input);
    let changes = |s: &&Step| {
        let here = s.domain.as_ref().is_some_and(|d| !report.absent.contains(d));
        let idle =
            matches!(s.action, Action::Wait { .. } | Action::PullImage { .. } | Action::BuildImage { .. });
        let pruned = matches!(s.action, Action::RemoveContainer { .. } | Action::RemoveNetwork { .. });
        let orphan = s.domain.as_ref().is_some_and(|d| desired.domain(d).is_none());
        here && !idle && !pruned && !orphan
    };
    let changed = plan.steps.iter().any(|s| changes(&s));
    assert_eq!(!report.drift.is_empty(), changed, "{context}:\n{plan}\n{:#?}", report.drift);
}

fn check_order(plan: &Plan) {
    for (at, step) in plan.steps.iter().enumerate() {
        assert_eq!(step.id, at + 1);
        assert!(!step.causes.is_empty() && step.causes.iter().all(|c| !c.is_empty()), "no cause:\n{plan}");
        assert!(step.after.iter().all(|a| a.step < step.id), "an edge points forward:\n{plan}");
    }
}

/// Up to six domains, each requiring some of those before it.
fn registry(dice: &mut Dice) -> Vec<(String, Vec<String>, String)> {
    let count = 1 + dice.below(6);
    (0..count)
        .map(|n| {
            // Reversed names, so that the alphabet is no order by accident.
            let name = |i: usize| format!("d{}", 9 - i);
            let name_of = |i: usize| if i == 0 { "d0".to_owned() } else { name(i) };
            let requires = (0..n).filter(|_| dice.one_in(3)).map(name_of).collect();
            (name_of(n), requires, compose_file(dice, n))
        })
        .collect()
}

fn compose_file(dice: &mut Dice, domain: usize) -> String {
    let count = 1 + dice.below(4);
    let mut out = "services:\n".to_owned();
    for n in 0..count {
        out += &format!("  s{n}:\n    image: image:{}\n", 1 + dice.below(3));
        if dice.one_in(3) {
            out += "    healthcheck: {test: [CMD, ok]}\n";
        }
        out += ["", "    restart: always\n", "    restart: unless-stopped\n"][dice.below(3)];
        if dice.one_in(3) {
            out += &format!("    ports: [\"{}:80\"]\n", 10_000 + domain * 100 + n * 10 + dice.below(2));
        }
        out += &format!("    environment: {{A: \"{}\", B{}: x}}\n", dice.below(3), dice.below(2));
        if dice.one_in(3) {
            out += "    volumes: [data:/data]\n";
        }
        if dice.one_in(2) {
            out += ["    networks: [alpha]\n", "    networks: [alpha, own]\n", "    networks: [beta]\n"]
                [dice.below(3)];
        }
        let mut needs = Vec::new();
        for m in 0..n {
            let condition = if dice.one_in(2) { "service_started" } else { "service_healthy" };
            if dice.one_in(3) {
                needs.push(format!("s{m}: {{condition: {condition}, restart: {}}}", dice.one_in(2)));
            }
        }
        if !needs.is_empty() {
            out += &format!("    depends_on: {{{}}}\n", needs.join(", "));
        }
        if dice.one_in(5) {
            out += "    scale: 2\n";
        }
    }
    out + "networks:\n  alpha: {name: alpha-network, external: true}\n  beta: {name: beta-network, external: true}\n  \
           own: {}\nvolumes:\n  data: {}\n"
}

/// Things that happen to hosts.
fn disturb(world: &mut World, dice: &mut Dice) {
    let observed = &mut world.observed;
    for container in &mut observed.containers {
        match dice.below(12) {
            0 => container.state = ContainerState::Exited,
            1 => container.state = ContainerState::Paused,
            2 => container.health = Health::Unhealthy,
            3 => container.networks.clear(),
            4 => container.labels.retain(|k, _| k != "foundry.config-hash"),
            5 => container.state = ContainerState::Created,
            6 => container.state = ContainerState::Dead,
            7 => container.limits.memory = 1 << 20,
            8 => container.networks.push("elsewhere".into()),
            _ => {}
        }
        container.exit_code =
            if container.state == ContainerState::Exited { dice.below(2) as i64 } else { 0 };
    }
    if dice.one_in(3) && !observed.containers.is_empty() {
        observed.containers.remove(dice.below(observed.containers.len()));
    }
    if dice.one_in(4) && !observed.networks.is_empty() {
        let gone = observed.networks.remove(dice.below(observed.networks.len())).name;
        observed.containers.iter_mut().for_each(|c| c.networks.retain(|n| *n != gone));
    }
    if dice.one_in(4) {
        world.image(&format!("image:{}", 1 + dice.below(3)));
    }
    if dice.one_in(4) {
        world.observed.files.insert("d0/left-over".into(), "x".into());
    }
}
