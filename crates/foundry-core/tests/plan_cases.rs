//! The cases of `tests/plan/*.case`: a registry, a host, what happens to both, and the plan that follows.
//! `BLESS=1 cargo test -p foundry-core --test plan_cases` writes what comes out into the files.

mod plan_world;

use foundry_core::check::{self, Phase};
use foundry_core::diag::Findings;
use foundry_core::drift;
use foundry_core::plan::*;
use plan_world::{World, digest};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[test]
fn cases_give_the_plans_that_they_show() {
    let bless = std::env::var_os("BLESS").is_some();
    let (mut failed, mut plans) = (Vec::new(), 0);
    for path in cases() {
        let text = std::fs::read_to_string(&path).unwrap();
        let (out, shown) = Case::default().run(&text);
        plans += shown;
        if out != text {
            if bless {
                std::fs::write(&path, &out).unwrap();
            }
            failed.push(format!("{}\n{}", path.display(), difference(&text, &out)));
        }
    }
    assert!(failed.is_empty() || bless, "{}", failed.join("\n"));
    assert!(plans >= 40, "only {plans} plans are shown");
}

/// Live rules that are about no plan: the age of backups is tested beside its check.
const WITHOUT_PLAN: [&str; 1] = ["BKP-004"];

/// What a rule of the live phase is about is shown as such a case.
#[test]
fn examples_of_live_rules_give_the_plans_that_they_show() {
    let mut wrong = String::new();
    let live = check::RULES.iter().filter(|r| r.phase == Phase::Live);
    for rule in live.filter(|r| !WITHOUT_PLAN.contains(&r.id)) {
        for (text, bad) in [(rule.bad, true), (rule.good, false)] {
            let (out, shown) = Case::default().run(text);
            assert!(shown == 1, "{} shows {shown} plans", rule.id);
            let found = out.contains(&format!("[{}]", rule.id)) || out.contains("refused: ");
            assert_eq!(found, bad, "{}:\n{out}", rule.id);
            if out.trim() != text.trim() {
                wrong.push_str(&format!("{}\n{}", rule.id, difference(text, &out)));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plan");
    let mut all: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    all.sort();
    assert!(all.iter().all(|p| p.extension().is_some_and(|e| e == "case")), "{all:?}");
    all
}

fn difference(old: &str, new: &str) -> String {
    let diff = similar::TextDiff::from_lines(old, new);
    diff.unified_diff().context_radius(3).header("expected", "result").to_string()
}

/// A case is a list of sections; each begins with `== command arguments`.
#[derive(Default)]
struct Case {
    world: Option<World>,
    /// Rendered files besides compose files: path → content.
    files: BTreeMap<String, String>,
    shown: usize,
}

impl Case {
    fn run(mut self, text: &str) -> (String, usize) {
        let mut out = String::new();
        let (head, sections) = text.split_once("== ").unwrap_or((text, ""));
        out.push_str(head);
        self.world = Some(World::new());
        for section in sections.split("\n== ") {
            let (command, body) = section.split_once('\n').unwrap_or((section, ""));
            if !out.ends_with('\n') {
                out.push('\n');
            }
            let body = self.section(command, body).unwrap_or_else(|| body.to_owned());
            out.push_str(&format!("== {command}\n{body}"));
        }
        let out = out.trim_end().to_owned() + "\n";
        (out, self.shown)
    }

    /// Does what the section says; a section that shows something returns what it should show.
    fn section(&mut self, command: &str, body: &str) -> Option<String> {
        let words: Vec<&str> = command.split(' ').collect();
        let (verb, rest) = (words[0], &words[1..]);
        let world = self.world.as_mut().unwrap();
        let shown = match verb {
            "domain" => {
                let requires =
                    option(rest, "requires").map_or(vec![], |v| v.split(',').map(str::to_owned).collect());
                world.declare(rest[0], requires, body, self.files.clone());
                return None;
            }
            "external" => {
                let domain = Domain { name: rest[0].into(), external: true, ..Domain::default() };
                world.desired.domains.push(domain);
                world.desired.selected.insert(rest[0].into());
                return None;
            }
            "unread" => {
                world.desired.domains.iter_mut().filter(|d| d.name == rest[0]).for_each(|d| d.project = None);
                return None;
            }
            "forget" => {
                world.desired.domains.retain(|d| d.name != rest[0]);
                world.desired.selected.remove(rest[0]);
                return None;
            }
            "file" => {
                self.files.insert(rest[0].into(), body.into());
                return None;
            }
            "network" => {
                let shared = SharedNetwork {
                    owner: option(rest, "owner").map(str::to_owned),
                    subnet: option(rest, "subnet").map(str::to_owned),
                    internal: rest.contains(&"internal"),
                };
                world.desired.networks.insert(rest[0].into(), shared);
                return None;
            }
            "images" => {
                rest.iter().for_each(|i| world.image(i));
                return None;
            }
            "select" => {
                world.desired.selected = rest.iter().map(|s| (*s).to_owned()).collect();
                return None;
            }
            "private" => {
                for domain in &mut world.desired.domains {
                    let own = domain.files.keys().filter(|path| rest.contains(&path.as_str()));
                    domain.private = own.cloned().collect();
                }
                return None;
            }
            "prune" => {
                world.desired.prune = true;
                return None;
            }
            "deployed" => {
                let (plan, findings) = compare(&world.desired, &world.observed);
                assert!(!findings.has_errors(), "{findings:#?}");
                world.carry_out(&plan);
                let (again, _) = compare(&world.desired, &world.observed);
                assert!(again.steps.is_empty(), "not settled:\n{again}");
                return None;
            }
            "host" => {
                body.lines().filter(|l| !l.trim().is_empty()).for_each(|line| host(world, line));
                return None;
            }
            "plan" | "edges" => {
                let (plan, findings) = compare(&world.desired, &world.observed);
                let (again, _) = compare(&world.desired, &world.observed);
                assert_eq!(text(&plan), text(&again));
                assert_eq!(serde_json::to_string(&plan).unwrap(), serde_json::to_string(&again).unwrap());
                if verb == "edges" { edges(&plan) } else { text(&plan) + &print(&findings) }
            }
            "down" | "destroy" => {
                let how = Stop {
                    force: rest.contains(&"--force"),
                    with_dependents: rest.contains(&"--with-dependents"),
                    destroy: verb == "destroy",
                };
                match stop(&world.desired, &world.observed, how) {
                    Ok(plan) if rest.contains(&"edges") => edges(&plan),
                    Ok(plan) => text(&plan),
                    Err(refusal) => format!("refused: {refusal}\n"),
                }
            }
            "away" => {
                let plan = stop(&world.desired, &world.observed, Stop::default()).unwrap();
                let mark = |d: &String| Maintenance {
                    domain: d.clone(),
                    until: rest[0].into(),
                    since: "2026-11-20T11:30:00Z".into(),
                    by: "me@here".into(),
                };
                let marks: Vec<Maintenance> = world.desired.selected.iter().map(mark).collect();
                let plan = with_maintenance(plan, &world.desired, &world.observed, &marks);
                world.carry_out(&plan);
                text(&plan)
            }
            "metrics" => {
                let all = maintenance(&world.desired, &world.observed);
                maintenance_metrics(&world.desired, &all, &|time| time.get(11..13)?.parse().ok())
            }
            "restart" => text(&restart(&world.desired, &world.observed)),
            "link" => match link(&world.desired, &world.observed, rest[0], rest[1]) {
                Ok(plan) => text(&plan),
                Err(message) => format!("error: {message}\n"),
            },
            "drift" => differences(world, rest.contains(&"--explain")),
            "status" => table(&status(&world.desired, &world.observed)),
            other => panic!("no section is called {other}"),
        };
        self.shown += 1;
        Some(shown + "\n")
    }
}

fn option<'w>(words: &[&'w str], key: &str) -> Option<&'w str> {
    words.iter().find_map(|w| w.strip_prefix(key)?.strip_prefix('='))
}

