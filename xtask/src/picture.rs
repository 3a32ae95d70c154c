//! Draws `docs/demo.svg`: a terminal with what `cloudsnap demo` really prints.

use std::fmt::Write as _;

use crate::Result;
use crate::cargo::Cargo;
use crate::workspace;

const FILE: &str = "docs/demo.svg";

/// What a person types, as the README tells it.
const TYPED: &str = "cargo run -- demo";

/// Measures in pixels. A column is as wide as common monospaced fonts make it at this size.
const FONT: f64 = 14.0;
const COLUMN: f64 = 8.43;
const LINE: f64 = 20.0;
const MARGIN: f64 = 22.0;
const TITLE_BAR: f64 = 34.0;

const FONTS: &str = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace";

/// Runs the demo, draws it, and writes the picture; compares nothing.
pub(crate) fn draw() -> Result {
    let demo =
        Cargo::new("run")?.args(["--quiet", "--package", "cloudsnap-cli", "--", "demo", "--quiet", "--color=always"]);
    let picture = terminal(TYPED, &demo.read()?);
    let path = workspace::root()?.join(FILE);
    std::fs::write(&path, picture).map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    println!("{FILE} is written");
    Ok(())
}

/// A terminal in which this was typed, and this was printed.
fn terminal(typed: &str, printed: &str) -> String {
    let lines: Vec<&str> = printed.trim_end().lines().collect();
    let columns = lines.iter().map(|line| visible(line).chars().count()).chain([typed.len() + 2]).max().unwrap_or(0);
    // Counts of a screen: exact as floating-point numbers.
    let (columns, rows) =
        (f64::from(u32::try_from(columns).unwrap_or(0)), f64::from(u32::try_from(lines.len()).unwrap_or(0)));
    let width = (columns * COLUMN + 2.0 * MARGIN).ceil();
    let height = (TITLE_BAR + (rows + 1.0) * LINE + MARGIN).ceil();

    let mut svg = String::new();
    let mut put = |line: String| {
        // Writing to a String cannot fail.
        let _ = writeln!(svg, "{line}");
    };
    put(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"A terminal: {}\">",
        escaped(typed)
    ));
    put(format!("  <rect width=\"{width}\" height=\"{height}\" rx=\"10\" fill=\"#161b22\"/>"));
    put(format!(
        "  <path d=\"M0 {TITLE_BAR} V10 Q0 0 10 0 H{} Q{width} 0 {width} 10 V{TITLE_BAR} Z\" fill=\"#30363d\"/>",
        width - 10.0
    ));
    for (place, colour) in [(20, "#ff5f57"), (40, "#febc2e"), (60, "#28c840")] {
        put(format!("  <circle cx=\"{place}\" cy=\"{}\" r=\"6\" fill=\"{colour}\"/>", TITLE_BAR / 2.0));
    }
    put(format!("  <g font-family=\"{FONTS}\" font-size=\"{FONT}\" fill=\"#e6edf3\" xml:space=\"preserve\">"));
    put(format!(
        "    <text x=\"{}\" y=\"{}\" text-anchor=\"middle\" font-size=\"13\" fill=\"#9da7b3\">cloudsnap</text>",
        width / 2.0,
        TITLE_BAR / 2.0 + 4.5
    ));
    let mut baseline = TITLE_BAR + LINE + 4.0;
    put(format!(
        "    <text x=\"{MARGIN}\" y=\"{baseline}\"><tspan fill=\"#3fb950\">$</tspan> {}</text>",
        escaped(typed)
    ));
    for line in lines {
        baseline += LINE;
        put(format!("    <text x=\"{MARGIN}\" y=\"{baseline}\">{}</text>", styled(line)));
    }
    put("  </g>".to_owned());
    put("</svg>".to_owned());
    svg
}

/// Pieces of a line: whether bold, and the text. Of a terminal's escapes only bold is known; others are dropped.
fn pieces(line: &str) -> Vec<(bool, &str)> {
    let mut bold = false;
    let mut pieces = Vec::new();
    for (index, part) in line.split("\u{1b}[").enumerate() {
        let text = match part.split_once('m') {
            Some((code, text)) if index > 0 => {
                bold = code == "1" || (bold && code != "0");
                text
            }
            _ => part,
        };
        if !text.is_empty() {
            pieces.push((bold, text));
        }
    }
    pieces
}

fn visible(line: &str) -> String {
    pieces(line).into_iter().map(|(_, text)| text).collect()
}

fn styled(line: &str) -> String {
    let drawn = pieces(line).into_iter().map(|(bold, text)| {
        if bold { format!("<tspan font-weight=\"bold\">{}</tspan>", escaped(text)) } else { escaped(text) }
    });
    drawn.collect()
}

/// As XML wants it. Spaces that do not break are kept by every browser, whatever it makes of `xml:space`.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace("  ", "\u{a0}\u{a0}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_drawn_below_the_one_before() {
        let picture = terminal("demo", "\u{1b}[1mA  B\u{1b}[0m\n1 <2>\n");
        assert!(picture.contains("<tspan font-weight=\"bold\">A\u{a0}\u{a0}B</tspan></text>"), "{picture}");
        assert!(
            picture.contains("y=\"78\">1 &lt;2&gt;</text>") || picture.contains("y=\"98\">1 &lt;2&gt;</text>"),
            "{picture}"
        );
        assert!(!picture.contains('\u{1b}'));
    }

    #[test]
    fn it_is_as_wide_as_its_longest_line() {
        let width = |printed: &str| {
            let picture = terminal("demo", printed);
            picture.split('"').nth(3).and_then(|width| width.parse::<f64>().ok()).unwrap()
        };
        assert!(width(&"x".repeat(100)) > 100.0 * COLUMN);
        assert_eq!(width(&"x".repeat(40)), width(&format!("\u{1b}[1m{}\u{1b}[0m", "x".repeat(40))));
    }

    #[test]
    fn nothing_printed_is_still_a_terminal() {
        let picture = terminal("demo", "");
        assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"), "{picture}");
    }
}
