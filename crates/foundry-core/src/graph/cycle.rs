//! Cycles of hard relations, each with its whole path.

use super::Graph;

/// One cycle for each group of domains that require each other; the first name is repeated at the end.
pub fn cycles(graph: &Graph) -> Vec<Vec<usize>> {
    let in_level: std::collections::HashSet<usize> = graph.levels().into_iter().flatten().collect();
    let mut done = vec![false; graph.names.len()];
    let mut found = Vec::new();
    for start in 0..graph.names.len() {
        if in_level.contains(&start) || done[start] {
            continue;
        }
        if let Some(cycle) = walk(graph, start, &in_level, &mut done) {
            found.push(cycle);
        }
    }
    found
}

/// Follows the first requirement that is not in a level until a domain repeats. Whoever is in no level has one.
fn walk(
    graph: &Graph,
    start: usize,
    in_level: &std::collections::HashSet<usize>,
    done: &mut [bool],
) -> Option<Vec<usize>> {
    let mut path = vec![start];
    let mut at = start;
    loop {
        at = *graph.requires(at).iter().find(|n| !in_level.contains(n))?;
        if let Some(first) = path.iter().position(|p| *p == at) {
            for member in &path {
                done[*member] = true;
            }
            let mut cycle = path[first..].to_vec();
            cycle.push(at);
            return Some(cycle);
        }
        if done[at] {
            path.iter().for_each(|member| done[*member] = true);
            return None; // leads into a cycle that is already reported
        }
        path.push(at);
    }
}
