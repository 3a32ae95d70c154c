use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use cloudsnap::{CreateSnapshot, Error, LookupOptions, Result, SnapshotProvider};
use cloudsnap_fleet::Policy;
use cloudsnap_fleet::run::{
    Creates, FinishedItem, Interrupts, PolicyRun, Preview, PreviewItem, Pruned, RunEvent, RunOptions, preview,
};

use super::Finish;
use crate::accounts::Provider;
use crate::arguments::{Format, Run};
use crate::exit::Exit;
use crate::failure::{Failure, all_or_errors};
use crate::hooks::{self, HookEnvironment, Limits};
use crate::interrupt::Interrupt;
use crate::metrics::{self, Measured};
use crate::output::objects::{PreviewObject, RunObject};
use crate::output::{columns, pruned, say};
use crate::ping;
use crate::report_file::ReportFile;
use crate::run_progress::RunProgress;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session, arguments: Run) -> Finish {
    let file = arguments.policy.display().to_string();
    let text = std::fs::read_to_string(&arguments.policy)
        .map_err(|error| Error::config(format!("the policy {file} cannot be read: {error}")))?;
    let policy = Policy::parse(&text, &file)?;
    session.accounts.http.concurrency = policy.concurrency;
    let providers = providers(session, &policy, &arguments.accounts)?;
    check_references(&policy, &providers)?;
    check_metrics_file(&arguments)?;
    let journal = session.journal()?.clone();
    if arguments.dry_run {
        return show(session, preview(policy, providers, journal).await?);
    }
    journal.open().await?;
    let mut options = RunOptions::new(gethostname::gethostname().to_string_lossy(), digest(&text));
    options.accounts = arguments.accounts.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect();
    options.fresh = arguments.fresh;
    options.lookup = LookupOptions::default().with_settle(arguments.settle);
    let hooks = policy.hooks.clone();
    let run = PolicyRun::begin(policy, providers, journal, options).await?;
    say_what_is_taken_up(&run);
    let conductor = Conductor { session, arguments: &arguments, hooks, run, interrupts: Interrupt::listen().counted() };
    Box::pin(conductor.conduct()).await
}

/// The accounts that the policy works on, in the order in which it names them.
fn providers(session: &mut Session, policy: &Policy, narrowed: &[String]) -> Result<Vec<Provider>, Failure> {
    let mut names: Vec<String> = Vec::new();
    for selector in &policy.sources {
        match selector.account() {
            Some(account) => names.push(account.to_owned()),
            None => names.extend(session.accounts.configured()?),
        }
    }
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    if let Some(other) = narrowed.iter().find(|account| !names.contains(account)) {
        let message = format!("the policy '{}' has no sources at the account '{}'", policy.name, other.escape_debug());
        return Err(Error::invalid_input(message).with_advice(format!("it has some at: {}", names.join(", "))).into());
    }
    names.retain(|name| narrowed.is_empty() || narrowed.contains(name));
    all_or_errors(names.iter().map(|name| session.accounts.connect(name)))
}

/// All that can be seen of references without a request.
fn check_references(policy: &Policy, providers: &[Provider]) -> Result<(), Failure> {
    let references = policy.sources.iter().filter_map(|selector| selector.reference());
    let checked = references.filter_map(|source| {
        let provider = providers.iter().find(|provider| **provider.account().name() == *source.account())?;
        let valid = provider.validate_create(&CreateSnapshot::new(source.clone()));
        Some(valid.map_err(|error| error.with_context(provider.account(), "create")))
    });
    all_or_errors(checked).map(drop)
}

fn check_metrics_file(arguments: &Run) -> Result<()> {
    let folder = arguments.metrics_file.as_ref().and_then(|file| file.parent());
    match folder.filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        Some(folder) => Err(Error::config(format!("--metrics-file: there is no folder {}", folder.display()))),
        None => Ok(()),
    }
}

