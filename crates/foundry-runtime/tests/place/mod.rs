//! A place to deploy to in a test: a real engine, a folder of files, and steps one at a time or as a plan.
#![allow(dead_code, reason = "each test file uses its own part")]

use foundry_core::plan::{Action, Condition, Container, Expect, Observed, Plan, Step};
use foundry_runtime::engine::compose::{
    Compose, Contents, During, Endpoint, Failure, Layout, Options, Scope,
};
use foundry_runtime::execute::{Event, Run, execute};
use foundry_runtime::{Cancel, Redactor, Report};
use std::sync::Mutex;

/// One domain `web`, whose project is named by the test's prefix.
pub struct Place {
    pub docker: testkit::Docker,
    pub engine: Compose,
    pub project: String,
    pub folder: tempfile::TempDir,
    pub cancel: Cancel,
}

/// A step for the domain `web` that expects nothing.
pub fn step(action: Action) -> Step {
    let (domain, expect) = (Some("web".to_string()), Expect::Anything);
    Step { id: 1, domain, action, causes: Vec::new(), after: Vec::new(), expect }
}

/// The step that makes the service.
pub fn create(project: &str, until: Condition) -> Step {
    step(Action::Create { project: project.to_string(), service: "app".to_string(), until })
}

/// A secret that must not come out of anything.
pub const SECRET: &str = "made-up-secret-4711";

impl Place {
    /// A place on the local engine.
    pub async fn local(docker: testkit::Docker) -> Place {
        let endpoint = Endpoint::parse(docker.host()).unwrap();
        Place::at(docker, &endpoint, |_| {}).await
    }

    pub async fn at(docker: testkit::Docker, endpoint: &Endpoint, set: impl FnOnce(&mut Options)) -> Place {
        let folder = tempfile::tempdir().unwrap();
        let mut options = Options::new(Layout::new(folder.path().join("generated")));
        options.redactor = Redactor::new([SECRET.to_string().into()]);
        set(&mut options);
        let engine = Compose::connect_to(endpoint, options).await.unwrap();
        Place { project: docker.prefix().to_string(), docker, engine, folder, cancel: Cancel::new() }
    }

    /// A `compose.yml` with these lines for the service `app` on the test image.
    pub fn app(&self, lines: &str) -> String {
        let lines: String = lines.lines().map(|line| format!("    {}\n", line.trim_end())).collect();
        format!(
            "services:\n  app:\n    image: {}\n    stop_grace_period: 0s\n{lines}",
            self.docker.image_busybox()
        )
    }

    /// A `compose.yml` whose build says "at it" and then sleeps.
    pub fn sleeping_build(&self) -> String {
        let dockerfile = format!("FROM {}\\nRUN echo at it && sleep 600\\n", self.docker.image_busybox());
        let build = format!("{{context: ., dockerfile_inline: \"{dockerfile}\"}}");
        format!("services: {{app: {{image: '{}', build: {build}}}}}", self.docker.name("built"))
    }

    /// Writes the domain's files by the step that a plan has for it.
    pub async fn write(&self, compose: &str) {
        let mut contents = Contents::new();
        contents.insert("web/compose.yml", compose.as_bytes().to_vec(), 0o600);
        contents.insert(
            "web/compose.foundry.yml",
            b"services: {app: {labels: {foundry.test: \"yes\"}}}".to_vec(),
            0o644,
        );
        let write = vec!["web/compose.yml".to_string(), "web/compose.foundry.yml".to_string()];
        let step = self.step(Action::WriteFiles { write, remove: Vec::new() });
        self.perform_with(&step, &contents).await.unwrap();
    }

    pub fn step(&self, action: Action) -> Step {
        step(action)
    }

    pub fn create(&self, until: Condition) -> Step {
        create(&self.project, until)
    }

    pub async fn perform(&self, step: &Step) -> Result<(), Failure> {
        self.perform_with(step, &Contents::new()).await
    }

    async fn perform_with(&self, step: &Step, contents: &Contents) -> Result<(), Failure> {
        let during = During { contents, cancel: &self.cancel, progress: &|_| {} };
        self.engine.perform(step, &during).await
    }

    /// Carries out steps as a plan; numbers them in this order.
    pub async fn execute(&self, steps: Vec<Step>, on_event: &(dyn Fn(Event) + Send + Sync)) -> Report {
        let mut plan = Plan { steps, ..Plan::default() };
        plan.steps.iter_mut().enumerate().for_each(|(at, step)| step.id = at + 1);
        let contents = Contents::new();
        let run = Run { contents: &contents, cancel: &self.cancel, at_once: 4, on_event };
        execute(&self.engine, &plan, &run).await
    }

    /// The snapshot without what other tests do at the same time.
    pub async fn observe(&self) -> Observed {
        let mut seen = self.engine.observe(Scope::All).await.unwrap();
        let own = |name: &str| name == self.project || name.starts_with(&format!("{}-", self.project));
        seen.containers.retain(|container| own(&container.name));
        seen.networks
            .retain(|network| own(&network.name) || network.name.starts_with(&format!("{}_", self.project)));
        seen.volumes.retain(|volume| own(&volume.name));
        seen.images
            .retain(|image| image.tags.iter().any(|tag| own(tag) || tag == self.docker.image_busybox()));
        seen
    }

    /// The one container of the service.
    pub async fn container(&self) -> Container {
        let mut containers = self.observe().await.containers;
        assert_eq!(containers.len(), 1, "{containers:?}");
        containers.remove(0)
    }
}

/// Collects events.
#[derive(Default)]
pub struct Events(pub Mutex<Vec<Event>>);

impl Events {
    pub fn add(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
}
