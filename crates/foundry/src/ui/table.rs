//! Tables without borders, as wide as the terminal.

use comfy_table::{ContentArrangement, Table as Inner, presets};

/// Rows under headings.
pub struct Table(Inner);

impl Table {
    /// An empty table with these headings.
    pub fn new(headings: &[&str]) -> Table {
        let mut inner = Inner::new();
        inner.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        inner.set_header(headings.iter().map(|h| (*h).to_owned()));
        Table(inner)
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.0.add_row(cells.into_iter().map(Into::into));
    }

    /// The table as lines without trailing blanks.
    pub fn text(&mut self) -> String {
        for column in self.0.column_iter_mut() {
            column.set_padding((0, 2));
        }
        let text = self.0.to_string();
        text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }
}
