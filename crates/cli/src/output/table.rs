//! Tables without lines, so that they can be cut by columns.

use cloudsnap::{Error, printable};
use unicode_width::UnicodeWidthStr;

use super::Paint;

/// One column of a table of `T`.
pub(crate) struct Column<T> {
    pub(crate) name: &'static str,
    pub(crate) value: fn(&T) -> String,
    pub(crate) fit: Fit,
}

/// What may be done to a value so that the table fits the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// Nothing: it is copied and pasted. Where the table is too wide, it stands on a line of its own.
    Whole,
    /// Nothing: it is short.
    Short,
    /// It is a word that may be coloured.
    Word,
    /// It is free text, and is broken into lines.
    Wraps,
}

impl<T> Column<T> {
    pub(crate) const fn whole(name: &'static str, value: fn(&T) -> String) -> Self {
        Self { name, value, fit: Fit::Whole }
    }

    pub(crate) const fn short(name: &'static str, value: fn(&T) -> String) -> Self {
        Self { name, value, fit: Fit::Short }
    }

    pub(crate) const fn word(name: &'static str, value: fn(&T) -> String) -> Self {
        Self { name, value, fit: Fit::Word }
    }

    pub(crate) const fn text(name: &'static str, value: fn(&T) -> String) -> Self {
        Self { name, value, fit: Fit::Wraps }
    }
}

/// Which columns are shown, and how wide the table may be.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// `None`: as wide as it is.
    pub(crate) width: Option<usize>,
    /// Empty: all.
    pub(crate) columns: Vec<String>,
    pub(crate) header: bool,
}

impl Layout {
    fn chosen<'c, T>(&self, columns: &'c [Column<T>]) -> Result<Vec<&'c Column<T>>, Error> {
        if self.columns.is_empty() {
            return Ok(columns.iter().collect());
        }
        let named = |wanted: &String| columns.iter().find(|column| column.name.eq_ignore_ascii_case(wanted.trim()));
        self.columns
            .iter()
            .map(|wanted| {
                named(wanted).ok_or_else(|| {
                    let all: Vec<String> = columns.iter().map(|column| column.name.to_lowercase()).collect();
                    Error::invalid_input(format!("there is no column '{}'", wanted.escape_debug()))
                        .with_advice(format!("there are {}", all.join(", ")))
                })
            })
            .collect()
    }
}

const GAP: usize = 2;

/// The table. Everything in it is fit to print.
pub(crate) fn render<T>(paint: Paint, layout: &Layout, columns: &[Column<T>], items: &[T]) -> Result<String, Error> {
    let columns = layout.chosen(columns)?;
    let fits: Vec<Fit> = columns.iter().map(|column| column.fit).collect();
    let heading: Vec<String> = columns.iter().map(|column| column.name.to_owned()).collect();
    let cells = |item: &T| columns.iter().map(|column| printable(&(column.value)(item)).to_string()).collect();
    let rows: Vec<Vec<String>> = items.iter().map(cells).collect();
    let mut widths: Vec<usize> =
        if layout.header { heading.iter().map(|name| name.width()).collect() } else { vec![0; columns.len()] };
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let drawn = Drawn { paint, fits, widths, width: layout.width };
    let lines = if layout.header { drawn.heading(&heading) } else { String::new() };
    Ok(lines + &drawn.rows(&rows))
}

struct Drawn {
    paint: Paint,
    fits: Vec<Fit>,
    widths: Vec<usize>,
    width: Option<usize>,
}

impl Drawn {
    /// How many columns, of those that are never cut, stand on lines of their own.
    fn stacked(&self) -> usize {
        let Some(width) = self.width else { return 0 };
        let wholes = self.fits.iter().filter(|fit| **fit == Fit::Whole).count();
        (0..=wholes).find(|stacked| self.least_width(*stacked) <= width).unwrap_or(wholes)
    }

    /// How wide the rest is when so many stand alone, with free text in a few letters.
    fn least_width(&self, stacked: usize) -> usize {
        const FREE_TEXT: usize = 12;
        let columns = self.rest(stacked);
        let widths = columns.iter().map(|index| match self.fits[*index] {
            Fit::Wraps => self.widths[*index].min(FREE_TEXT),
            _ => self.widths[*index],
        });
        widths.sum::<usize>() + GAP * columns.len().saturating_sub(1) + self.indent(stacked)
    }

    fn indent(&self, stacked: usize) -> usize {
        if stacked == 0 { 0 } else { GAP }
    }

    fn alone(&self, stacked: usize) -> Vec<usize> {
        self.indexes().filter(|index| self.fits[*index] == Fit::Whole).take(stacked).collect()
    }

    fn rest(&self, stacked: usize) -> Vec<usize> {
        let alone = self.alone(stacked);
        self.indexes().filter(|index| !alone.contains(index)).collect()
    }

    fn indexes(&self) -> std::ops::Range<usize> {
        0..self.fits.len()
    }

