//! `foundry validate --tree`: any GitOps repository, in every state that one is found in.

use super::PROGRAM;
use testkit::Repo;

const ROOT: &str = "\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  path: ./apps
  prune: true
  interval: 10m
  timeout: 5m
  sourceRef: {kind: GitRepository, name: flux-system}
  dependsOn: [{name: infra}]
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: infra, namespace: flux-system}
spec:
  path: ./infra
  prune: true
  wait: true
  interval: 10m
  timeout: 5m
  sourceRef: {kind: GitRepository, name: flux-system}
";

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME, namespace: default}\ndata: {}\n";

/// Two Kustomizations, the second one first.
fn two_layers() -> Repo {
    let repo = Repo::new(PROGRAM);
    repo.write("clusters/home/all.yaml", ROOT)
        .write("apps/web.yaml", MAP.replace("NAME", "web"))
        .write("infra/dns.yaml", MAP.replace("NAME", "dns"));
    repo
}

#[test]
fn a_good_tree_is_said_to_be_good_with_its_order() {
    let ran = two_layers().run(&["validate", "--tree", "."]).code(0);
    let order = "Order of clusters/home:\n   0  flux-system/infra\n   1  flux-system/apps\n";
    assert!(ran.stdout.contains(order), "{}", ran.all());
    assert!(ran.stderr.contains("0 errors, 0 warnings in 4 files."), "{}", ran.all());
}

#[test]
fn json_has_findings_and_levels_and_other_formats_have_places() {
    let repo = two_layers();
    repo.edit("clusters/home/all.yaml", "name: infra}]", "name: infrared}]");
    let json = repo.run(&["validate", "--tree", ".", "--json"]).code(1).json();
    let found = json["findings"].as_array().unwrap();
    let finding = found.iter().find(|f| f["rule"] == "FLX-001").expect("FLX-001");
    assert_eq!(
        (finding["file"].as_str(), finding["line"].as_u64()),
        (Some("clusters/home/all.yaml"), Some(10))
    );
    assert!(finding["help"].as_str().unwrap().contains("`infra`"));
    assert_eq!(json["clusters"][0]["levels"][0].as_array().unwrap().len(), 2);
    let github = repo.run(&["validate", "--tree", ".", "--format", "github"]).code(1).stdout;
    assert!(github.contains("::error file=clusters/home/all.yaml,line=10,"), "{github}");
    let sarif = repo.run(&["validate", "--tree", ".", "--format", "sarif"]).code(1).json();
    assert!(sarif["runs"][0]["results"].as_array().unwrap().iter().any(|r| r["ruleId"] == "FLX-001"));
}

#[test]
fn strict_makes_warnings_fail() {
    let repo = two_layers();
    repo.edit("clusters/home/all.yaml", "  wait: true\n", "");
    let _ = repo.run(&["validate", "--tree", "."]).code(0);
    let ran = repo.run(&["validate", "--tree", ".", "--strict"]).code(1);
    assert!(ran.stdout.contains("warning[FLX-003]"), "{}", ran.all());
}

#[test]
fn what_is_found_in_the_wild_is_read_or_set_aside() {
    let repo = two_layers();
    repo.write("apps/anchors.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default, labels: &l {a: b}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b, namespace: default, labels: &l {c: d}, annotations: *l}\ndata: {op: =}\n")
        .write("apps/twice.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: t, namespace: default, labels: &x {a: b}, annotations: &x {c: d}}\ndata: *x\n")
        .write("apps/secret.sops.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: default}\nstringData: {k: 'ENC[AES256_GCM,data:bWFkZSB1cA==,type:str]'}\nsops: {mac: made-up, lastmodified: '2030-01-01T00:00:00Z'}\n")
        .write("charts/web/Chart.yaml", "name: web\nversion: 1.0.0\n")
        .write("charts/web/values.yaml", "image: nginx\n")
        .write("charts/web/templates/deploy.yaml", "{{- if .Values.on }}\nkind: {{ .Values.kind }}\n{{- end }}\n")
        .write("ci/job.yml", "on: {push: {branches: [main]}}\n")
        .write("notes.txt", [0xff, 0xfe, 0x00])
        .write("empty.yaml", "");
    let ran = repo.run(&["validate", "--tree", "."]).code(0);
    assert!(ran.stderr.contains("0 errors, 0 warnings"), "{}", ran.all());
}

#[test]
fn what_cannot_be_followed_is_said_not_passed() {
    let repo = two_layers();
    repo.write(
        "apps/kustomization.yaml",
        "resources:\n  - web.yaml\n  - https://github.com/example/base//deploy?ref=v1\nhelmCharts: [{name: x}]\n",
    );
    let ran = repo.run(&["validate", "--tree", "."]).code(0);
    for part in ["lies in another repository", "charts are not inflated"] {
        assert!(ran.stderr.contains(part), "no {part:?} in {}", ran.all());
    }
}

#[test]
fn hostile_trees_are_findings_or_errors_with_a_way_out() {
    let repo = two_layers();
    std::os::unix::fs::symlink("loop.yaml", repo.root().join("apps/loop.yaml")).unwrap();
    std::os::unix::fs::symlink("..", repo.root().join("apps/up")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", repo.root().join("apps/out.yaml")).unwrap();
    repo.write("apps/broken.yaml", "a: [1\n").write("apps/deep.yaml", "[".repeat(5000));
    let big = std::fs::File::create(repo.root().join("apps/big.yaml")).unwrap();
    big.set_len(50 << 20).unwrap();
    let ran = repo.run(&["validate", "--tree", "."]).code(1);
    for part in [
        "a symbolic link that leads to itself",
        "leads out of the repository",
        "50 MiB large",
        "error[YML-001]",
        "error[YML-003]",
    ] {
        assert!(ran.stdout.contains(part), "no {part:?} in {}", ran.all());
    }
    let ran = repo.run(&["validate", "--tree", "nowhere"]).code(4);
    assert!(ran.stderr.contains("nowhere"), "{}", ran.all());
    let ran = repo.run(&["validate", "--tree", "apps/web.yaml"]).code(2);
    assert!(ran.stderr.contains("is not a folder"), "{}", ran.all());
}
