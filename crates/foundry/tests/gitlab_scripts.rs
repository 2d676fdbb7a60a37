//! The scripts of the catalogue's GitLab against a container that has GitLab's commands: what they call, in which order,
//! and that nothing is touched before everything is known to fit. GitLab itself needs an image registry.

use std::path::PathBuf;
use std::process::Command;
use testkit::{Docker, Ran, need};

/// A container with stand-ins for `gitlab-backup`, `gitlab-ctl` and `gitlab-rake` that note their calls.
struct Appliance {
    docker: Docker,
    folder: tempfile::TempDir,
}

const COMMANDS: &str = r#"
mkdir -p /etc/gitlab /var/opt/gitlab/backups /opt/gitlab/embedded/service/gitlab-rails /usr/bin
echo 17.11.1 >/opt/gitlab/embedded/service/gitlab-rails/VERSION
echo '{"keys":"first"}' >/etc/gitlab/gitlab-secrets.json
echo git:x:998:998::/:/bin/sh >>/etc/passwd; echo git:x:998: >>/etc/group
cat >/usr/bin/gitlab-ctl <<'S'
#!/bin/sh
echo "gitlab-ctl $*" >>/calls
S
cat >/usr/bin/gitlab-rake <<'S'
#!/bin/sh
echo "gitlab-rake $*" >>/calls
S
cat >/usr/bin/gitlab-backup <<'S'
#!/bin/sh
echo "gitlab-backup $*" >>/calls
n=${2#BACKUP=}
f=/var/opt/gitlab/backups/${n}_gitlab_backup.tar
case $1 in
  create) cp /data/repository "$f" ;;
  restore) [ ! -e /break ] || exit 1; cp "$f" /data/repository ;;
esac
S
chmod 755 /usr/bin/gitlab-*
mkdir -p /data; echo original >/data/repository; : >/calls
exec sleep 1000
"#;

impl Appliance {
    fn new(docker: Docker) -> Appliance {
        docker.run(&[
            "run",
            "-d",
            "--init",
            "--name",
            &docker.name("gitlab"),
            docker.image_busybox(),
            "sh",
            "-c",
            COMMANDS,
        ]);
        let appliance = Appliance { docker, folder: tempfile::tempdir().expect("a folder") };
        testkit::until("the stand-in", 20, || {
            appliance.inside("test -e /calls && echo ready").contains("ready")
        });
        appliance
    }

    fn name(&self) -> String {
        self.docker.name("gitlab")
    }

    fn inside(&self, line: &str) -> String {
        let output =
            self.docker.command().args(["exec", &self.name(), "sh", "-c", line]).output().expect("docker");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn script(&self, name: &str, argument: &str) -> Ran {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../catalog/gitlab/scripts").join(name);
        let mut command = Command::new("bash");
        command.arg(path).arg(argument).env("DOCKER_HOST", self.docker.host());
        command.env("GITLAB_CONTAINER", self.name()).env("GITLAB_WAIT", "5");
        Ran::from(command.output().expect("bash runs"))
    }

    fn backup(&self) -> String {
        let ran = self.script("backup.sh", &self.folder.path().display().to_string()).code(0);
        ran.stdout.lines().last().unwrap_or_default().to_owned()
    }

    fn calls(&self) -> Vec<String> {
        let said = self.inside("cat /calls; : >/calls");
        said.lines().map(|l| l.split(" BACKUP=").next().unwrap_or(l).to_owned()).collect()
    }
}

#[test]
fn what_was_saved_comes_back_with_its_keys() {
    let gitlab = Appliance::new(need!(testkit::docker()));
    let saved = gitlab.backup();
    assert_eq!(gitlab.calls(), ["gitlab-backup create"]);
    assert_eq!(gitlab.inside("ls /var/opt/gitlab/backups"), "", "the archive stays in the container");
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&saved).expect("there").permissions());
    assert_eq!(mode & 0o077, 0, "others can read the keys");
    gitlab.inside("echo changed >/data/repository; echo other >/etc/gitlab/gitlab-secrets.json");
    let restored = gitlab.script("restore.sh", &saved).code(0);
    assert!(restored.stdout.contains("Restored foundry-"), "{}", restored.all());
    assert_eq!(
        gitlab.inside("cat /data/repository /etc/gitlab/gitlab-secrets.json"),
        "original\n{\"keys\":\"first\"}"
    );
    let order = [
        "gitlab-ctl stop puma",
        "gitlab-ctl stop sidekiq",
        "gitlab-backup restore",
        "gitlab-ctl reconfigure",
        "gitlab-ctl restart",
        "gitlab-rake gitlab:check SANITIZE=true",
    ];
    assert_eq!(gitlab.calls(), order);
    assert_eq!(gitlab.inside("ls /etc/gitlab /var/opt/gitlab/backups | grep -c before"), "0");
}

#[test]
fn nothing_is_touched_when_the_backup_does_not_fit() {
    let gitlab = Appliance::new(need!(testkit::docker()));
    let saved = gitlab.backup();
    let _ = gitlab.calls();
    gitlab.inside("echo 18.0.0 >/opt/gitlab/embedded/service/gitlab-rails/VERSION");
    let newer = gitlab.script("restore.sh", &saved).code(1);
    assert!(newer.stderr.contains("is of GitLab 17.11.1, and 18.0.0 runs"), "{}", newer.stderr);
    gitlab.inside("echo 17.11.1 >/opt/gitlab/embedded/service/gitlab-rails/VERSION");
    let config = std::fs::read_dir(&saved).expect("there").filter_map(Result::ok).map(|e| e.path());
    let config: Vec<PathBuf> = config.filter(|p| p.to_string_lossy().ends_with("_config.tar")).collect();
    std::fs::write(&config[0], "damaged").expect("written");
    let damaged = gitlab.script("restore.sh", &saved).code(1);
    assert!(damaged.stderr.contains("is damaged"), "{}", damaged.stderr);
    assert!(gitlab.calls().is_empty(), "something was called");
    gitlab.docker.run(&["stop", "-t", "0", &gitlab.name()]);
    let again = gitlab.folder.path().display().to_string();
    let stopped = gitlab.script("backup.sh", &again).code(4);
    assert!(stopped.stderr.contains("foundry deploy gitlab"), "{}", stopped.stderr);
}

#[test]
fn a_restore_that_fails_starts_gitlab_again_and_keeps_the_keys() {
    let gitlab = Appliance::new(need!(testkit::docker()));
    let saved = gitlab.backup();
    let _ = gitlab.calls();
    gitlab.inside("touch /break; echo mine >/etc/gitlab/gitlab-secrets.json");
    let failed = gitlab.script("restore.sh", &saved).code(1);
    assert!(failed.stderr.contains("run it again"), "{}", failed.stderr);
    assert_eq!(gitlab.calls().last().map(String::as_str), Some("gitlab-ctl start"));
    assert_eq!(gitlab.inside("cat /etc/gitlab/gitlab-secrets.json.before"), "mine");
    assert_eq!(gitlab.inside("ls /var/opt/gitlab/backups"), "");
    let _ = gitlab.script("restore.sh", &saved).code(1);
    assert_eq!(
        gitlab.inside("cat /etc/gitlab/gitlab-secrets.json.before"),
        "mine",
        "the first try's keys are gone"
    );
    gitlab.inside("rm /break");
    let _ = gitlab.script("restore.sh", &saved).code(0);
}
