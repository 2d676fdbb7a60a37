//! Flux: the real kustomize-controller reconciles commits of a real Git repository into a real API server.
//!
//! Flux's other half, source-controller, cannot be built here. [`Flux::publish`] does its part for one commit: it packs
//! the commit as an artifact, serves it over HTTP, and writes its address into the `GitRepository`'s status.

use crate::{KubeApi, Missing, free_port, kube_api, system};
use serde_json::json;
use std::path::Path;
use std::process::Command;

/// A cluster with Flux's kustomize-controller, of one test.
#[derive(Debug)]
pub struct Flux {
    kube: KubeApi,
    artifacts: String,
}

/// An API server that kustomize-controller watches, with the namespace `flux-system`.
///
/// # Errors
/// When it cannot be built here.
pub fn flux() -> Result<Flux, Missing> {
    let system = system::up("flux")?;
    let mut kube = kube_api()?;
    kube.kubectl(&["create", "namespace", "flux-system"]);
    let folder = kube.folder().join("artifacts");
    std::fs::create_dir(&folder).expect("the test's folder is writable");
    let (address, health) = (format!("127.0.0.1:{}", free_port()), free_port());
    let mut server = Command::new(system.get("BUSYBOX"));
    server.args(["httpd", "-f", "-p", &address, "-h"]).arg(&folder);
    kube.run("artifacts", &mut server).listens("the artifacts' server", &address);
    let mut controller = Command::new(system.get("KUSTOMIZE_CONTROLLER"));
    controller.env("KUBECONFIG", kube.kubeconfig()).env("RUNTIME_NAMESPACE", "flux-system");
    controller.args(["--metrics-addr=0", "--enable-leader-election=false", "--log-encoding=console"]);
    controller.arg(format!("--health-addr=127.0.0.1:{health}"));
    kube.run("kustomize-controller", &mut controller)
        .listens("kustomize-controller", &format!("127.0.0.1:{health}"));
    Ok(Flux { kube, artifacts: format!("http://{address}") })
}

impl Flux {
    /// The cluster.
    #[must_use]
    pub fn kube(&self) -> &KubeApi {
        &self.kube
    }

    /// Makes a commit of a repository the current revision of the `GitRepository` of that name, and returns its revision.
    ///
    /// # Panics
    /// When there is no such commit or the API server refuses.
    pub fn publish(&self, name: &str, repository: &Path, commit: &str) -> String {
        let git = |args: &[&str]| system::text(Command::new("git").arg("-C").arg(repository).args(args));
        let commit = git(&["rev-parse", "--verify", &format!("{commit}^{{commit}}")]);
        let path = format!("{name}-{commit}.tar.gz");
        let file = self.kube.folder().join("artifacts").join(&path);
        git(&["archive", "--format=tar.gz", "-o", &file.to_string_lossy(), &commit]);
        let digest = system::text(Command::new("sha256sum").arg(&file));
        let digest = digest.split_whitespace().next().unwrap_or_default();
        let revision = format!("main@sha1:{commit}");
        self.kube.apply(&format!(
            "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {{name: {name}, namespace: flux-system}}\n\
             spec: {{interval: 1m, url: 'https://git.test/{name}.git', ref: {{branch: main}}}}\n"
        ));
        let now = system::text(Command::new("date").args(["-u", "+%Y-%m-%dT%H:%M:%SZ"]));
        let status = json!({"status": {
            "observedGeneration": 1,
            "conditions": [{"type": "Ready", "status": "True", "reason": "Succeeded", "message": "stored", "lastTransitionTime": now}],
            "artifact": {
                "path": path, "url": format!("{}/{path}", self.artifacts), "revision": revision,
                "digest": format!("sha256:{digest}"), "lastUpdateTime": now,
                "size": std::fs::metadata(&file).map_or(0, |file| file.len()),
            },
        }});
        let patch = status.to_string();
        let args = [
            "-n",
            "flux-system",
            "patch",
            "gitrepository",
            name,
            "--subresource=status",
            "--type=merge",
            "-p",
            &patch,
        ];
        self.kube.kubectl(&args);
        revision
    }

    /// Waits until a `Kustomization` in `flux-system` has applied a revision.
    ///
    /// # Panics
    /// When it has not within a minute, with what the controller says about it.
    #[track_caller]
    pub fn wait_for(&self, kustomization: &str, revision: &str) {
        let applied = "jsonpath={.status.lastAppliedRevision}";
        let get = |path: &str| {
            self.kube.kubectl(&["-n", "flux-system", "get", "kustomization", kustomization, "-o", path])
        };
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            crate::until("the revision", 60, || get(applied) == revision);
        }));
        assert!(done.is_ok(), "not applied: {}", get("jsonpath={.status.conditions}"));
    }
}
