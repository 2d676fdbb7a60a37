//! The Kubernetes API server: schemas are enforced, RBAC is on, and the controllers work when they are asked for.

use serde_json::json;
use testkit::{KubeOptions, kube_api, kube_api_with};

const GOOD: &str = "apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: web, namespace: default}
spec: {secretName: web-tls, dnsNames: [web.home.test], issuerRef: {name: ca}}
";

fn objects_are_validated(kube: &testkit::KubeApi) {
    kube.apply(GOOD);
    assert_eq!(kube.kubectl(&["get", "certificate", "web", "-o", "jsonpath={.spec.secretName}"]), "web-tls");
    let wrong = kube.try_apply(&GOOD.replace("secretName", "secretNam"));
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(!wrong.status.success() && said.contains("secretNam"), "{said}");
    let missing = kube.try_apply(&GOOD.replace("secretName: web-tls, ", ""));
    assert!(
        String::from_utf8_lossy(&missing.stderr).contains("spec.secretName: Required value"),
        "{missing:?}"
    );
}

#[test]
fn a_good_object_is_taken_and_a_wrong_one_refused() {
    let kube = testkit::need!(kube_api());
    let (status, version) = kube.http().json("GET", "/version", None);
    assert_eq!((status, version["minor"].as_str()), (200, Some("36")));
    objects_are_validated(&kube);
}

#[test]
fn the_minor_version_before_does_the_same() {
    // The server refuses flags that it does not know, or that contradict each other, at its start.
    let flags =
        ["--oidc-issuer-url=https://127.0.0.1:1", "--oidc-client-id=foundry", "--oidc-username-claim=email"];
    let flags = flags.map(str::to_owned).to_vec();
    let kube =
        testkit::need!(kube_api_with(&KubeOptions { minor: "1.35".into(), flags, ..Default::default() }));
    let (_, version) = kube.http().json("GET", "/version", None);
    assert_eq!(version["minor"].as_str(), Some("35"));
    objects_are_validated(&kube);
}

#[test]
fn every_maker_has_its_kinds_here() {
    let kube = testkit::need!(kube_api());
    let listed = kube.kubectl(&["get", "crd", "-o", "name"]);
    for name in [
        "gitrepositories.source.toolkit.fluxcd.io",
        "kustomizations.kustomize.toolkit.fluxcd.io",
        "helmreleases.helm.toolkit.fluxcd.io",
        "applications.argoproj.io",
        "clusterissuers.cert-manager.io",
        "httpproxies.projectcontour.io",
        "httproutes.gateway.networking.k8s.io",
        "servicemonitors.monitoring.coreos.com",
        "externalsecrets.external-secrets.io",
        "schedules.velero.io",
        "helmcharts.helm.cattle.io",
    ] {
        assert!(listed.lines().any(|line| line.ends_with(&format!("/{name}"))), "no {name}");
    }
}

#[test]
fn rbac_and_service_account_tokens_are_real() {
    let kube = testkit::need!(kube_api());
    kube.apply("apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: reader, namespace: default}\n");
    let token = kube.kubectl(&["create", "token", "reader"]);
    let mut reader = kube.http().clone();
    reader.headers = vec![format!("Authorization: Bearer {token}")];
    assert_eq!(reader.text("GET", "/api/v1/namespaces/default/configmaps", None).0, 403);
    kube.kubectl(&["create", "role", "reader", "--verb=list", "--resource=configmaps"]);
    kube.kubectl(&["create", "rolebinding", "reader", "--role=reader", "--serviceaccount=default:reader"]);
    let list = || reader.text("GET", "/api/v1/namespaces/default/configmaps", None).0;
    testkit::until("the role", 20, || list() == 200);
    let mut nobody = kube.http().clone();
    nobody.headers.clear();
    assert_eq!(nobody.text("GET", "/api/v1/namespaces", None).0, 403, "anonymous");
    let (_, keys) = kube.http().json("GET", "/openid/v1/jwks", None);
    assert_eq!(keys["keys"][0]["use"], json!("sig"));
}

#[test]
fn with_controllers_a_deployment_makes_pods() {
    let kube = testkit::need!(kube_api_with(&KubeOptions { controllers: true, ..Default::default() }));
    kube.kubectl(&["create", "deployment", "web", "--image=foundry-test/busybox:1", "--replicas=2"]);
    let pods = || kube.kubectl(&["get", "pods", "-l", "app=web", "-o", "name"]).lines().count();
    testkit::until("two pods", 30, || pods() == 2);
    kube.kubectl(&["create", "namespace", "short"]);
    kube.kubectl(&["delete", "namespace", "short", "--timeout=30s"]);
}
