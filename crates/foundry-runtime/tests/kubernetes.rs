//! The way to a real API server: what it says yes to, and every sort of no as an error with a way out.

use foundry_core::plan::cluster::Reference;
use foundry_runtime::Kind;
use foundry_runtime::engine::kubernetes::{Answer, Apply, Cluster, Options};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn options(kubeconfig: &Path) -> Options {
    Options { kubeconfig: Some(kubeconfig.to_owned()), ..Options::default() }
}

/// The testbed's kubeconfig with a change.
fn changed(kube: &testkit::KubeApi, name: &str, change: impl Fn(&mut Value)) -> PathBuf {
    let text = std::fs::read_to_string(kube.kubeconfig()).expect("a kubeconfig");
    let mut config: Value = serde_json::from_str(&text).expect("JSON");
    change(&mut config);
    let path = kube.folder().join(name);
    std::fs::write(&path, config.to_string()).expect("a writable folder");
    path
}

async fn refused(options: Options) -> foundry_runtime::Error {
    match Cluster::connect(options).await {
        Ok(cluster) => panic!("{cluster:?} lets us in"),
        Err(error) => {
            assert!(!error.hints.is_empty(), "no way out: {error:?}");
            assert!(!error.message.contains("made-up"), "a credential is shown: {error:?}");
            error
        }
    }
}

#[tokio::test]
async fn each_way_in_that_is_closed_says_why() {
    let kube = testkit::need!(testkit::kube_api());
    let nobody = changed(&kube, "nobody", |c| {
        c["clusters"][0]["cluster"]["server"] = format!("https://127.0.0.1:{}", testkit::free_port()).into();
    });
    let error = refused(options(&nobody)).await;
    assert_eq!(
        (error.kind, error.message.contains("connection refused")),
        (Kind::Unreachable, true),
        "{error:?}"
    );
    let stranger = changed(&kube, "stranger", |c| c["users"][0]["user"] = json!({"token": "made-up-t0ken"}));
    let error = refused(options(&stranger)).await;
    assert_eq!(error.kind, Kind::Engine);
    assert!(error.message.contains("does not accept the credentials of context testbed"), "{error:?}");
    let certificate = changed(&kube, "certificate", |c| {
        c["clusters"][0]["cluster"]["certificate-authority"] =
            c["users"][0]["user"]["client-certificate"].clone();
    });
    let error = refused(options(&certificate)).await;
    assert_eq!((error.kind, error.message.contains("certificate")), (Kind::Unreachable, true), "{error:?}");
    let program = changed(&kube, "program", |c| {
        let script = "echo made-up-t0ken; echo made-up >&2; exit 3";
        c["users"][0]["user"] = json!({"exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script],
            "interactiveMode": "Never",
        }});
    });
    let error = refused(options(&program)).await;
    assert_eq!(
        (error.kind, error.message.contains("its program ended with exit status: 3")),
        (Kind::Engine, true),
        "{error:?}"
    );
    let error = refused(Options { context: Some("elsewhere".into()), ..options(kube.kubeconfig()) }).await;
    assert_eq!(error.kind, Kind::Usage);
    assert!(error.message.ends_with("has no context `elsewhere`; there are: testbed"), "{error:?}");
    let error = refused(options(&kube.folder().join("nothing"))).await;
    assert_eq!((error.kind, error.message.contains("no such file")), (Kind::Usage, true), "{error:?}");
    let broken = kube.folder().join("broken");
    std::fs::write(&broken, "users: [{user: {token: made-up").expect("a writable folder");
    assert_eq!(refused(options(&broken)).await.kind, Kind::Usage);
}

#[tokio::test]
async fn objects_are_applied_tried_compared_and_deleted() {
    let kube = testkit::need!(testkit::kube_api());
    let cluster = Cluster::connect(options(kube.kubeconfig())).await.expect("a connection");
    assert!(cluster.place().starts_with("testbed at https://127.0.0.1:"), "{}", cluster.place());
    let object = |value: &str| {
        json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "a", "namespace": "default", "labels": {"of": "us"}}, "data": {"key": value}})
    };
    let at = Reference::of(&object("1")).expect("an object");
    let tried =
        cluster.apply(&object("1"), Apply { dry_run: true, ..Apply::default() }).await.expect("an answer");
    assert!(matches!(&tried, Answer::Object(o) if o["data"]["key"] == "1"), "{tried:?}");
    assert_eq!(cluster.get(&at).await.expect("an answer"), None, "a dry run makes nothing");
    let _ = cluster.apply(&object("1"), Apply::default()).await.expect("an answer");
    kube.kubectl(&["patch", "configmap", "a", "-p", "{\"data\": {\"key\": \"2\"}}"]);
    match cluster.apply(&object("3"), Apply::default()).await.expect("an answer") {
        Answer::Refused(no) => {
            assert_eq!((no.code, no.reason.as_str()), (409, "Conflict"));
            assert!(no.causes[0].1.contains("kubectl-patch") && no.causes[0].2 == ".data.key", "{no:?}");
        }
        Answer::Object(object) => panic!("taken over without being told to: {object}"),
    }
    let forced = cluster.apply(&object("3"), Apply { force: true, ..Apply::default() }).await;
    assert!(matches!(forced.expect("an answer"), Answer::Object(o) if o["data"]["key"] == "3"));
    let maps = cluster.kinds().await.expect("kinds").find("v1", "ConfigMap").expect("known").clone();
    assert_eq!(cluster.list(&maps, None, "of=us").await.expect("a list").len(), 1);
    assert_eq!(cluster.list(&maps, None, "of=them").await.expect("a list").len(), 0);
    let uid = cluster.get(&at).await.expect("an answer").expect("there")["metadata"]["uid"].clone();
    assert!(cluster.delete(&at, Some("another")).await.is_err(), "another object of the same name stays");
    assert!(cluster.delete(&at, uid.as_str()).await.expect("deleted"));
    assert!(!cluster.delete(&at, None).await.expect("an answer"), "it is gone");
    let absent =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "nowhere"}});
    let answer =
        cluster.apply(&absent, Apply { dry_run: true, ..Apply::default() }).await.expect("an answer");
    assert!(matches!(answer, Answer::Refused(no) if no.code == 404), "no such namespace");
    let unknown = json!({"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "a"}});
    let error = cluster.apply(&unknown, Apply::default()).await.expect_err("no such kind");
    assert_eq!(error.message, "the cluster knows no Thing of example.org/v1");
}

#[tokio::test]
async fn who_may_not_is_told_what() {
    let kube = testkit::need!(testkit::kube_api());
    kube.kubectl(&["create", "serviceaccount", "looker"]);
    let token = kube.kubectl(&["create", "token", "looker"]);
    let config = changed(&kube, "looker", |c| c["users"][0]["user"] = json!({"token": token.trim()}));
    let cluster = Cluster::connect(options(&config)).await.expect("everybody may ask what is served");
    let at = Reference::new("v1", "Secret", Some("default"), "a");
    let error = cluster.get(&at).await.expect_err("it may not");
    assert_eq!(error.kind, Kind::Engine);
    assert!(
        error.message.contains("cannot get resource \"secrets\"") && !error.hints.is_empty(),
        "{error:?}"
    );
    assert!(!error.message.contains(token.trim()));
}
