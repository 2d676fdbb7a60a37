//! Small registries in one text with carets under what is to be found: reading them, running them, comparing.

#![allow(dead_code)] // each test uses its part

pub mod cluster;

use foundry_core::check::{self, Rendered};
use foundry_core::compose;
use foundry_core::diag::{Finding, Findings, Span};
use foundry_core::graph::Graph;
use foundry_core::kubernetes;
use foundry_core::load::env::{ResolvedEnv, parse_env, resolve};
use foundry_core::load::{FileContent, FileProblem, Files, load};
use foundry_core::model::{Engine, LayerKind, Registry};
use foundry_core::render::{Artifact, Artifacts, Content, render};
use foundry_core::tree::{self, Tree};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is to be found, or was: file, line, first column, width, severity, rule, message. Line 0: the whole file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    pub file: String,
    pub line: u32,
    pub column: u32,
    pub width: u32,
    pub severity: String,
    pub rule: String,
    pub message: String,
}

/// One small registry, how to run it, and what is to be found.
#[derive(Debug, Default, Clone)]
pub struct Scenario {
    pub files: BTreeMap<String, String>,
    pub problems: Vec<String>,
    pub absent: Vec<String>,
    pub marks: Vec<Mark>,
    pub environment: Option<String>,
    pub tracked: Option<Vec<String>>,
    pub today: Option<(i32, u8, u8)>,
    /// An env file over all layers.
    pub extra: String,
    /// Whether the files are a GitOps repository instead of a registry.
    pub tree: bool,
}

/// Reads one scenario.
pub fn read(text: &str) -> Scenario {
    let mut scenario = Scenario::default();
    let mut file = String::new();
    for line in text.lines() {
        if let Some(header) = line.strip_prefix("-- ").and_then(|l| l.strip_suffix(" --")) {
            let (path, note) = header.split_once(" (").unwrap_or((header, ""));
            file = path.to_owned();
            scenario.files.entry(file.clone()).or_default();
            match note.trim_end_matches(')') {
                "" => {}
                "absent" => scenario.absent.push(file.clone()),
                _ => scenario.problems.push(file.clone()),
            }
        } else if let Some(options) = line.strip_prefix("# run: ") {
            options.split_whitespace().for_each(|option| scenario.option(option));
        } else if let Some(mark) = mark(line, &file, &scenario.files) {
            scenario.marks.push(mark);
        } else {
            let content = scenario.files.entry(file.clone()).or_default();
            content.push_str(line);
            content.push('\n');
        }
    }
    scenario.files.remove("");
    scenario
}

/// One environment, rendered.
pub struct World {
    pub env: ResolvedEnv,
    pub artifacts: Artifacts,
    pub projects: BTreeMap<String, compose::Project>,
    pub complete: bool,
    pub findings: Findings,
}

impl Scenario {
    fn option(&mut self, option: &str) {
        if option == "tree" {
            self.tree = true;
            return;
        }
        let (key, value) = option.split_once('=').expect("an option is KEY=VALUE or `tree`");
        match key {
            "env" => self.environment = Some(value.to_owned()),
            "tracked" => self.tracked = Some(value.split(',').map(str::to_owned).collect()),
            "today" => {
                let parts: Vec<i32> = value.split('-').map(|p| p.parse().expect("a day")).collect();
                self.today = Some((parts[0], parts[1] as u8, parts[2] as u8));
            }
            other => panic!("unknown option {other}"),
        }
    }

    /// Everything that is found, in order.
    pub fn run(&self) -> Findings {
        if self.tree {
            return check::tree(&tree::World::new(Tree::read(&self.files())));
        }
        let (registry, mut findings) = self.load();
        let graph = Graph::new(&registry);
        findings.extend(check::registry(&registry, &graph, self.environment.as_deref()));
        if let Some(environment) = &self.environment {
            findings.extend(self.rendered(&registry, environment));
        }
        check::waive(&registry, findings, self.today.unwrap_or((2026, 1, 1)))
    }

    /// What is found in the rendered files: what the templates give, and those below `generated/`.
    fn rendered(&self, registry: &Registry, environment: &str) -> Findings {
        let world = self.world(registry, environment);
        let mut findings = world.findings;
        findings.extend(check::rendered(&Rendered {
            registry,
            environment,
            env: &world.env,
            artifacts: &world.artifacts,
            projects: &world.projects,
            complete: world.complete,
        }));
        findings
    }

    /// The registry, and what loading it finds.
    pub fn load(&self) -> (Registry, Findings) {
        load(&self.files())
    }

    fn files(&self) -> Files {
        let mut files = Files { folder: "home".into(), tracked: self.tracked.clone(), ..Files::default() };
        let there = |path: &String| !path.starts_with("generated/") && !self.absent.contains(path);
        for (path, text) in self.files.iter().filter(|(path, _)| there(path)) {
            let content = match self.problems.contains(path) {
                true => FileContent::Problem(FileProblem::LinkOutside),
                false => FileContent::Text(Arc::from(text.as_str())),
            };
            files.entries.insert(Arc::from(path.as_str()), content);
        }
        files
    }

