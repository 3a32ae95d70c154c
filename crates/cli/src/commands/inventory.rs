//! `sources` and `list`: what there is, in one account or in all.

use std::future::Future;

use cloudsnap::{
    Error, ErrorKind, ListSnapshots, ListSources, Result, SnapshotProvider, SnapshotProviderExt, SourceRef,
};
use serde::Serialize;
use tokio::task::JoinSet;

use super::{Finish, require};
use crate::arguments::{List, Sources};
use crate::exit::Exit;
use crate::failure::{Failure, all_or_errors};
use crate::output::{Paint, table};
use crate::session::Session;

pub(crate) async fn sources(session: &mut Session, arguments: Sources) -> Finish {
    let asked = Asked::of(session, arguments.accounts, |session, account| {
        let provider = session.accounts.connect(account)?;
        require(provider.capabilities().list_sources, &provider, "sources")?;
        Ok(async move { provider.sources(ListSources::default()).try_collect().await })
    })?;
    print(session, asked.answers().await?, table::sources)
}

pub(crate) async fn snapshots(session: &mut Session, arguments: List) -> Finish {
    let asked = Asked::of(session, arguments.of, |session, account_or_source| {
        let request = if account_or_source.contains(':') {
            ListSnapshots::of(account_or_source.parse::<SourceRef>()?)
        } else {
            ListSnapshots::default()
        };
        let account = request.source.as_ref().map_or(account_or_source, SourceRef::account);
        let provider = session.accounts.connect(account)?;
        require(provider.capabilities().list_snapshots, &provider, "list")?;
        Ok(async move { provider.snapshots(request).try_collect().await })
    })?;
    print(session, asked.answers().await?, table::snapshots)
}

/// The same question to several accounts, side by side.
struct Asked<T> {
    /// What is known already, and where it stood in the question.
    parts: Vec<(usize, Result<Vec<T>>)>,
    on_the_way: JoinSet<(usize, Result<Vec<T>>)>,
}

impl<T: Send + 'static> Asked<T> {
    /// Asks those that were named, once all of them can be; where none was named, all that are configured, of which
    /// one that is configured wrongly does not hide the others.
    fn of<F>(
        session: &mut Session,
        named: Vec<String>,
        question: impl Fn(&mut Session, &str) -> Result<F>,
    ) -> Result<Self, Failure>
    where
        F: Future<Output = Result<Vec<T>>> + Send + 'static,
    {
        let all = named.is_empty();
        let names = if all { session.accounts.configured()? } else { named };
        let mut questions: Vec<Result<F>> = names.iter().map(|name| question(session, name)).collect();
        if !all {
            questions = all_or_errors(questions)?.into_iter().map(Ok).collect();
        }
        let mut asked = Self { parts: Vec::new(), on_the_way: JoinSet::new() };
        for (index, question) in questions.into_iter().enumerate() {
            match question {
                Ok(question) => drop(asked.on_the_way.spawn(async move { (index, question.await) })),
                Err(error) => asked.parts.push((index, Err(error))),
            }
        }
        Ok(asked)
    }

    /// All answers, in the order of the question.
    async fn answers(mut self) -> Result<Vec<Result<Vec<T>>>> {
        while let Some(answer) = self.on_the_way.join_next().await {
            self.parts.push(answer.map_err(|error| Error::new(ErrorKind::Unexpected, error.to_string()))?);
        }
        self.parts.sort_by_key(|(index, _)| *index);
        Ok(self.parts.into_iter().map(|(_, answer)| answer).collect())
    }
}

/// One account's failure does not hide the others.
fn print<T: Serialize>(
    session: &Session,
    answers: Vec<Result<Vec<T>>>,
    table: impl FnOnce(Paint, &[T]) -> String,
) -> Finish {
    let (answered, failed): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    let errors: Vec<Error> = failed.into_iter().filter_map(Result::err).collect();
    if answered.is_empty() {
        return Err(Failure::from(errors));
    }
    let found: Vec<T> = answered.into_iter().flatten().flatten().collect();
    session.output.list(&found, table)?;
    if errors.is_empty() { Ok(Exit::Done) } else { Err(Failure { errors, exit: Exit::Partial }) }
}
