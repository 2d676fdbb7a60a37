//! A tiny model of a Docker host: what it looks like after the steps of a plan.

use foundry_core::compose::{OVERLAY_FILE, Project, Service, fingerprint, overlay};
use foundry_core::plan::*;
use std::collections::BTreeMap;

/// A registry and a host, both small.
#[derive(Default)]
pub struct World {
    pub desired: Desired,
    pub observed: Observed,
    /// Domains as they were when their files were last written.
    pub written: BTreeMap<String, Domain>,
    next: u32,
}

impl World {
    pub fn new() -> Self {
        let desired = Desired {
            registry: "home".into(),
            environment: "dev".into(),
            engine: "compose".into(),
            place: "this machine".into(),
            ..Desired::default()
        };
        World { desired, ..World::default() }
    }

    /// Declares a domain whose rendered compose file is `text`; a domain of that name is replaced.
    pub fn declare(
        &mut self,
        name: &str,
        requires: Vec<String>,
        text: &str,
        extra: BTreeMap<String, String>,
    ) {
        let (project, findings) = foundry_core::compose::read(
            &format!("generated/{name}/compose.yml").into(),
            text,
            &BTreeMap::new(),
            name,
        );
        assert!(!findings.has_errors(), "{name}: {findings:#?}");
        let project = project.unwrap();
        let below = |path: &str| path.split_once('/').map(|(_, rest)| rest.to_owned());
        let own = extra.iter().filter(|(path, _)| path.starts_with(&format!("{name}/")));
        let inside: BTreeMap<String, String> =
            own.clone().filter_map(|(path, text)| Some((below(path)?, digest(text)))).collect();
        let mut files: BTreeMap<String, String> =
            own.map(|(path, text)| (path.clone(), digest(text))).collect();
        let marks = self.desired.marks(name);
        files.insert(format!("{name}/compose.yml"), digest(text));
        files.insert(format!("{name}/{OVERLAY_FILE}"), digest(&overlay(&project, &marks, &inside)));
        self.desired.domains.retain(|d| d.name != name);
        let external = false;
        self.desired.domains.push(Domain {
            name: name.into(),
            external,
            requires,
            project: Some(project),
            files,
            ..Domain::default()
        });
        self.desired.selected.insert(name.into());
    }

    /// The desired state that the files on the host describe.
    pub fn rendered(&self) -> Desired {
        let mut rendered = self.desired.clone();
        for domain in &mut rendered.domains {
            let own = |path: &String| path.starts_with(&format!("{}/", domain.name));
            let files = self.observed.files.iter().filter(|(path, _)| own(path));
            domain.files = files.map(|(path, digest)| (path.clone(), digest.clone())).collect();
            let there = domain.files.contains_key(&format!("{}/compose.yml", domain.name));
            domain.project = self.written.get(&domain.name).filter(|_| there).and_then(|d| d.project.clone());
        }
        rendered
    }

    /// Carries a plan out, in its order; whatever is started becomes well.
    pub fn carry_out(&mut self, plan: &Plan) {
        let mut done: Vec<usize> = Vec::new();
        for step in &plan.steps {
            for after in &step.after {
                assert!(
                    done.contains(&after.step),
                    "step {} waits for the later step {}",
                    step.id,
                    after.step
                );
            }
            self.expected(step);
            self.step(step);
            done.push(step.id);
        }
    }

    fn expected(&self, step: &Step) {
        let exists = |id: &String| {
            self.observed.containers.iter().any(|c| c.id == *id)
                || self.observed.networks.iter().any(|n| n.id == *id)
        };
        match &step.expect {
            Expect::Anything | Expect::Absent => {}
            Expect::Id(id) => assert!(exists(id), "step {} expects {id}", step.id),
            Expect::Containers(all) => {
                for (id, state) in all {
                    let seen = self.observed.containers.iter().find(|c| c.id == *id);
                    assert_eq!(seen.map(|c| c.state), Some(*state), "step {} expects {id}", step.id);
                }
            }
        }
    }

