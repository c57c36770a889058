use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{ContentArrangement, Table};

use super::form::{Form, content, fitting};
use super::style::Target;
use crate::model::{Cell, ResultColumn};

/// So many rows are lined up with each other; more would have to be held in memory.
const BLOCK: usize = 500;

/// Cells longer than this are not lined up: the layout counts in 16 bits.
const LONG: usize = 1_000;

/// A Markdown table; columns are lined up in blocks of rows, so that results of any length stream.
pub struct Markdown {
    names: Vec<String>,
    target: Target,
    block: Vec<Vec<String>>,
    began: bool,
}

impl Markdown {
    /// A table with these columns.
    pub fn new(columns: &[ResultColumn], target: Target) -> Self {
        let names = columns.iter().map(|column| cell_text(&column.name, target)).collect();
        Self { names, target, block: Vec::new(), began: false }
    }

    fn write_block(&mut self, text: &mut String) {
        let rows = std::mem::take(&mut self.block);
        if self.began && rows.is_empty() {
            return;
        }
        let long = |row: &Vec<String>| row.iter().any(|cell| cell.len() > LONG);
        if long(&self.names) || rows.iter().any(long) {
            if !self.began {
                plain(&self.names, text);
                plain(&vec!["---".to_owned(); self.names.len()], text);
            }
            rows.iter().for_each(|row| plain(row, text));
        } else {
            let mut table = Table::new();
            table.load_style(ASCII_MARKDOWN).set_content_arrangement(ContentArrangement::Disabled);
            if !self.began {
                table.set_header(&self.names);
            }
            table.add_rows(rows);
            for line in table.lines() {
                text.push_str(&line);
                text.push('\n');
            }
        }
        self.began = true;
    }
}

fn plain(row: &[String], text: &mut String) {
    text.push('|');
    for cell in row {
        text.push(' ');
        text.push_str(cell);
        text.push_str(" |");
    }
    text.push('\n');
}

/// Bars end a cell and lines a row, so neither may stand in one.
fn cell_text(value: &str, target: Target) -> String {
    let value = value.replace('|', "\\|").replace("\r\n", "<br>").replace(['\n', '\r'], "<br>");
    fitting(&value, target).into_owned()
}

impl Form for Markdown {
    fn head(&mut self, _text: &mut String) {}

    fn row(&mut self, row: &[Cell], text: &mut String) {
        self.block
            .push(row.iter().map(|cell| cell_text(&content(cell).unwrap_or("NULL".into()), self.target)).collect());
        if self.block.len() >= BLOCK {
            self.write_block(text);
        }
    }

    fn end(&mut self, text: &mut String) {
        self.write_block(text);
    }

    fn cut(&mut self, text: &mut String) {
        self.write_block(text);
    }
}
