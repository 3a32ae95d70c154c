use std::collections::BTreeSet;
use std::path::Path;

use cloudsnap::jiff::Timestamp;
use cloudsnap::jiff::tz::TimeZone;
use cloudsnap::{Error, ErrorKind, Result, SnapshotProvider};
use cloudsnap_fleet::Batch;
use cloudsnap_fleet::prune::{self, AccountScope, Deletion, Listed, PLANNED, Report};
use cloudsnap_fleet::retention::{Plan, PlanEntry, PlanError, PlanOptions};

use super::{Finish, stake, typed};
use crate::arguments::{Format, Keep, Prune};
use crate::batch;
use crate::exit::Exit;
use crate::failure::{Failure, all_or_errors};
use crate::output::{pruned, say};
use crate::prompt;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session, arguments: Prune) -> Finish {
    session.output.show(&arguments.shown);
    session.bound_exchanges(arguments.deadline.timeout);
    let only_plans = arguments.dry_run || arguments.plan.is_some();
    let kept = arguments.apply.as_deref().map(read_plan).transpose()?;
    if kept.is_none() {
        refuse_useless_rules(&arguments.keep)?;
    }
    prompt::refuse_script(arguments.yes || only_plans, "this deletes snapshots for good")?;
    let batch = session.batch(arguments.deadline.timeout).await?;
    let scopes = match &kept {
        Some(plan) => accounts_of(session, plan)?,
        None => typed::scopes(session, arguments.of.clone()).await?,
    };
    scopes.iter().filter_map(cannot_delete).for_each(|line| say(&line));
    let listed = prune::list(&scopes, session.journal_if_any()).await?;
    if listed.snapshots.is_empty() && !listed.errors.is_empty() {
        return Err(Failure::from(listed.errors));
    }
    let mut plan = match kept {
        Some(plan) => plan,
        None => plan_of(&listed, &arguments.keep, arguments.max_delete)?,
    };
    plan.max_delete = arguments.max_delete.unwrap_or(plan.max_delete);
    let work = match arguments.apply {
        Some(_) => Work::of_kept(&plan, &listed),
        None => Work::of_new(&plan, &listed),
    };
    if let Some(file) = &arguments.plan {
        write_plan(file, &plan)?;
    }
    if only_plans {
        pruned::print(&session.output, &work.report)?;
        if let Err(error) = plan.check_limit() {
            say(&format!("warning: not to be carried out as it is: {error}"));
        }
        return work.finish(Exit::Done, listed);
    }
    carry_out(session, &arguments, &batch, &plan, work, listed).await
}

/// What is to be done, and what is known of the rest.
struct Work {
    report: Report,
    deletions: Vec<PlanEntry>,
    /// How many deletions of a plan from a file are refused.
    refused: usize,
}

impl Work {
    fn of_new(plan: &Plan, listed: &Listed) -> Self {
        Self { report: Report::of_plan(plan, listed), deletions: plan.deletions().cloned().collect(), refused: 0 }
    }

    fn of_kept(plan: &Plan, listed: &Listed) -> Self {
        let comparison = plan.compare(&listed.listing, Timestamp::now());
        Self {
            report: Report::of_comparison(plan, &comparison, listed),
            deletions: comparison.unchanged.iter().map(|entry| (*entry).clone()).collect(),
            refused: comparison.refused.len(),
        }
    }

    /// Ends a command whose deletions ended so, with what kept lists from their end.
    fn finish(&self, exit: Exit, listed: Listed) -> Finish {
        let any_is_complete = listed.listing.accounts.values().any(|account| account.complete);
        let others = (any_is_complete && !listed.errors.is_empty()).then_some(Exit::Done);
        let lists = listed.errors.iter().map(Exit::of).chain(others);
        let refused = (self.refused > 0).then_some(Exit::Failed);
        let deletions = (!self.deletions.is_empty()).then_some(exit);
        let exit = Exit::of_all(lists.chain(refused).chain(deletions));
        if listed.errors.is_empty() { Ok(exit) } else { Err(Failure { errors: listed.errors, exit }) }
    }
}

