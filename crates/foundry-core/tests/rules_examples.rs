//! The examples keep every rule in every environment; what is said about them is listed here.

mod rules_support;

use rules_support::example_files;

/// Said about any ad blocker.
const PORT_53: &str = "info PORT-007 config-registry/env/ports.yml:15:8: port 53 on every address is taken where the \
                       host's resolver listens on loopback";

/// Made up: what the vault of a real pi-forge would hold.
const SECRETS: &str = "GITLAB_ROOT_PASSWORD=made-up-1\nGITLAB_RUNNER_TOKEN=made-up-2\n\
                       GRAFANA_ADMIN_PASSWORD=made-up-3\nSMTP_PASSWORD=made-up-4\nPIHOLE_PASSWORD=made-up-5\n\
                       TUNNEL_SECRET=made-up-6\n";

#[test]
fn hello_has_nothing_to_be_said_about() {
    for environment in [None, Some("dev"), Some("prod")] {
        assert_eq!(said("hello", environment, ""), [""; 0], "{environment:?}");
    }
}

#[test]
fn pi_forge_has_nothing_to_be_said_about() {
    for (environment, secrets) in [(None, ""), (Some("prod"), SECRETS)] {
        assert_eq!(said("pi-forge", environment, secrets), [PORT_53], "{environment:?}");
    }
}

/// Only prod has the runner that the waiver is for.
#[test]
fn pi_forge_is_told_where_a_waiver_is_not_needed() {
    for (environment, others) in [("dev", ""), ("staging", SECRETS)] {
        let waiver = format!(
            "info WVR-002 config-registry/env/domains.yml:10:15: the waiver of SEC-005 is not needed in {environment}"
        );
        assert_eq!(said("pi-forge", Some(environment), others), [&waiver, PORT_53]);
    }
}

#[test]
fn pi_forge_without_its_secrets_says_which_are_missing() {
    let said = said("pi-forge", Some("prod"), "");
    for key in ["GITLAB_ROOT_PASSWORD", "GRAFANA_ADMIN_PASSWORD", "PIHOLE_PASSWORD", "TUNNEL_SECRET"] {
        assert!(said.iter().any(|s| s.starts_with("error ENV-001") && s.contains(key)), "{key} in {said:#?}");
    }
}

/// Every finding of every phase, waivers applied.
fn said(example: &str, environment: Option<&str>, extra: &str) -> Vec<String> {
    let mut scenario = example_files(example);
    scenario.environment = environment.map(str::to_owned);
    scenario.extra = extra.to_owned();
    let line = |f: foundry_core::diag::Finding| {
        let place = f.span.map(|s| s.to_string()).unwrap_or_default();
        format!("{} {} {place}: {}", f.severity.word(), f.rule, f.message)
    };
    scenario.run().into_iter().map(line).collect()
}
