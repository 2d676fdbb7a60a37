//! The relations as a drawing: a column for each level, so that every hard arrow points to the left.

use crate::graph::{Graph, Relation};
use std::fmt::Write as _;

const WIDTH: usize = 190;
const GAP: usize = 90;
const HEIGHT: usize = 34;
const ROW: usize = 52;
const MARGIN: usize = 20;

/// The drawing. Domains on a cycle stand in a last column.
pub(super) fn draw(graph: &Graph) -> String {
    let columns = columns(graph);
    let mut place = vec![(0, 0); graph.names.len()];
    for (x, column) in columns.iter().enumerate() {
        for (y, domain) in column.iter().enumerate() {
            place[*domain] = (MARGIN + x * (WIDTH + GAP), MARGIN + y * ROW);
        }
    }
    let width = MARGIN * 2 + columns.len().max(1) * (WIDTH + GAP) - GAP;
    let height = MARGIN * 2 + columns.iter().map(Vec::len).max().unwrap_or(0).max(1) * ROW;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n<title>Who needs whom</title>\n\
         <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">\
         <path d=\"M0 0 8 4 0 8z\" fill=\"#555\"/></marker></defs>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    for edge in &graph.edges {
        let style = match edge.relation {
            Relation::Requires => "",
            Relation::Consumes => " stroke-dasharray=\"5 4\"",
            Relation::ExposesTo => continue,
        };
        let _ = writeln!(
            out,
            "<path d=\"{}\" fill=\"none\" stroke=\"#555\"{style} marker-end=\"url(#tip)\"/>",
            path(place[edge.from], place[edge.to])
        );
    }
    for (name, (x, y)) in graph.names.iter().zip(&place) {
        let (middle, base) = (x + WIDTH / 2, y + HEIGHT / 2 + 5);
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"5\" fill=\"#eef3f8\" stroke=\"#456\"/>\
             <text x=\"{middle}\" y=\"{base}\" text-anchor=\"middle\">{}</text>",
            escaped(&shown(name))
        );
    }
    out + "</svg>\n"
}

fn columns(graph: &Graph) -> Vec<Vec<usize>> {
    let mut columns = graph.levels();
    let placed: Vec<usize> = columns.iter().flatten().copied().collect();
    let rest: Vec<usize> = (0..graph.names.len()).filter(|d| !placed.contains(d)).collect();
    if !rest.is_empty() {
        columns.push(rest);
    }
    // Each column in the order of what it needs: fewer arrows cross.
    let mut row = vec![0usize; graph.names.len()];
    for column in &mut columns {
        let mean = |domain: usize| {
            let needs = graph.requires(domain);
            needs.iter().map(|d| row[*d] * 1000).sum::<usize>() / needs.len().max(1)
        };
        let mut keyed: Vec<(usize, usize)> = column.iter().map(|d| (mean(*d), *d)).collect();
        keyed.sort_unstable();
        *column = keyed.into_iter().map(|(_, d)| d).collect();
        column.iter().enumerate().for_each(|(y, d)| row[*d] = y);
    }
    columns
}

/// From the side that is nearer to the other box.
fn path((x1, y1): (usize, usize), (x2, y2): (usize, usize)) -> String {
    let (from, to) = if x1 > x2 { (x1, x2 + WIDTH) } else { (x1 + WIDTH, x2) };
    let (a, b) = (y1 + HEIGHT / 2, y2 + HEIGHT / 2);
    if x1 == x2 {
        let out = x1 + WIDTH;
        let bow = out + GAP / 2;
        return format!("M{out} {a}C{bow} {a} {bow} {b} {out} {b}");
    }
    let middle = usize::midpoint(from, to);
    format!("M{from} {a}C{middle} {a} {middle} {b} {to} {b}")
}

fn shown(name: &str) -> String {
    match name.char_indices().nth(24) {
        Some((at, _)) => format!("{}…", &name[..at]),
        None => name.to_owned(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
