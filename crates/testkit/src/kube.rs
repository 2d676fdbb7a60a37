//! A Kubernetes API server with etcd, RBAC, a service account issuer, and everybody's custom resource definitions.

use crate::server::Server;
use crate::tls::Tls;
use crate::{Http, Missing, free_port, system};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// How an API server is started.
#[derive(Debug, Clone, Default)]
pub struct KubeOptions {
    /// `1.36` (also when empty) or `1.35`.
    pub minor: String,
    /// More flags for kube-apiserver, such as `--oidc-issuer-url=…`; they come last and win.
    pub flags: Vec<String>,
    /// Whether kube-controller-manager and kube-scheduler run too.
    pub controllers: bool,
}

/// A running API server of one test, with the CRDs of Flux, Argo CD, cert-manager, Contour, Gateway API,
/// Prometheus operator, External Secrets, Velero and K3s' `HelmChart` loaded.
#[derive(Debug)]
pub struct KubeApi {
    http: Http,
    kubectl: PathBuf,
    kubeconfig: PathBuf,
    version: String,
    tls: Tls,
    servers: Vec<Server>,
    folder: tempfile::TempDir,
}

/// An API server of the current minor version.
///
/// # Errors
/// When it cannot be built here.
pub fn kube_api() -> Result<KubeApi, Missing> {
    kube_api_with(&KubeOptions::default())
}

/// An API server started as the options say.
///
/// # Errors
/// When it cannot be built here.
pub fn kube_api_with(options: &KubeOptions) -> Result<KubeApi, Missing> {
    let system = system::up(if options.minor == "1.35" { "kube_api_1_35" } else { "kube_api" })?;
    let programs = if options.controllers { Some(system::up("kube_controllers")?) } else { None };
    let folder = crate::folder::folder();
    let tls = Tls::make(folder.path());
    let (etcd, store) = start_etcd(&system, folder.path());
    let port = free_port();
    let url = format!("https://127.0.0.1:{port}");
    let account = folder.path().join("accounts.key");
    system::text(Command::new("openssl").args(["genrsa", "-out"]).arg(&account));
    let token = crate::unique();
    write(&folder.path().join("tokens.csv"), &format!("{token},admin,admin,system:masters\n"));
    let mut command = Command::new(system.get("KUBE_APISERVER"));
    command.args(flags(&url, &store, port, &tls, &account, folder.path())).args(&options.flags);
    let mut api = Server::start("kube-apiserver", &mut command, folder.path());
    let http =
        Http { url, ca: Some(tls.ca.clone()), headers: vec![format!("Authorization: Bearer {token}")] };
    api.ready("kube-apiserver", || http.text("GET", "/readyz", None).0 == 200);
    let kubeconfig = folder.path().join("kubeconfig");
    write_kubeconfig(&kubeconfig, &http.url, &tls, folder.path());
    let mut kube = KubeApi {
        http,
        kubectl: PathBuf::from(system.get("KUBECTL")),
        kubeconfig,
        version: system.get("KUBE_VERSION").to_owned(),
        tls,
        servers: vec![api, etcd],
        folder,
    };
    if let Some(programs) = programs {
        kube.start_controllers(&programs, &account);
    }
    Ok(kube)
}

/// Starts etcd from a copy of the prepared data; returns the server and its address.
fn start_etcd(system: &system::System, folder: &Path) -> (Server, String) {
    let data = folder.join("etcd");
    system::text(Command::new("cp").args(["-a", "--sparse=always", system.get("ETCD_DATA")]).arg(&data));
    let (store, peer) =
        (format!("http://127.0.0.1:{}", free_port()), format!("http://127.0.0.1:{}", free_port()));
    let mut command = Command::new(system.get("ETCD"));
    command.args(["--name", "testbed", "--data-dir"]).arg(&data);
    command.args([
        "--listen-client-urls",
        &store,
        "--advertise-client-urls",
        &store,
        "--listen-peer-urls",
        &peer,
    ]);
    command.args(["--initial-advertise-peer-urls", &peer, "--initial-cluster", &format!("testbed={peer}")]);
    let mut etcd = Server::start("etcd", &mut command, folder);
    let health = Http::plain(&store);
    etcd.ready("etcd", || health.text("GET", "/health", None).0 == 200);
    (etcd, store)
}

