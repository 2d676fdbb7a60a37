//! One domain, `wiki`, healthy only while its volume has a file `page`; `blog` requires it and has nothing to save.

use testkit::{Docker, Ran, Repo, Restic};

/// The registry, the engine and a place for a repository; what was deployed is removed at the end.
pub struct World {
    pub repo: Repo,
    pub docker: Docker,
    pub restic: Restic,
}

/// The domain's file.
pub const WIKI: &str = "\
name: '{{ PREFIX }}-wiki'
services:
  wiki:
    image: '{{ IMAGE }}'
    init: true
    stop_grace_period: 0s
    ports: ['127.0.0.1:{{ PORT_WIKI_HTTP }}:80']
    volumes: ['data:/data', './page.html:/www/index.html:ro']
    labels: {traefik.enable: 'true'}
    healthcheck: {test: [CMD, test, -f, /data/page], interval: 100ms, timeout: 5s, retries: 5}
volumes: {data: {}}
";

impl World {
    /// Deployed, with `one` on the page.
    pub fn new(docker: Docker, restic: Restic) -> World {
        let world = World::bare(docker, restic);
        world.begin();
        world
    }

    /// Writes `one` on the page and deploys.
    pub fn begin(&self) {
        let volume = format!("{}:/data", self.volume());
        let image = self.docker.image_busybox();
        self.docker.run(&["run", "--rm", "-v", &volume, image, "sh", "-c", "echo one >/data/page"]);
        let _ = self.run(&["deploy", "wiki", "--yes"]).code(0);
    }

    /// The registry only.
    pub fn bare(docker: Docker, restic: Restic) -> World {
        let mut repo = Repo::new(env!("CARGO_BIN_EXE_foundry"));
        let port = docker.free_port();
        let prefix = docker.prefix().to_owned();
        let state = repo.root().with_file_name("state").display().to_string();
        repo.variable("DOCKER_HOST", docker.host())
            .variable("XDG_STATE_HOME", &state)
            .variable("RESTIC_PASSWORD", restic.password());
        repo.write("config-registry/env/domains.yml", "domains:\n  - {name: wiki, standalone: true}\n  - {name: blog, requires: [wiki]}\n")
            .write("config-registry/env/ports.yml", format!("wiki: {{http: {port}}}\n"))
            .write("config-registry/env/environments.yml", format!("registry: {prefix}\nenvironments: {{dev: {{engine: compose}}}}\n"))
            .write("config-registry/env/base.env", format!("PREFIX={prefix}\nIMAGE={}\n", docker.image_busybox()))
            .write("domains/wiki/templates/compose.yml.tmpl", WIKI)
            .write("domains/wiki/templates/page.html.tmpl", "a page\n")
            .write("domains/blog/templates/compose.yml.tmpl", "name: '{{ PREFIX }}-blog'\nservices:\n  blog: {image: '{{ IMAGE }}', init: true, stop_grace_period: 0s}\n");
        let world = World { repo, docker, restic };
        world.policy("");
        world
    }

    /// Writes the policy, with more in its profile.
    pub fn policy(&self, more: &str) {
        let repository = self.restic.repository().display().to_string();
        self.policy_at(&repository, more);
    }

    /// The same with another repository.
    pub fn policy_at(&self, repository: &str, more: &str) {
        let text = format!("repository: '{repository}'\nbackups:\n  full:\n    volumes: [data]\n{more}");
        self.repo.write("backup/policy.yml", text);
    }

    /// Runs the program.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.repo.run(arguments)
    }

    /// `foundry backup run wiki --yes --init`, which has to work.
    pub fn save(&self) -> Ran {
        self.run(&["backup", "run", "wiki", "--yes", "--init"]).code(0)
    }

    /// The list of snapshots.
    pub fn list(&self) -> Vec<serde_json::Value> {
        self.run(&["backup", "list", "--json"]).code(0).json()["backups"].as_array().expect("a list").clone()
    }

    /// The volume's name.
    pub fn volume(&self) -> String {
        format!("{}-wiki_data", self.docker.prefix())
    }

    /// The volume's folder.
    pub fn data(&self) -> std::path::PathBuf {
        self.docker.out(&["volume", "inspect", "-f", "{{.Mountpoint}}", &self.volume()]).into()
    }

    /// What is on the page.
    pub fn page(&self) -> String {
        std::fs::read_to_string(self.data().join("page")).unwrap_or_default().trim().to_owned()
    }

    /// Writes the page.
    pub fn write_page(&self, text: &str) {
        std::fs::write(self.data().join("page"), text).expect("the volume is writable");
    }

    /// One field of `docker inspect` of the container; empty when there is none.
    pub fn inspect(&self, format: &str) -> String {
        let name = format!("{}-wiki-wiki-1", self.docker.prefix());
        let output = self.docker.command().args(["inspect", "-f", format, &name]).output();
        String::from_utf8_lossy(&output.expect("docker runs").stdout).trim().to_owned()
    }

    /// Whether it runs and is healthy on what it should be healthy on.
    #[track_caller]
    pub fn is_well_with(&self, page: &str) {
        testkit::until("wiki is healthy", 20, || self.inspect("{{.State.Health.Status}}") == "healthy");
        assert_eq!(self.page(), page);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // Tests that end in the middle of a restore would be refused otherwise.
        let _ = std::fs::remove_dir_all(self.repo.root().join(".foundry/backup"));
        let _ = self.run(&["destroy", "--all", "--yes", "--lock-timeout", "20"]);
    }
}
