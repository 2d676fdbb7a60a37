//! Writes a registry for a cluster: `cargo run -p testkit --example cluster_registry DIR COUNT [layers|purposes] [flux|argocd]`.

use std::path::PathBuf;
use testkit::scale::{Layout, registry};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(count)) = (arguments.next(), arguments.next()) else {
        return Err("usage: cluster_registry DIR COUNT [layers|purposes] [flux|argocd]".into());
    };
    let layout = match arguments.next().as_deref() {
        None | Some("layers") => Layout::Layers,
        Some("purposes") => Layout::Purposes,
        Some(other) => return Err(format!("{other} is no layout: layers or purposes").into()),
    };
    let gitops = arguments.next().unwrap_or_else(|| "flux".to_owned());
    for (path, text) in registry(count.parse()?, layout, &gitops) {
        let full = PathBuf::from(&folder).join(path);
        std::fs::create_dir_all(full.parent().ok_or("a file is in a folder")?)?;
        std::fs::write(full, text)?;
    }
    Ok(())
}
