//! Compose projects of somebody's own become domains: what runs stays as it is, and the plan afterwards is empty.

use serde_json::Value;
use std::path::PathBuf;
use testkit::{Docker, Ran, Repo, need};

/// A registry, and the folder of a Compose project beside it, under names of this test's own.
struct Project {
    repo: Repo,
    docker: Docker,
    folder: PathBuf,
    port: u16,
}

const SECRETS: [&str; 4] = ["hunter-two-two", "env-file-hush", "literal-hush", "default-hush"];

impl Project {
    /// `file` is its Compose file: @NAME, @IMAGE and @PORT are filled in.
    fn new(docker: Docker, file: &str) -> Project {
        let mut repo = Repo::new(env!("CARGO_BIN_EXE_foundry"));
        repo.variable("DOCKER_HOST", docker.host());
        let environments =
            format!("registry: {}\nenvironments: {{dev: {{engine: compose}}}}\n", docker.prefix());
        repo.write("config-registry/env/environments.yml", environments);
        let folder = repo.root().parent().expect("a parent").join("project");
        let project = Project { port: docker.free_port(), repo, docker, folder };
        project.write("compose.yml", file);
        project
    }

    fn write(&self, path: &str, text: &str) {
        let text = text
            .replace("@NAME", &self.docker.name("shop"))
            .replace("@IMAGE", self.docker.image_busybox())
            .replace("@PORT", &self.port.to_string());
        self.repo.write(&format!("../project/{path}"), text);
    }