    /// Everything that is rendered for one environment, and what is found on the way.
    pub fn world(&self, registry: &Registry, environment: &str) -> World {
        let (extra, _) = parse_env(&Arc::from("extra.env"), &self.extra, LayerKind::Extra);
        let (mut env, mut findings) = resolve(registry, environment, None, &[extra]);
        if registry.environment(environment).is_some_and(|e| e.engine == Engine::Kubernetes) {
            env = kubernetes::marked(&env);
        }
        let (mut artifacts, rendering) = render(registry, environment, &env);
        let complete = !rendering.has_errors();
        findings.extend(rendering);
        let mut projects = BTreeMap::new();
        for (path, text) in self.files.iter().filter_map(|(p, t)| Some((p.strip_prefix("generated/")?, t))) {
            let (domain, path) = path.split_once('/').expect("generated/<domain>/<path>");
            artifacts.files.push(Artifact {
                domain: domain.to_owned(),
                path: path.to_owned(),
                template: Arc::from(format!("domains/{domain}/templates/{path}.tmpl")),
                content: Content::new(text.as_str()),
                secret: text.contains("secret-value"),
            });
        }
        artifacts.files.sort_by(|a, b| (&a.domain, &a.path).cmp(&(&b.domain, &b.path)));
        for file in artifacts.files.iter().filter(|f| f.path == "compose.yml") {
            let path = Arc::from(format!("generated/{}", file.full_path()));
            let (project, more) = compose::read(
                &path,
                file.content.expose(),
                &variables(&artifacts, &file.domain),
                &file.domain,
            );
            findings.extend(more);
            projects.extend(project.map(|p| (file.domain.clone(), p)));
        }
        World { env, artifacts, projects, complete, findings }
    }

    /// What was found, as marks.
    pub fn found(&self) -> Vec<Mark> {
        let mut marks: Vec<Mark> = self.run().iter().map(|finding| self.mark_of(finding)).collect();
        marks.sort();
        marks
    }

    fn mark_of(&self, finding: &Finding) -> Mark {
        let span = finding.span.clone().unwrap_or_else(|| Span::file(""));
        let text = self.files.get(span.file.as_ref()).map(String::as_str).unwrap_or_default();
        let covered = text.get(span.start as usize..span.end as usize).unwrap_or_default();
        let width = covered.lines().next().unwrap_or_default().chars().count().max(1) as u32;
        Mark {
            file: span.file.to_string(),
            line: span.line,
            column: if span.line == 0 { 0 } else { span.column },
            width: if span.line == 0 { 0 } else { width },
            severity: finding.severity.word().to_owned(),
            rule: finding.rule.to_owned(),
            message: finding.message.clone(),
        }
    }
}

/// The variables of a rendered `.env` beside the compose file.
fn variables(artifacts: &Artifacts, domain: &str) -> BTreeMap<String, String> {
    let Some(file) = artifacts.get(domain, ".env") else { return BTreeMap::new() };
    let (file, _) = parse_env(&Arc::from(file.path.as_str()), file.content.expose(), LayerKind::Extra);
    file.lines.into_iter().map(|line| (line.key, line.value)).collect()
}

/// `#   ^^^ error REG-003: …` below a line, `#<^^` where the first column is meant, `#! error …` for a whole file.
fn mark(line: &str, file: &str, files: &BTreeMap<String, String>) -> Option<Mark> {
    let at = line.find('#')?;
    if !line[..at].trim().is_empty() {
        return None;
    }
    let rest = &line[at + 1..];
    let (place, what) = match rest.strip_prefix('!') {
        Some(what) => (None, what),
        None => {
            let carets = rest.trim_start_matches([' ', '<']);
            let what = carets.trim_start_matches('^');
            let width = (carets.len() - what.len()) as u32;
            if width == 0 {
                return None;
            }
            let first = (line.len() - carets.len()) as u32 + 1;
            let leading = rest.starts_with('<');
            (Some(if leading { (1, width + first - 1) } else { (first, width) }), what)
        }
    };
    let (head, message) = what.trim_start().split_once(": ")?;
    let (severity, rule) = head.split_once(' ')?;
    let number = files.get(file).map_or(0, |text| text.lines().count()) as u32;
    let (column, width) = place.unwrap_or((0, 0));
    Some(Mark {
        file: file.to_owned(),
        line: if place.is_some() { number } else { 0 },
        column,
        width,
        severity: severity.to_owned(),
        rule: rule.to_owned(),
        message: message.to_owned(),
    })
}

/// What differs between the marks and what was found, as far as `rules` are concerned; empty when nothing does.
/// A marked message that ends with `…` stands for all that begin so.
pub fn differences(scenario: &Scenario, rules: &[&str]) -> String {
    let about = |mark: &&Mark| rules.contains(&mark.rule.as_str());
    let found: Vec<Mark> = scenario.found().iter().filter(about).cloned().collect();
    let mut wanted: Vec<Mark> = scenario.marks.iter().filter(about).cloned().collect();
    wanted.sort();
    let same = |a: &Mark, b: &Mark| {
        let message = match a.message.strip_suffix('…') {
            Some(start) => b.message.starts_with(start),
            None => a.message == b.message,
        };
        message
            && Mark { message: String::new(), ..a.clone() } == Mark { message: String::new(), ..b.clone() }
    };
    let mut out = String::new();
    for mark in wanted.iter().filter(|w| !found.iter().any(|f| same(w, f))) {
        out.push_str(&format!("  not found: {mark:?}\n"));
    }
    for mark in found.iter().filter(|f| !wanted.iter().any(|w| same(w, f))) {
        out.push_str(&format!("  not wanted: {mark:?}\n"));
    }
    if out.is_empty() && found.len() != wanted.len() {
        out = format!("  {} found, {} wanted: {found:#?}\n", found.len(), wanted.len());
    }
    out
}

/// The files of one of the examples.
pub fn example_files(example: &str) -> Scenario {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(example);
    let mut scenario = Scenario::default();
    let mut open: Vec<PathBuf> = vec![root.clone()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("an example is a folder").flatten() {
            let path = entry.path();
            let name = path.strip_prefix(&root).expect("below the example").to_string_lossy().into_owned();
            if path.is_dir() && !foundry_core::load::ignored_dir(&name) {
                open.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                scenario.files.insert(name, text);
            }
        }
    }
    scenario
}
