use crate::arguments::Color;

/// Colours words, or leaves them as they are. A colour never says what the word does not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint(bool);

impl Paint {
    pub(crate) fn new(color: Color, is_terminal: bool) -> Self {
        Self(match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => is_terminal && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty()),
        })
    }

    pub(crate) fn is_on(self) -> bool {
        self.0
    }

    pub(crate) fn bad(self, text: &str) -> String {
        self.with("1;31", text)
    }

    pub(crate) fn heading(self, text: &str) -> String {
        self.with("1", text)
    }

    /// An outcome or a state, in the colour of what it means.
    pub(crate) fn outcome(self, word: &str) -> String {
        match code_of(word.trim()) {
            Some(code) => self.with(code, word),
            None => word.to_owned(),
        }
    }

    /// A mark of a drawing, in the colour of the outcome that it stands for.
    pub(crate) fn mark(self, mark: char, outcome: &str) -> String {
        match code_of(outcome) {
            Some(code) => self.with(code, &mark.to_string()),
            None => mark.to_string(),
        }
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

fn code_of(outcome: &str) -> Option<&'static str> {
    Some(match outcome {
        "created" | "adopted" | "restored" | "deleted" | "updated" | "accepted" | "available" | "fresh" | "ok"
        | "keep" => "32",
        "failed" | "unknown" | "timeout" | "overdue" | "not ok" => "31",
        "pending" | "expired" | "deleting" | "restoring" | "delete" => "33",
        _ => return None,
    })
}
