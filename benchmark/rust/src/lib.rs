//! What the native side costs from a record in a ring to a request ready to be sent: the addon's own sources, and
//! loads to put on them.

#[path = "../../../src/bucket.rs"]
pub mod bucket;
#[path = "../../../src/buffer.rs"]
pub mod buffer;
#[path = "../../../src/catalog.rs"]
pub mod catalog;
#[path = "../../../src/clock.rs"]
pub mod clock;
#[path = "../../../src/distribution.rs"]
pub mod distribution;
#[path = "../../../src/outcome.rs"]
pub mod outcome;
#[path = "../../../src/request.rs"]
pub mod request;
#[path = "../../../src/ring.rs"]
pub mod ring;
#[path = "../../../src/sample.rs"]
pub mod sample;
#[path = "../../../src/secret.rs"]
pub mod secret;
#[path = "../../../src/series.rs"]
pub mod series;
#[path = "../../../src/stats.rs"]
pub mod stats;
#[path = "../../../src/window.rs"]
pub mod window;

pub mod cases;
pub mod load;
