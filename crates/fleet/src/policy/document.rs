//! From the text of a policy file to what it says, with all that is wrong with it.

use std::net::IpAddr;
use std::ops::Range;
use std::time::Duration;

use cloudsnap_core::{Error, Secret};
use http::Uri;
use jiff::tz::TimeZone;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{Place, count_rule, span_rule};
use super::{Hooks, Override, Policy, Setting, applied};
use crate::duration::parse_duration;
use crate::selection::Selector;

type Value<'t> = Spanned<DeValue<'t>>;
type Found<'v, 't> = Vec<(&'static str, &'v Value<'t>)>;

const DEFAULT_CONCURRENCY: usize = 16;

pub(super) fn read(text: &str, file: &str) -> Result<Policy, Vec<Error>> {
    let mut reader = Reader::default();
    let (document, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        let policy = reader.policy(&document);
        if reader.faults.is_empty() {
            return Ok(policy);
        }
    }
    for error in errors {
        reader.fault(error.span().unwrap_or_default(), format!("this is not TOML: {}", one_line(error.message())));
    }
    reader.faults.sort_by_key(|(at, _)| *at);
    Err(reader
        .faults
        .into_iter()
        .map(|(at, message)| Error::config(format!("{}: {message}", place(text, file, at))))
        .collect())
}

/// `FILE:LINE:COLUMN`; columns count characters.
fn place(text: &str, file: &str, at: usize) -> String {
    let before = text.get(..at.min(text.len())).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("{file}:{line}:{column}")
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is wrong so far, each with its place in the text.
#[derive(Default)]
struct Reader {
    faults: Vec<(usize, String)>,
}

impl Reader {
    fn fault(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.faults.push((span.start, message.into()));
    }

    fn policy(&mut self, document: &Spanned<DeTable<'_>>) -> Policy {
        let mut policy = Policy {
            name: String::new(),
            sources: Vec::new(),
            exclude: Vec::new(),
            concurrency: DEFAULT_CONCURRENCY,
            hooks: Hooks::default(),
            defaults: Vec::new(),
            overrides: Vec::new(),
        };
        let found = self.keys(document.get_ref(), Place::Top);
        for (key, value) in &found {
            match *key {
                "name" => policy.name = self.text(value, checked_name).unwrap_or_default(),
                "sources" => policy.sources = self.selectors(value, true),
                "exclude" => policy.exclude = self.selectors(value, false),
                "concurrency" => policy.concurrency = self.number(value, 1).unwrap_or(DEFAULT_CONCURRENCY),
                "hooks" => policy.hooks = self.hooks(value),
                "override" => policy.overrides = self.overrides(value),
                key => self.setting(key, value, &mut policy.defaults),
            }
        }
        for key in ["name", "sources"] {
            if !found.iter().any(|(found, _)| *found == key) {
                self.fault(0..0, format!("'{key}' is missing"));
            }
        }
        self.check_retention(&policy, &found);
        policy
    }

    /// What stands in a table, under the names with dashes.
    fn keys<'v, 't>(&mut self, table: &'v DeTable<'t>, place: Place) -> Found<'v, 't> {
        let mut found: Found<'v, 't> = Vec::new();
        for (written, value) in table {
            match place.key(written.get_ref()) {
                Some(key) if found.iter().any(|(found, _)| *found == key) => {
                    self.fault(written.span(), format!("'{key}' stands twice"));
                }
                Some(key) => found.push((key, value)),
                None => self.fault(written.span(), place.refusal(written.get_ref())),
            }
        }
        found
    }

    fn setting(&mut self, key: &'static str, value: &Value<'_>, settings: &mut Vec<Setting>) {
        let setting = match key {
            "snapshot-name" => self.text(value, str::parse).map(Setting::SnapshotName),
            "expires" => self.text(value, str::parse).map(Setting::Expires),
            "if-older-than" => self.duration(value).map(Setting::IfOlderThan),
            "timeout" => self.duration(value).map(Setting::Timeout),
            _ => return self.retention(value, settings),
        };
        settings.extend(setting);
    }

    fn retention(&mut self, value: &Value<'_>, settings: &mut Vec<Setting>) {
        let Some(table) = self.table(value, "[retention]") else { return };
        for (key, value) in self.keys(table, Place::Retention) {
            let setting = match key {
                "expired" => self.boolean(value).map(Setting::Expired),
                "time-zone" => self.text(value, time_zone).map(Setting::TimeZone),
                "max-delete" => self.number(value, 0).map(Setting::MaxDelete),
                "include-unowned" => self.boolean(value).map(Setting::IncludeUnowned),
                key => self.rule(key, value),
            };
            settings.extend(setting);
        }
    }

    fn rule(&mut self, key: &'static str, value: &Value<'_>) -> Option<Setting> {
        if let Some(rule) = span_rule(key) {
            let span = self.text(value, |text| text.parse().map_err(|error| format!("{error}")))?;
            return Some(Setting::KeepSpan(rule, span));
        }
        let written = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.to_string(),
            other => {
                let (fits, found) = ("a number, or \"unlimited\",", other.type_str());
                self.fault(value.span(), format!("{key}: {fits} stands here, not the type {found}"));
                return None;
            }
        };
        match written.parse() {
            Ok(count) => Some(Setting::KeepCount(count_rule(key)?, count)),
            Err(error) => {
                self.fault(value.span(), format!("{key}: {error}"));
                None
            }
        }
    }

    /// Rules that keep nothing would leave what to delete to chance.
    fn check_retention(&mut self, policy: &Policy, found: &Found<'_, '_>) {
        const KEEPS_NOTHING: &str =
            "it keeps nothing; give a rule that keeps at least one snapshot, such as keep-last = 7";
        let is_unusable = |settings: &[&Setting]| {
            let retention = applied(settings.iter().copied()).retention;
            retention.is_some_and(|retention| !retention.is_usable())
        };
        let defaults: Vec<&Setting> = policy.defaults.iter().collect();
        if !self.faults.is_empty() {
            return;
        }
        let value_of = |key| found.iter().find(|(found, _)| *found == key).map(|(_, value)| *value);
        if let Some(retention) = value_of("retention").filter(|_| is_unusable(&defaults)) {
            return self.fault(retention.span(), format!("retention: {KEEPS_NOTHING}"));
        }
        let tables = value_of("override").and_then(|value| value.get_ref().as_array()).into_iter().flatten();
        for (table, other) in tables.zip(&policy.overrides) {
            let with_defaults: Vec<&Setting> = defaults.iter().copied().chain(&other.settings).collect();
            if is_unusable(&with_defaults) {
                self.fault(table.span(), format!("the retention of this override: {KEEPS_NOTHING}"));
            }
        }
    }

    fn overrides(&mut self, value: &Value<'_>) -> Vec<Override> {
        let Some(tables) = value.get_ref().as_array() else {
            self.fault(value.span(), "an override is written [[override]]");
            return Vec::new();
        };
        tables.iter().map(|table| self.one_override(table)).collect()
    }

    fn one_override(&mut self, value: &Value<'_>) -> Override {
        let mut read = Override { sources: Vec::new(), settings: Vec::new() };
        let Some(table) = self.table(value, "[[override]]") else { return read };
        let found = self.keys(table, Place::Override);
        for (key, value) in &found {
            match *key {
                "sources" => read.sources = self.selectors(value, true),
                key => self.setting(key, value, &mut read.settings),
            }
        }
        if !found.iter().any(|(key, _)| *key == "sources") {
            self.fault(value.span(), "'sources' is missing: what this override is for");
        }
        read
    }

    fn hooks(&mut self, value: &Value<'_>) -> Hooks {
        let mut hooks = Hooks::default();
        let Some(table) = self.table(value, "[hooks]") else { return hooks };
        for (key, value) in self.keys(table, Place::Hooks) {
            match key {
                "before" => hooks.before = self.command(value),
                "after" => hooks.after = self.command(value),
                "on-failure" => hooks.on_failure = self.command(value),
                "ping" => hooks.ping = self.text(value, ping),
                _ => hooks.timeout = self.duration(value).unwrap_or(hooks.timeout),
            }
        }
        hooks
    }

    fn command(&mut self, value: &Value<'_>) -> Option<Vec<String>> {
        let words: Option<Vec<String>> = value
            .get_ref()
            .as_array()
            .and_then(|words| words.iter().map(|word| word.get_ref().as_str().map(str::to_owned)).collect());
        let command = words.filter(|words| words.first().is_some_and(|program| !program.is_empty()));
        if command.is_none() {
            self.fault(value.span(), "a command is written as an array of texts: [\"PROGRAM\", \"ARGUMENT\"]");
        }
        command
    }

    fn selectors(&mut self, value: &Value<'_>, needs_one: bool) -> Vec<Selector> {
        let Some(words) = value.get_ref().as_array() else {
            self.fault(value.span(), "sources are written as an array of texts: [\"ionos:*\"]");
            return Vec::new();
        };
        if needs_one && words.is_empty() {
            self.fault(value.span(), "this names no source");
        }
        words
            .iter()
            .filter_map(|word| self.text(word, |text| text.parse().map_err(|error: Error| error.message().to_owned())))
            .collect()
    }

    fn table<'v, 't>(&mut self, value: &'v Value<'t>, written: &str) -> Option<&'v DeTable<'t>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.fault(value.span(), format!("this is no table; it is written {written}"));
        }
        table
    }

    fn text<T>(&mut self, value: &Value<'_>, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let read = match value.get_ref().as_str() {
            Some(text) => read(text),
            None => Err(format!("a text in quotes stands here, not the type {}", value.get_ref().type_str())),
        };
        read.map_err(|why| self.fault(value.span(), why)).ok()
    }

    fn duration(&mut self, value: &Value<'_>) -> Option<Duration> {
        self.text(value, parse_duration)
    }

    fn boolean(&mut self, value: &Value<'_>) -> Option<bool> {
        let boolean = value.get_ref().as_bool();
        if boolean.is_none() {
            self.fault(value.span(), "this is true or false");
        }
        boolean
    }

    fn number(&mut self, value: &Value<'_>, least: usize) -> Option<usize> {
        let integer = value.get_ref().as_integer();
        let number = integer.and_then(|integer| usize::from_str_radix(integer.as_str(), integer.radix()).ok());
        let number = number.filter(|number| *number >= least);
        if number.is_none() {
            self.fault(value.span(), format!("this is a number from {least}"));
        }
        number
    }
}

