//! Plans that save domains, and that remove old snapshots.

use super::draft::Drafts;
use super::{Action, Condition, Expect, Plan};
use crate::backup::{Act, Script, Set};
use std::collections::BTreeMap;

/// What every plan begins with.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// Name of the environment.
    pub environment: String,
    /// Engine (`compose`).
    pub engine: String,
    /// Where, for people.
    pub place: String,
}

impl Head {
    pub(super) fn plan(&self, drafts: Drafts) -> Plan {
        Plan {
            environment: self.environment.clone(),
            engine: self.engine.clone(),
            place: self.place.clone(),
            steps: drafts.order(),
            unchanged: 0,
            orphans: Vec::new(),
        }
    }
}

/// One snapshot to write, and what goes before and after it.
#[derive(Debug, Clone)]
pub struct Unit {
    /// What goes into it.
    pub set: Set,
    /// Programs that run before.
    pub before: Vec<Script>,
    /// The domain's own `backup.sh`.
    pub own: Option<Script>,
    /// Programs that run after, whether it went well or not.
    pub after: Vec<Script>,
    /// Ids of running containers by service, for dumps.
    pub containers: BTreeMap<String, String>,
    /// Host paths of SQLite files by their path in the container.
    pub files: BTreeMap<String, String>,
    /// Why, for the plan.
    pub cause: String,
}

/// The plan that makes the repositories of `missing` and writes a snapshot for each unit.
pub fn saving(head: &Head, units: &[Unit], missing: &[String]) -> Plan {
    let mut drafts = Drafts::default();
    let mut made = BTreeMap::new();
    for repository in missing {
        let act = Action::Backup(Act::Init { repository: repository.clone() });
        let step = drafts.add(None, act, vec!["no repository there".to_owned()], Expect::Anything);
        made.insert(repository, step);
    }
    for unit in units {
        let chain = Chain { unit, first: made.get(&unit.set.repository).copied(), steps: Vec::new() };
        chain.draft(&mut drafts);
    }
    head.plan(drafts)
}

struct Chain<'a> {
    unit: &'a Unit,
    first: Option<usize>,
    steps: Vec<usize>,
}

impl Chain<'_> {
    fn draft(mut self, drafts: &mut Drafts) {
        let Unit { set, before, own, after, containers, files, cause } = self.unit;
        let profile = &set.profile;
        for script in before {
            self.next(drafts, Act::Run { script: script.clone(), writes: false }, "before the backup");
        }
        if let Some(script) = own {
            self.next(drafts, Act::Run { script: script.clone(), writes: true }, "the domain's own");
        }
        for dump in &set.dumps {
            let act = Act::Dump {
                profile: profile.clone(),
                container: containers.get(&dump.service).cloned().unwrap_or_default(),
                file: dump.file.as_ref().and_then(|f| files.get(f)).cloned(),
                dump: dump.clone(),
            };
            self.next(drafts, act, &format!("{}, before the backup", dump.kind.word()));
        }
        self.next(drafts, Act::Save { set: set.clone() }, &format!("{}{cause}", set.words()));
        let over = self.steps.clone();
        let mut last = Vec::new();
        for script in after {
            let act = Action::Backup(Act::Run { script: script.clone(), writes: false });
            let causes = vec!["after the backup, always".to_owned()];
            let step = drafts.add(Some(&set.domain), act, causes, Expect::Anything);
            for other in over.iter().chain(&last) {
                drafts.wait(step, *other, Condition::Ended);
            }
            last.push(step);
        }
        if own.is_some() || !set.dumps.is_empty() {
            let act = Action::Backup(Act::Tidy { profile: profile.clone() });
            let causes = vec!["dumps are kept in the snapshot only".to_owned()];
            let step = drafts.add(Some(&set.domain), act, causes, Expect::Anything);
            for other in over.iter().chain(&last) {
                drafts.wait(step, *other, Condition::Ended);
            }
        }
    }

    fn next(&mut self, drafts: &mut Drafts, act: Act, cause: &str) {
        let domain = Some(self.unit.set.domain.as_str());
        let step = drafts.add(domain, Action::Backup(act), vec![cause.to_owned()], Expect::Anything);
        if let Some(other) = self.steps.last().or(self.first.as_ref()) {
            drafts.wait(step, *other, Condition::Done);
        }
        self.steps.push(step);
    }
}

/// The plan that removes snapshots: (repository, domain, ids with their records, how many stay and by what rule).
pub fn pruning(head: &Head, remove: &[(String, String, Vec<String>, String)]) -> Plan {
    let mut drafts = Drafts::default();
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    for (repository, domain, ids, cause) in remove {
        let act = Act::Forget { repository: repository.clone(), snapshots: ids.clone() };
        let step = drafts.add(Some(domain), Action::Backup(act), vec![cause.clone()], Expect::Anything);
        // One at a time: each wants the repository for itself.
        if let Some(before) = last.insert(repository, step) {
            drafts.wait(step, before, Condition::Done);
        }
    }
    for (repository, before) in last {
        let act = Act::Prune { repository: repository.to_owned() };
        let causes = vec!["give back the room".to_owned()];
        let step = drafts.add(None, Action::Backup(act), causes, Expect::Anything);
        drafts.wait(step, before, Condition::Done);
    }
    head.plan(drafts)
}
