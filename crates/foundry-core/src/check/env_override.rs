//! ENV-005: an override overrides something.

use super::near::Near;
use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity};
use crate::model::Registry;
use std::collections::{HashMap, HashSet};

pub(super) const RULES: &[Rule] = &[Rule {
    id: "ENV-005",
    severity: Severity::Warning,
    phase: Phase::Registry,
    title: "a key of an override file is in base.env too, or in every override",
    why: "A key that only one environment sets is most often a typing error: the value that was meant keeps its old \
          content, and nothing says so.",
    fix: "correct the key, or give base.env the value for the other environments",
    bad: "\
-- config-registry/env/domains.yml --
domains: []
-- config-registry/env/base.env --
LOG_LEVEL=info
-- config-registry/env/overrides/dev.env --
-- config-registry/env/overrides/prod.env --
LOG_LEVLE=warn
#<^^^^^^^ warning ENV-005: `LOG_LEVLE` overrides nothing: base.env does not set it
",
    good: "\
-- config-registry/env/domains.yml --
domains: []
-- config-registry/env/base.env --
LOG_LEVEL=info
-- config-registry/env/overrides/dev.env --
-- config-registry/env/overrides/prod.env --
LOG_LEVEL=warn
",
}];

pub(super) fn check(registry: &Registry, out: &mut Findings) {
    let Some(base) = &registry.base else { return };
    let known: HashSet<&str> = base.lines.iter().map(|l| l.key.as_str()).collect();
    let mut environments: HashMap<&str, HashSet<&str>> = HashMap::new();
    for (name, file) in &registry.overrides {
        for line in &file.lines {
            environments.entry(&line.key).or_default().insert(name);
        }
    }
    let everywhere = |key: &str| {
        let all = registry.overrides.len();
        all > 1 && environments.get(key).is_some_and(|in_files| in_files.len() == all)
    };
    let mut near = Near::new(known.iter().copied());
    for line in registry.overrides.values().flat_map(|file| &file.lines) {
        if !known.contains(line.key.as_str()) && !everywhere(&line.key) {
            let message = format!("`{}` overrides nothing: base.env does not set it", line.key);
            let help =
                near.help(&line.key, format!("add {}=… to base.env for the other environments", line.key));
            out.push(Finding::warning("ENV-005", &line.key_span, message).help(help));
        }
    }
}