/// One thing that happens on the host: `exit web-web-1 137`, `unhealthy …`, `detach CONTAINER NETWORK`, …
fn host(world: &mut World, line: &str) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let name = words[1];
    if words[0] == "stranger" {
        return stranger(world, &words);
    }
    let container = world.observed.containers.iter_mut().find(|c| c.name == name);
    let container = || container.unwrap_or_else(|| panic!("no container {name}"));
    match words[0] {
        "exit" => {
            let container = container();
            container.state = ContainerState::Exited;
            container.exit_code = words[2].parse().unwrap();
            container.finished_at = "2026-11-20T11:00:00Z".into();
        }
        "state" => {
            let container = container();
            container.state = serde_json::from_value(words[2].into()).unwrap();
            container.restart_count = 7;
            container.exit_code = words.get(3).map_or(0, |w| w.parse().unwrap());
        }
        "health" => container().health = serde_json::from_value(words[2].into()).unwrap(),
        "detach" => container().networks.retain(|n| n != words[2]),
        "attach" => container().networks.push(words[2].into()),
        "memory" => container().limits.memory = words[2].parse().unwrap(),
        "cpus" => container().limits.nano_cpus = words[2].parse().unwrap(),
        "pids" => container().limits.pids = words[2].parse().unwrap(),
        "command" => container().command = "edited".into(),
        "privileged" => container().privileged = true,
        "own-env" => {
            let container = container();
            container.environment.insert(words[2].into(), "added".into());
            container.own_environment.get_or_insert_default().insert(words[2].into());
        }
        "bind" => container().mounts.push(ObservedMount {
            target: words[2].into(),
            kind: "bind".into(),
            source: "/elsewhere".into(),
            read_only: false,
        }),
        "mode" => {
            let mode = u32::from_str_radix(words[2], 8).unwrap();
            world.observed.stats.insert(name.into(), FileStat { mode, modified: 0 });
        }
        "unlabel" => container().labels.retain(|k, _| !k.starts_with("foundry.")),
        "label" => {
            let (key, value) = words[2].split_once('=').unwrap();
            container().labels.insert(key.into(), value.into());
        }
        "env" => _ = container().environment.insert(words[2].into(), "edited".into()),
        "restart" => container().restart = words[2].into(),
        "remove" => world.observed.containers.retain(|c| c.name != name),
        "remove-network" => {
            world.observed.networks.retain(|n| n.name != name);
            world.observed.containers.iter_mut().for_each(|c| c.networks.retain(|n| n != name));
        }
        "remove-volume" => world.observed.volumes.retain(|v| v.name != name),
        "remove-image" => world.observed.images.retain(|i| !i.tags.iter().any(|t| t == name)),
        "rebuild" => world.image(name),
        "edit-file" => _ = world.observed.files.insert(name.into(), digest("edited by hand")),
        "add-file" => _ = world.observed.files.insert(name.into(), digest("stale")),
        "open-network" => {
            world.observed.networks.iter_mut().filter(|n| n.name == name).for_each(|n| n.internal = false)
        }
        "make-network" => world.observed.networks.push(ObservedNetwork {
            id: format!("made-{name}"),
            name: name.into(),
            driver: "bridge".into(),
            internal: false,
            subnets: vec!["172.30.0.0/16".into()],
            labels: BTreeMap::new(),
        }),
        other => panic!("nothing called {other} happens on a host"),
    }
}

