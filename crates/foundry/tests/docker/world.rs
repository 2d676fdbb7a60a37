//! A registry of three domains on the real engine, under names of its own: `db` ← `app` ← `web`, and `mon` beside them.

use testkit::{Docker, Ran, Repo};

/// The registry and the engine; what it deployed is removed at the end.
pub struct World {
    /// The registry.
    pub repo: Repo,
    /// The engine.
    pub docker: Docker,
    /// Host port of `web`.
    pub port: u16,
}

/// A health check every 200 ms that passes at once.
pub const HEALTHY: &str = "healthcheck: {test: [CMD, 'true'], interval: 200ms, timeout: 5s, retries: 2}";

impl World {
    /// The registry, not deployed yet.
    pub fn new(docker: Docker) -> World {
        let mut repo = Repo::new(env!("CARGO_BIN_EXE_foundry"));
        repo.variable("DOCKER_HOST", docker.host());
        let port = docker.free_port();
        let prefix = docker.prefix().to_owned();
        repo.write(
            "config-registry/env/domains.yml",
            "domains:\n  - {name: db, standalone: true, exposes_to: [app], networks: [NET]}\n  - {name: app, requires: [db], networks: [NET]}\n  - {name: web, requires: [app], networks: [NET]}\n  - {name: mon, standalone: true}\n"
                .replace("NET", &docker.name("net")),
        )
        .write("config-registry/env/ports.yml", format!("web: {{http: {port}}}\n"))
        .write("config-registry/env/environments.yml", format!("registry: {prefix}\nenvironments: {{dev: {{engine: compose}}}}\n"))
        .write(
            "config-registry/env/base.env",
            format!("PREFIX={prefix}\nIMAGE={}\nGREETING=hello\n", docker.image_busybox()),
        );
        let world = World { repo, docker, port };
        world.domain("db", &format!("{HEALTHY}\n    volumes: ['data:/data']"), "volumes: {data: {}}");
        world.domain("app", HEALTHY, "");
        world.domain(
            "web",
            &format!("{HEALTHY}\n    environment: {{GREETING: '{{{{ GREETING }}}}'}}\n    ports: ['127.0.0.1:{{{{ PORT_WEB_HTTP }}}}:80']\n    volumes: ['./page.html:/www/index.html:ro']"),
            "",
        );
        world.repo.write("domains/web/templates/page.html.tmpl", "{{ GREETING }} from {{ domain.name }}\n");
        world.domain("mon", "", "");
        world
    }

    /// Writes the Compose template of a domain with one service of its name.
    pub fn domain(&self, name: &str, service: &str, top: &str) {
        let networks = if name == "mon" { "" } else { "\n    networks: [shared]" };
        let shared = format!("networks: {{shared: {{name: {}, external: true}}}}", self.docker.name("net"));
        let shared = if name == "mon" { "" } else { &shared };
        self.repo.write(
            &format!("domains/{name}/templates/compose.yml.tmpl"),
            format!("name: '{{{{ PREFIX }}}}-{name}'\nservices:\n  {name}:\n    image: '{{{{ IMAGE }}}}'\n    stop_grace_period: 0s\n    init: true{networks}\n    {service}\n{top}\n{shared}\n"),
        );
    }

    /// Runs the program.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.repo.run(arguments)
    }

    /// `foundry deploy --all --yes`.
    pub fn deploy(&self) -> Ran {
        self.run(&["deploy", "--all", "--yes"])
    }

    /// The plan's text.
    pub fn plan(&self) -> String {
        self.run(&["plan", "--all"]).code(0).stdout
    }

    /// Name of the one container of a domain.
    pub fn container(&self, domain: &str) -> String {
        format!("{}-{domain}-{domain}-1", self.docker.prefix())
    }

    /// One field of `docker inspect` of a domain's container; empty when there is none.
    pub fn inspect(&self, domain: &str, format: &str) -> String {
        let output = self.docker.command().args(["inspect", "-f", format, &self.container(domain)]).output();
        String::from_utf8_lossy(&output.expect("docker runs").stdout).trim().to_owned()
    }

    /// Id of a domain's container.
    pub fn id(&self, domain: &str) -> String {
        self.inspect(domain, "{{.Id}}")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let ran = self.run(&["destroy", "--all", "--yes", "--lock-timeout", "20"]);
        if !std::thread::panicking() && ran.code != 0 {
            panic!("cleaning up: {}", ran.all());
        }
    }
}