    fn compose(&self, words: &[&str]) -> String {
        let mut command = self.docker.command();
        command.arg("compose").args(words).current_dir(&self.folder);
        let output = command.output().expect("docker runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn import(&self, more: &[&str]) -> Ran {
        let file = self.folder.join("compose.yml").display().to_string();
        let words = ["import", "compose", &file, "--name", "shop", "--env", "dev"];
        self.repo.run(&words.into_iter().chain(more.iter().copied()).collect::<Vec<_>>())
    }

    /// Id and time of start of each container.
    fn containers(&self) -> String {
        let filter = format!("label=com.docker.compose.project={}", self.docker.name("shop"));
        let ids = self.docker.out(&["ps", "-aq", "--no-trunc", "-f", &filter]);
        let ids: Vec<&str> = ids.split_whitespace().collect();
        if ids.is_empty() {
            return String::new();
        }
        let mut words = vec!["inspect", "-f", "{{.Id}} {{.State.StartedAt}}"];
        words.extend(ids);
        self.docker.out(&words)
    }

    fn plan(&self) -> String {
        self.repo.run(&["plan", "shop", "--env", "dev"]).code(0).stdout
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let mut command = self.docker.command();
        let name = self.docker.name("shop");
        let _ = command.args(["compose", "-p", &name, "down", "-v", "-t", "0"]).current_dir("/").output();
    }
}

/// Everything that people write: several services, variables with defaults, files of variables, secrets in three
/// places, both forms of ports, relative binds, a named volume, an own network, a profile, what looks like a template.
const RICH: &str = r#"# The shop. {{ not a template }} {% neither %}
services:
  web:   # the window
    image: @IMAGE
    stop_grace_period: 0s
    ports:
      - "127.0.0.1:${HTTP_PORT:-@PORT}:80"
    env_file: [./app.env]
    environment:
      DB_URL: postgres://app:hunter-two-two@db/app
      DB_PASSWORD: ${DB_PASSWORD}
      ADMIN_TOKEN: ${ADMIN_TOKEN:-default-hush}
      GREETING: "{{ greeting }} pa$$s ${WORD:-none}"
    volumes: ["./html:/www:ro", "data:/data"]
    networks: [front]
    depends_on: [db]
    configs: [{source: motd, target: /motd}]
    restart: unless-stopped
  db:
    image: @IMAGE
    stop_grace_period: 0s
    environment: ["DB_PASSWORD=literal-hush", EMPTY=]
    command: [sleep, "1000"]
    networks: [front]
  job:
    image: @IMAGE
    profiles: [extra]
volumes: {data: {}}
networks: {front: {}}
configs: {motd: {file: ./motd}}
"#;

fn rich(docker: Docker) -> Project {
    let project = Project::new(docker, RICH);
    project.write(
        ".env",
        "COMPOSE_PROJECT_NAME=@NAME\nDB_PASSWORD='hunter-two-two \"x\"'\nWORD=hi # greeting\nUNUSED=1\n",
    );
    project.write("app.env", "# for the app\nLOG=info\nexport API_TOKEN=env-file-hush\nQUOTED=\"a b\"\n");
    project.write("html/index.html", "hello\n");
    project.write("motd", "welcome\n");
    project
}

#[test]
fn a_running_project_is_imported_and_its_containers_are_untouched() {
    let project = rich(need!(testkit::docker()));
    project.compose(&["up", "-d", "--wait"]);
    let before = project.containers();
    let refused = project.import(&[]).code(1);
    assert!(refused.stderr.contains("--yes"), "{}", refused.stderr);
    let shown = project.import(&["--dry-run"]).code(0);
    assert!(!project.repo.root().join("domains").exists(), "a dry run wrote something");
    let ran = project.import(&["--yes"]).code(0);
    let plan = project.plan();
    assert!(plan.contains("Nothing to do; 2 services unchanged."), "{plan}\n{}", ran.all());
    assert_eq!(project.containers(), before);
    let deployed = project.repo.run(&["deploy", "shop", "--env", "dev", "--yes"]).code(0);
    assert!(deployed.stdout.contains("Nothing to do"), "{}", deployed.stdout);
    assert_eq!(project.containers(), before);
    let template = project.repo.read("domains/shop/templates/compose.yml.j2");
    assert!(
        template.contains("web:   # the window") && template.contains("{{ PORT_SHOP_WEB }}"),
        "{template}"
    );
    assert!(project.repo.read("config-registry/env/ports.yml").contains(&project.port.to_string()));
    for secret in SECRETS {
        let grep = std::process::Command::new("grep")
            .args(["-rlF", secret, "--exclude-dir=generated"])
            .arg(project.repo.root())
            .output();
        assert!(grep.expect("grep runs").stdout.is_empty(), "{secret} is readable in the registry");
        assert!(!ran.all().contains(secret) && !shown.all().contains(secret), "{secret} was shown");
    }
    let domains = project.repo.read("config-registry/env/domains.yml");
    let again = project.import(&["--yes"]).code(0);
    assert!(again.stderr.contains("says the same"), "{}", again.all());
    assert_eq!(project.repo.read("config-registry/env/domains.yml"), domains);
    project.write("compose.yml", &RICH.replace("unless-stopped", "always"));
    let other = project.import(&["--yes"]).code(1);
    assert!(other.stderr.contains("differs in services.web.restart"), "{}", other.stderr);
}

#[test]
fn a_stopped_project_is_planned_with_exactly_its_services() {
    let project = rich(need!(testkit::docker()));
    let ran = project.import(&["--yes", "--json"]).code(0).json();
    let secrets: Vec<&str> = ran["secrets"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(
        secrets,
        ["SHOP_API_TOKEN", "SHOP_ADMIN_TOKEN", "SHOP_DB_DB_PASSWORD", "SHOP_DB_PASSWORD", "SHOP_DB_URL"]
    );
    let plan = project.repo.run(&["plan", "shop", "--env", "dev", "--json"]).code(0).json();
    let actions: Vec<String> =
        plan["steps"].as_array().unwrap().iter().map(|s| s["action"].to_string()).collect();
    assert_eq!(actions.len(), 4, "{actions:?}");
    let _ = project.repo.run(&["deploy", "shop", "--env", "dev", "--yes"]).code(0);
    let name = project.docker.name("shop");
    let environment =
        project.docker.out(&["inspect", "-f", "{{json .Config.Env}}", &format!("{name}-web-1")]);
    for part in
        ["GREETING={{ greeting }} pa$s hi", "DB_PASSWORD=hunter-two-two \\\"x\\\"", "API_TOKEN=env-file-hush"]
    {
        assert!(environment.contains(part), "{part}: {environment}");
    }
    assert_eq!(project.docker.out(&["exec", &format!("{name}-web-1"), "cat", "/motd"]).trim(), "welcome");
    let volumes = project.docker.out(&["volume", "ls", "-q", "-f", &format!("name={name}_data")]);
    assert_eq!(volumes.trim(), format!("{name}_data"));
    // A run that was killed before its last file, the list of domains, is taken up where it ended.
    let (base, vault) = ("config-registry/env/base.env", project.repo.run(&["vault", "view"]).code(0).stdout);
    let (before, domains) = (project.repo.read(base), project.repo.read("config-registry/env/domains.yml"));
    project.repo.write("config-registry/env/domains.yml", "domains: []\n");
    let _ = project.import(&["--yes"]).code(0);
    assert_eq!(project.repo.read("config-registry/env/domains.yml"), domains);
    assert_eq!(project.repo.read(base).matches("SHOP_WORD").count(), before.matches("SHOP_WORD").count());
    assert_eq!(project.repo.run(&["vault", "view"]).code(0).stdout, vault);
    // Compose itself takes it over again without a new container: the engine's own tools understand it.
    let before = project.containers();
    assert!(project.plan().contains("Nothing to do"));
    assert_eq!(project.containers(), before);
}

#[test]
fn a_running_project_is_found_by_its_labels_and_overrides_are_merged() {
    let project = Project::new(
        need!(testkit::docker()),
        "include: [cache.yml]\nservices:\n  web:\n    extends: {file: base.yml, service: base}\n    ports: ['127.0.0.1:@PORT:80']\n",
    );
    project.write(
        "base.yml",
        "services:\n  base:\n    image: ${IMG}\n    stop_grace_period: 0s\n    volumes: ['./html:/www']\n",
    );
    project.write("cache.yml", "services:\n  cache: {image: '@IMAGE', stop_grace_period: 0s, profiles: [fast], command: [sleep, '1000']}\n");
    project.write(
        "over.yml",
        "services:\n  web:\n    environment: {MORE: '1'}\n    ports: !override ['127.0.0.1:@PORT:81']\n",
    );
    project.write(".env", "IMG=@IMAGE\n");
    let name = project.docker.name("shop");
    let files = ["-p", &name, "-f", "compose.yml", "-f", "over.yml", "--profile", "fast"];
    project.compose(&[&files[..], &["up", "-d"]].concat());
    let before = project.containers();
    let words = ["import", "compose", "--project", &name, "--name", "shop", "--profile", "fast", "--yes"];
    let ran = project.repo.run(&words).code(0);
    assert!(ran.stderr.contains("merged by Compose"), "{}", ran.stderr);
    let plan = project.repo.run(&["plan", "--all"]).code(0).stdout;
    assert!(plan.contains("Nothing to do; 2 services unchanged."), "{plan}");
    assert_eq!(project.containers(), before);
    let unknown = project.repo.run(&["import", "compose", "--project", "nobody", "--yes"]).code(2);
    assert!(unknown.stderr.contains(&name), "{}", unknown.stderr);
}

#[test]
fn what_cannot_be_carried_is_named_with_its_place_and_nothing_is_written() {
    let docker = need!(testkit::docker());
    for (file, place, what) in [
        (
            "services:\n  a:\n    image: @IMAGE\n    command: [run, --password, hush-hush]\n",
            "compose.yml:4:14",
            "behind `--password`",
        ),
        ("services:\n  a:\n    image: @IMAGE\n    ports: ['38412:38412/sctp']\n", "compose.yml:4:13", "sctp"),
    ] {
        let project = Project::new(need!(testkit::docker()), file);
        let ran = project.import(&["--yes"]).code(1);
        assert!(ran.stderr.contains(place) && ran.stderr.contains(what), "{}", ran.all());
        assert!(!project.repo.root().join("domains").exists());
        assert_eq!(project.repo.read("config-registry/env/domains.yml"), "domains: []\n");
    }
    let project = Project::new(docker, "services:\n  a: {image: @IMAGE, ports: ['@PORT:80']}\n");
    project
        .repo
        .write("config-registry/env/domains.yml", "domains:\n  - {name: old, standalone: true}\n")
        .write("config-registry/env/ports.yml", format!("old: {{http: {}}}\n", project.port));
    let clash = project.import(&["--yes"]).code(1);
    assert!(clash.stderr.contains("PORT-002"), "{}", clash.stderr);
    project.write("compose.yml", "services:\n  a: {image: @IMAGE, imagee: x}\n");
    let broken = project.import(&["--yes"]).code(1);
    assert!(broken.stderr.contains("imagee"), "{}", broken.stderr);
}

#[test]
fn a_folder_is_taken_with_its_override_and_a_forgotten_one_is_named() {
    let docker = need!(testkit::docker());
    let project = Project::new(
        docker,
        "services:\n  a:\n    image: @IMAGE\n    ports: ['9999', {target: 82, published: '@PORT'}, '127.0.0.1:41000-41002:70-72']\n",
    );
    project.write("compose.override.yml", "services:\n  a: {environment: {MORE: '1'}}\n");
    let alone = project.import(&["--dry-run"]).code(0);
    assert!(alone.stderr.contains("compose.override.yml lies beside it"), "{}", alone.stderr);
    let folder = project.folder.display().to_string();
    let ran =
        project.repo.run(&["import", "compose", &folder, "--name", "shop", "--yes", "--json"]).code(0).json();
    assert_eq!(
        (&ran["from"][1], &ran["merged"]),
        (&format!("{folder}/compose.override.yml").into(), &true.into())
    );
    assert_eq!(ran["ports"].as_array().map(Vec::len), Some(4), "{ran}");
    assert!(project.repo.read("domains/shop/templates/compose.yml.j2").contains("MORE"));
    assert!(project.repo.run(&["validate"]).code(0).stdout.contains("SVC-001"));
}
