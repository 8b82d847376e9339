//! A list of series that can grow to millions.

use std::sync::Arc;

use super::Series;

/// A list that never moves its items, so that growing takes no longer when there are millions.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    pub(super) chunks: Vec<Vec<Arc<Series>>>,
    count: usize,
}

impl Chunks {
    pub(super) const CHUNK: usize = 4_096;

    pub(super) fn push(&mut self, series: Arc<Series>) {
        if self.count.is_multiple_of(Self::CHUNK) {
            self.chunks.push(Vec::with_capacity(Self::CHUNK));
        }
        if let Some(last) = self.chunks.last_mut() {
            last.push(series);
        }
        self.count += 1;
    }

    pub(super) fn get(&self, index: usize) -> Option<&Arc<Series>> {
        self.chunks.get(index / Self::CHUNK)?.get(index % Self::CHUNK)
    }

    pub(super) const fn len(&self) -> usize {
        self.count
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Series>> {
        self.chunks.iter().flatten()
    }
}
