//! `foundry logs` on a cluster: what the containers of pods wrote.

use super::Place;
use crate::live::run;
use crate::ui::Outcome;
use foundry_core::plan::cluster::Pod;
use foundry_runtime::engine::compose::LogOptions;
use foundry_runtime::error::{Error, Kind, Result};

/// Prints the lines of the pods of the chosen domains.
pub fn logs(place: &Place<'_>, options: &LogOptions) -> Result<Outcome> {
    run(async |cancel| {
        let cluster = place.connect(None).await?;
        let mut pods = cluster.pods(&place.namespaces()).await?;
        pods.retain(|pod| place.chosen.contains(&pod.domain));
        if pods.is_empty() {
            let names = place.chosen.join(", ");
            return Err(Error::new(Kind::Findings, format!("no pod of {names}"))
                .hint(format!("deploy first: foundry deploy {}", place.chosen.join(" "))));
        }
        let name = |pod: &Pod| format!("{}/{}", pod.namespace, pod.name);
        let width = pods.iter().map(|pod| name(pod).chars().count()).max().unwrap_or(0);
        let print = |pod: &Pod, line: &str| {
            place.session.ui.print(format!("{:<width$} | {line}", name(pod)));
        };
        cluster.pod_logs(&pods, options, &cancel, &print).await?;
        Ok(Outcome::DONE)
    })
}
