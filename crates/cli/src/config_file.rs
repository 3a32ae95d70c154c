//! The configuration file: accounts with names of their own. Its values are credentials; none is ever printed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cloudsnap::provider::Variables;
use cloudsnap::{Error, Result, SourceRef};
use toml::{Table, Value};

use crate::variables::{self, nearest};

/// The accounts of the file, by name.
#[derive(Default)]
pub(crate) struct ConfigFile {
    accounts: BTreeMap<String, Account>,
    /// Files with secrets in them, the configuration file or those that it names.
    secret_files: BTreeSet<PathBuf>,
}

struct Account {
    provider: String,
    values: BTreeMap<String, Setting>,
    /// Where the file stands, from which relative paths go.
    folder: PathBuf,
}

/// Where a value comes from.
enum Setting {
    Text(String),
    Environment(String),
    File(PathBuf),
    Command(Vec<String>),
    /// The service; the user is the variable's name.
    Keyring(String),
}

impl ConfigFile {
    /// Reads the file that was named, or the one in the usual place if it is there.
    pub(crate) fn load(named: Option<&Path>) -> Result<Self> {
        let (path, is_named) = match named {
            Some(path) => (path.to_owned(), true),
            None => match usual_place() {
                Some(path) => (path, false),
                None => return Ok(Self::default()),
            },
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text, &path),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_named => Ok(Self::default()),
            Err(error) => Err(wrong(&path, &format!("cannot be read: {error}"))),
        }
    }

    fn parse(text: &str, path: &Path) -> Result<Self> {
        // The parser's own message may quote the line, and with it a credential.
        let file: Table = text.parse().map_err(|error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            wrong(path, &format!("is not TOML at line {}", before.matches('\n').count() + 1))
        })?;
        if let Some(other) = file.keys().find(|key| *key != "accounts") {
            return Err(wrong(path, &format!("has '{other}', where only [accounts.NAME] is known")));
        }
        let accounts = match file.get("accounts") {
            None => return Ok(Self::default()),
            Some(Value::Table(accounts)) => accounts,
            Some(_) => return Err(wrong(path, "'accounts' is no table; write [accounts.NAME]")),
        };
        let accounts = accounts
            .iter()
            .map(|(name, entry)| Ok((name.clone(), Account::parse(name, entry, path)?)))
            .collect::<Result<BTreeMap<_, _>>>()?;
        let secret_files = accounts.values().flat_map(|account: &Account| account.secret_files(path)).collect();
        Ok(Self { accounts, secret_files })
    }

    /// The files with secrets in them that others than their owner can read.
    pub(crate) fn exposed(&self) -> impl Iterator<Item = &Path> {
        self.secret_files.iter().map(PathBuf::as_path).filter(|path| others_can_read(path))
    }

    /// Whether it has an account of this provider.
    pub(crate) fn has_account_of(&self, provider: &str) -> bool {
        self.accounts.values().any(|account| account.provider == provider)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.accounts.keys().map(String::as_str)
    }

    /// An account's settings, and where the value of each comes from.
    pub(crate) fn origins(&self, name: &str) -> Vec<(&str, String)> {
        let values = self.accounts.get(name).map(|account| &account.values);
        values.into_iter().flatten().map(|(name, setting)| (name.as_str(), setting.origin())).collect()
    }

    /// An account's provider and its values, if the file has such an account.
    pub(crate) fn account(&self, name: &str) -> Option<(&str, Variables<'_>)> {
        let account = self.accounts.get(name)?;
        Some((&account.provider, Variables::try_from_fn(|variable| account.value(variable))))
    }
}

impl Account {
    fn parse(name: &str, entry: &Value, path: &Path) -> Result<Self> {
        let wrong = |why: &str| wrong(path, &format!("[accounts.{}] {why}", name.escape_debug()));
        if !is_reachable(name) {
            return Err(wrong("cannot be written in a reference")
                .with_advice("a name has none of / @ : % * ? [ and no blanks, and begins with no dash"));
        }
        let Value::Table(entry) = entry else { return Err(wrong("is no table")) };
        let Some(Value::String(provider)) = entry.get("provider") else {
            return Err(wrong("needs provider = \"sitehost\", \"hostway\", \"nodecoid\" or \"ionos\""));
        };
        let Some(known) = variables::of(provider) else {
            let meant = nearest(provider, cloudsnap::PROVIDERS.iter().copied()).map(did_you_mean).unwrap_or_default();
            return Err(wrong("has a provider that is not known")
                .with_advice(format!("{meant}there are {}", cloudsnap::PROVIDERS.join(", "))));
        };
        let mut values = BTreeMap::new();
        for (key, value) in entry.iter().filter(|(key, _)| *key != "provider") {
            if !known.names().any(|name| name == key) {
                let meant = nearest(key, known.names()).map(did_you_mean).unwrap_or_default();
                let all = known.names().collect::<Vec<_>>().join(", ");
                return Err(wrong(&format!("has '{}', which {provider} does not read", key.escape_debug()))
                    .with_advice(format!("{meant}there are {all}")));
            }
            let setting = Setting::parse(value).ok_or_else(|| {
                wrong(&format!(
                    "{key} is written \"TEXT\", {{ env = \"NAME\" }}, {{ file = \"PATH\" }}, \
                     {{ command = [\"PROGRAM\", …] }} or {{ keyring = \"SERVICE\" }}"
                ))
            })?;
            values.insert(key.clone(), setting);
        }
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(Self { provider: provider.clone(), values, folder })
    }

