//! Which files make a registry, and what each one is.

/// The file that makes a folder a registry's root.
pub const MARKER: &str = "config-registry/env/domains.yml";

/// Our closed schemas: name in `docs/reference/`, file they are for, JSON Schema text.
pub const SCHEMAS: [(&str, &str, &str); 5] = [
    ("domains", "config-registry/env/domains.yml", include_str!("../../schema/domains.schema.json")),
    ("ports", "config-registry/env/ports.yml", include_str!("../../schema/ports.schema.json")),
    ("networks", "config-registry/env/networks.yml", include_str!("../../schema/networks.schema.json")),
    (
        "environments",
        "config-registry/env/environments.yml",
        include_str!("../../schema/environments.schema.json"),
    ),
    ("backup", "backup/policy.yml", include_str!("../../schema/backup.schema.json")),
];

/// What a path in a registry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role<'a> {
    /// `domains.yml`.
    Domains,
    /// `ports.yml`.
    Ports,
    /// `networks.yml`.
    Networks,
    /// `environments.yml`.
    Environments,
    /// `base.env`.
    BaseEnv,
    /// `overrides/<name>.env`.
    OverrideEnv(&'a str),
    /// `.env` at the root.
    HostEnv,
    /// `secrets.env.vault`.
    Vault,
    /// `schema/<name>.schema.yml`.
    UserSchema(&'a str),
    /// Below `config-registry/templates/`: path relative to it.
    MachineTemplate(&'a str),
    /// Below `domains/<name>/templates/`: domain and path relative to it.
    DomainTemplate(&'a str, &'a str),
    /// `domains/<name>/metadata.yml`.
    Metadata(&'a str),
    /// `domains/<name>/dashboards/*.json`.
    Dashboard(&'a str),
    /// `domains/<name>/manifests/*.yaml`: objects that somebody wrote.
    Manifest(&'a str),
    /// `domains/<name>/patches/…`: changes to what is generated.
    Patch(&'a str),
    /// `*.tf` below `infra/`.
    Terraform,
    /// `backup/policy.yml`.
    BackupPolicy,
    /// `.gitignore` at the root.
    GitIgnore,
}

/// The role of `path` (relative, `/`-separated); `None` when it is not read.
pub fn role(path: &str) -> Option<Role<'_>> {
    match path {
        ".env" => return Some(Role::HostEnv),
        ".gitignore" => return Some(Role::GitIgnore),
        "backup/policy.yml" => return Some(Role::BackupPolicy),
        _ => {}
    }
    if let Some(rest) = path.strip_prefix("config-registry/") {
        return registry_role(rest);
    }
    if let Some(rest) = path.strip_prefix("domains/") {
        let (domain, rest) = rest.split_once('/')?;
        if rest == "metadata.yml" {
            return Some(Role::Metadata(domain));
        }
        if let Some(name) = rest.strip_prefix("templates/") {
            return Some(Role::DomainTemplate(domain, name));
        }
        let is_yaml = rest.ends_with(".yaml") || rest.ends_with(".yml");
        return match (rest.split_once('/')?, is_yaml) {
            (("dashboards", name), _) if !name.contains('/') && name.ends_with(".json") => {
                Some(Role::Dashboard(domain))
            }
            (("manifests", name), true) if !name.contains('/') => Some(Role::Manifest(domain)),
            (("patches", name), true) if name.matches('/').count() <= 1 => Some(Role::Patch(domain)),
            _ => None,
        };
    }
    (path.starts_with("infra/") && path.ends_with(".tf")).then_some(Role::Terraform)
}

fn registry_role(path: &str) -> Option<Role<'_>> {
    match path {
        "env/domains.yml" => return Some(Role::Domains),
        "env/ports.yml" => return Some(Role::Ports),
        "env/networks.yml" => return Some(Role::Networks),
        "env/environments.yml" => return Some(Role::Environments),
        "env/base.env" => return Some(Role::BaseEnv),
        "env/secrets.env.vault" => return Some(Role::Vault),
        _ => {}
    }
    if let Some(file) = path.strip_prefix("env/overrides/") {
        return file.strip_suffix(".env").filter(|n| !n.contains('/')).map(Role::OverrideEnv);
    }
    if let Some(file) = path.strip_prefix("schema/") {
        return file.strip_suffix(".schema.yml").map(Role::UserSchema);
    }
    path.strip_prefix("templates/").map(Role::MachineTemplate)
}

/// Whether a folder (relative path) holds nothing that is read: generated output, caches, version control.
pub fn ignored_dir(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(path, "generated" | "config-registry/state" | ".foundry")
        || matches!(name, ".git" | ".terraform" | "node_modules" | "target" | "__pycache__")
}

/// The output path of a template: `.tmpl`, `.jinja`, `.j2`, `.jinja2` stripped repeatedly; `None` when
/// `name` has none of them and so is no template.
pub fn template_output(name: &str) -> Option<&str> {
    let mut output = name;
    while let Some(shorter) =
        [".tmpl", ".jinja2", ".jinja", ".j2"].iter().find_map(|suffix| output.strip_suffix(suffix))
    {
        output = shorter;
    }
    let stripped = output.len() < name.len();
    (stripped && !output.is_empty() && !output.ends_with('/')).then_some(output)
}
