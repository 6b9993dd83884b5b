//! The reading room on made-up records: files, tables, figures, the page.

mod figures;
mod page;
mod sample;
mod tables;