    fn value(&self, variable: &str) -> Result<Option<String>> {
        let Some(setting) = self.values.get(variable) else { return Ok(None) };
        let value = match setting {
            Setting::Text(text) => Ok(text.clone()),
            Setting::Environment(name) => std::env::var(name).map_err(|_| format!("the variable {name} is not set")),
            Setting::File(path) => std::fs::File::open(self.folder.join(path))
                .and_then(read_value)
                .map_err(|error| format!("{} cannot be read: {error}", path.display())),
            Setting::Command(words) => run(words),
            Setting::Keyring(service) => from_keyring(service, variable),
        };
        value.map(Some).map_err(|why| Error::config(format!("{variable}: {why}")))
    }

    /// The files in which this account's secrets stand, where they stand in files.
    fn secret_files(&self, config: &Path) -> Vec<PathBuf> {
        let Some(known) = variables::of(&self.provider) else { return Vec::new() };
        let secrets = self.values.iter().filter(|(name, _)| known.is_secret(name));
        let file = |(_, setting): (&String, &Setting)| match setting {
            Setting::Text(_) => Some(config.to_owned()),
            Setting::File(path) => Some(self.folder.join(path)),
            _ => None,
        };
        secrets.filter_map(file).collect()
    }
}

/// Whether an account of this name can be named: a reference begins with it as it is, and it looks like nothing else.
fn is_reachable(name: &str) -> bool {
    let begins_a_reference = format!("{name}:x").parse().is_ok_and(|source: SourceRef| source.account() == name);
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || "/%*?[".contains(c);
    begins_a_reference && !name.starts_with('-') && !name.contains(is_odd)
}

fn did_you_mean(word: &str) -> String {
    format!("did you mean {word}? ")
}

#[cfg(unix)]
fn others_can_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o044 != 0)
}

/// Other systems keep that in lists of their own.
#[cfg(not(unix))]
fn others_can_read(_: &Path) -> bool {
    false
}

#[cfg(feature = "keyring")]
fn from_keyring(service: &str, variable: &str) -> Result<String, String> {
    let password = keyring::Entry::new(service, variable).and_then(|entry| entry.get_password());
    password.map_err(|error| format!("the keyring has no {variable} of {service}: {error}"))
}

#[cfg(not(feature = "keyring"))]
fn from_keyring(_: &str, _: &str) -> Result<String, String> {
    Err("this cloudsnap was built without the feature keyring".to_owned())
}

impl Setting {
    /// Where the value comes from; never the value.
    fn origin(&self) -> String {
        match self {
            Self::Text(_) => "the configuration file".to_owned(),
            Self::Environment(name) => format!("the variable {name}"),
            Self::File(path) => format!("the file {}", path.display()),
            Self::Command(words) => format!("the command {}", words.first().map(String::as_str).unwrap_or_default()),
            Self::Keyring(service) => format!("the keyring's {service}"),
        }
    }

    fn parse(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::Text(text.clone())),
            Value::Integer(number) => Some(Self::Text(number.to_string())),
            Value::Table(table) if table.len() == 1 => match table.iter().next()? {
                (key, Value::String(name)) if key == "env" => Some(Self::Environment(name.clone())),
                (key, Value::String(path)) if key == "file" => Some(Self::File(path.into())),
                (key, Value::String(service)) if key == "keyring" => Some(Self::Keyring(service.clone())),
                (key, Value::Array(words)) if key == "command" && !words.is_empty() => {
                    words.iter().map(|word| word.as_str().map(str::to_owned)).collect::<Option<_>>().map(Self::Command)
                }
                _ => None,
            },
            _ => None,
        }
    }
}

/// No credential is longer; a device may be without end.
const MAX_VALUE: u64 = 64 * 1024;

fn read_value(source: impl Read) -> std::io::Result<String> {
    let mut value = String::new();
    if source.take(MAX_VALUE + 1).read_to_string(&mut value)? as u64 > MAX_VALUE {
        return Err(std::io::Error::other(format!("it is longer than {MAX_VALUE} bytes")));
    }
    Ok(value)
}

