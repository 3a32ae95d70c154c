//! A terminal that remembers what is on its screen, and a command that runs in it.

use std::io::{Read, Write};
use std::num::NonZero;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use vt100::Parser;

const COLUMNS: u16 = 80;

/// How many lines above the screen are remembered.
const SCROLLBACK: usize = 10_000;

pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    screen: Arc<Mutex<Parser>>,
    reading: JoinHandle<()>,
}

/// What a command left behind.
pub(crate) struct Left {
    pub(crate) code: u32,
    /// All lines, those above the screen too.
    pub(crate) lines: Vec<String>,
    /// Those that were too long for the terminal.
    pub(crate) wrapped: Vec<String>,
}

impl Left {
    pub(crate) fn text(&self) -> String {
        self.lines.join("\n")
    }
}

impl Terminal {
    /// Runs a command in a terminal of 80 columns.
    pub(crate) fn run(command: &Command, rows: u16) -> Self {
        let size = PtySize { rows, cols: COLUMNS, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut builder = CommandBuilder::new(command.get_program());
        builder.args(command.get_args());
        builder.env_clear();
        builder.env("TERM", "xterm");
        for (name, value) in command.get_envs().filter_map(|(name, value)| Some((name, value?))) {
            builder.env(name, value);
        }
        let child = pair.slave.spawn_command(builder).unwrap();
        drop(pair.slave);
        let screen =
            Arc::new(Mutex::new(Parser::new(NonZero::new(rows).unwrap(), NonZero::new(COLUMNS).unwrap(), SCROLLBACK)));
        let (mut printed, shown) = (pair.master.try_clone_reader().unwrap(), Arc::clone(&screen));
        let reading = std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // The end of the other side is an error on some systems.
            while let Ok(count @ 1..) = printed.read(&mut bytes) {
                shown.lock().unwrap().process(&bytes[..count]);
            }
        });
        let keyboard = pair.master.take_writer().unwrap();
        Self { child, master: pair.master, keyboard, screen, reading }
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    pub(crate) fn type_in(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Waits until this is on the screen, and gives the screen.
    pub(crate) fn until(&self, seen: impl Fn(&str) -> bool) -> String {
        let patience = Instant::now() + Duration::from_secs(60);
        loop {
            let contents = self.screen.lock().unwrap().screen().rows(0, COLUMNS).collect::<Vec<_>>().join("\n");
            if seen(&contents) {
                return contents;
            }
            assert!(Instant::now() < patience, "this does not come:\n{contents}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for the end of the command.
    pub(crate) fn end(mut self) -> Left {
        let code = self.child.wait().unwrap().exit_code();
        drop((self.keyboard, self.master));
        self.reading.join().unwrap();
        let mut parser = self.screen.lock().unwrap();
        let (lines, wrapped) = everything(&mut parser);
        Left { code, lines, wrapped }
    }
}

fn everything(parser: &mut Parser) -> (Vec<String>, Vec<String>) {
    let screen = parser.screen_mut();
    screen.set_scrollback(usize::MAX);
    let above = screen.scrollback();
    let (mut lines, mut wrapped) = (Vec::new(), Vec::new());
    let mut keep = |line: String, is_wrapped: bool| {
        if is_wrapped {
            wrapped.push(line.clone());
        }
        lines.push(line);
    };
    for offset in (1..=above).rev() {
        screen.set_scrollback(offset);
        keep(screen.rows(0, COLUMNS).next().unwrap_or_default(), screen.row_wrapped(0));
    }
    screen.set_scrollback(0);
    let rows: Vec<String> = screen.rows(0, COLUMNS).collect();
    for (row, line) in (0..).zip(rows) {
        keep(line, screen.row_wrapped(row));
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    (lines, wrapped)
}
