//! What is shown on stderr while something is waited for.

use std::future::Future;
use std::io::{self, IsTerminal, stderr};
use std::pin::pin;
use std::time::{Duration, Instant};

use cloudsnap::printable;
use cloudsnap_fleet::Event;
use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};
use tokio::time::sleep;
use unicode_width::UnicodeWidthStr;

use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::output::say;

/// How long a read may take before a spinner shows that something goes on.
const PATIENCE: Duration = Duration::from_millis(500);

/// From how many items on a line tells how many are done.
const MANY: usize = 4;

/// What of a line is kept for the time and the state.
const STATE_WIDTH: usize = 36;

/// How progress is shown.
#[derive(Clone)]
pub(crate) enum Progress {
    /// Not at all.
    Silent,
    /// A line for each change of state, for logs.
    Lines,
    /// A spinner for each item, for terminals.
    Spinners(MultiProgress),
}

impl Progress {
    /// Spinners on a terminal, unless logs would tear them apart. A script that reads JSON errors from stderr finds
    /// nothing else there.
    pub(crate) fn new(quiet: bool, logs: bool, for_scripts: bool) -> Self {
        match () {
            () if quiet => Self::Silent,
            () if logs => Self::Lines,
            () if stderr().is_terminal() => {
                let terminal = Box::new(Terminal(Term::stderr()));
                Self::Spinners(MultiProgress::with_draw_target(ProgressDrawTarget::term_like_with_hz(terminal, 20)))
            }
            () if for_scripts => Self::Silent,
            () => Self::Lines,
        }
    }

    /// Reads something, with a spinner where that takes a while. A signal then ends the process, as it would without:
    /// nothing was begun, and nothing of the spinner is left.
    pub(crate) async fn reading<T>(&self, what: &str, read: impl Future<Output = T>) -> T {
        let Self::Spinners(all) = self else { return read.await };
        let mut read = pin!(read);
        tokio::select! {
            done = &mut read => return done,
            () = sleep(PATIENCE) => {}
        }
        let interrupt = Interrupt::listen();
        let bar = ProgressBar::new_spinner().with_elapsed(PATIENCE);
        let line = Line::begin(all, None, bar, "{spinner} {prefix}  {elapsed}", what);
        tokio::select! {
            done = read => done,
            () = interrupt.next() => {
                drop(line);
                std::process::exit(Exit::Interrupted as i32)
            }
        }
    }

    /// Prints something while spinners may be on the screen.
    pub(crate) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        match self {
            Self::Spinners(all) => all.suspend(print),
            Self::Silent | Self::Lines => print(),
        }
    }
}

/// A terminal whose cursor rests at the beginning of the last line that was drawn. indicatif leaves it behind the last
/// column, where the `^C` that a terminal echoes begins a line of which nobody knows.
#[derive(Debug)]
struct Terminal(Term);

impl TermLike for Terminal {
    fn width(&self) -> u16 {
        self.0.size().1
    }

    fn height(&self) -> u16 {
        self.0.size().0
    }

    fn move_cursor_up(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_up(lines)
    }

    fn move_cursor_down(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_down(lines)
    }

    fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_right(columns)
    }

    fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_left(columns)
    }

    fn write_line(&self, line: &str) -> io::Result<()> {
        self.0.write_line(line)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.write_str("\r")?;
        self.0.flush()
    }
}

/// One line of the screen, which is free again when this is dropped.
struct Line(ProgressBar);

