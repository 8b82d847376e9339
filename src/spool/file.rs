//! The file of this process: made, locked, mapped, and removed.

#![expect(clippy::disallowed_methods, reason = "a thread of its own does what may block for ever")]

use std::{
    fs::{self, File, Metadata, OpenOptions, Permissions},
    io,
    ops::Range,
    os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, AtomicU64},
    },
    time::SystemTime,
};

use hkm_core::spool::Memory;
use memmap2::{MmapOptions, MmapRaw};
#[cfg(not(target_vendor = "apple"))]
use rustix::{
    fs::{FallocateFlags, fallocate},
    io::retry_on_intr,
};
use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};

use super::Settings;

/// The end of the name of a file, and that of one that is being made.
pub const EXTENSION: &str = "hkm-spool";
pub const NEW_EXTENSION: &str = "hkm-new";

/// The most that a file may have, in bytes.
pub const MOST_BYTES: u64 = 1_000_000_000;

/// Labels are nobody else's business.
const MODE: u32 = 0o600;

/// The bytes of a word.
pub const WORD: usize = size_of::<u64>();

/// Room is made for as many bytes at a time: for whole pages, however large they are. A page that is written needs room as a whole, also
/// where blocks of the disk are smaller.
const CHUNK: usize = 65_536;

/// Zeros that are written where a file system cannot promise room.
static ZEROS: [u8; CHUNK] = [0; CHUNK];

/// The file of this process. It is locked as long as this exists.
pub struct OwnFile {
    id: u64,
    path: PathBuf,
    new_path: PathBuf,
    lock: Arc<File>,
}

/// Returns the path of the file with an id.
pub fn path_of(directory: &Path, id: u64) -> PathBuf {
    directory.join(format!("{id:016x}.{EXTENSION}"))
}

impl OwnFile {
    /// Makes a file that others do not find yet.
    pub fn create(settings: &Settings) -> io::Result<(Self, Arc<dyn Memory>)> {
        let id = fastrand::u64(1..);
        let path = path_of(&settings.directory, id);
        let new_path = path.with_extension(NEW_EXTENSION);
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(MODE).open(&new_path)?;
        // Whatever the umask left of the mode.
        let made = file
            .set_permissions(Permissions::from_mode(MODE))
            .and_then(|()| Self::map(file, settings.max_bytes));
        if made.is_err() {
            // Nothing is lost if it stays: it is empty.
            let _ = fs::remove_file(&new_path);
        }
        let (lock, memory) = made?;
        Ok((Self { id, path, new_path, lock }, memory))
    }

    fn map(file: File, bytes: usize) -> io::Result<(Arc<File>, Arc<dyn Memory>)> {
        #[cfg(target_os = "linux")]
        super::file_system::check(&file)?;
        flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        // A hole: it takes no room yet.
        file.set_len(bytes as u64)?;
        let map = MmapOptions::new().map_raw(&file)?;
        let file = Arc::new(file);
        let has_room = Mutex::new(vec![false; bytes.div_ceil(CHUNK)]);
        let mapped = Mapped { file: Arc::clone(&file), map: Box::leak(Box::new(map)), has_room };
        Ok((file, Arc::new(mapped)))
    }

    pub const fn id(&self) -> u64 {
        self.id
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Notes when the file was written last. Not every file system notes that of one that is mapped.
    pub fn touch(&self) {
        let _ = self.lock.set_modified(SystemTime::now());
    }

    /// Returns whether others find the file.
    pub fn is_there(&self) -> bool {
        let place = |about: &Metadata| (about.dev(), about.ino());
        let [own, there] = [self.lock.metadata(), fs::symlink_metadata(&self.path)];
        own.is_ok_and(|own| there.is_ok_and(|there| place(&own) == place(&there)))
    }

    /// Lets others find the file.
    pub fn publish(&self) -> io::Result<()> {
        fs::rename(&self.new_path, &self.path)
    }

    pub fn remove(&self) {
        let _ = fs::remove_file(&self.path);
    }

    /// Removes a file that was not finished.
    pub fn discard(&self) {
        let _ = fs::remove_file(&self.new_path);
    }
}

/// The memory of a file. It is mapped until the process ends.
struct Mapped {
    file: Arc<File>,
    map: &'static MmapRaw,
    /// For each chunk, whether it can be written.
    has_room: Mutex<Vec<bool>>,
}

impl Memory for Mapped {
    fn words(&self) -> &'static [AtomicU64] {
        #[expect(clippy::cast_ptr_alignment, reason = "a page is aligned more strictly")]
        let words = self.map.as_mut_ptr().cast::<AtomicU64>();
        // SAFETY: the memory begins at a page, is mapped for ever, and has as many bytes. It is only accessed as atomics: by this
        // process, as these or as their halves, and by no other as long as this one holds the lock.
        unsafe { std::slice::from_raw_parts(words, self.map.len() / WORD) }
    }

    fn halves(&self, words: Range<usize>) -> &'static [AtomicU32] {
        let words = &self.words()[words];
        // SAFETY: as above. An atomic half is no stricter aligned than a word. No range is used both as words and as halves.
        unsafe { std::slice::from_raw_parts(words.as_ptr().cast::<AtomicU32>(), 2 * words.len()) }
    }

    fn reserve(&self, words: Range<usize>) -> bool {
        let chunks = words.start * WORD / CHUNK..(words.end * WORD).div_ceil(CHUNK);
        let mut has_room = self.has_room.lock().unwrap_or_else(PoisonError::into_inner);
        has_room[chunks.clone()].iter_mut().zip(chunks).all(|(has_room, chunk)| {
            *has_room = *has_room || self.make_room(chunk);
            *has_room
        })
    }
}

impl Mapped {
    fn make_room(&self, chunk: usize) -> bool {
        let start = chunk * CHUNK;
        let length = CHUNK.min(self.map.len() - start);
        match allocate(&self.file, start as u64, length as u64) {
            Ok(()) => true,
            // Nobody has written there, so zeros change nothing.
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => {
                self.file.write_all_at(&ZEROS[..length], start as u64).is_ok()
            }
            Err(_) => false,
        }
    }
}

#[cfg(not(target_vendor = "apple"))]
fn allocate(file: &File, start: u64, length: u64) -> Result<(), Errno> {
    retry_on_intr(|| fallocate(file, FallocateFlags::empty(), start, length))
}

/// On Apple's systems, the same call cuts a file off behind that.
#[cfg(target_vendor = "apple")]
const fn allocate(_: &File, _: u64, _: u64) -> Result<(), Errno> {
    Err(Errno::OPNOTSUPP)
}