    fn step(&mut self, step: &Step) {
        match &step.action {
            Action::Backup(_) | Action::Cluster(_) => unreachable!("plans about what runs have no such step"),
            Action::WriteFiles { write, remove } => {
                let files = self.desired.domains.iter().flat_map(|d| &d.files);
                let new: BTreeMap<_, _> = files
                    .filter(|(path, _)| write.contains(path))
                    .map(|(p, d)| (p.clone(), d.clone()))
                    .collect();
                new.keys().for_each(|path| _ = self.observed.stats.remove(path));
                self.observed.files.extend(new);
                self.observed.files.retain(|path, _| !remove.contains(path));
                let domain = step.domain.as_ref().and_then(|name| self.desired.domain(name));
                self.written.extend(domain.map(|d| (d.name.clone(), d.clone())));
            }
            Action::CreateNetwork(spec) => self.network(spec),
            Action::RemoveNetwork { name } => self.observed.networks.retain(|n| n.name != *name),
            Action::CreateVolume(spec) => self.observed.volumes.push(ObservedVolume {
                name: spec.name.clone(),
                driver: spec.driver.clone(),
                labels: spec.labels.clone(),
            }),
            Action::RemoveVolume { name } => self.observed.volumes.retain(|v| v.name != *name),
            Action::PullImage { image, .. } | Action::BuildImage { image, .. } => self.image(image),
            Action::Create { project, service, .. } | Action::Recreate { project, service, .. } => {
                let anew = matches!(step.action, Action::Recreate { .. });
                self.up(project, service, anew);
            }
            Action::Start { project, service, .. }
            | Action::Unpause { project, service, .. }
            | Action::Restart { project, service, .. }
            | Action::Wait { project, service, .. } => self.well(project, service),
            Action::RemoveContainer { id, .. } => self.observed.containers.retain(|c| c.id != *id),
            Action::Connect { network, id, .. } => {
                for container in self.observed.containers.iter_mut().filter(|c| c.id == *id) {
                    container.networks.push(network.clone());
                    container.networks.sort();
                    if let Action::Connect { link: true, .. } = &step.action {
                        container.links.push(network.clone());
                    }
                }
            }
            Action::Disconnect { network, id, .. } => {
                for container in self.observed.containers.iter_mut().filter(|c| c.id == *id) {
                    container.networks.retain(|n| n != network);
                }
            }
        }
    }

    fn id(&mut self, what: &str) -> String {
        self.next += 1;
        format!("{what}{:04}", self.next)
    }

    fn network(&mut self, spec: &NetworkSpec) {
        let id = self.id("net");
        assert!(self.observed.networks.iter().all(|n| n.name != spec.name), "{} made twice", spec.name);
        self.observed.networks.push(ObservedNetwork {
            id,
            name: spec.name.clone(),
            driver: spec.driver.clone(),
            internal: spec.internal,
            subnets: spec.pools.iter().filter_map(|p| p.subnet.clone()).collect(),
            labels: spec.labels.clone(),
        });
    }

    /// Makes an image appear under that name; a new one each time.
    pub fn image(&mut self, name: &str) {
        let id = self.id("sha256:");
        let name = foundry_core::compose::familiar(name);
        for image in &mut self.observed.images {
            image.tags.retain(|t| *t != name);
        }
        let digest = name.contains('@');
        let (tags, digests) = if digest { (vec![], vec![name]) } else { (vec![name], vec![]) };
        self.observed.images.push(ObservedImage { id, tags, digests });
    }

    fn well(&mut self, project: &str, service: &str) {
        for c in self.observed.containers.iter_mut().filter(|c| c.project == project && c.service == service)
        {
            c.state = ContainerState::Running;
            c.exit_code = 0;
            c.health = if c.health == Health::None { Health::None } else { Health::Healthy };
        }
    }