impl Line {
    /// Above `below`, or as the last.
    fn begin(all: &MultiProgress, below: Option<&Self>, bar: ProgressBar, template: &str, prefix: &str) -> Self {
        let bar = bar.with_prefix(prefix.to_owned());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        // A bar that ticks before it has its place draws on a line that nobody clears.
        let bar = match below {
            Some(Self(below)) => all.insert_before(below, bar),
            None => all.add(bar),
        };
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// The progress of a batch.
pub(crate) struct Drawn {
    items: Vec<ItemProgress>,
    says_lines: bool,
    screen: Option<Screen>,
}

/// How one item stands.
struct ItemProgress {
    label: String,
    state: String,
    since: Instant,
    has_ended: bool,
    line: Option<Line>,
}

/// The lines that the terminal has room for.
struct Screen {
    all: MultiProgress,
    room: usize,
    columns: usize,
    label_width: usize,
    /// How many items there will be.
    count: usize,
    total: Option<Line>,
}

impl Drawn {
    /// Of as many items as there are labels.
    pub(crate) fn new(progress: &Progress, labels: &[String]) -> Self {
        let screen = match progress {
            Progress::Spinners(all) => Some(Screen::new(all.clone(), labels)),
            Progress::Silent | Progress::Lines => None,
        };
        Self { items: Vec::new(), says_lines: matches!(progress, Progress::Lines), screen }
    }

    /// Shows what happens. Work is begun in its order.
    pub(crate) fn draw(&mut self, event: &Event<'_>) {
        match event {
            Event::Begun { index, subject } => {
                let label = printable(&subject.label()).to_string();
                let state = String::new();
                self.items.push(ItemProgress { label, state, since: Instant::now(), has_ended: false, line: None });
                self.state(*index, "starting");
            }
            Event::State { index, state } => self.state(*index, &printable(state).to_string()),
            Event::Ended { index, item } => {
                let reference = item.reference().map(|reference| format!(" {reference}")).unwrap_or_default();
                self.items[*index].has_ended = true;
                self.state(*index, &format!("{}{reference}", item.outcome.as_str()));
            }
            _ => {}
        }
        if let Some(screen) = &mut self.screen {
            screen.draw(&mut self.items);
        }
    }

    fn state(&mut self, index: usize, state: &str) {
        let item = &mut self.items[index];
        if item.state == state {
            return;
        }
        state.clone_into(&mut item.state);
        if self.says_lines {
            say(&format!("{}: {state}", item.label));
        }
    }
}

impl Screen {
    fn new(all: MultiProgress, labels: &[String]) -> Self {
        let (rows, columns) = Term::stderr().size();
        let total = (labels.len() >= MANY)
            .then(|| Line::begin(&all, None, ProgressBar::new_spinner(), "{spinner} {elapsed}  {msg}", ""));
        let widest = labels.iter().map(|label| label.width()).max().unwrap_or_default();
        Self {
            room: usize::from(rows).saturating_sub(1 + usize::from(total.is_some())).max(1),
            columns: usize::from(columns),
            label_width: widest.min(usize::from(columns).saturating_sub(STATE_WIDTH).max(1)),
            count: labels.len(),
            all,
            total,
        }
    }

    /// Where there is no room for all, what has ended makes room for what has not.
    fn draw(&self, items: &mut [ItemProgress]) {
        if self.count > self.room {
            items.iter_mut().filter(|item| item.has_ended).for_each(|item| item.line = None);
        }
        let free = self.room.saturating_sub(items.iter().filter(|item| item.line.is_some()).count());
        let waiting = items.iter_mut().filter(|item| item.line.is_none() && !item.has_ended);
        waiting.take(free).for_each(|item| item.line = Some(self.line(item)));
        for ItemProgress { line, state, has_ended, .. } in items.iter() {
            match line {
                Some(Line(bar)) if *has_ended => bar.finish_with_message(self.cut(state)),
                Some(Line(bar)) => bar.set_message(self.cut(state)),
                None => {}
            }
        }
        if let Some(Line(total)) = &self.total {
            let ended = items.iter().filter(|item| item.has_ended).count();
            total.set_message(format!("{ended} of {} ended", self.count));
        }
    }

    /// A state in the room that is left for it.
    fn cut(&self, state: &str) -> String {
        const SPINNER_AND_TIME: usize = 10;
        let room = self.columns.saturating_sub(self.label_width + SPINNER_AND_TIME);
        console::truncate_str(state, room, "…").into_owned()
    }

    fn line(&self, item: &ItemProgress) -> Line {
        let bar = ProgressBar::new_spinner().with_elapsed(item.since.elapsed());
        let label = fitted(&item.label, self.label_width);
        Line::begin(&self.all, self.total.as_ref(), bar, "{spinner} {prefix}  {elapsed:>3}  {msg}", &label)
    }
}

/// A label of this width. Where it is too long, its beginning is left out: the end tells one from another.
fn fitted(label: &str, width: usize) -> String {
    if label.width() <= width {
        return format!("{label}{}", " ".repeat(width - label.width()));
    }
    let mut end = label;
    while end.width() + 1 > width && !end.is_empty() {
        let mut characters = end.chars();
        characters.next();
        end = characters.as_str();
    }
    format!("…{end}")
}

#[cfg(test)]
mod tests {
    use super::fitted;

    #[test]
    fn labels_are_of_one_width_and_keep_their_ends() {
        assert_eq!(fitted("ionos:dc/v1", 13), "ionos:dc/v1  ");
        assert_eq!(fitted("ionos:dc/volume-1", 9), "…volume-1");
        assert_eq!(fitted("", 2), "  ");
    }
}
