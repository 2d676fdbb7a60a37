//! What a cluster has of ours and what it would make of what is wanted: reading and dry runs, nothing that changes it.

use super::fill::{hex, random};
use super::kinds::Kind;
use super::{Answer, Apply, Cluster, Refusal};
use crate::error::Result;
use foundry_core::plan::cluster::{Conflict, Desired, Key, Observed, Reference, SALT, Trial, selector};
use futures_util::{StreamExt, TryStreamExt};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How many requests are under way at once.
const AT_ONCE: usize = 8;

/// Kinds that other controllers make and label as ours: they come and go with what they are made from.
const DERIVED: [&str; 5] = ["Endpoints", "EndpointSlice", "Event", "Pod", "ControllerRevision"];

/// Kinds that people keep in a namespace.
const HOUSEHOLD: [&str; 10] = [
    "ConfigMap",
    "Secret",
    "Service",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "CronJob",
    "Pod",
];

impl Cluster {
    /// Salt and digest of the values of every Secret: the salt that it has, or a new one.
    ///
    /// # Errors
    /// `Findings` when a secret has no value, `Engine` or `Unreachable` when a Secret cannot be read.
    pub async fn seals(&self, desired: &Desired) -> Result<BTreeMap<Key, (String, String)>> {
        let mut out = BTreeMap::new();
        for secret in desired.secrets() {
            let Some(reference) = Reference::of(secret) else { continue };
            let live = self.get(&reference).await?;
            let said = live.as_ref().and_then(|l| l["metadata"]["annotations"][SALT].as_str());
            let salt = said.map_or_else(|| hex(&random()), str::to_owned);
            let digest = self.values.digest(secret, &salt)?;
            out.insert(reference.key(), (salt, digest));
        }
        Ok(out)
    }

    /// Everything with the labels of the environment, and what the server would make of each wanted object. With
    /// `manager` it is asked as that one; nothing is changed.
    ///
    /// # Errors
    /// `Engine` when reading what is needed is forbidden, `Unreachable` when nobody answers.
    pub async fn observe(&self, desired: &Desired, manager: &str) -> Result<Observed> {
        let mut observed = Observed::default();
        self.ours(desired, &mut observed).await?;
        let wanted: Vec<(Reference, &Value)> =
            desired.chosen().filter_map(|i| Some((Reference::of(&i.object)?, &i.object))).collect();
        self.read_missing(wanted.iter().map(|(r, _)| r.clone()).collect(), &mut observed).await?;
        let tried = wanted.into_iter().map(|(reference, object)| async move {
            Ok::<_, crate::Error>((reference.key(), self.try_out(&reference, object, manager).await?))
        });
        let tried: Vec<_> = futures_util::stream::iter(tried).buffer_unordered(AT_ONCE).try_collect().await?;
        observed.tried = tried.into_iter().collect();
        Ok(observed)
    }

    /// Everything with the labels of the environment, and what is there of what is wanted: reading alone.
    ///
    /// # Errors
    /// As [`Cluster::observe`].
    pub async fn look(&self, desired: &Desired) -> Result<Observed> {
        let mut observed = Observed::default();
        self.ours(desired, &mut observed).await?;
        let wanted: Vec<Reference> = desired.chosen().filter_map(|i| Reference::of(&i.object)).collect();
        self.read_missing(wanted, &mut observed).await?;
        Ok(observed)
    }

    /// What others have in these namespaces: objects without the labels of the environment that nothing else made.
    ///
    /// # Errors
    /// `Engine` when looking is forbidden, `Unreachable` when nobody answers.
    pub async fn others(
        &self,
        desired: &Desired,
        namespaces: &[String],
    ) -> Result<BTreeMap<String, Vec<String>>> {
        let labels = selector(&desired.registry, &desired.environment).replace('=', "!=");
        // Either label missing or another makes an object somebody else's.
        let either: Vec<&str> = labels.split(',').collect();
        let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let kinds = &self.kinds().await?.all;
        for kind in kinds.iter().filter(|k| k.preferred && HOUSEHOLD.contains(&k.kind.as_str())) {
            for (namespace, labels) in namespaces.iter().flat_map(|n| either.iter().map(move |l| (n, l))) {
                for object in self.list(kind, Some(namespace), labels).await? {
                    let name = object["metadata"]["name"].as_str().unwrap_or_default();
                    let made = object.pointer("/metadata/ownerReferences").is_some();
                    if !made && name != "kube-root-ca.crt" {
                        let title = format!("{} {name}", kind.kind.to_lowercase());
                        out.entry(namespace.clone()).or_default().insert(title);
                    }
                }
            }
        }
        Ok(out.into_iter().map(|(namespace, names)| (namespace, names.into_iter().collect())).collect())
    }

