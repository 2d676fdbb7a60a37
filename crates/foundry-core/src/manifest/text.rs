//! A manifest as Markdown, one section for each environment, and back: the file is its own record.

use super::{Domain, Manifest, Service, State};
use std::fmt::Write as _;

const HEAD: &str = "\
# Manifest

What runs, by digest. Written by `foundry manifest`; `foundry manifest --check` compares it with what is there,
`foundry rollback` returns to it. Secret values take no part in any of these hashes.
";

/// A line of a file that is no manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// 1-based line.
    pub line: usize,
    /// What is wrong, as a lowercase fragment.
    pub reason: String,
}

/// The file with these manifests, by environment.
pub fn text(manifests: &[Manifest]) -> String {
    let mut sorted: Vec<&Manifest> = manifests.iter().collect();
    sorted.sort_by(|a, b| a.environment.cmp(&b.environment));
    let mut out = HEAD.to_owned();
    sorted.into_iter().for_each(|manifest| section(&mut out, manifest));
    out
}

/// The file `old` (empty where there is none) with `manifest` in place of the one of its environment.
///
/// # Errors
/// When `old` is no manifest.
pub fn with(old: &str, manifest: &Manifest) -> Result<String, Unreadable> {
    let mut all = if old.trim().is_empty() { Vec::new() } else { read(old)? };
    all.retain(|m| m.environment != manifest.environment);
    all.push(manifest.clone());
    Ok(text(&all))
}

fn section(out: &mut String, manifest: &Manifest) {
    let uncommitted: Vec<String> =
        manifest.uncommitted.iter().map(|path| path.replace('%', "%25").replace(',', "%2C")).collect();
    let uncommitted = if uncommitted.is_empty() { "none".to_owned() } else { uncommitted.join(", ") };
    let commit = manifest.commit.as_deref().unwrap_or("none");
    let Manifest { environment, registry, engine, .. } = manifest;
    let _ = write!(
        out,
        "\n## Environment {environment}\n\n- registry: {registry}\n- engine: {engine}\n- commit: {commit}\n- uncommitted: {uncommitted}\n"
    );
    for domain in &manifest.domains {
        let Domain { name, source_hash, template_hash, .. } = domain;
        let _ = write!(out, "\n### {name}\n\n- source: {source_hash}\n- templates: {template_hash}\n");
        if !domain.services.is_empty() {
            out.push_str("\n| service | image | digest | configuration | state |\n|---|---|---|---|---|\n");
        }
        for s in &domain.services {
            let (digest, config) =
                (s.digest.as_deref().unwrap_or("-"), s.config_hash.as_deref().unwrap_or("-"));
            row(out, &[&s.name, &s.image, digest, config, s.state.word()]);
        }
        if !domain.files.is_empty() {
            out.push_str("\n| file | sha256 |\n|---|---|\n");
        }
        domain.files.iter().for_each(|(path, digest)| row(out, &[path, digest]));
    }
}

fn row(out: &mut String, cells: &[&str]) {
    let cells: Vec<String> =
        cells.iter().map(|cell| cell.replace('\\', "\\\\").replace('|', "\\|")).collect();
    let _ = writeln!(out, "| {} |", cells.join(" | "));
}

/// The manifests in a file.
///
/// # Errors
/// The first line that `text` does not write.
pub fn read(text: &str) -> Result<Vec<Manifest>, Unreadable> {
    let mut reader = Reader::default();
    let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim_end()));
    if lines.next().is_none_or(|(_, line)| line != "# Manifest") {
        return Err(Unreadable { line: 1, reason: "it does not begin with `# Manifest`".to_owned() });
    }
    let body = lines.skip_while(|(_, line)| !line.starts_with("## "));
    for (number, line) in body.filter(|(_, line)| !line.is_empty()) {
        reader.line(line).map_err(|reason| Unreadable { line: number, reason })?;
    }
    match reader.all.is_empty() {
        true => Err(Unreadable { line: 1, reason: "it has no environment".to_owned() }),
        false => Ok(reader.all),
    }
}

/// Which table the lines are in.
#[derive(Default, PartialEq)]
enum Table {
    #[default]
    None,
    Services,
    Files,
}

#[derive(Default)]
struct Reader {
    all: Vec<Manifest>,
    table: Table,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        if let Some(name) = line.strip_prefix("## Environment ") {
            if self.all.iter().any(|m| m.environment == name) {
                return Err(format!("{name} a second time"));
            }
            self.all.push(Manifest { environment: name.to_owned(), ..Manifest::default() });
            self.table = Table::None;
            return Ok(());
        }
        let manifest = self.all.last_mut().ok_or("no environment yet")?;
        if let Some(name) = line.strip_prefix("### ") {
            manifest.domains.push(Domain { name: name.to_owned(), ..Domain::default() });
            self.table = Table::None;
        } else if let Some((key, value)) = line.strip_prefix("- ").and_then(|l| l.split_once(": ")) {
            field(manifest, key, value)?;
        } else if line.starts_with("| service |") {
            self.table = Table::Services;
        } else if line.starts_with("| file |") {
            self.table = Table::Files;
        } else if line.starts_with('|') {
            self.cells(&cells(line))?;
        } else {
            return Err(format!("`{line}` is not understood"));
        }
        Ok(())
    }

    fn cells(&mut self, cells: &[String]) -> Result<(), String> {
        let domain = self.all.last_mut().and_then(|m| m.domains.last_mut()).ok_or("no domain yet")?;
        let some = |text: &String| (text != "-").then(|| text.clone());
        match (&self.table, cells) {
            (Table::Services | Table::Files, [first, ..]) if first.chars().all(|c| c == '-') => {}
            (Table::Services, [name, image, digest, config, state]) => domain.services.push(Service {
                name: name.clone(),
                image: image.clone(),
                digest: some(digest),
                config_hash: some(config),
                state: State::parse(state).ok_or_else(|| format!("`{state}` is no state"))?,
            }),
            (Table::Files, [path, digest]) => _ = domain.files.insert(path.clone(), digest.clone()),
            _ => return Err(format!("a row of {} cells", cells.len())),
        }
        Ok(())
    }
}

fn field(manifest: &mut Manifest, key: &str, value: &str) -> Result<(), String> {
    let value = value.to_owned();
    match (manifest.domains.last_mut(), key) {
        (None, "registry") => manifest.registry = value,
        (None, "engine") => manifest.engine = value,
        (None, "commit") => manifest.commit = (value != "none").then_some(value),
        (None, "uncommitted") if value == "none" => {}
        (None, "uncommitted") => {
            manifest.uncommitted =
                value.split(", ").map(|path| path.replace("%2C", ",").replace("%25", "%")).collect();
        }
        (Some(domain), "source") => domain.source_hash = value,
        (Some(domain), "templates") => domain.template_hash = value,
        _ => return Err(format!("`{key}` is not understood")),
    }
    Ok(())
}

/// The cells of `| a | b |`, escapes undone.
fn cells(line: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut letters = line.trim_start_matches('|').chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => out.last_mut().into_iter().for_each(|cell| cell.extend(letters.next())),
            '|' => out.push(String::new()),
            other => out.last_mut().into_iter().for_each(|cell| cell.push(other)),
        }
    }
    out.pop();
    out.iter().map(|cell| cell.trim().to_owned()).collect()
}
