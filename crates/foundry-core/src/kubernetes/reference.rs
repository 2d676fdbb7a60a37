//! `docs/reference/translation.md`: the table for people.

use super::keys::{TABLE, Verdict};
use std::fmt::Write as _;

const INTRODUCTION: &str = "\
<!-- Generated from crates/foundry-core/src/kubernetes/keys.rs; a test compares. FOUNDRY_BLESS=1 cargo test -p foundry-core rewrites it. -->
# From Compose to Kubernetes

In an environment with `engine: kubernetes` each domain's rendered Compose file becomes Kubernetes objects. Every key of
the Compose specification is in one of these tables. Nothing is dropped in silence: a key that is refused is an error
([TRN-001](rules.md#trn-001)), one that needs something beside it too ([TRN-002](rules.md#trn-002)), and so is a value
that cannot be kept although its key can ([TRN-003](rules.md#trn-003)).

A key that is not listed is covered by the one above it: `build.args` by `build`. `*` stands for any name, `[]` for each
item of a list.

`x-foundry` in a service says what Compose cannot:

| key | what it says |
|---|---|
| `kind` | `Deployment`, `StatefulSet`, `DaemonSet`, `Job` or `CronJob`, where the choice by the rules is not the right one |
| `schedule` | when a CronJob runs |
| `liveness: false` | the health check decides about readiness only |
| `fs_group` | the group that owns the files of claims |
| `backup` | `{before: COMMAND, after: COMMAND}`: what the cluster's backup runs in the pod before and after it saves |
| `resources` | more limits, such as `nvidia.com/gpu: 1` |
";

/// The text of the reference.
pub fn reference() -> String {
    let count = |is: fn(&Verdict) -> bool| TABLE.iter().filter(|(_, v)| is(v)).count();
    let kept = count(|v| matches!(v, Verdict::Kept(_)));
    let explicit = count(|v| matches!(v, Verdict::Explicit(_)));
    let refused = count(|v| matches!(v, Verdict::Refused(..)));
    let ignored = count(|v| matches!(v, Verdict::Ignored(_)));
    let mut out = String::from(INTRODUCTION);
    let _ = write!(
        out,
        "\n{} keys: {kept} kept, {explicit} need something beside them, {refused} refused, {ignored} without a loss.\n",
        TABLE.len()
    );
    for (section, title) in [
        ("", "The file"),
        ("service.", "Services"),
        ("network.", "Networks"),
        ("volume.", "Volumes"),
        ("secret.", "Secrets"),
        ("config.", "Configs"),
    ] {
        let _ = write!(out, "\n## {title}\n\n| key | what becomes of it |\n|---|---|\n");
        for (key, verdict) in TABLE {
            let Some(key) = key.strip_prefix(section).filter(|k| !section.is_empty() || !k.contains('.'))
            else {
                continue;
            };
            let _ = writeln!(out, "| `{key}` | {} |", sentence(verdict));
        }
    }
    out
}

fn sentence(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Kept(to) => format!("kept: {to}"),
        Verdict::Explicit(needs) => format!("**needs more**: {needs}"),
        Verdict::Refused(why, way) => format!("**refused**: {why}; {way}"),
        Verdict::Ignored(why) => format!("no loss: {why}"),
    }
}
