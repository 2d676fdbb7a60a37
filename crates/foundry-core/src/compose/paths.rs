//! The table of keys as paths, for those who have something to say about each key.

use super::keys::{Kind, Kind::*, keys};

/// Every key that a compose file may have, such as `service.deploy.replicas`: `*` stands for any name, `[]` for each
/// item of a list.
pub fn paths() -> Vec<String> {
    let mut out = Vec::new();
    for (key, kind) in keys("compose file") {
        out.push((*key).to_owned());
        if let Kind::Named(section) = kind {
            below(section, section, &mut out);
        }
    }
    below("service", "service", &mut out);
    out
}

fn below(section: &str, path: &str, out: &mut Vec<String>) {
    for (key, kind) in keys(section) {
        let path = format!("{path}.{key}");
        let (section, step) = match kind {
            Section(section) => (*section, ""),
            List(section) => (*section, "[]"),
            Named(section) => (*section, ".*"),
            Build => ("build", ""),
            Ports => ("port", "[]"),
            Mounts => ("mount", "[]"),
            Networks => ("attachment", ".*"),
            DependsOn => ("dependency", ".*"),
            Grants(_) => ("grant", "[]"),
            EnvFiles => ("env file", "[]"),
            Devices => ("device", "[]"),
            Ulimits => ("ulimit", ".*"),
            _ => ("", ""),
        };
        out.push(path.clone());
        if !section.is_empty() {
            below(section, &format!("{path}{step}"), out);
        }
    }
}