/// `stranger NAME [port=80] [project=p/service] [registry=r] [state=…]`: a container of somebody else.
fn stranger(world: &mut World, words: &[&str]) {
    let name = words[1];
    let (project, service) = option(words, "project").map_or(("", ""), |p| p.split_once('/').unwrap());
    let mut labels: BTreeMap<String, String> = BTreeMap::new();
    if !project.is_empty() {
        labels.insert("com.docker.compose.project".into(), project.into());
    }
    if let Some(registry) = option(words, "registry") {
        let (registry, environment) = registry.split_once('/').unwrap();
        labels.insert("foundry.registry".into(), registry.into());
        labels.insert("foundry.environment".into(), environment.into());
    }
    let port = option(words, "port").map(|p| ObservedPort {
        address: "0.0.0.0".into(),
        host: p.parse().unwrap(),
        container: 80,
        protocol: "tcp".into(),
    });
    world.observed.containers.push(Container {
        id: format!("stranger-{name}"),
        name: name.into(),
        project: project.into(),
        service: service.into(),
        number: 1,
        image: "other:1".into(),
        image_id: "sha256:other".into(),
        state: ContainerState::Running,
        exit_code: 0,
        health: Health::None,
        started_at: String::new(),
        finished_at: String::new(),
        restart_count: 0,
        labels,
        environment: BTreeMap::new(),
        networks: option(words, "network").map(str::to_owned).into_iter().collect(),
        ports: port.into_iter().collect(),
        restart: "no".into(),
        ..Container::default()
    });
}

