//! File systems on which a mapped file could stop or end the process. Source of the numbers: statfs(2), and `linux/magic.h`.

use std::{fs::File, io};

use rustix::fs::fstatfs;

/// A page of these that is written again gets another place on the disk. If the disk is full, the process gets SIGBUS.
const COPY_ON_WRITE: [(u32, &str); 2] = [(0x9123_683e, "Btrfs"), (0xca45_1a4e, "bcachefs")];

/// A page of these may have to be fetched. Until then its thread stops, and if that fails, the process gets SIGBUS.
const REMOTE: [(u32, &str); 14] = [
    (0x6969, "NFS"),
    (0x517b, "SMB"),
    (0xff53_4d42, "SMB"),
    (0xfe53_4d42, "SMB"),
    (0x00c3_6400, "Ceph"),
    (0x0102_1997, "9P"),
    (0x5346_414f, "AFS"),
    (0x6b41_4653, "AFS"),
    (0x7461_636f, "OCFS2"),
    (0x0116_1970, "GFS2"),
    (0x4750_4653, "GPFS"),
    (0x786f_4256, "a shared folder of VirtualBox"),
    (0x0bd0_0bd0, "Lustre"),
    (0x6573_5546, "FUSE"),
];

/// # Errors
/// Says why a file cannot be mapped safely.
pub fn check(file: &File) -> io::Result<()> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the numbers have 32 bits")]
    let magic = fstatfs(file)?.f_type as u32;
    let is_it = |(number, _): &&(u32, &str)| *number == magic;
    let why = if let Some((_, name)) = COPY_ON_WRITE.iter().find(is_it) {
        format!("it is on {name}, where a full disk would end the process")
    } else if let Some((_, name)) = REMOTE.iter().find(is_it) {
        format!("it is on {name}, which would stop the process while it does not answer")
    } else {
        return Ok(());
    };
    Err(io::Error::new(io::ErrorKind::Unsupported, why))
}
