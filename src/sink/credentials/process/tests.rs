//! Tests the running of commands. Their limits in time are small where they must be reached.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test may wait")]

use super::*;
use std::{
    fs,
    path::{Path, PathBuf},
};

const ANSWER: &str = r#"echo '{"Version": 1, "AccessKeyId": "AKID", "SecretAccessKey": "secret"}'"#;
const LONG: Duration = Duration::from_mins(1);

fn processes(patience: Duration, max_time: Duration) -> Processes {
    let variables =
        [("PATH".to_owned(), "/usr/bin:/bin".to_owned()), ("GIVEN".to_owned(), "it's".to_owned())];
    Processes { patience, max_time, ..Processes::new(Arc::from(variables)) }
}

async fn run(command: &str) -> Result<Credentials, String> {
    processes(LONG, LONG).credentials("dev", command).await
}

fn path(name: &str) -> PathBuf {
    let path = Path::new(env!("OUT_DIR")).join(name);
    let _ = fs::remove_file(&path);
    path
}

#[tokio::test]
async fn a_command_is_one_of_the_shell_with_the_environment_that_was_passed() {
    let seen = path("seen");
    let command =
        format!("( env | grep -v '^_=\\|^PWD=\\|^SHLVL='; pwd ) > '{}'; {ANSWER} | cat", seen.display());
    assert_eq!(run(&command).await.unwrap().access_key_id(), "AKID");
    let mut lines: Vec<_> = fs::read_to_string(seen).unwrap().lines().map(str::to_owned).collect();
    let directory = std::env::current_dir().unwrap().display().to_string();
    assert_eq!(lines.pop(), Some(directory));
    lines.sort();
    assert_eq!(lines, ["GIVEN=it's", "PATH=/usr/bin:/bin"]);
}

#[tokio::test]
async fn no_signal_is_blocked_in_a_command_and_it_has_no_input() {
    let seen = path("signals");
    let mut all = std::mem::MaybeUninit::uninit();
    // SAFETY: fills the set.
    unsafe { libc::sigfillset(all.as_mut_ptr()) };
    // SAFETY: the set was filled, and nothing is written. Threads that are started from here inherit it, as those of the flusher do.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), std::ptr::null_mut()) };
    let command = format!("grep SigBlk /proc/self/status > '{}'; cat; {ANSWER}", seen.display());
    run(&command).await.unwrap();
    if cfg!(target_os = "linux") {
        assert_eq!(fs::read_to_string(seen).unwrap(), "SigBlk:\t0000000000000000\n");
    }
}

#[tokio::test]
async fn a_command_that_fails_is_told_by_its_status_and_its_last_words() {
    for (command, told) in [
        ("exit 3", "it ended with exit status: 3"),
        (
            "echo first >&2; echo 'Token has expired: log in at https://example.com/start.' >&2; echo >&2; exit 255",
            "it ended with exit status: 255: Token has expired: log in at https://example.com/start.",
        ),
        ("kill -9 $$", "it ended with signal: 9 (SIGKILL)"),
        ("/nonexistent/command", "it ended with exit status: 127: "),
        (
            "printf 'bad key=AKIAIOSFODNN7EXAMPLE/wJalrXUtnFEMI8K7MDENGbPxRfiCYEXAMPLEKEY' >&2; exit 1",
            "it ended with exit status: 1: bad [redacted]",
        ),
        (
            "echo 'at https://bob:hunter2@idp/?token=abc wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' >&2; exit 1",
            "it ended with exit status: 1: at [redacted] [redacted]",
        ),
        ("printf '\\033[31mno\\007' >&2; exit 1", "it ended with exit status: 1: [31mno"),
        ("echo secret; exit 1", "it ended with exit status: 1"),
    ] {
        let problem = run(command).await.unwrap_err();
        let beginning = format!("the credential_process of the profile dev: {told}");
        assert!(problem.starts_with(&beginning), "{problem}");
        assert!(told.ends_with(": ") || problem == beginning, "{problem}");
    }
}

#[tokio::test]
async fn a_long_complaint_is_told_in_part() {
    let problem = run("head -c 300000 /dev/zero | tr '\\0' 'a' >&2; exit 1").await.unwrap_err();
    assert!(problem.len() < 400, "{problem}");
}