    fn heading(&self, names: &[String]) -> String {
        let text = self.one(names, &|_, cell| cell.to_owned());
        text.lines().map(|line| format!("{}\n", self.paint.heading(line))).collect()
    }

    fn rows(&self, rows: &[Vec<String>]) -> String {
        let paint = |fit: Fit, cell: &str| if fit == Fit::Word { self.paint.outcome(cell) } else { cell.to_owned() };
        rows.iter().map(|row| self.one(row, &paint)).collect()
    }

    /// One row: what stands alone on lines of its own, the rest below it.
    fn one(&self, row: &[String], paint: &dyn Fn(Fit, &str) -> String) -> String {
        let stacked = self.stacked();
        let mut text = String::new();
        for (place, index) in self.alone(stacked).into_iter().enumerate() {
            let indent = if place == 0 { "" } else { "  " };
            text += &format!("{indent}{}\n", row[index]);
        }
        let rest = self.rest(stacked);
        if rest.is_empty() {
            return text;
        }
        let indent = " ".repeat(self.indent(stacked));
        for line in self.aligned(row, &rest, stacked, paint).lines() {
            text += &format!("{}\n", format!("{indent}{line}").trim_end());
        }
        text
    }

    /// The columns below those of other rows; free text takes what is left, and is broken into lines.
    fn aligned(&self, row: &[String], rest: &[usize], stacked: usize, paint: &dyn Fn(Fit, &str) -> String) -> String {
        let room = self.width.map(|width| width.saturating_sub(self.indent(stacked)));
        let natural = rest.iter().map(|index| self.widths[*index]).sum::<usize>() + GAP * rest.len().saturating_sub(1);
        let over = room.map_or(0, |room| natural.saturating_sub(room));
        let widest =
            rest.iter().filter(|index| self.fits[**index] == Fit::Wraps).max_by_key(|index| self.widths[**index]);
        let width = |index: &usize| match widest {
            Some(wraps) if wraps == index => self.widths[*index].saturating_sub(over).max(1),
            _ => self.widths[*index],
        };
        let mut broken: Vec<Vec<String>> = Vec::new();
        for index in rest {
            broken.push(wrapped(&row[*index], width(index)));
        }
        let height = broken.iter().map(Vec::len).max().unwrap_or(1);
        let mut text = String::new();
        for line in 0..height {
            for (place, index) in rest.iter().enumerate() {
                let cell = broken[place].get(line).map_or("", String::as_str);
                let padding =
                    if place + 1 == rest.len() { 0 } else { width(index) + GAP - cell.width().min(width(index)) };
                text += &paint(self.fits[*index], cell);
                text += &" ".repeat(padding);
            }
            text.push('\n');
        }
        text
    }
}

/// The text in lines of this width.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    if text.width() <= width {
        return vec![text.to_owned()];
    }
    textwrap::wrap(text, width).into_iter().map(|line| line.into_owned()).collect()
}

/// Names and values below each other; what is not known is left out.
pub(crate) fn pairs<'p>(paint: Paint, pairs: impl IntoIterator<Item = (&'p str, String)>) -> String {
    let known: Vec<(&str, String)> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let widest = known.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
    let line = |(name, value): &(&str, String)| {
        let padding = " ".repeat(widest + GAP - name.width());
        format!("{}{padding}{}\n", paint.heading(&printable(name).to_string()), printable(value))
    };
    known.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::Color;

    struct Row(&'static str, &'static str, &'static str);

    fn drawn(width: Option<usize>, columns: &[&str]) -> String {
        let layout = Layout { width, columns: columns.iter().map(|name| (*name).to_owned()).collect(), header: true };
        let all: [Column<Row>; 3] = [
            Column::whole("SNAPSHOT", |row| row.0.to_owned()),
            Column::word("STATE", |row| row.1.to_owned()),
            Column::text("NAME", |row| row.2.to_owned()),
        ];
        let rows = [
            Row("ionos:@bd8d7a20-0000-4000-8000-000000000001", "available", "before the upgrade of the data base"),
            Row("ionos:@1", "pending", "\u{1b}[2J"),
        ];
        render(Paint::new(Color::Never, false), &layout, &all, &rows).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn a_table_is_as_wide_as_it_is_where_nobody_says_how_wide_it_may_be() {
        insta::assert_snapshot!(drawn(None, &[]));
    }

    #[test]
    fn a_table_that_is_too_wide_breaks_free_text_first() {
        insta::assert_snapshot!(drawn(Some(80), &[]));
    }

    #[test]
    fn what_is_never_cut_stands_on_a_line_of_its_own_where_there_is_no_room() {
        insta::assert_snapshot!(drawn(Some(50), &[]));
    }

    #[test]
    fn columns_are_chosen_by_name_and_an_unknown_one_is_refused_with_all() {
        insta::assert_snapshot!(drawn(None, &["name", "state"]));
        insta::assert_snapshot!(drawn(None, &["weight"]));
    }
}
