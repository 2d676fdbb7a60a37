//! Plans that replace the data of a domain: fetch, stop, move aside, start, and only then let the old data go.

use super::draft::Drafts;
use super::saving::Head;
use super::{Action, Condition, Expect, Plan, Step};
use crate::backup::{Act, Dump, Marker};
use std::collections::BTreeMap;

/// The whole way. `stop` takes the containers away, `start` makes what is missing then.
pub fn restoring(
    head: &Head,
    repository: &str,
    marker: &Marker,
    around: (&Plan, &Plan),
    script: Option<&str>,
) -> Plan {
    let mut builder = Builder::new(marker);
    let volumes = builder.volumes(around.1);
    let act = Act::Prepare { repository: repository.to_owned(), marker: marker.clone() };
    let prepare = builder.act(act, "beside the data; nothing stops before it is complete");
    for volume in volumes {
        builder.drafts.wait(prepare, volume, Condition::Done);
    }
    builder.replace(Act::Swap { marker: marker.clone() }, around, Some(prepare), script);
    head.plan(builder.drafts)
}

/// What is left of a restore that ended early, from the moment on when everything was fetched.
pub fn resuming(head: &Head, marker: &Marker, around: (&Plan, &Plan), script: Option<&str>) -> Plan {
    let mut builder = Builder::new(marker);
    builder.volumes(around.1);
    builder.replace(Act::Swap { marker: marker.clone() }, around, None, script);
    head.plan(builder.drafts)
}

/// The way back: the old data in its place, and the domain on it.
pub fn putting_back(head: &Head, marker: &Marker, around: (&Plan, &Plan)) -> Plan {
    let mut builder = Builder::new(marker);
    builder.volumes(around.1);
    let stops = builder.stops(around.0, None);
    let back = builder.act(Act::PutBack { marker: marker.clone() }, "the restore did not end well");
    for stop in stops {
        builder.drafts.wait(back, stop, Condition::Done);
    }
    builder.starts(around.1, back);
    head.plan(builder.drafts)
}

struct Builder<'a> {
    marker: &'a Marker,
    drafts: Drafts,
    /// Id in the start plan → number here.
    started: BTreeMap<usize, usize>,
}

impl<'a> Builder<'a> {
    fn new(marker: &'a Marker) -> Builder<'a> {
        Builder { marker, drafts: Drafts::default(), started: BTreeMap::new() }
    }

    fn act(&mut self, act: Act, cause: &str) -> usize {
        let domain = Some(self.marker.domain.as_str());
        self.drafts.add(domain, Action::Backup(act), vec![cause.to_owned()], Expect::Anything)
    }

    fn copy(&mut self, step: &Step) -> usize {
        let Step { domain, action, causes, expect, .. } = step.clone();
        self.drafts.add(domain.as_deref(), action, causes, expect)
    }

    /// Volumes that do not exist come first: data is put into them.
    fn volumes(&mut self, start: &Plan) -> Vec<usize> {
        let mut out = Vec::new();
        for step in start.steps.iter().filter(|s| matches!(s.action, Action::CreateVolume(_))) {
            let number = self.copy(step);
            self.started.insert(step.id, number);
            out.push(number);
        }
        out
    }

    /// The containers go away; networks stay, they are wanted again at once.
    fn stops(&mut self, stop: &Plan, after: Option<usize>) -> Vec<usize> {
        let mut numbers = BTreeMap::new();
        for step in stop.steps.iter().filter(|s| matches!(s.action, Action::RemoveContainer { .. })) {
            let causes = vec!["while its data is replaced".to_owned()];
            let number =
                self.drafts.add(step.domain.as_deref(), step.action.clone(), causes, step.expect.clone());
            for edge in &step.after {
                if let Some(other) = numbers.get(&edge.step) {
                    self.drafts.wait(number, *other, edge.condition);
                }
            }
            if let Some(after) = after {
                self.drafts.wait(number, after, Condition::Done);
            }
            numbers.insert(step.id, number);
        }
        numbers.into_values().collect()
    }

    fn replace(&mut self, swap: Act, around: (&Plan, &Plan), after: Option<usize>, script: Option<&str>) {
        let stops = self.stops(around.0, after);
        let had = self.marker.pieces.iter().filter(|p| p.had).count();
        let cause = match had {
            0 => "there is none".to_owned(),
            _ => "the old data is kept aside until the domain is healthy".to_owned(),
        };
        let swap = self.act(swap, &cause);
        for other in stops.into_iter().chain(after) {
            self.drafts.wait(swap, other, Condition::Done);
        }
        let mut last = self.starts(around.1, swap);
        for dump in self.marker.manifest.dumps.iter().filter(|d| d.kind.load_script().is_some()) {
            let file = format!("{}/dumps/{}", self.marker.staging, dump.file_name());
            last.extend(load(&mut self.drafts, &self.started, around.1, dump, file));
        }
        if let (Some(script), Some(below)) = (script, &self.marker.manifest.script) {
            let folder = format!("{}/script/{below}", self.marker.staging);
            let folder = folder.trim_end_matches('/').to_owned();
            let act = Act::Restore { script: script.to_owned(), folder };
            let run = self.act(act, "the domain's own");
            for other in &last {
                self.drafts.wait(run, *other, Condition::Done);
            }
            last.push(run);
        }
        let settle = self.act(Act::Settle { marker: self.marker.clone() }, "the domain is healthy");
        for other in last.into_iter().chain([swap]) {
            self.drafts.wait(settle, other, Condition::Done);
        }
    }

    /// What the start plan does, after `gate`; the numbers of its steps.
    fn starts(&mut self, start: &Plan, gate: usize) -> Vec<usize> {
        for step in start.steps.iter().filter(|s| !matches!(s.action, Action::CreateVolume(_))) {
            let number = self.copy(step);
            for edge in &step.after {
                if let Some(other) = self.started.get(&edge.step) {
                    self.drafts.wait(number, *other, edge.condition);
                }
            }
            self.drafts.wait(number, gate, Condition::Done);
            self.started.insert(step.id, number);
        }
        self.started.values().copied().collect()
    }
}

/// A step that reads a dump once its service is up; everything that does not have to be there for that waits for it.
pub(super) fn load(
    drafts: &mut Drafts,
    started: &BTreeMap<usize, usize>,
    start: &Plan,
    dump: &Dump,
    file: String,
) -> Option<usize> {
    let creates = |s: &&Step| matches!(s.action, Action::Create { .. } | Action::Recreate { .. });
    let is_it = |s: &&Step| match &s.action {
        Action::Create { service, .. } | Action::Recreate { service, .. } => {
            *service == dump.service && s.domain.as_deref() == Some(&dump.domain)
        }
        _ => false,
    };
    let step = start.steps.iter().find(is_it)?;
    let (Action::Create { project, .. } | Action::Recreate { project, .. }) = &step.action else {
        return None;
    };
    let act = Act::Load { dump: dump.clone(), project: project.clone(), file };
    let causes = vec![format!("{} begins empty", dump.kind.word())];
    let number = drafts.add(Some(&dump.domain), Action::Backup(act), causes, Expect::Anything);
    let own = *started.get(&step.id)?;
    drafts.wait(number, own, Condition::Done);
    for other in start.steps.iter().filter(creates).filter(|s| s.id != step.id) {
        if let Some(other) = started.get(&other.id) {
            drafts.wait_unless_circular(*other, number);
        }
    }
    Some(number)
}
