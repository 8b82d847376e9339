//! Without files that are mapped and locked, records are not kept.

use std::{io, path::Path, sync::Arc};

use hkm_core::spool::Memory;

use super::{Adopter, Found, Look, Settings};

pub const fn survey(_directory: &Path) -> io::Result<Vec<Found>> {
    Ok(Vec::new())
}

/// There are no files of other processes.
pub const fn adopt_all(_adopter: &Adopter) -> Look {
    Look::All
}

/// There is nothing to remove.
pub const fn remove_excess(_adopter: &Adopter) {}

/// There is none.
pub struct OwnFile;

impl OwnFile {
    pub fn create(_settings: &Settings) -> io::Result<(Self, Arc<dyn Memory>)> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "it takes Linux or macOS"))
    }

    pub const fn id(&self) -> u64 {
        0
    }

    pub const fn publish(&self) -> io::Result<()> {
        Ok(())
    }

    pub fn path(&self) -> &Path {
        Path::new("")
    }

    pub const fn touch(&self) {}

    pub const fn is_there(&self) -> bool {
        false
    }

    pub const fn remove(&self) {}

    pub const fn discard(&self) {}
}
