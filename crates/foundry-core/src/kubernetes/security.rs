//! Users, groups, capabilities: what a container may do.

use super::object::unless_empty;
use super::unit::Unit;
use crate::diag::Findings;
use serde_json::{Map, Value, json};

/// `securityContext` of the pod.
pub(super) fn of_pod(unit: &Unit<'_>, writes_claims: bool, out: &mut Findings) -> Value {
    let (user, group) = user(unit, out);
    let mut groups = Vec::new();
    for group in unit.texts("/group_add") {
        match group.parse::<u32>() {
            Ok(id) => groups.push(id),
            Err(_) => unit.cannot(
                out,
                "group_add",
                format!(
                    "`{}` is in the group {group}, whose number Kubernetes cannot look up",
                    unit.service.name
                ),
                "write the group's number",
            ),
        }
    }
    let own = unit.own("fs_group").and_then(Value::as_u64);
    let fs_group = own.or(group.or(user).filter(|id| writes_claims && *id != 0).map(u64::from));
    let sysctls: Vec<Value> = unit.pairs("/sysctls").map(|(k, v)| json!({"name": k, "value": v})).collect();
    json!({
        "runAsUser": user,
        "runAsGroup": group,
        "fsGroup": fs_group,
        "fsGroupChangePolicy": fs_group.map(|_| "OnRootMismatch"),
        "supplementalGroups": unless_empty(json!(groups)),
        "seccompProfile": {"type": "RuntimeDefault"},
        "sysctls": unless_empty(json!(sysctls)),
    })
}

/// `securityContext` of the container.
pub(super) fn of_container(unit: &Unit<'_>, out: &mut Findings) -> Value {
    let mut context = Map::new();
    for option in unit.texts("/security_opt") {
        let (key, value) = option.split_once([':', '=']).unwrap_or((option, "true"));
        match (key, value) {
            ("no-new-privileges", "true") => {
                _ = context.insert("allowPrivilegeEscalation".into(), false.into())
            }
            ("no-new-privileges", "false") => {}
            ("seccomp", "unconfined") => {
                _ = context.insert("seccompProfile".into(), json!({"type": "Unconfined"}))
            }
            ("apparmor", "unconfined") => {
                _ = context.insert("appArmorProfile".into(), json!({"type": "Unconfined"}))
            }
            ("apparmor", name) => {
                let profile = json!({"type": "Localhost", "localhostProfile": name});
                context.insert("appArmorProfile".into(), profile);
            }
            _ => unit.cannot(
                out,
                "security_opt",
                format!(
                    "`{}` has the security option `{key}`, which Kubernetes does not have",
                    unit.service.name
                ),
                "remove it",
            ),
        }
    }
    if unit.flag("/privileged") {
        context.insert("privileged".into(), true.into());
        context.remove("allowPrivilegeEscalation");
    }
    if unit.flag("/read_only") {
        context.insert("readOnlyRootFilesystem".into(), true.into());
    }
    let list = |key: &str| {
        let all: Vec<String> = unit.texts(key).map(|c| c.trim_start_matches("CAP_").to_uppercase()).collect();
        unless_empty(json!(all))
    };
    let capabilities = unless_empty(json!({"add": list("/cap_add"), "drop": list("/cap_drop")}));
    context.insert("capabilities".into(), capabilities);
    unless_empty(Value::Object(context))
}

/// The service's user and group as numbers.
fn user(unit: &Unit<'_>, out: &mut Findings) -> (Option<u32>, Option<u32>) {
    let Some(text) = unit.text("/user").filter(|t| !t.is_empty()) else { return (None, None) };
    let (user, group) = text.split_once(':').map_or((text, None), |(u, g)| (u, Some(g)));
    let user_id = if user == "root" { Some(0) } else { user.parse().ok() };
    let group_id = group.map(|g| if g == "root" { Some(0) } else { g.parse().ok() });
    if user_id.is_none() || group_id == Some(None) {
        let message =
            format!("`{}` runs as {text}, whose number Kubernetes cannot look up", unit.service.name);
        unit.cannot(out, "user", message, "write the numbers: `user: \"UID:GID\"`");
    }
    (user_id, group_id.flatten())
}
