//! Maintenance as the catalogue's monitoring understands it, told by the real Prometheus and Alertmanager.

use std::process::{Child, Command, Stdio};
use testkit::{Repo, free_port, until};

/// Ended with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn alerts_of_a_domain_in_maintenance_are_inhibited_and_no_others() {
    for program in ["promtool", "amtool", "prometheus-alertmanager"] {
        if Command::new(program).arg("--version").output().is_err() {
            testkit::skip!(program, "not installed");
        }
    }
    let repo = Repo::new(env!("CARGO_BIN_EXE_foundry"));
    repo.write(".vault_pass", "a password of this test\n");
    let _ = repo.run(&["domain", "add", "monitoring"]).code(0);
    let _ = repo.run(&["render", "monitoring"]).code(0);
    let folder = repo.root().join("generated/monitoring");

    // The file's series come with the exporter's own labels, so its domain is renamed on the way.
    repo.write(
        "generated/monitoring/rules-test.yml",
        r#"
rule_files: [prometheus-alerts.yml]
tests:
  - interval: 1m
    input_series:
      - series: 'foundry_maintenance_until_timestamp_seconds{domain="monitoring",exported_domain="web"}'
        values: '600x30'
    alert_rule_test:
      - eval_time: 5m
        alertname: DomainInMaintenance
        exp_alerts:
          - exp_labels: {domain: web, exported_domain: web, severity: none}
            exp_annotations: {summary: web is meant to be away}
      - {eval_time: 11m, alertname: DomainInMaintenance, exp_alerts: []}
"#,
    );
    let tested =
        Command::new("promtool").args(["test", "rules", "rules-test.yml"]).current_dir(&folder).output();
    let tested = tested.unwrap();
    assert!(
        tested.status.success(),
        "{}{}",
        String::from_utf8_lossy(&tested.stdout),
        String::from_utf8_lossy(&tested.stderr)
    );

    let address = format!("127.0.0.1:{}", free_port());
    let _alertmanager = Running(
        Command::new("prometheus-alertmanager")
            .arg("--config.file=alertmanager.yml")
            .arg(format!("--storage.path={}", repo.root().join("alerts").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg("--cluster.listen-address=")
            .current_dir(&folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let amtool = |arguments: &[&str]| {
        let url = format!("--alertmanager.url=http://{address}");
        let output = Command::new("amtool").arg(url).args(arguments).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    until("Alertmanager answers", 60, || amtool(&["alert", "query"]).0);
    for alert in [
        ["alertname=DomainInMaintenance", "domain=web", "severity=none"],
        ["alertname=TargetDown", "domain=web", "severity=critical"],
        ["alertname=TargetDown", "domain=db", "severity=critical"],
    ] {
        let arguments: Vec<&str> = ["alert", "add"].into_iter().chain(alert).collect();
        assert!(amtool(&arguments).0, "{alert:?}");
    }
    let inhibited = || amtool(&["alert", "query", "--inhibited", "-o", "json"]).1;
    until("the alert is inhibited", 60, || inhibited().contains("TargetDown"));
    let inhibited = inhibited();
    assert!(inhibited.contains("\"web\"") && !inhibited.contains("\"db\""), "{inhibited}");
}
