//! Credentials: from the SDK's providers, which are given all variables and files that they see.
//!
//! ```text
//!   [`cache`] --> [`chain`] --> [`sdk_files`] --> the SDK's providers --> [`role`]
//!                                   |
//!                                   +--> [`profiles`] --> [`process`]
//! ```

pub mod cache;
pub mod chain;
pub mod process;
mod profile_settings;
pub mod profiles;
pub mod role;
pub mod sdk_files;
