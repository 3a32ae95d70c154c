//! What is printed: results on stdout, everything else on stderr.

pub(crate) mod columns;
pub(crate) mod objects;
mod paint;
pub(crate) mod pruned;
mod table;
pub(crate) mod timeline;

use std::io::{self, ErrorKind as IoKind, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use cloudsnap::{Error, ErrorKind, is_unfit_to_print};
use serde::Serialize;

use cloudsnap_fleet::Item;

use crate::arguments::{Color, Format, Shown};

pub(crate) use paint::Paint;
pub(crate) use table::{Column, Layout, pairs};

/// What scripts read on stderr when a command fails: the first error, and all of them where there are several.
#[derive(Serialize)]
struct FailureObject<'a> {
    error: &'a Error,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<&'a Error>,
}

/// Where and how results are printed.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) format: Format,
    quiet: bool,
    paint: Paint,
    paint_errors: Paint,
    layout: Layout,
}

impl Output {
    pub(crate) fn new(format: Format, color: Color, quiet: bool) -> Self {
        Self {
            format,
            quiet,
            paint: Paint::new(color, io::stdout().is_terminal()),
            paint_errors: Paint::new(color, io::stderr().is_terminal()),
            layout: Layout { width: width(), columns: Vec::new(), header: true },
        }
    }

    /// Shows these columns of tables.
    pub(crate) fn show(&mut self, shown: &Shown) {
        self.layout.columns.clone_from(&shown.columns);
        self.layout.header = !shown.no_header;
    }

    /// Prints one result.
    pub(crate) fn object<T: Serialize>(&self, object: &T, text: impl FnOnce(Paint, &T) -> String) -> Result<(), Error> {
        match self.format {
            Format::Table if self.quiet => Ok(()),
            Format::Table => print(&text(self.paint, object)),
            Format::Json => print(&(json_pretty(object)? + "\n")),
            Format::Jsonl => print(&json_line(object)?),
        }
    }

    /// Prints all results of a command that are printed together.
    pub(crate) fn list<T: Serialize>(&self, list: &[T], columns: &[Column<T>]) -> Result<(), Error> {
        match self.format {
            Format::Table if self.quiet => Ok(()),
            Format::Table => self.table(list, columns),
            Format::Json => print(&(json_pretty(&list)? + "\n")),
            Format::Jsonl => list.iter().try_for_each(|item| print(&json_line(item)?)),
        }
    }

    /// Whether `--quiet` leaves out what people read.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// How what people read is coloured.
    pub(crate) fn paint(&self) -> Paint {
        self.paint
    }

    /// Prints a table, whatever the format is.
    pub(crate) fn table<T>(&self, list: &[T], columns: &[Column<T>]) -> Result<(), Error> {
        print(&table::render(self.paint, &self.layout, columns, list)?)
    }

    /// Prints lines, those that are too long for the terminal in several.
    pub(crate) fn text(&self, text: &str) -> Result<(), Error> {
        match self.layout.width {
            _ if self.quiet => Ok(()),
            Some(width) => {
                let options = textwrap::Options::new(width).subsequent_indent("      ");
                print(&text.lines().map(|line| textwrap::fill(line, &options) + "\n").collect::<String>())
            }
            None => print(text),
        }
    }

    /// Prints one of several results as it finishes, where the format wants that.
    pub(crate) fn as_it_finishes<T: Serialize>(&self, item: &T) -> Result<(), Error> {
        if self.format == Format::Jsonl { print(&json_line(item)?) } else { Ok(()) }
    }

    /// Prints what became of several items, which were printed [`as_it_finishes`](Self::as_it_finishes) where the format
    /// wants that. Where all went well, `--quiet` leaves the table out.
    pub(crate) fn when_finished(&self, items: &[Item], columns: &[Column<Item>]) -> Result<(), Error> {
        let all_is_well = items.iter().all(|item| item.error.is_none() && item.duplicates.is_empty());
        match self.format {
            Format::Jsonl => Ok(()),
            Format::Table if self.quiet && all_is_well => Ok(()),
            Format::Table => self.table(items, columns),
            Format::Json => self.list(items, columns),
        }
    }

    /// Says on stderr what is good to know, where anybody wants to.
    pub(crate) fn note(&self, line: &str) {
        if !self.quiet {
            say(line);
        }
    }

    /// Says on stderr what went wrong: a line each for people, one object for scripts.
    pub(crate) fn errors<'a>(&self, errors: impl IntoIterator<Item = (Option<String>, &'a Error)>) {
        let errors: Vec<_> = errors.into_iter().collect();
        if self.format == Format::Table {
            for (what, error) in errors {
                let what = what.map(|what| format!("{what}: ")).unwrap_or_default();
                say(&format!("{} {what}{error}", self.paint_errors.bad("error:")));
            }
        } else if let Some((_, first)) = errors.first() {
            let several = errors.iter().filter(|_| errors.len() > 1);
            let all = several.map(|(_, error)| *error).collect();
            if let Ok(line) = json_line(&FailureObject { error: first, errors: all }) {
                say(line.trim_end());
            }
        }
    }
}

/// How wide the terminal on stdout is; `None` where it is none, and nothing is fitted.
fn width() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    Some(drawing_width())
}

/// How wide a drawing is, which has to be of some width on any stdout.
pub(crate) fn drawing_width() -> usize {
    const USUAL: usize = 80;
    let (_, columns) = console::Term::stdout().size_checked().unzip();
    let variable = || std::env::var("COLUMNS").ok()?.parse().ok().filter(|columns| *columns > 0);
    columns.map(usize::from).filter(|columns| *columns > 0).or_else(variable).unwrap_or(USUAL)
}

/// Prints a line on stderr. Where nobody listens any more, there is nobody to tell.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Prints on stdout. A reader that has seen enough is not an error.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == IoKind::BrokenPipe => {
            READER_IS_GONE.store(true, Ordering::Relaxed);
            Ok(())
        }
        Err(error) => {
            Err(Error::new(ErrorKind::Unexpected, "the results cannot be written to stdout").with_source(error))
        }
        Ok(()) => Ok(()),
    }
}

static READER_IS_GONE: AtomicBool = AtomicBool::new(false);

/// Whether whoever read the results has stopped reading. That is no error, and what was made must be said elsewhere.
pub(crate) fn reader_is_gone() -> bool {
    READER_IS_GONE.load(Ordering::Relaxed)
}

fn json_pretty<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    serde_json::to_string_pretty(value).map(|text| escaped(&text)).map_err(unwritable)
}

fn json_line<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map(|line| escaped(&line) + "\n").map_err(unwritable)
}

/// JSON in which a terminal finds nothing to obey: serde_json escapes the first 32 characters, and no other control.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        if character == '\n' || !is_unfit_to_print(character) {
            escaped.push(character);
        } else {
            character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| escaped += &format!("\\u{unit:04x}"));
        }
    }
    escaped
}

fn unwritable(error: serde_json::Error) -> Error {
    Error::new(ErrorKind::Unexpected, "the result cannot be written as JSON").with_source(error)
}
