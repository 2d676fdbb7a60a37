//! Options that say which environment and which domains a command is about.

use crate::session::{Loaded, Session};
use crate::vault::VaultArgs;
use clap::Args;
use foundry_core::diag::Findings;
use foundry_core::load::env::{ResolvedEnv, parse_env, resolve};
use foundry_core::model::{EnvFile, LayerKind};
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::files::read_text;
use foundry_runtime::secret::open_vault;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// Which environment, and what is added to it.
#[derive(Debug, Clone, Args)]
pub struct EnvScope {
    /// Environment (default: the only one there is).
    #[arg(short, long = "env", value_name = "NAME", env = "FOUNDRY_ENV", add = crate::complete::environments())]
    env: Option<String>,
    /// One more env file, above all other layers; may be repeated.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    extra_env: Vec<PathBuf>,
    #[command(flatten)]
    vault: VaultArgs,
    /// The vault once it is open: several environments ask for its password once.
    #[arg(skip)]
    opened: OnceLock<(EnvFile, Findings)>,
}

impl EnvScope {
    /// The environment's name, if one was given.
    pub fn name(&self) -> Option<&str> {
        self.env.as_deref()
    }

    /// The options of this run that another run needs to read the same values; paths made absolute.
    pub fn repeated(&self) -> Result<Vec<String>> {
        let mut out = self.vault.repeated()?;
        for path in &self.extra_env {
            let full = std::path::absolute(path).map_err(|e| Error::io("finding", path.display(), &e))?;
            out.extend(["--extra-env".to_owned(), full.to_string_lossy().into_owned()]);
        }
        Ok(out)
    }

    /// Where the vault's password is.
    pub fn vault_args(&self) -> &VaultArgs {
        &self.vault
    }

    /// The same with the vault open already: its password is asked for once.
    pub fn with_vault(&self, path: &str, plain: &secrecy::SecretString) -> EnvScope {
        let text = secrecy::ExposeSecret::expose_secret(plain);
        let opened = OnceLock::from(parse_env(&Arc::from(path), text, LayerKind::Vault));
        EnvScope { opened, ..self.clone() }
    }

    /// Merges the layers of `environment`, the vault decrypted.
    pub fn resolve(
        &self,
        session: &Session,
        loaded: &Loaded,
        environment: &str,
    ) -> Result<(ResolvedEnv, Findings)> {
        let mut findings = Findings::new();
        let vault = self.vault(session, loaded, &mut findings)?;
        let extra = self.extra(&mut findings)?;
        let (resolved, more) = resolve(&loaded.registry, environment, vault.as_ref(), &extra);
        findings.extend(more);
        Ok((resolved, findings))
    }

    fn vault(&self, session: &Session, loaded: &Loaded, findings: &mut Findings) -> Result<Option<EnvFile>> {
        let Some(file) = &loaded.registry.vault else { return Ok(None) };
        if let Some((env, more)) = self.opened.get() {
            findings.extend(more.clone());
            return Ok(Some(env.clone()));
        }
        let ask = |question: &str| session.ui.password(question);
        let opened = open_vault(&file.path, &file.text, &self.vault.options(&loaded.root), &ask)?;
        let plain = opened.text(&file.path)?;
        let (env, more) =
            parse_env(&file.path, secrecy::ExposeSecret::expose_secret(&plain), LayerKind::Vault);
        findings.extend(more.clone());
        let _ = self.opened.set((env.clone(), more));
        Ok(Some(env))
    }

    fn extra(&self, findings: &mut Findings) -> Result<Vec<EnvFile>> {
        let mut files = Vec::new();
        for path in &self.extra_env {
            let name = path.display().to_string();
            let full = path.canonicalize().map_err(|e| Error::io("opening", &name, &e))?;
            let folder = full.parent().unwrap_or(&full);
            let text = read_text(folder, &full).map_err(|problem| {
                Error::new(Kind::Usage, format!("--extra-env {name}: {}", problem.explain().0))
            })?;
            let (file, more) = parse_env(&Arc::from(name.as_str()), &text, LayerKind::Extra);
            findings.extend(more);
            files.push(file);
        }
        Ok(files)
    }
}

/// Which domains.
#[derive(Debug, Clone, Args)]
pub struct DomainScope {
    /// Domains by name.
    #[arg(value_name = "DOMAIN", add = crate::complete::domains())]
    domains: Vec<String>,
    /// Every domain of the environment; what changes nothing that runs takes all where none is named.
    #[arg(long, conflicts_with = "domains")]
    all: bool,
}

impl DomainScope {
    /// One domain by name.
    pub fn one(name: &str) -> DomainScope {
        DomainScope { domains: vec![name.to_owned()], all: false }
    }

    /// For commands that only look or render: all where none is named.
    pub fn all_unless_named(&mut self) {
        self.all |= self.domains.is_empty();
    }

    /// The chosen domains of `environment` in file order; choosing none is an error.
    pub fn choose(&self, loaded: &Loaded, environment: &str) -> Result<Vec<String>> {
        let registry = &loaded.registry;
        if self.all {
            let all: Vec<String> = registry.deployed_in(environment).map(|d| d.name.value.clone()).collect();
            return match all.is_empty() {
                false => Ok(all),
                true => Err(Error::new(
                    Kind::Findings,
                    format!("--all selects nothing: no domain is deployed in {environment}"),
                )
                .hint("declare one in config-registry/env/domains.yml")),
            };
        }
        if self.domains.is_empty() {
            return Err(Error::new(Kind::Usage, "which domains?").hint("name them, or say --all"));
        }
        for name in &self.domains {
            loaded.check_domain(name)?;
            let domain = registry.domain(name).filter(|d| !d.is_deployed_here() || !d.is_in(environment));
            if let Some(domain) = domain {
                let why = if domain.is_deployed_here() {
                    "is not in this environment"
                } else {
                    "is not deployed by Foundry"
                };
                return Err(Error::new(Kind::Refused, format!("{name} {why}"))
                    .hint(format!("see its entry at {}", domain.span)));
            }
        }
        let chosen = registry.domains.iter().map(|d| &d.name.value).filter(|n| self.domains.contains(n));
        Ok(chosen.cloned().collect())
    }

    /// The chosen domains, or all when none is named.
    pub fn choose_or_all(&self, loaded: &Loaded, environment: &str) -> Result<Vec<String>> {
        if self.domains.is_empty() {
            let all = registry_names(loaded, environment);
            return Ok(all);
        }
        self.choose(loaded, environment)
    }

    /// Whether all were asked for.
    pub fn is_all(&self) -> bool {
        self.all
    }

    /// The domains that were named.
    pub fn names(&self) -> &[String] {
        &self.domains
    }

    /// Whether domains were named.
    pub fn is_named(&self) -> bool {
        !self.domains.is_empty()
    }
}

fn registry_names(loaded: &Loaded, environment: &str) -> Vec<String> {
    loaded.registry.deployed_in(environment).map(|d| d.name.value.clone()).collect()
}
