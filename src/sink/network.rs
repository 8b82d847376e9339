//! The way to a host: its name, a proxy, the connection, TLS, and HTTP on it.
//!
//! ```text
//!   [`http`] --> [`connect`] --+--> [`names`] --> TCP, limited --+--> TLS --> the host
//!                              |                                 |
//!                              +--> [`proxy`] --> [`tunnel`] ----+
//! ```

pub mod connect;
pub mod http;
pub mod limited;
pub mod names;
pub mod no_proxy;
pub mod proxy;
mod race;
pub mod tls;
pub mod tunnel;