fn digest(text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn say_what_is_taken_up(run: &PolicyRun) {
    if !run.is_resumed() {
        return;
    }
    say(&format!("going on with the run {}, which was begun at {:.0}", run.run().id, run.run().begun_at));
    if run.has_changed() {
        say("the policy has changed since: sources that were found then stay; --fresh begins a new run");
    }
}

/// Shows what a run would do.
fn show(session: &Session, preview: Preview) -> Finish {
    preview.notices.iter().collect::<BTreeSet<_>>().into_iter().for_each(|notice| say(notice));
    let pruned = preview.prune.as_ref();
    if session.output.format == Format::Table {
        preview.items.iter().for_each(|item| say(&planned(item)));
        pruned.map_or(Ok(()), |pruned| pruned::print(&session.output, &pruned.report))?;
    } else {
        let items = &preview.items;
        session
            .output
            .object(&PreviewObject { items, prune: pruned.map(|pruned| &pruned.report) }, |_, _| String::new())?;
    }
    say_errors(session, &preview.failed, pruned, &[]);
    let items = preview.failed.iter().map(Exit::of_run_item).chain(preview.items.iter().map(|_| Exit::Done));
    Ok(Exit::of_all(items.chain(exits_of_prune(pruned))))
}

fn planned(item: &PreviewItem) -> String {
    let named = item.name.as_ref().map(|name| format!(" named '{name}'")).unwrap_or_default();
    match item.is_fresh {
        true => format!("{}: has a snapshot that is young enough", item.source),
        false => format!("{}: would be snapshotted{named}", item.source),
    }
}

/// Leads a run from its first hook to its last.
struct Conductor<'s> {
    session: &'s Session,
    arguments: &'s Run,
    hooks: cloudsnap_fleet::Hooks,
    run: PolicyRun,
    interrupts: Interrupts,
}

/// What is known of a run so far.
#[derive(Default)]
struct Course {
    items: Vec<FinishedItem>,
    pruned: Option<Pruned>,
    /// What else went wrong: hooks, the journal, the metrics.
    errors: Vec<Error>,
    interrupted: bool,
}

impl Course {
    fn exit(&self) -> Exit {
        let items = self.items.iter().map(Exit::of_run_item);
        let others = self.errors.iter().map(|_| Exit::Failed);
        let interrupted = self.interrupted.then_some(Exit::Interrupted);
        Exit::of_all(items.chain(exits_of_prune(self.pruned.as_ref())).chain(others).chain(interrupted))
    }

    fn count(&self, is_one: impl Fn(&FinishedItem) -> bool) -> usize {
        self.items.iter().filter(|item| is_one(item)).count()
    }
}

fn exits_of_prune(pruned: Option<&Pruned>) -> impl Iterator<Item = Exit> {
    pruned.into_iter().flat_map(|pruned| {
        let refused = pruned.refusals.iter().map(|_| Exit::Failed);
        let lists = pruned.errors.iter().map(Exit::of);
        refused.chain(lists).chain(pruned.deletions.items.iter().map(Exit::of_item))
    })
}