fn checked_name(text: &str) -> Result<String, String> {
    let is_fit = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    match text {
        "" => Err("the name is empty".to_owned()),
        _ if text.len() > 100 => Err("the name is longer than 100 characters".to_owned()),
        _ if text.chars().all(is_fit) => Ok(text.to_owned()),
        _ => Err(format!("'{}' is no name: it has a to z, 0 to 9 and - in it", text.escape_debug())),
    }
}

fn time_zone(text: &str) -> Result<TimeZone, String> {
    TimeZone::get(text)
        .map_err(|_| format!("'{}' is no time zone; one is written Europe/Berlin or UTC", text.escape_debug()))
}

/// Never repeats the URL: whoever knows it can ask for it.
fn ping(text: &str) -> Result<Secret, String> {
    let uri: Uri = text.parse().map_err(|_| "this is no URL such as https://host/path".to_owned())?;
    let host = uri.host().unwrap_or_default();
    let is_loopback = host == "localhost"
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    match uri.scheme_str() {
        _ if host.is_empty() => Err("this is no URL such as https://host/path".to_owned()),
        Some("https") => Ok(Secret::new(text)),
        Some("http") if is_loopback => Ok(Secret::new(text)),
        _ => Err("a ping goes to https://, or to http:// on this machine".to_owned()),
    }
}
