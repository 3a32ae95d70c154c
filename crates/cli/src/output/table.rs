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

/// How narrow free text may get before other columns go to lines of their own.
const FREE_TEXT: usize = 12;

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
    let drawn = Drawn::new(paint, fits, widths, layout.width);
    let lines = if layout.header { drawn.heading(&heading) } else { String::new() };
    Ok(lines + &drawn.rows(&rows))
}

struct Drawn {
    paint: Paint,
    fits: Vec<Fit>,
    /// Which columns stand beside each other, for each line of a row.
    lines: Vec<Vec<usize>>,
    /// How wide each column is drawn.
    widths: Vec<usize>,
    width: Option<usize>,
}

impl Drawn {
    /// Where the columns stand so that nothing is wider than the table may be, as far as that can be.
    fn new(paint: Paint, fits: Vec<Fit>, natural: Vec<usize>, width: Option<usize>) -> Self {
        let lines = width.map_or_else(|| vec![(0..fits.len()).collect()], |width| arranged(&fits, &natural, width));
        let mut drawn = Self { paint, fits, lines, widths: natural, width };
        for number in 0..drawn.lines.len() {
            drawn.narrow(number);
        }
        drawn
    }

    /// Takes from the widest free text of a line, again and again, until the line fits.
    fn narrow(&mut self, number: usize) {
        let (line, indent) = (self.lines[number].clone(), self.indent(number));
        let Some(room) = self.width.map(|width| width.saturating_sub(indent)) else { return };
        while total(&line, &self.widths) > room {
            let texts = line.iter().filter(|index| self.fits[**index] == Fit::Wraps && self.widths[**index] > 1);
            let Some(widest) = texts.max_by_key(|index| self.widths[**index]) else { return };
            self.widths[*widest] -= 1;
        }
    }

    /// What stands below the first line is set in, unless it needs the room.
    fn indent(&self, number: usize) -> usize {
        let line = &self.lines[number];
        let texts = line.iter().any(|index| self.fits[*index] == Fit::Wraps);
        let has_room = self.width.is_some_and(|width| texts || total(line, &self.widths) + GAP <= width);
        if number > 0 && has_room { GAP } else { 0 }
    }

    fn heading(&self, names: &[String]) -> String {
        let text = self.row(names, &|_, cell| cell.to_owned());
        text.lines().map(|line| format!("{}\n", self.paint.heading(line))).collect()
    }

    fn rows(&self, rows: &[Vec<String>]) -> String {
        let paint = |fit: Fit, cell: &str| if fit == Fit::Word { self.paint.outcome(cell) } else { cell.to_owned() };
        rows.iter().map(|row| self.row(row, &paint)).collect()
    }

    /// One row, in as many lines as its columns need. Lines with nothing in them are left out.
    fn row(&self, row: &[String], paint: &dyn Fn(Fit, &str) -> String) -> String {
        let mut text = String::new();
        for (number, line) in self.lines.iter().enumerate() {
            let indent = " ".repeat(self.indent(number));
            for aligned in self.aligned(row, line, paint).lines() {
                let aligned = format!("{indent}{aligned}");
                if !aligned.trim().is_empty() || self.lines.len() == 1 {
                    text += aligned.trim_end();
                    text.push('\n');
                }
            }
        }
        text
    }

    /// The columns below those of other rows, free text broken into lines.
    fn aligned(&self, row: &[String], line: &[usize], paint: &dyn Fn(Fit, &str) -> String) -> String {
        let broken: Vec<Vec<String>> = line.iter().map(|index| wrapped(&row[*index], self.widths[*index])).collect();
        let height = broken.iter().map(Vec::len).max().unwrap_or(1);
        let mut text = String::new();
        for level in 0..height {
            for (place, index) in line.iter().enumerate() {
                let cell = broken[place].get(level).map_or("", String::as_str);
                let padding = self.widths[*index].saturating_sub(cell.width()) + GAP;
                text += &paint(self.fits[*index], cell);
                text += &" ".repeat(if place + 1 == line.len() { 0 } else { padding });
            }
            text.push('\n');
        }
        text
    }
}

/// Where the columns stand: beside each other, if need be with the first of those that are never cut on lines of their
/// own, and where that is not enough, the rest on several lines.
fn arranged(fits: &[Fit], natural: &[usize], width: usize) -> Vec<Vec<usize>> {
    let wholes: Vec<usize> = (0..fits.len()).filter(|index| fits[*index] == Fit::Whole).collect();
    let least =
        |index: &usize| if fits[*index] == Fit::Wraps { natural[*index].min(FREE_TEXT) } else { natural[*index] };
    let least: Vec<usize> = (0..fits.len()).map(|index| least(&index)).collect();
    let rest = |alone: &[usize]| (0..fits.len()).filter(|index| !alone.contains(index)).collect::<Vec<_>>();
    for count in 0..=wholes.len() {
        let (alone, indent) = (&wholes[..count], if count == 0 { 0 } else { GAP });
        if total(&rest(alone), &least) + indent <= width {
            return stacked(alone, vec![rest(alone)]);
        }
    }
    let mut lines: Vec<Vec<usize>> = Vec::new();
    for index in rest(&wholes) {
        match lines.last_mut() {
            Some(line) if total(line, &least) + GAP + least[index] + GAP <= width => line.push(index),
            _ => lines.push(vec![index]),
        }
    }
    stacked(&wholes, lines)
}

fn stacked(alone: &[usize], rest: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    alone.iter().map(|index| vec![*index]).chain(rest).filter(|line| !line.is_empty()).collect()
}

/// How wide these columns are beside each other.
fn total(line: &[usize], widths: &[usize]) -> usize {
    line.iter().map(|index| widths[*index]).sum::<usize>() + GAP * line.len().saturating_sub(1)
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
    fn what_does_not_fit_beside_each_other_stands_on_several_lines_and_nothing_is_wider_than_the_terminal() {
        let drawn = drawn(Some(22), &[]);
        insta::assert_snapshot!(drawn);
        assert!(drawn.lines().filter(|line| !line.contains("ionos:")).all(|line| line.width() <= 22), "{drawn}");
    }

    #[test]
    fn free_text_shares_the_room_that_is_left() {
        let all: [Column<Row>; 3] = [
            Column::text("A", |row| row.0.to_owned()),
            Column::text("B", |row| row.1.to_owned()),
            Column::text("C", |row| row.2.to_owned()),
        ];
        let rows = [Row("one two three four five", "in place", "one two three four five six seven eight")];
        let layout = Layout { width: Some(40), columns: Vec::new(), header: true };
        insta::assert_snapshot!(render(Paint::new(Color::Never, false), &layout, &all, &rows).unwrap());
    }

    #[test]
    fn columns_are_chosen_by_name_and_an_unknown_one_is_refused_with_all() {
        insta::assert_snapshot!(drawn(None, &["name", "state"]));
        insta::assert_snapshot!(drawn(None, &["weight"]));
    }
}