fn print(findings: &Findings) -> String {
    let mut out = String::new();
    for f in findings.iter() {
        let place = f.span.as_ref().map_or(String::new(), |s| format!("{s}: "));
        out.push_str(&format!("{}[{}] {place}{}\n", f.severity.word(), f.rule, f.message));
        out.push_str(&f.help.as_ref().map_or(String::new(), |h| format!("  = help: {h}\n")));
    }
    out
}

/// The edges of a plan: `3 web/web after 1, 2 (healthy)`.
fn edges(plan: &Plan) -> String {
    let mut out = String::new();
    for step in &plan.steps {
        let after: Vec<String> = step
            .after
            .iter()
            .map(|a| match a.condition {
                Condition::Done => a.step.to_string(),
                Condition::Healthy => format!("{} (healthy)", a.step),
                Condition::Completed => format!("{} (completed)", a.step),
                Condition::Ended => format!("{} (ended)", a.step),
            })
            .collect();
        let after = if after.is_empty() { String::new() } else { format!(" after {}", after.join(", ")) };
        out.push_str(&format!("{} {} {}{after}\n", step.id, verb(&step.action), subject(step)));
    }
    out
}

/// What `foundry drift` says, without times.
fn differences(world: &World, explain: bool) -> String {
    let (registry, _) = foundry_core::load::load(&foundry_core::load::Files::default());
    let rendered = &world.rendered();
    let (desired, observed) = (&world.desired, &world.observed);
    let input =
        drift::Input { registry: &registry, desired, rendered, observed, now: "2026-11-20T12:00:00Z" };
    let mut report = drift::drift(&input);
    if explain {
        let seen = observed.containers.iter().map(|c| {
            let values = c.environment.keys().map(|name| (name.clone(), format!("value of {name}")));
            (c.id.clone(), values.collect())
        });
        drift::values(&mut report.drift, &input, &seen.collect(), &|value| value.contains("hidden"));
    }
    drift::text(&report, explain)
}

fn table(status: &Status) -> String {
    let health = |h: Option<Health>| match h {
        None | Some(Health::None) => "-".to_owned(),
        Some(h) => serde_json::to_value(h).unwrap().as_str().unwrap().to_owned(),
    };
    let mut out = String::new();
    for d in &status.domains {
        let drift = if d.drift.is_empty() { "-".to_owned() } else { d.drift.join("; ") };
        let (version, since) = (d.version.as_deref().unwrap_or("-"), d.since.as_deref().unwrap_or("-"));
        out.push_str(&format!(
            "{} {} {version} {since} {} {drift}\n",
            d.name,
            d.state.word(),
            health(d.health)
        ));
        for s in &d.services {
            let ports = s.ports.join(",");
            out.push_str(
                &format!("  {} {} {} {ports}\n", s.name, s.state.word(), health(s.health))
                    .replace(" \n", "\n"),
            );
        }
    }
    status.orphans.iter().for_each(|o| out.push_str(&format!("orphan: {o}\n")));
    out
}
