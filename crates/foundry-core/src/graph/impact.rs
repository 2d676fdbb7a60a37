//! What breaks, and what degrades, when a domain goes away.

use super::Graph;
use serde::Serialize;

/// The consequences of losing one domain. Names are in file order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Impact {
    /// The domain that goes away.
    pub domain: String,
    /// Who requires it directly.
    pub direct: Vec<String>,
    /// Who requires one of those, through any number of steps.
    pub transitive: Vec<String>,
    /// Who consumes it, or consumes something that breaks, and keeps working.
    pub degraded: Vec<String>,
}

/// The impact of losing `domain`; `None` when there is none of that name.
pub fn impact(graph: &Graph, domain: &str) -> Option<Impact> {
    let start = graph.position(domain)?;
    let mut broken = vec![false; graph.names.len()];
    broken[start] = true;
    let mut queue = vec![start];
    while let Some(at) = queue.pop() {
        for dependent in graph.required_by(at) {
            if !std::mem::replace(&mut broken[*dependent], true) {
                queue.push(*dependent);
            }
        }
    }
    let direct = graph.required_by(start);
    let pick = |keep: &dyn Fn(usize) -> bool| -> Vec<String> {
        (0..graph.names.len()).filter(|i| keep(*i)).map(|i| graph.names[i].clone()).collect()
    };
    let mut degraded = vec![false; graph.names.len()];
    for lost in (0..graph.names.len()).filter(|i| broken[*i]) {
        for consumer in graph.consumed_by(lost) {
            degraded[*consumer] = !broken[*consumer];
        }
    }
    let is_direct: std::collections::HashSet<usize> =
        direct.iter().copied().filter(|d| *d != start).collect();
    Some(Impact {
        domain: domain.to_owned(),
        direct: pick(&|i| is_direct.contains(&i)),
        transitive: pick(&|i| broken[i] && i != start && !is_direct.contains(&i)),
        degraded: pick(&|i| degraded[i]),
    })
}
