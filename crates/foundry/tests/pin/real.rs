//! On the registry of the distribution, filled by a real Docker Engine.

use serde_json::{Value, json};
use testkit::{Docker, Registry, Repo, need};

const INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

struct Shelf {
    docker: Docker,
    registry: Registry,
}

impl Shelf {
    /// Pushes one small image under these names and gives its digest.
    fn push(&self, names: &[&str]) -> String {
        let mut digest = String::new();
        for name in names {
            let full = format!("{}/{name}", self.registry.address());
            self.docker.run(&["tag", self.docker.image_busybox(), &full]);
            self.docker.run(&["push", "-q", &full]);
            digest = self.docker.out(&["image", "inspect", "-f", "{{index .RepoDigests 0}}", &full]);
            self.docker.run(&["image", "rm", &full]);
        }
        digest.trim().rsplit_once('@').expect("a digest").1.to_owned()
    }

    /// An index under `name`: the image `of` for each architecture. Gives its digest.
    fn index(&self, repository: &str, tag: &str, of: &str, architectures: &[&str]) -> String {
        let http = self.registry.http();
        let (status, text) = http.with(&format!("Accept: {MANIFEST}")).text(
            "GET",
            &format!("/v2/{repository}/manifests/{of}"),
            None,
        );
        assert_eq!(status, 200, "{text}");
        let digest = foundry_digest(&text);
        let one = |architecture: &&str| json!({"mediaType": MANIFEST, "size": text.len(), "digest": digest, "platform": {"architecture": architecture, "os": "linux"}});
        let list: Vec<Value> = architectures.iter().map(one).collect();
        let body = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": list}).to_string();
        let with = http.with(&format!("Content-Type: {INDEX}"));
        let (status, answer) = with.text("PUT", &format!("/v2/{repository}/manifests/{tag}"), Some(&body));
        assert_eq!(status, 201, "{answer}");
        foundry_digest(&body)
    }
}

/// SHA-256 by the system's own program.
fn foundry_digest(text: &str) -> String {
    use std::io::Write;
    let mut child = std::process::Command::new("sha256sum")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("sha256sum runs");
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("it ends");
    format!("sha256:{}", String::from_utf8_lossy(&output.stdout).split(' ').next().unwrap_or_default())
}

fn template(image: &str) -> String {
    format!("# the image of this service\nservices:\n  main:\n    image: \"{image}\"  # keep me\n")
}

/// Four domains, each of which sets its image in another way.
fn repo(address: &str) -> Repo {
    let repo = Repo::new(env!("CARGO_BIN_EXE_foundry"));
    repo.write("config-registry/env/domains.yml", "domains:\n  - {name: db, standalone: true}\n  - {name: web, standalone: true}\n  - {name: app, standalone: true}\n  - {name: two, standalone: true}\n")
        .write("config-registry/env/base.env", format!("# Versions; the database:\nDB_IMAGE={address}/db:16.8-alpine\n\n# of app\nAPP_TAG=\"1.2.0\"\nTWO=3.0.0\nTWO_DIGEST=sha256:{}\n", "0".repeat(64)))
        .write("config-registry/env/overrides/prod.env", format!("DB_IMAGE={address}/db:15.1-alpine\n"))
        .write("domains/db/templates/compose.yml.tmpl", template("{{ DB_IMAGE }}"))
        .write("domains/web/templates/compose.yml.tmpl", template(&format!("{address}/web:v1.9.0")))
        .write("domains/app/templates/compose.yml.tmpl", template(&format!("{address}/app:{{{{ APP_TAG }}}}")))
        .write("domains/two/templates/compose.yml.tmpl", template(&format!("{address}/two:v{{{{ TWO }}}}@{{{{ TWO_DIGEST }}}}")));
    repo
}