fn flags(url: &str, store: &str, port: u16, tls: &Tls, account: &Path, folder: &Path) -> Vec<String> {
    let file = |flag: &str, path: &Path| format!("--{flag}={}", path.display());
    vec![
        format!("--etcd-servers={store}"),
        format!("--secure-port={port}"),
        format!("--service-account-issuer={url}"),
        "--bind-address=127.0.0.1".to_owned(),
        "--authorization-mode=Node,RBAC".to_owned(),
        "--service-cluster-ip-range=10.96.0.0/16".to_owned(),
        "--allow-privileged=true".to_owned(),
        file("tls-cert-file", &tls.cert),
        file("tls-private-key-file", &tls.key),
        file("client-ca-file", &tls.ca),
        file("service-account-key-file", account),
        file("service-account-signing-key-file", account),
        file("token-auth-file", &folder.join("tokens.csv")),
        file("cert-dir", &folder.join("certs")),
    ]
}

/// A kubeconfig for the administrator, who shows a client certificate.
fn write_kubeconfig(file: &Path, url: &str, tls: &Tls, folder: &Path) {
    let (cert, key) = (folder.join("admin.pem"), folder.join("admin.key"));
    tls.sign("/O=system:masters/CN=admin", "clientAuth", &cert, &key);
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "testbed",
        "clusters": [{"name": "testbed", "cluster": {"server": url, "certificate-authority": tls.ca}}],
        "users": [{"name": "admin", "user": {"client-certificate": cert, "client-key": key}}],
        "contexts": [{"name": "testbed", "context": {"cluster": "testbed", "user": "admin"}}],
    });
    write(file, &config.to_string());
}

fn write(file: &Path, text: &str) {
    std::fs::write(file, text).expect("the test's folder is writable");
}

impl KubeApi {
    /// The API with the administrator's token.
    #[must_use]
    pub fn http(&self) -> &Http {
        &self.http
    }

    /// A kubeconfig file for the administrator, with a client certificate.
    #[must_use]
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The minor version, `1.36` or `1.35`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The authority of the server's and the clients' certificates.
    #[must_use]
    pub fn tls(&self) -> &Tls {
        &self.tls
    }

    /// A folder of the test, removed at the end.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// `kubectl` as the administrator; arguments are still to be added.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.kubectl);
        command.env("KUBECONFIG", &self.kubeconfig).env("HOME", self.folder.path());
        command
    }

    /// Runs `kubectl ARGS…` and returns its stdout.
    ///
    /// # Panics
    /// When the command fails.
    #[track_caller]
    pub fn kubectl(&self, args: &[&str]) -> String {
        system::text(self.command().args(args))
    }

    /// Applies a manifest with strict validation, whatever the answer.
    #[track_caller]
    #[must_use]
    pub fn try_apply(&self, manifest: &str) -> Output {
        let file = self.folder.path().join(format!("{}.yml", crate::unique()));
        write(&file, manifest);
        system::run(self.command().args(["apply", "--server-side", "--validate=strict", "-f"]).arg(&file))
    }

    /// Applies a manifest with strict validation.
    ///
    /// # Panics
    /// When the server refuses it.
    #[track_caller]
    pub fn apply(&self, manifest: &str) {
        let output = self.try_apply(manifest);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Starts one more server of the cluster, which ends with it.
    pub(crate) fn run(&mut self, name: &str, command: &mut Command) -> &mut Server {
        self.servers.insert(0, Server::start(name, command, self.folder.path()));
        &mut self.servers[0]
    }

    /// Ends one server of the cluster, if it runs.
    pub(crate) fn end(&mut self, name: &str) {
        self.servers.retain(|server| server.name() != name);
    }

    fn start_controllers(&mut self, programs: &system::System, account: &Path) {
        let config = format!("--kubeconfig={}", self.kubeconfig.display());
        let mut manager = Command::new(programs.get("KUBE_CONTROLLER_MANAGER"));
        manager.args([
            &config,
            "--leader-elect=false",
            "--secure-port=0",
            "--use-service-account-credentials=false",
        ]);
        manager.arg(format!("--service-account-private-key-file={}", account.display()));
        manager.arg(format!("--root-ca-file={}", self.tls.ca.display()));
        self.run("kube-controller-manager", &mut manager);
        let mut scheduler = Command::new(programs.get("KUBE_SCHEDULER"));
        scheduler.args([&config, "--leader-elect=false", "--secure-port=0"]);
        self.run("kube-scheduler", &mut scheduler);
        let http = self.http.clone();
        let ready = || http.text("GET", "/api/v1/namespaces/default/serviceaccounts/default", None).0 == 200;
        self.servers[1].ready("kube-controller-manager", ready);
    }
}
