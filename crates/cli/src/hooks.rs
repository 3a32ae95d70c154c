//! The commands of a policy that are run around a run.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use cloudsnap::{Error, ErrorKind, Result};
use cloudsnap_fleet::run::Interrupts;
use tokio::process::{Child, Command};

/// What a hook sees of the run.
pub(crate) struct HookEnvironment<'a> {
    pub(crate) policy: &'a str,
    pub(crate) run: &'a str,
    pub(crate) outcome: &'a str,
    pub(crate) created: usize,
    pub(crate) failed: usize,
    pub(crate) unknown: usize,
    pub(crate) report: Option<&'a Path>,
}

/// How a hook may be ended.
pub(crate) struct Limits<'a> {
    pub(crate) timeout: Duration,
    /// A signal that comes while it runs ends it.
    pub(crate) interrupts: &'a Interrupts,
}

/// Runs a program, not a shell, in a process group of its own. What it prints goes to stderr.
///
/// # Errors
///
/// Where it cannot be started, fails, takes too long, or is interrupted. Its whole process group is killed then.
pub(crate) async fn run(
    name: &str,
    words: &[String],
    environment: &HookEnvironment<'_>,
    limits: Limits<'_>,
) -> Result<()> {
    let failed = |why: String| Error::new(ErrorKind::OperationFailed, format!("the hook '{name}' {why}"));
    let [program, arguments @ ..] = words else { return Err(failed("is empty".to_owned())) };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("CLOUDSNAP_POLICY", environment.policy)
        .env("CLOUDSNAP_RUN", environment.run)
        .env("CLOUDSNAP_OUTCOME", environment.outcome)
        .env("CLOUDSNAP_CREATED", environment.created.to_string())
        .env("CLOUDSNAP_FAILED", environment.failed.to_string())
        .env("CLOUDSNAP_UNKNOWN", environment.unknown.to_string())
        .envs(environment.report.map(|report| ("CLOUDSNAP_REPORT", report)))
        .stdin(Stdio::null())
        .stdout(stderr());
    #[cfg(unix)]
    command.process_group(0);
    let mut child = command.spawn().map_err(|error| failed(format!("cannot be run: {program}: {error}")))?;
    let mut interrupts = limits.interrupts.clone();
    interrupts.mark_unchanged();
    let why = tokio::select! {
        ended = child.wait() => return of_status(ended).map_err(failed),
        () = tokio::time::sleep(limits.timeout) => {
            format!("took longer than {} and was killed", crate::duration::print(limits.timeout))
        }
        Ok(()) = interrupts.changed() => "was interrupted and killed".to_owned(),
    };
    kill(&mut child).await;
    Err(failed(why))
}

fn of_status(ended: std::io::Result<ExitStatus>) -> Result<(), String> {
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("failed ({status})")),
        Err(error) => Err(format!("cannot be waited for: {error}")),
    }
}

/// Kills it with all that it has started.
async fn kill(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = child.id().and_then(|pid| rustix::process::Pid::from_raw(pid.try_into().ok()?)) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill().await;
}

/// stdout is for results.
fn stderr() -> Stdio {
    #[cfg(unix)]
    let ours = std::os::fd::AsFd::as_fd(&std::io::stderr()).try_clone_to_owned();
    #[cfg(windows)]
    let ours = std::os::windows::io::AsHandle::as_handle(&std::io::stderr()).try_clone_to_owned();
    ours.map_or_else(|_| Stdio::null(), Stdio::from)
}

#[cfg(all(test, unix))]
mod tests {
    use tokio::sync::watch;
    use tokio::time::Instant;

    use super::*;

    async fn ran(script: &str, timeout: Duration, interrupts: &Interrupts) -> Result<(), String> {
        let words = ["sh", "-c", script].map(str::to_owned);
        let report = Some(Path::new("/report.json"));
        let environment =
            HookEnvironment { policy: "p", run: "r", outcome: "done", created: 1, failed: 2, unknown: 3, report };
        let ended = run("before", &words, &environment, Limits { timeout, interrupts }).await;
        ended.map_err(|error| error.message().to_owned())
    }

    #[tokio::test]
    async fn a_hook_sees_the_run() {
        let (_sender, interrupts) = watch::channel(0);
        let script = "test \"$CLOUDSNAP_POLICY $CLOUDSNAP_RUN $CLOUDSNAP_OUTCOME $CLOUDSNAP_CREATED $CLOUDSNAP_FAILED \
                      $CLOUDSNAP_UNKNOWN $CLOUDSNAP_REPORT\" = 'p r done 1 2 3 /report.json'";
        assert_eq!(ran(script, Duration::from_secs(30), &interrupts).await, Ok(()));
        let failed = ran("exit 3", Duration::from_secs(30), &interrupts).await.unwrap_err();
        assert_eq!(failed, "the hook 'before' failed (exit status: 3)");
    }

    #[tokio::test]
    async fn what_takes_too_long_is_killed_with_all_that_it_started() {
        let (_sender, interrupts) = watch::channel(0);
        let marker = std::env::temp_dir().join(format!("cloudsnap-hook-{}", std::process::id()));
        let script = format!("(sleep 2; touch {}) & sleep 60", marker.display());
        let began = Instant::now();
        let failed = ran(&script, Duration::from_millis(300), &interrupts).await.unwrap_err();
        assert_eq!(failed, "the hook 'before' took longer than 0.3 s and was killed");
        assert!(began.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert!(!marker.exists(), "a child of the hook went on");
    }

    #[tokio::test]
    async fn a_signal_ends_it_and_one_from_before_does_not() {
        let (sender, interrupts) = watch::channel(0);
        sender.send_modify(|count| *count += 1);
        assert_eq!(ran("true", Duration::from_secs(30), &interrupts).await, Ok(()));
        let later = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            sender.send_modify(|count| *count += 1);
        };
        let (ended, ()) = tokio::join!(ran("sleep 60", Duration::from_secs(30), &interrupts), later);
        assert_eq!(ended.unwrap_err(), "the hook 'before' was interrupted and killed");
    }
}
