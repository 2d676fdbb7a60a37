//! The plan that proves backups: fetch into a scratch place, start the services there, record it, take it all away.

use super::draft::Drafts;
use super::restoring::load;
use super::saving::Head;
use super::{Action, Condition, Expect, Plan};
use crate::backup::{Act, Backup, Manifest};
use std::collections::BTreeMap;

/// One snapshot to prove.
#[derive(Debug, Clone)]
pub struct Proof {
    /// The snapshot.
    pub backup: Backup,
    /// What it says about itself.
    pub manifest: Manifest,
    /// Its Compose project in the scratch place.
    pub project: String,
    /// Its folder in the scratch place.
    pub folder: String,
    /// Whether an earlier run left something there.
    pub left: bool,
    /// Whether its services are started, or only its files compared.
    pub starts: bool,
}

/// The plan for `proofs`; `start` makes the scratch projects.
pub fn proving(head: &Head, proofs: &[Proof], start: &Plan) -> Plan {
    let mut drafts = Drafts::default();
    let mut checks: BTreeMap<&str, usize> = BTreeMap::new();
    for proof in proofs {
        checks.entry(&proof.backup.repository).or_insert_with(|| {
            let act = Act::Check { repository: proof.backup.repository.clone() };
            let causes = vec!["its structure".to_owned()];
            drafts.add(None, Action::Backup(act), causes, Expect::Anything)
        });
    }
    let mut started: BTreeMap<usize, usize> = BTreeMap::new();
    for proof in proofs {
        prove(&mut drafts, &mut started, proof, start, checks[proof.backup.repository.as_str()]);
    }
    head.plan(drafts)
}

fn prove(
    drafts: &mut Drafts,
    started: &mut BTreeMap<usize, usize>,
    proof: &Proof,
    start: &Plan,
    check: usize,
) {
    let domain = proof.backup.domain.as_str();
    let teardown = || Act::TearDown { project: proof.project.clone(), folder: proof.folder.clone() };
    let add = |drafts: &mut Drafts, act: Act, cause: &str| {
        drafts.add(Some(domain), Action::Backup(act), vec![cause.to_owned()], Expect::Anything)
    };
    let fetch = Act::Fetch {
        repository: proof.backup.repository.clone(),
        snapshot: proof.backup.id.clone(),
        folder: format!("{}/data", proof.folder),
    };
    let fetch = if proof.left {
        let clean = add(drafts, teardown(), "left by a run that ended early");
        let fetch = add(drafts, fetch, "into a scratch place, every file compared");
        drafts.wait(fetch, clean, Condition::Done);
        fetch
    } else {
        add(drafts, fetch, "into a scratch place, every file compared")
    };
    drafts.wait(fetch, check, Condition::Done);
    let mut own = vec![fetch];
    let mine = start.steps.iter().filter(|s| proof.starts && s.domain.as_deref() == Some(domain));
    for step in mine {
        let causes = vec!["in the scratch place".to_owned()];
        let number = drafts.add(Some(domain), step.action.clone(), causes, step.expect.clone());
        for edge in &step.after {
            if let Some(other) = started.get(&edge.step) {
                drafts.wait(number, *other, edge.condition);
            }
        }
        drafts.wait(number, fetch, Condition::Done);
        started.insert(step.id, number);
        own.push(number);
    }
    for dump in proof.manifest.dumps.iter().filter(|d| d.kind.load_script().is_some()) {
        let file = format!("{}/data{}/dumps/{}", proof.folder, proof.manifest.staging, dump.file_name());
        own.extend(load(drafts, started, start, dump, file));
    }
    let record =
        Act::Record { repository: proof.backup.repository.clone(), snapshot: proof.backup.id.clone() };
    let record = add(drafts, record, if proof.starts { "healthy" } else { "files as they were saved" });
    for other in &own {
        drafts.wait(record, *other, Condition::Done);
    }
    let clean = add(drafts, teardown(), "always");
    for other in own.into_iter().chain([record]) {
        drafts.wait(clean, other, Condition::Ended);
    }
}