#[test]
fn newer_tags_and_digests_are_written_where_images_are_set() {
    let shelf = Shelf { docker: need!(testkit::docker()), registry: need!(testkit::registry()) };
    let address = shelf.registry.address().to_owned();
    let digest = shelf.push(&[
        "db:16.8-alpine",
        "db:16.10-alpine",
        "db:16.9-alpine",
        "db:16.11",
        "db:16.11-alpine-rc1",
        "db:17.1-alpine",
        "db:15.1-alpine",
        "db:15.2-alpine",
        "web:v1.9.0",
        "web:v1.10.0",
        "web:v2.0.0",
        "app:1.2.0",
        "two:v3.0.0",
        "two:v3.0.1",
    ]);
    let index = shelf.index("web", "v1.11.0", "v1.9.0", &["amd64", "arm64"]);
    let repo = repo(&address);
    let _ = repo.run(&["metadata", "commit"]).code(0);
    let before =
        ["config-registry/env/base.env", "domains/web/templates/compose.yml.tmpl"].map(|f| repo.read(f));

    let dry = repo.run(&["pin", "update", "--dry-run"]).code(0);
    assert!(dry.stdout.contains(&format!("+DB_IMAGE={address}/db:16.10-alpine@{digest}")), "{}", dry.stdout);
    assert!(dry.stdout.contains("17.1-alpine with --major"), "{}", dry.stdout);
    assert_eq!(
        ["config-registry/env/base.env", "domains/web/templates/compose.yml.tmpl"].map(|f| repo.read(f)),
        before
    );

    let json = repo.run(&["pin", "update", "--json"]).code(0).json();
    assert_eq!(json["written"], true, "{json:#}");
    assert_eq!(json["images"].as_array().expect("a list").len(), 5, "{json:#}");
    let env = repo.read("config-registry/env/base.env");
    let wanted = format!(
        "# Versions; the database:\nDB_IMAGE={address}/db:16.10-alpine@{digest}\n\n# of app\nAPP_TAG=\"1.2.0@{digest}\"\nTWO=3.0.1\nTWO_DIGEST={digest}\n"
    );
    assert_eq!(env, wanted, "comments, order and quotes stay");
    assert_eq!(
        repo.read("config-registry/env/overrides/prod.env"),
        format!("DB_IMAGE={address}/db:15.2-alpine@{digest}\n")
    );
    assert_eq!(
        repo.read("domains/web/templates/compose.yml.tmpl"),
        template(&format!("{address}/web:v1.11.0@{index}")),
        "the digest of the index"
    );
    let _ = repo.run(&["metadata", "check"]).code(0);
    let again = repo.run(&["pin", "update"]).code(0);
    assert!(
        again.stderr.contains("Nothing to change.") && again.stdout.contains("is the newest of its kind"),
        "{}",
        again.all()
    );

    let major = repo.run(&["pin", "update", "--major", &format!("{address}/db"), "--env", "dev"]).code(0);
    assert!(major.stdout.contains("/db:17.1-alpine@"), "{}", major.stdout);
    assert!(
        repo.read("config-registry/env/overrides/prod.env").contains("15.2"),
        "another environment is left alone"
    );
    let unknown = repo.run(&["pin", "update", "dbb"]).code(2);
    assert!(
        unknown.stderr.contains("no service uses an image called dbb") && unknown.stderr.contains("write db"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn a_check_tells_what_is_not_pinned_moved_missing_or_for_other_machines() {
    let shelf = Shelf { docker: need!(testkit::docker()), registry: need!(testkit::registry()) };
    let address = shelf.registry.address().to_owned();
    let digest = shelf.push(&["db:16.8-alpine", "web:v1.9.0", "app:1.2.0", "two:v3.0.0", "two:v3.0.1"]);
    let index = shelf.index("web", "v1.9.0", "v1.9.0", &["amd64", "arm64"]);
    let repo = repo(&address);
    repo.write("config-registry/env/overrides/prod.env", "# none\n").edit(
        "config-registry/env/base.env",
        &format!("sha256:{}", "0".repeat(64)),
        &digest,
    );
    let finding = |arguments: &[&str], code: i32, image: &str| {
        let json = repo.run(&[&["pin", "check", "--json"], arguments].concat()).code(code).json();
        let lines = json["images"].as_array().expect("a list").clone();
        let line = lines.iter().find(|l| l["image"].as_str().is_some_and(|i| i.contains(image))).cloned();
        line.unwrap_or_else(|| panic!("{image} is not in {json:#}"))
    };
    let amd = ["--platform", "amd64"];
    let db = finding(&amd, 1, "/db:");
    assert_eq!(
        (&db["findings"], &db["digest"]),
        (&json!(["not pinned by a digest"]), &json!(digest)),
        "{db:#}"
    );
    assert_eq!(finding(&["two", "--platform", "linux/amd64"], 0, "/two:")["newer"], "v3.0.1");
    assert_eq!(
        finding(&["two", "--platform", "amd64", "--newer"], 1, "/two:")["findings"],
        json!(["v3.0.1 is newer"])
    );
    // One image is for one architecture, an index for several.
    let two = finding(&["two", "--platform", "arm64"], 1, "/two:");
    assert_eq!(two["findings"], json!(["not made for arm64 (there is amd64)"]));
    let _ = repo.run(&["pin", "update", "web"]).code(0);
    assert!(repo.read("domains/web/templates/compose.yml.tmpl").contains(&index));
    assert_eq!(
        finding(&["web", "--platform", "arm64"], 0, "/web:")["architectures"],
        json!(["amd64", "arm64"])
    );
    // Somebody pushes another image under a pinned tag; another tag is gone.
    shelf.index("web", "v1.9.0", "v1.9.0", &["amd64"]);
    let _ = shelf.index("web", "v1.9.0", &index, &["amd64"]);
    let web = finding(&["web", "--platform", "amd64"], 1, "/web:");
    assert_eq!(web["findings"], json!(["the tag v1.9.0 means another image now"]));
    repo.edit("config-registry/env/base.env", "1.2.0", "1.2.9");
    let app = finding(&["app", "--platform", "amd64"], 1, "/app:");
    assert_eq!(app["findings"], json!(["its registry does not have it", "not pinned by a digest"]));
    let table = repo.run(&["pin", "check", "--platform", "amd64"]).code(1);
    assert!(
        table.stdout.starts_with("IMAGE  ") && table.stderr.contains("4 images, 3 with findings."),
        "{}",
        table.all()
    );
}
