//! The region that records are sent to.
//!
//! ```text
//!   option or variable  ->  profile            ->  instance metadata         ->  us-east-1, with a warning
//!   known at the start      known when it          if the credentials are
//!                           was read               those of the instance
//! ```
//!
//! A text that cannot be a region is skipped, and a warning names where it comes from.

use std::sync::{Arc, OnceLock};

use hkm_core::{
    clock::Clock,
    warning::{WarningKind, Warnings},
};

use crate::{
    clock::ProcessClock,
    environment::{CredentialSource, DEFAULT_REGION, Environment, is_region},
    shown,
};

/// The maximum number of characters of a text that is not a region, but is shown in a warning. No region has more.
const MAX_SHOWN: usize = 20;

/// What is known of the region.
#[derive(Clone, Debug)]
pub struct RegionChoice {
    region: Option<String>,
    /// The texts that are not regions, and where they come from.
    refused: Vec<String>,
    /// Set once the region is known, for the statistics.
    known: Arc<OnceLock<String>>,
    is_settled: bool,
}

impl RegionChoice {
    /// Takes the region of the option or, if that is not set, of a variable.
    #[must_use]
    pub fn new(option: Option<String>, environment: &Environment, known: Arc<OnceLock<String>>) -> Self {
        let mut refused = Vec::new();
        let mut refuse = |name, value: &str| refused.push(describe(name, value));
        let region = option.or_else(|| environment.region(&mut refuse).map(str::to_owned));
        if let Some(region) = &region {
            let _ = known.set(region.clone());
        }
        Self { region, refused, known, is_settled: false }
    }

    /// Returns the region that is known so far.
    #[must_use]
    pub fn get(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// Takes the region of a profile, unless one is known.
    pub fn add_profile(&mut self, region: Option<&str>) {
        let Some(region) = region.filter(|_| self.region.is_none()) else { return };
        if is_region(region) {
            self.region = Some(region.to_owned());
            return;
        }
        let refused = describe("the region of the profile", region);
        if !self.refused.contains(&refused) {
            self.refused.push(refused);
        }
    }

    /// Takes the region of the instance, unless one is known.
    pub fn add_instance(&mut self, region: String) {
        self.region.get_or_insert(region);
    }

    /// Takes the default, unless a region is known or can become known when there are credentials. Warns if this is the
    /// default, or if a text was not a region.
    pub fn settle(&mut self, source: CredentialSource, has_credentials: bool, warn: &Warn<'_>) {
        let can_come =
            !has_credentials && matches!(source, CredentialSource::DefaultChain | CredentialSource::Instance);
        if self.is_settled || (self.region.is_none() && can_come) {
            return;
        }
        self.is_settled = true;
        let is_default = self.region.is_none();
        let region = self.region.get_or_insert_with(|| DEFAULT_REGION.to_owned());
        if !self.refused.is_empty() {
            warn.give(format!("{}. {region} is used", self.refused.join("; ")));
        } else if is_default {
            warn.give(format!("No region is set: metrics are sent to {region}. Set AWS_REGION"));
        }
        let _ = self.known.set(region.clone());
    }
}

/// Gives warnings about the region.
pub struct Warn<'a> {
    pub warnings: &'a Warnings,
    pub clock: &'a ProcessClock,
}

impl Warn<'_> {
    fn give(&self, message: String) {
        self.warnings.warn(WarningKind::Region, self.clock.now(), || message);
    }
}

fn describe(origin: &str, value: &str) -> String {
    let shown = shown::short(value, MAX_SHOWN).map(|value| format!(": {value:?}")).unwrap_or_default();
    format!("{origin} is not an AWS region such as us-east-1{shown}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_in_place_of_a_region_is_told_and_a_secret_is_not() {
        assert_eq!(describe("R", "us-east"), r#"R is not an AWS region such as us-east-1: "us-east""#);
        for secret in
            ["wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "AKIAIOSFODNN7EXAMPLE", "a text that is longer"]
        {
            assert_eq!(describe("R", secret), "R is not an AWS region such as us-east-1");
        }
    }
}
