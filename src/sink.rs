//! The sink that sends to CloudWatch.

pub mod answer;
pub mod chain;
pub mod cloudwatch;
pub mod connect;
pub mod credentials;
pub mod failure;
pub mod files;
pub mod http;
pub mod incoming;
pub mod limited;
pub mod names;
pub mod no_proxy;
pub mod patience;
pub mod process;
mod profile_settings;
pub mod profiles;
pub mod proxy;
mod race;
pub mod region;
pub mod role;
pub mod sdk_files;
pub mod task;
pub mod tls;
pub mod traffic;
pub mod tunnel;
