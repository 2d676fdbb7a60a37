//! Single actions on a cluster, each to its end: an object that is healthy, or one that is gone.

use super::{Answer, Apply, Cluster};
use crate::clock;
use crate::engine::compose::{During, Failure};
use crate::error::{Error, Kind, Result};
use crate::execute::Engine;
use foundry_core::plan::cluster::{Act, Reference, fingerprint};
use foundry_core::plan::{Action, Expect, Step};
use serde_json::{Value, json};

/// The field manager of restarts: what it says is never taken back by applying.
const RESTARTER: &str = "foundry-restart";

impl Engine for Cluster {
    async fn mismatch(&self, step: &Step) -> Result<Option<String>> {
        let Action::Cluster(act) = &step.action else { return Ok(None) };
        let object = act.object();
        match &step.expect {
            Expect::Anything | Expect::Containers(_) => Ok(None),
            // What a definition brings is not known before it is there, and so is nothing of it.
            Expect::Absent if !self.kinds().await?.knows(&object) => Ok(None),
            Expect::Absent => Ok(self.get(&object).await?.map(|_| format!("{object} is there already"))),
            Expect::Id(planned) => {
                let live = self.get(&object).await?.map(|live| self.values.hidden(live));
                let uid = |live: &Value| live["metadata"]["uid"].as_str() == Some(planned);
                let same = |live: &Value| uid(live) || fingerprint(live) == *planned;
                Ok(match (act, live) {
                    (Act::Delete { .. }, None) => None,
                    (_, None) => Some(format!("{object} is gone")),
                    (_, Some(live)) if same(&live) => None,
                    _ => Some(format!("somebody changed {object}")),
                })
            }
        }
    }

    async fn perform(&self, step: &Step, during: &During<'_>) -> std::result::Result<(), Failure> {
        let Action::Cluster(act) = &step.action else {
            return Err(Error::new(Kind::Internal, "a step for another engine reached a cluster").into());
        };
        match act {
            Act::Apply { object, force, wait, .. } => {
                self.write(object, *force).await?;
                self.settle(&act.object(), *wait, during).await
            }
            Act::Replace { object, wait } => {
                let reference = act.object();
                self.remove(&reference, None, during).await?;
                self.write(object, false).await?;
                self.settle(&reference, *wait, during).await
            }
            Act::Wait { object } => self.settle(object, true, during).await,
            Act::Delete { object } => {
                let uid = match &step.expect {
                    Expect::Id(uid) => Some(uid.as_str()),
                    _ => None,
                };
                Ok(self.remove(object, uid, during).await?)
            }
            Act::Restart { object } => {
                let at = json!({"kubectl.kubernetes.io/restartedAt": clock::now_utc()});
                let patch = json!({"spec": {"template": {"metadata": {"annotations": at}}}});
                self.merge(object, &patch, RESTARTER).await?;
                self.settle(object, true, during).await
            }
        }
    }
}

impl Cluster {
    async fn write(&self, object: &Value, force: bool) -> Result<()> {
        let filled = self.values.filled(object)?;
        match self.apply(&filled, Apply { force, ..Apply::default() }).await? {
            Answer::Object(_) => Ok(()),
            Answer::Refused(no) if no.code == 409 => {
                Err(Error::new(Kind::Stale, self.redactor.text(&no.message)))
            }
            Answer::Refused(no) => Err(Error::new(Kind::Engine, self.redactor.text(&no.message))
                .hint("correct what the server names, then run the same command again")),
        }
    }

    /// Deletes an object and waits until it is gone.
    async fn remove(&self, object: &Reference, uid: Option<&str>, during: &During<'_>) -> Result<()> {
        if !self.delete(object, uid).await? {
            return Ok(());
        }
        self.until_gone(object, during).await
    }
}
