//! The difference of two texts, line by line.

/// Lines shown around each change.
const CONTEXT: usize = 3;

/// One line of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line<'a> {
    Same(&'a str),
    Old(&'a str),
    New(&'a str),
}

/// The difference as text: `-` for old lines, `+` for new ones, with a little context.
pub(crate) fn render(old: &str, new: &str, colour: bool) -> String {
    let old: Vec<&str> = old.lines().collect();
    let new: Vec<&str> = new.lines().collect();
    let lines = compare(&old, &new);
    let mut text = String::new();
    let mut skipped = false;
    for (index, line) in lines.iter().enumerate() {
        if is_near_change(&lines, index) {
            if skipped {
                text.push_str("  ...\n");
            }
            text.push_str(&line.render(colour));
        }
        skipped = !is_near_change(&lines, index);
    }
    text
}

impl Line<'_> {
    fn render(self, colour: bool) -> String {
        let (sign, code, line) = match self {
            Self::Same(line) => return format!("  {line}\n"),
            Self::Old(line) => ('-', 31, line),
            Self::New(line) => ('+', 32, line),
        };
        if colour { format!("\x1b[{code}m{sign} {line}\x1b[0m\n") } else { format!("{sign} {line}\n") }
    }
}

fn is_near_change(lines: &[Line<'_>], index: usize) -> bool {
    let from = index.saturating_sub(CONTEXT);
    let to = lines.len().min(index + CONTEXT + 1);
    lines[from..to].iter().any(|line| !matches!(line, Line::Same(_)))
}

/// Walks the table of longest common subsequences from the beginning of both texts.
fn compare<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Line<'a>> {
    let common = common_lengths(old, new);
    let (mut i, mut j) = (0, 0);
    let mut lines = Vec::new();
    while i < old.len() && j < new.len() {
        if old[i] == new[j] {
            lines.push(Line::Same(old[i]));
            (i, j) = (i + 1, j + 1);
        } else if common[i + 1][j] >= common[i][j + 1] {
            lines.push(Line::Old(old[i]));
            i += 1;
        } else {
            lines.push(Line::New(new[j]));
            j += 1;
        }
    }
    lines.extend(old[i..].iter().map(|line| Line::Old(line)));
    lines.extend(new[j..].iter().map(|line| Line::New(line)));
    lines
}

/// `table[i][j]` is how many lines `old[i..]` and `new[j..]` have in common, in order. Quadratic,
/// which the length of a snapshot allows.
fn common_lengths(old: &[&str], new: &[&str]) -> Vec<Vec<u32>> {
    let mut table = vec![vec![0; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            table[i][j] = if old[i] == new[j] { table[i + 1][j + 1] + 1 } else { table[i + 1][j].max(table[i][j + 1]) };
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_line_is_shown_old_then_new() {
        assert_eq!(render("a\nb\nc\n", "a\nB\nc\n", false), "  a\n- b\n+ B\n  c\n");
    }

    #[test]
    fn what_is_new_is_all_added_and_what_is_equal_shows_nothing() {
        assert_eq!(render("", "a\nb\n", false), "+ a\n+ b\n");
        assert_eq!(render("a\n", "a\n", false), "");
    }

    #[test]
    fn far_from_changes_lines_are_left_out() {
        let old: String = (0..20).map(|number| format!("{number}\n")).collect();
        let new = old.replace("\n10\n", "\n").replace("0\n1\n", "0\nx\n1\n");
        let shown = render(&old, &new, false);
        assert_eq!(shown, "  0\n+ x\n  1\n  2\n  3\n  ...\n  7\n  8\n  9\n- 10\n  11\n  12\n  13\n");
    }

    #[test]
    fn colours_are_only_for_changes() {
        assert_eq!(render("a\nb", "a", true), "  a\n\x1b[31m- b\x1b[0m\n");
    }
}