/// Runs a program, not a shell, and takes what it prints. It may ask on the terminal.
fn run(words: &[String]) -> Result<String, String> {
    let [program, arguments @ ..] = words else { return Err("the command is empty".to_owned()) };
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::inherit())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("{program} cannot be run: {error}"))?;
    if !output.status.success() {
        return Err(format!("{program} failed ({})", output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("what {program} printed is not UTF-8"))
}

fn usual_place() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = set("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
    let base = base.or_else(|| Some(set("HOME")?.join(".config")))?;
    Some(base.join("cloudsnap").join("config.toml"))
}

fn wrong(path: &Path, why: &str) -> Error {
    Error::config(format!("the configuration file {} {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANARY: &str = "canary-7f3a";

    fn parsed(text: &str) -> Result<ConfigFile> {
        ConfigFile::parse(text, Path::new("/etc/cloudsnap.toml"))
    }

    #[test]
    fn takes_values_from_text_file_and_command() {
        let folder = std::env::temp_dir().join(format!("cloudsnap-config-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("key"), "from-file\n").unwrap();
        let text = "[accounts.work]\nprovider = \"ionos\"\nIONOS_USERNAME = \"text\"\nIONOS_CONTRACT_NUMBER = 7\n\
                    IONOS_TOKEN = { file = \"key\" }\nIONOS_PASSWORD = { command = [\"echo\", \"$HOME; two\"] }\n\
                    IONOS_API_URL = { env = \"CLOUDSNAP_NOT_SET\" }\n";
        let file = ConfigFile::parse(text, &folder.join("config.toml")).unwrap();
        let (provider, variables) = file.account("work").unwrap();
        assert_eq!(provider, "ionos");
        for (name, value) in [
            ("IONOS_USERNAME", "text"),
            ("IONOS_CONTRACT_NUMBER", "7"),
            ("IONOS_TOKEN", "from-file"),
            ("IONOS_PASSWORD", "$HOME; two"),
        ] {
            assert_eq!(variables.required(name).unwrap(), value);
        }
        assert!(variables.required("IONOS_API_URL").unwrap_err().to_string().contains("CLOUDSNAP_NOT_SET"));
        assert!(variables.optional("IONOS_OTHER").unwrap().is_none());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn says_what_is_wrong_without_the_values() {
        for text in [
            format!("[accounts.work]\nprovider = \"ionos\"\nIONOS_TOKEN = {CANARY}\n"),
            format!("[accounts.work]\nprovider = \"ionos\"\nIONOS_TOKEN = \"{CANARY}\n"),
            format!("[accounts.work]\nprovider = \"ionos\"\nIONOS_TOKEN = \"{CANARY}\"\nIONOS_TOKEN = \"{CANARY}\"\n"),
            format!("[accounts.work]\nprovider = \"ionos\"\nIONOS_TOKEN = [\"{CANARY}\"]\n"),
            format!("[accounts.work]\nprovider = \"ionos\"\nIONOS_TOKEN = {{ secret = \"{CANARY}\" }}\n"),
            format!("[accounts.work]\nA = \"{CANARY}\"\n"),
            format!("[accounts.work]\nprovider = \"ionos\"\nIONOS_TOKN = \"{CANARY}\"\n"),
            format!("[accounts.work]\nprovider = \"{CANARY}\"\n"),
            format!("accounts = \"{CANARY}\"\n"),
            format!("token = \"{CANARY}\"\n"),
        ] {
            let error = parsed(&text).err().unwrap();
            assert_eq!(error.kind(), cloudsnap::ErrorKind::Config);
            assert!(!format!("{error} {error:?}").contains(CANARY), "{error:?}");
        }
        let failing =
            parsed("[accounts.a]\nprovider = \"ionos\"\nIONOS_TOKEN = { command = [\"false\", \"canary-7f3a\"] }\n")
                .unwrap();
        let error = failing.account("a").unwrap().1.required("IONOS_TOKEN").unwrap_err();
        assert!(error.to_string().contains("false failed") && !error.to_string().contains(CANARY), "{error}");
    }

    #[test]
    fn a_slip_of_the_pen_is_refused_with_the_name_that_was_meant() {
        let refused = |text: &str| parsed(text).err().unwrap().to_string();
        let key = refused("[accounts.a]\nprovider = \"nodecoid\"\nNODECOID_SANDBX = 1\n");
        assert!(key.contains("did you mean NODECOID_SANDBOX?"), "{key}");
        let provider = refused("[accounts.a]\nprovider = \"iono\"\n");
        assert!(provider.contains("did you mean ionos?") && provider.contains("sitehost"), "{provider}");
    }

    #[test]
    fn a_name_that_no_reference_can_have_is_refused() {
        for name in ["a:b", "a/b", "a@b", "a%b", "two words", "web*", "-x", ""] {
            let error = parsed(&format!("[accounts.\"{name}\"]\nprovider = \"ionos\"\n")).err();
            assert!(error.is_some_and(|error| error.to_string().contains("reference")), "{name}");
        }
        assert!(parsed("[accounts.\"büro-2.test_1\"]\nprovider = \"ionos\"\n").is_ok());
    }
}