async fn carry_out(
    session: &mut Session,
    arguments: &Prune,
    batch: &Batch,
    plan: &Plan,
    work: Work,
    listed: Listed,
) -> Finish {
    if let Err(error) = plan.check_limit() {
        if session.output.format == Format::Table {
            pruned::print(&session.output, &work.report)?;
        }
        return Err(Failure { errors: vec![too_many(&error)], exit: Exit::Failed });
    }
    if !arguments.yes && !work.deletions.is_empty() {
        if session.output.format == Format::Table {
            pruned::print(&session.output, &work.report)?;
        }
        if !prompt::confirm(false, &deletes(&work.report))? {
            say("nothing was deleted");
            return Ok(Exit::Failed);
        }
    }
    let jobs = prune::deletions(batch, &work.deletions, |account| session.accounts.connect(account))?;
    let output = &session.output;
    pruned::print_lines_of_the_rest(output, &work.report)?;
    let report = &work.report;
    let exit = batch::run_printed(
        batch,
        jobs,
        session,
        |item| report.ended(item).map_or(Ok(()), |deletion| pruned::print_line(output, &deletion)),
        |items| pruned::print_all(output, &report.clone().with_ended(items)),
    );
    let exit = exit.await?;
    work.finish(exit, listed)
}

fn refuse_useless_rules(keep: &Keep) -> Result<()> {
    let rules = keep.rules();
    if !keep.is_given() {
        return Err(Error::invalid_input("no rule says what to keep")
            .with_advice("give one such as --keep-daily 7, or --expired; --dry-run shows what it would delete"));
    }
    if rules.keeps_something() || rules.expired {
        return Ok(());
    }
    Err(Error::invalid_input(PlanError::NothingKept.to_string()))
}

/// The plan that these rules make of what is listed.
pub(super) fn plan_of(listed: &Listed, keep: &Keep, max_delete: Option<usize>) -> Result<Plan> {
    let mut options = PlanOptions::new(Timestamp::now());
    options.time_zone = keep.time_zone.clone().unwrap_or(TimeZone::UTC);
    options.include_unowned = keep.include_unowned;
    options.max_delete = max_delete;
    Plan::new(&listed.listing, &keep.rules(), &options).map_err(|error| Error::invalid_input(error.to_string()))
}

fn accounts_of(session: &mut Session, plan: &Plan) -> std::result::Result<Vec<AccountScope>, Failure> {
    let accounts: BTreeSet<&str> = plan.entries.iter().map(|entry| &*entry.snapshot.account).collect();
    let scopes = accounts.into_iter().map(|account| Ok(AccountScope::whole(session.accounts.connect(account)?)));
    all_or_errors(scopes.collect::<Vec<_>>())
}

fn cannot_delete(scope: &AccountScope) -> Option<String> {
    let account = scope.provider.account();
    let line = || {
        format!("{}: {} cannot delete snapshots; none of this account's is deleted", account.name(), account.provider())
    };
    (!scope.provider.capabilities().delete).then(line)
}

fn too_many(error: &PlanError) -> Error {
    Error::new(ErrorKind::OperationFailed, error.to_string()).with_advice("nothing was deleted")
}

/// What a person is told before it is lost.
fn deletes(report: &Report) -> String {
    let planned: Vec<&Deletion> = report.delete.iter().filter(|deletion| deletion.outcome == PLANNED).collect();
    let lines: Vec<String> = planned.iter().map(|deletion| format!("  {}", stake::of(&deletion.snapshot))).collect();
    let sizes = pruned::sizes(planned.iter().copied());
    format!("this deletes {} snapshots for good ({sizes}):\n{}\n", lines.len(), lines.join("\n"))
}

fn read_plan(file: &Path) -> Result<Plan> {
    let cannot = |why: String| {
        Error::invalid_input(format!("the plan {} cannot be read: {why}", file.display()))
            .with_advice("`cloudsnap prune --plan FILE` writes one")
    };
    let text = std::fs::read_to_string(file).map_err(|error| cannot(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| cannot(error.to_string()))
}

fn write_plan(file: &Path, plan: &Plan) -> Result<()> {
    let cannot = |why: String| Error::invalid_input(format!("the plan {} cannot be written: {why}", file.display()));
    let text = serde_json::to_string_pretty(plan).map_err(|error| cannot(error.to_string()))?;
    std::fs::write(file, text + "\n").map_err(|error| cannot(error.to_string()))
}
