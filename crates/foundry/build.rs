//! Puts the catalogue and the scripts of the bootstrap into the binary, as tables of paths and texts.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    table(&here.join("../../catalog"), "CATALOG", &out.join("catalog.rs"));
    table(&here.join("../../bootstrap"), "BOOTSTRAP", &out.join("bootstrap.rs"));
}

fn table(folder: &Path, name: &str, out: &Path) {
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    list(folder, &mut files);
    files.sort();
    let mut text =
        format!("/// Path and text of each file.\npub static {name}: [(&str, &str); {}] = [\n", files.len());
    for file in files {
        let relative = file.strip_prefix(folder).expect("below it").display().to_string();
        writeln!(text, "    ({relative:?}, include_str!({:?})),", file.display().to_string())
            .expect("a string takes it");
    }
    text.push_str("];\n");
    fs::write(out, text).expect("OUT_DIR is writable");
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            println!("cargo:rerun-if-changed={}", path.display());
            list(&path, files);
        } else {
            files.push(path);
        }
    }
}
