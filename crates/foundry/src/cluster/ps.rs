//! `foundry ps` on a cluster: the pods of domains.

use super::Place;
use crate::live::{or_cancelled, run};
use crate::ui::{Outcome, Table};
use foundry_core::plan::cluster::Pod;
use foundry_runtime::error::Result;

/// Lists the pods of the chosen domains.
pub fn ps(place: &Place<'_>, json: bool) -> Result<Outcome> {
    let mut pods = run(async |cancel| {
        or_cancelled(&cancel, async { place.connect(None).await?.pods(&place.namespaces()).await }).await
    })?;
    pods.retain(|pod| place.chosen.contains(&pod.domain));
    if json {
        place.session.ui.json(&pods);
        return Ok(Outcome::DONE);
    }
    let mut table = Table::new(&["NAME", "SERVICE", "IMAGE", "STATE", "HEALTH", "RESTARTS", "NODE"]);
    for pod in &pods {
        table.row([
            format!("{}/{}", pod.namespace, pod.name),
            pod.service.clone(),
            pod.images.join(", "),
            pod.phase.to_lowercase(),
            health(pod),
            pod.restarts.to_string(),
            pod.node.clone().unwrap_or_else(|| "-".to_owned()),
        ]);
    }
    place.session.ui.print(table.text());
    Ok(Outcome::DONE)
}

fn health(pod: &Pod) -> String {
    match (&pod.waiting, pod.ready, pod.phase.as_str()) {
        (Some(why), false, _) => why.clone(),
        (_, true, _) => "ready".to_owned(),
        (_, _, "Succeeded") => "-".to_owned(),
        _ => "not ready".to_owned(),
    }
}