    fn up(&mut self, project: &str, service: &str, anew: bool) {
        let domain = self.desired.domains.iter().find(|d| d.project_name() == project).unwrap();
        let parsed = domain.project.clone().unwrap();
        let wanted = parsed.service(service).unwrap().clone();
        let own = |path: &String| path.split_once('/').map(|(_, rest)| rest.to_owned());
        let files: BTreeMap<_, _> =
            domain.files.iter().filter_map(|(p, d)| Some((own(p)?, d.clone()))).collect();
        let mut labels = self.desired.marks(&domain.name).labels();
        let hash = foundry_core::compose::config_hash(&parsed, &wanted, &files);
        let fields = foundry_core::compose::fields(&parsed, &wanted, &files);
        labels.insert("foundry.config-hash".into(), hash);
        labels.insert("foundry.fields".into(), foundry_core::compose::print_fields(&fields));
        let mine = |c: &Container| c.project == project && c.service == service;
        if anew {
            self.observed.containers.retain(|c| !mine(c));
        }
        let mut kept = 0;
        self.observed.containers.retain(|c| {
            kept += u32::from(mine(c));
            !mine(c) || kept <= wanted.replicas
        });
        for number in 1..=wanted.replicas {
            if !self.observed.containers.iter().any(|c| mine(c) && c.number == number) {
                let container = self.container(&parsed, &wanted, number, labels.clone());
                self.observed.containers.push(container);
            }
        }
        self.well(project, service);
        self.observed
            .containers
            .sort_by(|a, b| (&a.project, &a.service, a.number).cmp(&(&b.project, &b.service, b.number)));
    }

    fn container(
        &mut self,
        project: &Project,
        service: &Service,
        number: u32,
        labels: BTreeMap<String, String>,
    ) -> Container {
        let image = service.image_name(&project.name);
        let known = foundry_core::compose::familiar(&image);
        let found =
            self.observed.images.iter().find(|i| {
                i.tags.iter().chain(&i.digests).any(|t| foundry_core::compose::familiar(t) == known)
            });
        let image_id = found.unwrap_or_else(|| panic!("no image {image}")).id.clone();
        let id = self.id("c");
        let name = service
            .container_name
            .as_ref()
            .map_or(format!("{}-{}-{number}", project.name, service.name), |n| n.value.clone());
        let networks: Vec<String> =
            service.networks.iter().map(|a| project.networks[&a.network].name.clone()).collect();
        for network in &networks {
            assert!(self.observed.networks.iter().any(|n| n.name == *network), "no network {network}");
        }
        for volume in service.mounts.iter().filter_map(|m| m.volume()) {
            let name = &project.volumes[volume].name;
            assert!(self.observed.volumes.iter().any(|v| v.name == *name), "no volume {name}");
        }
        let port = |p: &foundry_core::compose::Port| ObservedPort {
            address: p.host_ip.clone().unwrap_or_else(|| "0.0.0.0".into()),
            host: p.published.map_or(0, |(first, _)| first),
            container: p.target,
            protocol: p.protocol.clone(),
        };
        let environment = service.environment.iter();
        Container {
            id,
            name,
            project: project.name.clone(),
            service: service.name.clone(),
            number,
            image,
            image_id,
            state: ContainerState::Running,
            exit_code: 0,
            health: if service.has_healthcheck() { Health::Healthy } else { Health::None },
            started_at: "2026-11-20T10:00:00Z".into(),
            finished_at: String::new(),
            restart_count: 0,
            labels,
            environment: environment
                .filter_map(|(k, v)| Some((k.clone(), fingerprint(v.as_ref()?))))
                .collect(),
            networks,
            ports: service.ports.iter().map(port).collect(),
            restart: service.restart.as_ref().map_or("no".into(), |r| r.value.clone()),
            mounts: service
                .mounts
                .iter()
                .map(|m| ObservedMount {
                    target: m.target.clone(),
                    kind: m.kind.clone(),
                    source: m
                        .volume()
                        .map(|key| project.volumes[key].name.clone())
                        .or_else(|| m.bind().map(str::to_owned))
                        .unwrap_or_default(),
                    read_only: m.read_only,
                })
                .collect(),
            limits: wanted_limits(service),
            own_environment: Some(service.environment.keys().cloned().collect()),
            command: words(&service.command),
            entrypoint: words(&service.entrypoint),
            ..Container::default()
        }
    }
}

/// SHA-256 of a file.
pub fn digest(text: &str) -> String {
    foundry_core::render::Content::new(text).digest()
}

fn words(words: &Option<foundry_core::diag::Spanned<Vec<String>>>) -> String {
    words.as_ref().map_or(String::new(), |w| fingerprint(&serde_json::json!(w.value).to_string()))
}
