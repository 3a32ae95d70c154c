//! What a shell completes words with: accounts, sources and snapshots. It is quick, and silent where something fails.

use std::ffi::OsStr;
use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use clap::CommandFactory;
use clap_complete::Shell;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};
use cloudsnap::provider::Variables;
use cloudsnap::{HttpOptions, ListSnapshots, ListSources, Result, SnapshotProviderExt};

use crate::accounts::{Accounts, Provider};
use crate::arguments::Arguments;
use crate::config_file::ConfigFile;

/// How long somebody who pressed a key waits.
const PATIENCE: Duration = Duration::from_secs(2);

/// Bash breaks words at colons, and references have colons: the words are put together before the engine sees them,
/// and what stands before the last colon is taken off again.
const WHOLE_WORDS_IN_BASH: &str = r#"
_cloudsnap_whole_words() {
    local line=${COMP_LINE:0:COMP_POINT} words word before
    read -ra words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    COMP_WORDS=("${words[@]}")
    COMP_CWORD=$((${#words[@]} - 1))
    word=${words[COMP_CWORD]}
    _clap_complete_cloudsnap "$1" "$word" "$3"
    if [[ $word == *:* && $COMP_WORDBREAKS == *:* ]]; then
        before=${word%"${word##*:}"}
        COMPREPLY=("${COMPREPLY[@]#"$before"}")
    fi
}
complete -o nospace -o bashdefault -F _cloudsnap_whole_words cloudsnap
"#;

/// Answers the shell, if it is the shell that asks, and ends the process.
pub(crate) fn answer_the_shell() {
    CompleteEnv::with_factory(Arguments::command).bin("cloudsnap").complete();
}

/// The script that makes a shell ask.
pub(crate) fn script(shell: Shell) -> std::io::Result<String> {
    let mut script = Vec::new();
    if let Some(completer) = Shells::builtins().completer(&shell.to_string()) {
        completer.write_registration("COMPLETE", "cloudsnap", "cloudsnap", "cloudsnap", &mut script)?;
    }
    let script = String::from_utf8_lossy(&script).into_owned();
    Ok(if shell == Shell::Bash { script + WHOLE_WORDS_IN_BASH } else { script })
}

/// Accounts by name.
pub(crate) fn accounts() -> ArgValueCompleter {
    ArgValueCompleter::new(|word: &OsStr| candidates(word, account_names("")))
}

/// Accounts, and behind a colon what can be snapshotted there.
pub(crate) fn sources() -> ArgValueCompleter {
    ArgValueCompleter::new(|word: &OsStr| candidates(word, of_account(word, ":", sources_of)))
}

/// The same, for commands that take an account alone.
pub(crate) fn accounts_and_sources() -> ArgValueCompleter {
    ArgValueCompleter::new(|word: &OsStr| candidates(word, of_account(word, "", sources_of)))
}

/// Accounts, and behind a colon the snapshots there.
pub(crate) fn snapshots() -> ArgValueCompleter {
    ArgValueCompleter::new(|word: &OsStr| candidates(word, of_account(word, ":", snapshots_of)))
}

fn candidates(word: &OsStr, all: Vec<String>) -> Vec<CompletionCandidate> {
    let begun = word.to_string_lossy();
    all.into_iter().filter(|known| known.starts_with(&*begun)).map(CompletionCandidate::new).collect()
}

fn known_accounts() -> Option<Accounts> {
    let words: Vec<_> = std::env::args_os().collect();
    let named = crate::wanted(&words, "--config", "--config").map(PathBuf::from);
    let file = ConfigFile::load(named.as_deref()).ok()?;
    Some(Accounts::new(file, Variables::environment(), HttpOptions::default().with_request_timeout(PATIENCE)))
}

fn account_names(behind: &str) -> Vec<String> {
    let names = known_accounts().and_then(|accounts| accounts.configured().ok()).unwrap_or_default();
    names.into_iter().map(|name| format!("{name}{behind}")).collect()
}

/// What an account has, once the word says which account is meant; until then, the accounts.
fn of_account<F>(word: &OsStr, behind: &str, ask: impl FnOnce(Provider) -> F) -> Vec<String>
where
    F: Future<Output = Result<Vec<String>>>,
{
    let word = word.to_string_lossy();
    let Some((account, _)) = word.split_once(':') else { return account_names(behind) };
    let Some(provider) = known_accounts().and_then(|mut accounts| accounts.connect(account).ok()) else {
        return Vec::new();
    };
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return Vec::new() };
    let asked = runtime.block_on(async { tokio::time::timeout(PATIENCE, ask(provider)).await });
    runtime.shutdown_timeout(Duration::ZERO);
    asked.ok().and_then(Result::ok).unwrap_or_default()
}

async fn sources_of(provider: Provider) -> Result<Vec<String>> {
    let sources = provider.sources(ListSources::default()).try_collect().await?;
    Ok(sources.iter().map(|source| source.reference.to_string()).collect())
}

async fn snapshots_of(provider: Provider) -> Result<Vec<String>> {
    let snapshots = provider.snapshots(ListSnapshots::default()).try_collect().await?;
    Ok(snapshots.iter().map(|snapshot| snapshot.reference().to_string()).collect())
}