impl Conductor<'_> {
    async fn conduct(self) -> Finish {
        let mut course = Course::default();
        let before = self.hook("before", self.hooks.before.as_deref(), &course, "begun").await;
        let may_go_on = before.is_ok();
        course.interrupted = *self.interrupts.borrow() > 0;
        course.errors.extend(before.err());
        let mut not_begun = Vec::new();
        if may_go_on && !course.interrupted {
            let creates = self.create().await;
            not_begun = creates.not_begun;
            course.interrupted = creates.interrupted;
            course.items = creates.items;
            self.after(&mut course).await;
            self.prune(&mut course).await;
        } else {
            self.after(&mut course).await;
        }
        self.close(&mut course, may_go_on).await;
        self.write_metrics(&mut course).await;
        let printed = self.print(&course);
        for subject in not_begun {
            say(&format!("{}: not started, nothing was created", subject.label()));
        }
        self.tell_others(&course).await;
        printed?;
        Ok(course.exit())
    }

    async fn create(&self) -> Creates {
        let progress = RunProgress::new(&self.session.progress);
        let mut notices = BTreeSet::new();
        let creating = self.run.create(&self.interrupts, |event| {
            progress.note(&event);
            match event {
                // What cannot be printed now is printed with the whole, or said to be unprintable then.
                RunEvent::Ended(item) => drop(self.session.output.as_it_finishes(&*item)),
                RunEvent::Notice(notice) => drop(notices.insert(notice)),
                _ => {}
            }
        });
        let creates = progress.while_working(creating).await;
        progress.clear();
        notices.iter().for_each(|notice| say(notice));
        creates
    }

    async fn after(&self, course: &mut Course) {
        let outcome = course.exit().word();
        let after = self.hook("after", self.hooks.after.as_deref(), course, outcome).await;
        course.errors.extend(after.err());
    }

    async fn prune(&self, course: &mut Course) {
        if course.interrupted {
            return;
        }
        match self.run.prune(&course.items, &self.interrupts).await {
            Ok(pruned) => {
                course.interrupted |= pruned.as_ref().is_some_and(|pruned| pruned.deletions.interrupted);
                course.pruned = pruned;
            }
            Err(error) => course.errors.push(error.with_operation("prune")),
        }
    }

    /// A run that was interrupted has not ended: the next start goes on with it. So it is where the hook failed that
    /// comes before anything else, and there was a run to go on with.
    async fn close(&self, course: &mut Course, has_worked: bool) {
        if course.interrupted || !has_worked && self.run.is_resumed() {
            return;
        }
        if let Err(error) = self.run.end(course.exit().word(), &course.items).await {
            course.errors.push(error);
        }
    }

    async fn write_metrics(&self, course: &mut Course) {
        let Some(file) = &self.arguments.metrics_file else { return };
        let journal = self.session.journal();
        let successes = match journal {
            Ok(journal) => journal.successes(&self.run.run().policy).await.unwrap_or_default(),
            Err(_) => Default::default(),
        };
        let deletions = course.pruned.iter().flat_map(|pruned| &pruned.deletions.items);
        let measured = Measured {
            policy: &self.run.run().policy,
            items: &course.items,
            successes: &successes,
            begun_at: self.run.run().begun_at,
            seconds: self.run.elapsed().as_secs_f64(),
            requests: self.run.requests(&course.items),
            exit: course.exit() as u8,
            deleted: deletions.filter(|item| Exit::of_item(item) == Exit::Done).count(),
        };
        if let Err(error) = metrics::write(file, &measured) {
            course.errors.push(error);
        }
    }

    /// Those who watch over the run from elsewhere.
    async fn tell_others(&self, course: &Course) {
        let exit = course.exit();
        if exit != Exit::Done
            && let Err(error) = self.hook("on-failure", self.hooks.on_failure.as_deref(), course, exit.word()).await
        {
            say(&format!("warning: {error}"));
        }
        if let Some(url) = &self.hooks.ping
            && let Err(why) = ping::send(url, exit == Exit::Done).await
        {
            say(&format!("warning: the ping did not arrive: {why}"));
        }
    }

    /// Runs a hook, if there is one.
    async fn hook(&self, name: &str, words: Option<&[String]>, course: &Course, outcome: &str) -> Result<()> {
        let Some(words) = words else { return Ok(()) };
        // What was frozen has to be thawed, with a report or without.
        let report =
            ReportFile::create(name, &self.object(course)).inspect_err(|error| say(&format!("warning: {error}")));
        let environment = HookEnvironment {
            policy: &self.run.run().policy,
            run: &self.run.run().id,
            outcome,
            created: course.count(|item| Exit::of_run_item(item) == Exit::Done && item.outcome.is_good_create()),
            failed: course.count(|item| matches!(Exit::of_run_item(item), Exit::Failed | Exit::Usage | Exit::Deadline)),
            unknown: course.count(|item| Exit::of_run_item(item) == Exit::Unknown),
            report: report.as_ref().ok().map(ReportFile::path),
        };
        hooks::run(name, words, &environment, Limits { timeout: self.hooks.timeout, interrupts: &self.interrupts })
            .await
    }

    fn object<'c>(&'c self, course: &'c Course) -> RunObject<'c> {
        RunObject {
            run: &self.run.run().id,
            policy: &self.run.run().policy,
            resumed: self.run.is_resumed(),
            items: &course.items,
            prune: course.pruned.as_ref().map(|pruned| &pruned.report),
            elapsed_ms: u64::try_from(self.run.elapsed().as_millis()).unwrap_or(u64::MAX),
            requests: self.run.requests(&course.items),
        }
    }

    fn print(&self, course: &Course) -> Result<()> {
        let output = &self.session.output;
        match output.format {
            Format::Table if output.is_quiet() && course.exit() == Exit::Done => {}
            Format::Table => {
                output.table(&course.items, columns::RUN_ITEMS)?;
                if let Some(pruned) = &course.pruned {
                    pruned::print_all(output, &pruned.report)?;
                }
            }
            Format::Json | Format::Jsonl => output.object(&self.object(course), |_, _| String::new())?,
        }
        say_errors(self.session, &course.items, course.pruned.as_ref(), &course.errors);
        if course.interrupted {
            say(
                "interrupted; what was started goes on at the provider, and the next start of this policy goes on here",
            );
        }
        for item in &course.items {
            if let Some(token) = item.token() {
                say(&format!("{}: cloudsnap wait {token}", item.subject));
            }
        }
        Ok(())
    }
}

fn say_errors(session: &Session, items: &[FinishedItem], pruned: Option<&Pruned>, others: &[Error]) {
    let of_items = items.iter().filter_map(|item| Some((Some(item.subject.clone()), item.error.as_ref()?)));
    let of_prune = pruned.into_iter().flat_map(|pruned| {
        let deletions = pruned.deletions.items.iter();
        let deletions = deletions.filter_map(|item| Some((Some(item.subject.label()), item.error.as_ref()?)));
        deletions.chain(pruned.refusals.iter().chain(&pruned.errors).map(|error| (None, error)))
    });
    session.output.errors(of_items.chain(of_prune).chain(others.iter().map(|error| (None, error))));
}