#[tokio::test]
async fn a_secret_whose_beginning_is_cut_off_is_not_told() {
    let complaint = format!("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY{}", " no".repeat(338));
    let problem = run(&format!("echo '{complaint}' >&2; exit 1")).await.unwrap_err();
    assert!(problem.contains("exit status: 1: no no"), "{problem}");
}

#[tokio::test]
async fn an_answer_that_does_not_end_is_too_large() {
    let problem = run("cat /dev/zero").await.unwrap_err();
    assert_eq!(problem, "the credential_process of the profile dev: its answer is larger than 64 KiB");
}

#[tokio::test]
async fn a_command_is_ended_with_its_children_after_its_time() {
    let pid = path("pid");
    let command = format!("sleep 1000 & echo $! > '{}'; wait", pid.display());
    let problem = processes(LONG, Duration::from_millis(300)).credentials("dev", &command).await.unwrap_err();
    assert_eq!(
        problem,
        "the credential_process of the profile dev: it has not ended within 300ms, and was ended"
    );
    let child: i32 = fs::read_to_string(pid).unwrap().trim().parse().unwrap();
    while is_running(child) {
        std::thread::yield_now();
    }
}

fn is_running(process: i32) -> bool {
    // SAFETY: takes numbers alone. Signal 0 is not sent.
    (unsafe { libc::kill(process, 0) }) == 0 && !is_zombie(process)
}

/// Whether nobody has waited for a process that has ended. In a container, that can last.
fn is_zombie(process: i32) -> bool {
    fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| stat.contains(") Z "))
}

#[tokio::test]
async fn a_child_that_keeps_the_output_open_does_not_keep_the_answer() {
    let pid = path("pid-of-agent");
    let command = format!("sleep 1000 & echo $! > '{}'; {ANSWER}", pid.display());
    assert_eq!(run(&command).await.unwrap().access_key_id(), "AKID");
    let agent = fs::read_to_string(pid).unwrap().trim().parse().unwrap();
    assert!(is_running(agent), "it is not ended either");
    assert!(std::process::Command::new("kill").arg(agent.to_string()).status().unwrap().success());
}

#[tokio::test]
async fn a_slow_command_goes_on_and_its_answer_serves_the_next_request() {
    let (started, go) = (path("started"), path("go"));
    let command = format!(
        "echo >> '{}'; while [ ! -e '{}' ]; do sleep 0.01; done; {ANSWER}",
        started.display(),
        go.display()
    );
    let mut processes = processes(Duration::from_millis(50), LONG);
    for _ in 0..3 {
        let problem = processes.credentials("dev", &command).await.unwrap_err();
        assert!(problem.contains("has not ended within 50ms. Its answer will be used"), "{problem}");
    }
    fs::write(go, "").unwrap();
    processes.patience = LONG;
    assert_eq!(processes.credentials("dev", &command).await.unwrap().access_key_id(), "AKID");
    assert_eq!(fs::read_to_string(started).unwrap(), "\n", "started once");
    assert_eq!(processes.running.len(), 0);
}

#[tokio::test]
async fn a_request_that_is_given_up_does_not_lose_the_command() {
    let started = path("started-once");
    let command = format!("echo >> '{}'; sleep 0.2; {ANSWER}", started.display());
    let mut processes = processes(LONG, LONG);
    let given_up = timeout(Duration::from_millis(10), processes.credentials("dev", &command)).await;
    assert!(given_up.is_err());
    processes.credentials("dev", &command).await.unwrap();
    assert_eq!(fs::read_to_string(started).unwrap(), "\n");
}

#[test]
fn an_answer_is_used_although_somebody_else_has_waited_for_the_child() {
    let mut child = spawn::Child::spawn(ANSWER, &[]).unwrap();
    // SAFETY: no status is written.
    let ended = unsafe { libc::waitpid(child.id(), std::ptr::null_mut(), 0) };
    assert_eq!(ended, child.id());
    let answer = child::collect(&mut child, LONG).unwrap();
    assert_eq!(answer::parse(&answer).unwrap().access_key_id(), "AKID");
    // Another process may have its id now.
    child.kill();
}
