//! Shows each snapshot that would change, and asks a person what to do about it.

use std::io::{BufRead, IsTerminal, Write};

use super::{diff, pending::Pending};
use crate::Result;
use crate::workspace::Member;

/// What a person may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Accept,
    Reject,
    Skip,
    Quit,
}

/// How many snapshots were answered in each way.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    accepted: usize,
    rejected: usize,
    left: usize,
}

pub(crate) fn run(members: &[&Member]) -> Result {
    if !std::io::stdin().is_terminal() {
        return Err("`--review` asks a person, and standard input is no terminal; \
                    use `--accept`, and look at the difference with git"
            .to_owned());
    }
    super::pending::clear(members)?;
    // Forced to pass, so that a test with several snapshots writes down all that differ.
    let tests = super::tests(members)?.env("INSTA_UPDATE", "new");
    let tests = tests.env("INSTA_FORCE_PASS", "1").run();
    let pending = Pending::find(members)?;
    let (input, output) = (std::io::stdin().lock(), std::io::stdout());
    let mut terminal = Terminal { input, output, colour: has_colour() };
    let tally = terminal.ask_about_all(&pending)?;
    let Tally { accepted, rejected, left } = tally;
    println!("{accepted} accepted, {rejected} rejected, {left} left for later");
    super::pending::report_inline(members)?;
    tests
}

fn has_colour() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// Where questions are shown and answers are typed.
#[derive(Debug)]
struct Terminal<I, O> {
    input: I,
    output: O,
    colour: bool,
}

impl<I: BufRead, O: Write> Terminal<I, O> {
    fn ask_about_all(&mut self, pending: &[Pending]) -> Result<Tally> {
        let mut tally = Tally::default();
        for (index, snapshot) in pending.iter().enumerate() {
            self.show(snapshot, index + 1, pending.len())?;
            match self.ask()? {
                Answer::Accept => {
                    snapshot.accept()?;
                    tally.accepted += 1;
                }
                Answer::Reject => {
                    snapshot.reject()?;
                    tally.rejected += 1;
                }
                Answer::Skip => tally.left += 1,
                Answer::Quit => {
                    tally.left += pending.len() - index;
                    break;
                }
            }
        }
        Ok(tally)
    }

    fn show(&mut self, snapshot: &Pending, number: usize, count: usize) -> Result {
        let (old, new) = snapshot.bodies()?;
        let difference = diff::render(&old, &new, self.colour);
        let file = snapshot.standing();
        self.write(&format!("\n[{number}/{count}] {}\n\n{difference}\n", file.display()))
    }

    /// Asks until the answer is one of those offered; the end of the input is "quit".
    fn ask(&mut self) -> Result<Answer> {
        loop {
            self.write("accept, reject, skip or quit? [a/r/s/q] ")?;
            let mut line = String::new();
            if self.input.read_line(&mut line).map_err(lost)? == 0 {
                return Ok(Answer::Quit);
            }
            match line.trim() {
                "a" | "accept" => return Ok(Answer::Accept),
                "r" | "reject" => return Ok(Answer::Reject),
                "s" | "skip" => return Ok(Answer::Skip),
                "q" | "quit" => return Ok(Answer::Quit),
                _ => {}
            }
        }
    }

    fn write(&mut self, text: &str) -> Result {
        self.output.write_all(text.as_bytes()).and_then(|()| self.output.flush()).map_err(lost)
    }
}

fn lost(error: std::io::Error) -> String {
    format!("the terminal is gone: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::testing::TempTree;

    fn answer(tree: &TempTree, answers: &str) -> (Tally, String) {
        let pending = Pending::find(&[&Member::in_folder(tree.path())]).unwrap();
        let (input, output) = (answers.as_bytes(), Vec::new());
        let mut terminal = Terminal { input, output, colour: false };
        let tally = terminal.ask_about_all(&pending).unwrap();
        (tally, String::from_utf8(terminal.output).unwrap())
    }

    fn three() -> TempTree {
        TempTree::new(&[
            ("a.snap", "---\nexpression: x\n---\none\n"),
            ("a.snap.new", "---\nexpression: x\n---\nONE\n"),
            ("b.snap.new", "---\nexpression: y\n---\ntwo\n"),
            ("c.snap.new", "---\nexpression: z\n---\nthree\n"),
        ])
    }

    #[test]
    fn each_answer_does_what_it_says() {
        let tree = three();
        let (tally, shown) = answer(&tree, "a\nwhat?\nr\ns\n");
        assert_eq!(tally, Tally { accepted: 1, rejected: 1, left: 1 });
        assert!(shown.contains("- one\n+ ONE\n"), "{shown}");
        assert!(tree.path().join("a.snap").exists() && !tree.path().join("a.snap.new").exists());
        assert!(!tree.path().join("b.snap").exists() && !tree.path().join("b.snap.new").exists());
        assert!(tree.path().join("c.snap.new").exists());
    }

    #[test]
    fn the_end_of_input_leaves_the_rest_alone() {
        let tree = three();
        let (tally, _) = answer(&tree, "a\n");
        assert_eq!(tally, Tally { accepted: 1, rejected: 0, left: 2 });
        assert!(tree.path().join("b.snap.new").exists());
    }
}