    async fn read_missing(&self, wanted: Vec<Reference>, observed: &mut Observed) -> Result<()> {
        let kinds = self.kinds().await?;
        let missing: Vec<Reference> =
            wanted.into_iter().filter(|r| kinds.knows(r) && !observed.live.contains_key(&r.key())).collect();
        let read =
            missing.into_iter().map(|r| async move { Ok::<_, crate::Error>((r.key(), self.get(&r).await?)) });
        let read: Vec<_> = futures_util::stream::iter(read).buffer_unordered(AT_ONCE).try_collect().await?;
        for (key, found) in read {
            observed.live.extend(found.map(|object| (key, self.values.hidden(object))));
        }
        Ok(())
    }

    async fn ours(&self, desired: &Desired, observed: &mut Observed) -> Result<()> {
        let labels = selector(&desired.registry, &desired.environment);
        let kinds = self.kinds().await?;
        let can = |kind: &&Kind, verb: &str| kind.verbs.iter().any(|v| v == verb);
        let listed = kinds.all.iter().filter(|k| {
            k.preferred && can(k, "list") && can(k, "delete") && !DERIVED.contains(&k.kind.as_str())
        });
        let asked = listed.map(|kind| {
            let labels = labels.as_str();
            async move { (kind, self.list(kind, None, labels).await) }
        });
        let answers: Vec<_> = futures_util::stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
        for (kind, answer) in answers {
            match answer {
                Ok(objects) => {
                    for object in objects {
                        let owned = object.pointer("/metadata/ownerReferences").is_some();
                        if let Some(reference) = Reference::of(&object).filter(|_| !owned) {
                            observed.live.insert(reference.key(), self.values.hidden(object));
                        }
                    }
                }
                Err(error) if error.kind == crate::Kind::Unreachable => return Err(error),
                // Whoever may not list a kind can still deploy; what is ours among it is said to be unknown.
                Err(_) => observed.unlisted.push(kind.plural.clone()),
            }
        }
        observed.unlisted.sort();
        Ok(())
    }

    async fn try_out(&self, reference: &Reference, object: &Value, manager: &str) -> Result<Trial> {
        if !self.kinds().await?.knows(reference) {
            return Ok(Trial::NoKind);
        }
        let filled = self.values.filled(object)?;
        let how = Apply { manager, force: false, dry_run: true };
        let (conflicts, answer) = match self.apply(&filled, how).await? {
            Answer::Refused(no) if is_conflict(&no) => {
                (conflicts(&no), self.apply(&filled, Apply { force: true, ..how }).await?)
            }
            answer => (Vec::new(), answer),
        };
        Ok(match answer {
            Answer::Object(object) => Trial::Would { object: self.values.hidden(object), conflicts },
            Answer::Refused(no) if no.code == 404 => Trial::NoNamespace,
            Answer::Refused(no) => Trial::Refused { code: no.code, message: self.redactor.text(&no.message) },
        })
    }
}

fn is_conflict(no: &Refusal) -> bool {
    no.code == 409 && no.causes.iter().any(|(reason, ..)| reason == "FieldManagerConflict")
}

/// The managers and fields that a refusal names: `conflict with "kubectl-edit" using apps/v1`.
fn conflicts(no: &Refusal) -> Vec<Conflict> {
    let manager = |message: &str| message.split('"').nth(1).unwrap_or("somebody").to_owned();
    no.causes
        .iter()
        .map(|(_, message, field)| Conflict { manager: manager(message), field: field.clone() })
        .collect()
}
