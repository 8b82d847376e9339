//! Tests the reading of files with small limits. Pipes are real ones.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test may wait")]

use super::*;
use std::{
    os::unix::fs::{PermissionsExt, symlink},
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

/// The limit of a read that must not end by it.
const LONG: Duration = Duration::from_mins(1);
/// The limit of a read that must end by it.
const SHORT: Duration = Duration::from_millis(20);

/// More than the contents of any file here.
const ENOUGH: u64 = 4 << 20;

fn files(time: Duration) -> Files {
    Files::within(time)
}

/// Returns a path at which there is nothing.
fn path(name: &str) -> PathBuf {
    let path = Path::new(env!("OUT_DIR")).join(name);
    let _ = fs::remove_file(&path);
    path
}

fn pipe(name: &str) -> PathBuf {
    let path = path(name);
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

/// Writes to a pipe once somebody reads it, and closes it.
fn write(pipe: &Path, contents: &str) -> thread::JoinHandle<()> {
    let (pipe, contents) = (pipe.to_owned(), contents.to_owned());
    thread::spawn(move || fs::write(pipe, contents).unwrap())
}

/// Waits until the last read of a path has ended. What is written to a pipe while its reader closes it is lost.
fn wait_for_thread(files: &Files, path: &Path) {
    while files.readings.get(path).is_some_and(|reading| !reading.has_ended()) {
        thread::yield_now();
    }
}

fn is_too_slow(answer: &Answer) -> bool {
    matches!(answer, Err(Problem::TooSlow(SHORT)))
}

#[tokio::test]
async fn a_file_of_at_most_the_maximum_size_is_read() {
    let file = path("four-bytes");
    fs::write(&file, "1234").unwrap();
    assert_eq!(files(LONG).read(&file, 4).await.unwrap(), b"1234");
    assert!(matches!(files(LONG).read(&file, 3).await, Err(Problem::TooLarge(3))));
    assert!(files(LONG).read(Path::new("/dev/null"), 0).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_file_that_never_ends_is_too_large() {
    let problem = Files::default().read(Path::new("/dev/zero"), 64 << 10).await.unwrap_err();
    assert_eq!(problem.to_string(), "larger than 64 KiB");
}

#[tokio::test]
async fn the_error_of_the_system_is_returned() {
    for (path, message) in [("/nonexistent/file", "No such file"), ("/", "Is a directory")] {
        let problem = files(LONG).read(Path::new(path), ENOUGH).await.unwrap_err();
        assert!(problem.to_string().starts_with(message), "{problem}");
    }
}

#[tokio::test]
async fn a_pipe_that_nobody_writes_to_is_read_when_it_is_written_to_or_replaced() {
    let pipe = pipe("silent");
    let mut files = files(SHORT);
    for _ in 0..2 {
        assert!(is_too_slow(&files.read(&pipe, ENOUGH).await));
    }
    wait_for_thread(&files, &pipe);
    files.time = LONG;
    let writer = write(&pipe, "written");
    assert_eq!(files.read(&pipe, ENOUGH).await.unwrap(), b"written");
    writer.join().unwrap();

    files.time = SHORT;
    assert!(is_too_slow(&files.read(&pipe, ENOUGH).await));
    fs::remove_file(&pipe).unwrap();
    fs::write(&pipe, "replaced").unwrap();
    files.time = LONG;
    assert_eq!(files.read(&pipe, ENOUGH).await.unwrap(), b"replaced");
}

#[tokio::test]
async fn a_pipe_is_read_until_its_writer_closes_it() {
    let open = pipe("open");
    // Open for reading as well, so that opening does not wait for a reader.
    let mut writer = File::options().read(true).write(true).open(&open).unwrap();
    writer.write_all(b"not all").unwrap();
    assert!(is_too_slow(&files(SHORT).read(&open, ENOUGH).await));

    let closed = pipe("closed");
    // More than a pipe holds.
    let contents = "contents".repeat(32 << 10);
    let writer = write(&closed, &contents);
    assert!(files(LONG).read(&closed, ENOUGH).await.unwrap() == contents.as_bytes());
    writer.join().unwrap();
}

#[tokio::test]
async fn a_file_is_read_on_a_thread_of_its_own() {
    let name = |_: &Path, _: Limits| -> Answer { Ok(thread::current().name().unwrap().into()) };
    let mut files = Files { reader: name, ..files(LONG) };
    assert_eq!(files.read(Path::new("/"), ENOUGH).await.unwrap(), THREAD_NAME.as_bytes());
}

#[tokio::test]
async fn a_path_blocks_at_most_one_thread() {
    static STARTED: AtomicUsize = AtomicUsize::new(0);
    fn blocking(path: &Path, _: Limits) -> Answer {
        STARTED.fetch_add(1, Ordering::Relaxed);
        Ok(fs::read(path)?)
    }
    let pipe = pipe("stuck");
    let mut files = Files { reader: blocking, ..files(SHORT) };
    for _ in 0..3 {
        assert!(is_too_slow(&files.read(&pipe, ENOUGH).await));
    }
    files.time = LONG;
    let writer = write(&pipe, "at last");
    assert_eq!(files.read(&pipe, ENOUGH).await.unwrap(), b"at last");
    assert_eq!((STARTED.load(Ordering::Relaxed), files.readings.len()), (1, 0));
    writer.join().unwrap();
}

#[tokio::test]
async fn contents_that_came_too_late_are_returned_by_the_next_read_and_an_error_is_not() {
    fn blocking(path: &Path, limits: Limits) -> Answer {
        let contents = fs::read(path)?;
        if contents == b"error" { Err(Problem::TooSlow(limits.time)) } else { Ok(contents) }
    }
    let pipe = pipe("late");
    for (late, then) in [("contents", "contents"), ("error", "new contents")] {
        let mut files = Files { reader: blocking, ..files(SHORT) };
        assert!(is_too_slow(&files.read(&pipe, ENOUGH).await));
        write(&pipe, late).join().unwrap();
        wait_for_thread(&files, &pipe);
        files.time = LONG;
        if late != then {
            write(&pipe, then);
        }
        assert_eq!(files.read(&pipe, ENOUGH).await.unwrap(), then.as_bytes());
    }
}

#[tokio::test]
async fn a_thread_that_panics_is_an_error() {
    let panics = |_: &Path, _: Limits| -> Answer { panic!("on purpose") };
    let mut files = Files { reader: panics, ..files(LONG) };
    for _ in 0..2 {
        let problem = files.read(Path::new("/"), ENOUGH).await.unwrap_err();
        assert!(problem.to_string().contains("panicked"), "{problem}");
    }
}

#[tokio::test]
async fn reads_run_at_the_same_time_and_one_that_is_late_costs_no_other() {
    let silent = pipe("blocks-a-read");
    let blocked = silent.clone();
    // The opening of a pipe waits for the other end.
    let block = move |_| fs::read(blocked).map(|contents| contents.len()).unwrap_or_default();
    let (sender, receiver) = std::sync::mpsc::channel();
    let wait = move |_| receiver.recv().unwrap();
    let tell = move |_| {
        sender.send(1).unwrap();
        2
    };
    let mut files = files(SHORT);
    let reads: Vec<Reader<usize>> = vec![Box::new(block), Box::new(wait), Box::new(tell)];
    let results = files.run(reads, ENOUGH).await.unwrap();
    assert_eq!(results, [None, Some(1), Some(2)]);
    assert_eq!(files.late.len(), 1);
    write(&silent, "1234").join().unwrap();
}

#[tokio::test]
async fn a_file_is_replaced_as_a_whole_and_only_its_owner_can_read_it() {
    let (file, link) = (path("token"), path("link-to-token"));
    fs::write(&file, "old").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    symlink(&file, &link).unwrap();
    let mut reader = File::open(&file).unwrap();
    files(LONG).replace(&link, b"old".to_vec(), b"new".to_vec()).await.unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"new");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    // Whoever had opened the old file reads all of it.
    let mut before = String::new();
    reader.read_to_string(&mut before).unwrap();
    assert_eq!(before, "old");
    let siblings = fs::read_dir(file.parent().unwrap()).unwrap();
    let is_left = |name: &str| name.starts_with("token.");
    assert!(!siblings.flatten().any(|entry| is_left(entry.file_name().to_str().unwrap())));
}

#[tokio::test]
async fn a_file_that_another_process_has_replaced_is_left_alone() {
    let file = path("newer-token");
    fs::write(&file, "newer").unwrap();
    files(LONG).replace(&file, b"old".to_vec(), b"new".to_vec()).await.unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"newer");
}

#[tokio::test]
async fn a_file_that_cannot_be_replaced_is_an_error() {
    let problem = files(LONG).replace(Path::new("/nonexistent/token"), Vec::new(), Vec::new()).await;
    assert!(problem.unwrap_err().to_string().starts_with("No such file"));
}
