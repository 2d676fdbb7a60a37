//! A cluster in which pods really run: an API server, its controllers, and one kubelet with containerd on this machine.

use crate::folder::unmount;
use crate::{Docker, KubeApi, KubeOptions, Missing, docker, free_port, kube_api_with, system};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A one-node cluster of one test. It has no kube-proxy: pods are reached by their addresses, services are not.
#[derive(Debug)]
pub struct KubeNode {
    kube: KubeApi,
    docker: Docker,
    ctr: PathBuf,
    bridge: String,
}

/// A cluster with one node that is ready; the testbed's busybox image is on it.
///
/// # Errors
/// When one of its programs cannot be had here.
pub fn kube_node() -> Result<KubeNode, Missing> {
    let system = system::up("kube_node")?;
    let docker = docker()?;
    let kube = kube_api_with(&KubeOptions { controllers: true, ..KubeOptions::default() })?;
    let mut node = KubeNode { kube, docker, ctr: PathBuf::from(system.get("CTR")), bridge: crate::unique() };
    node.start_containerd(&system);
    for image in [system.get("PAUSE_IMAGE").to_owned(), node.docker.image_busybox().to_owned()] {
        node.load(&image);
    }
    node.start_kubelet(&system);
    Ok(node)
}

impl KubeNode {
    /// The cluster's API.
    #[must_use]
    pub fn kube(&self) -> &KubeApi {
        &self.kube
    }

    /// The engine that images are loaded from.
    #[must_use]
    pub fn docker(&self) -> &Docker {
        &self.docker
    }

    /// Brings an image of the local Docker Engine to the node; pods use it with `imagePullPolicy: Never`.
    ///
    /// # Panics
    /// When there is no such image.
    pub fn load(&self, image: &str) {
        let archive = self.kube.folder().join(format!("{}.tar", crate::unique()));
        self.docker.run(&["save", "-o", &archive.to_string_lossy(), image]);
        system::text(self.ctr().args(["images", "import"]).arg(&archive));
    }

    fn ctr(&self) -> Command {
        let mut command = Command::new(&self.ctr);
        command.arg("-a").arg(self.socket()).args(["-n", "k8s.io"]);
        command
    }

    fn socket(&self) -> PathBuf {
        self.kube.folder().join("c.sock")
    }

    fn start_containerd(&mut self, system: &system::System) {
        let folder = self.kube.folder().to_owned();
        let place = |name: &str| folder.join(name).display().to_string();
        // One of 46 × 256 networks, whose number no other test was given.
        let number = free_port() - 20_000;
        let subnet = format!("10.{}.{}.0/24", 128 + number / 256, number % 256);
        let network = json!({"cniVersion": "0.4.0", "name": "pods", "plugins": [{
            "type": "bridge", "bridge": self.bridge, "isGateway": true,
            "ipam": {"type": "host-local", "dataDir": place("ipam"), "ranges": [[{"subnet": subnet}]]},
        }]});
        std::fs::create_dir(folder.join("cni")).expect("the test's folder is writable");
        write(&folder.join("cni/10-pods.conflist"), &network.to_string());
        // This machine's root may lack the right to lower a process's chance to be killed, hence the restriction.
        let config = format!(
            "version = 2\nroot = {:?}\nstate = {:?}\n[grpc]\naddress = {:?}\n\
             [plugins.\"io.containerd.internal.v1.opt\"]\npath = {:?}\n\
             [plugins.\"io.containerd.grpc.v1.cri\"]\nsandbox_image = \"docker.io/{}\"\nrestrict_oom_score_adj = true\n\
             disable_apparmor = true\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\nbin_dir = {:?}\nconf_dir = {:?}\n",
            place("root"),
            place("state"),
            self.socket(),
            place("opt"),
            system.get("PAUSE_IMAGE"),
            system.get("CNI"),
            place("cni")
        );
        write(&folder.join("containerd.toml"), &config);
        let socket = self.socket();
        let mut command = Command::new(system.get("CONTAINERD"));
        command.arg("--config").arg(folder.join("containerd.toml"));
        let ready = || std::os::unix::net::UnixStream::connect(&socket).is_ok();
        self.kube.run("containerd", &mut command).ready("containerd", ready);
    }

    fn start_kubelet(&mut self, system: &system::System) {
        let folder = self.kube.folder().to_owned();
        let config = json!({
            "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
            "authentication": {"anonymous": {"enabled": false}, "webhook": {"enabled": false},
                "x509": {"clientCAFile": self.kube.tls().ca}},
            "authorization": {"mode": "AlwaysAllow"},
            "containerRuntimeEndpoint": format!("unix://{}", self.socket().display()),
            "address": "127.0.0.1", "port": free_port(), "healthzPort": 0, "readOnlyPort": 0,
            "cgroupDriver": "cgroupfs", "cgroupsPerQOS": false, "enforceNodeAllocatable": [],
            "failSwapOn": false, "failCgroupV1": false, "oomScoreAdj": 0, "localStorageCapacityIsolation": false,
            "evictionHard": {"memory.available": "1Mi", "nodefs.available": "0%", "imagefs.available": "0%"},
            "imageGCHighThresholdPercent": 100, "clusterDNS": ["10.96.0.10"],
            "podLogsDir": folder.join("pods"), "volumePluginDir": folder.join("plugins"),
        });
        write(&folder.join("kubelet.json"), &config.to_string());
        let mut command = Command::new(system.get("KUBELET"));
        command.arg(format!("--config={}", folder.join("kubelet.json").display()));
        command.arg(format!("--kubeconfig={}", self.kube.kubeconfig().display()));
        command.arg(format!("--root-dir={}", folder.join("kubelet").display()));
        command.arg(format!("--cert-dir={}", folder.join("kubelet-certs").display()));
        command.args(["--hostname-override=testbed"]);
        let http = self.kube.http().clone();
        self.kube.run("kubelet", &mut command).ready("a ready node", || {
            let node = http.json("GET", "/api/v1/nodes/testbed", None).1;
            let conditions = node["status"]["conditions"].as_array().cloned().unwrap_or_default();
            conditions.iter().any(|one| one["type"] == "Ready" && one["status"] == "True")
        });
    }
}

fn write(file: &Path, text: &str) {
    std::fs::write(file, text).expect("the test's folder is writable");
}

impl Drop for KubeNode {
    /// Lets the kubelet end its pods, so that no process, mount, network namespace or interface of theirs stays.
    fn drop(&mut self) {
        self.kube.end("kube-controller-manager");
        let delete = ["delete", "pods", "--all", "-A", "--grace-period=1", "--timeout=30s"];
        system::run(self.kube.command().args(delete));
        self.kube.end("kubelet");
        let tasks = system::run(self.ctr().args(["tasks", "ls", "-q"]));
        for task in String::from_utf8_lossy(&tasks.stdout).lines() {
            system::run(self.ctr().args(["tasks", "rm", "-f", task]));
        }
        self.kube.end("containerd");
        unmount(self.kube.folder());
        system::run(Command::new("ip").args(["link", "del", &self.bridge]));
    }
}
