//! Options that JavaScript threads chose for the process, before its first record.
//!
//! What the main thread chooses holds in every thread, and a worker's choice holds where the main thread made none. The
//! first record of any thread seals all of them. Names and values are checked by JavaScript, which also reads them
//! again: a value is JSON text here.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Whether the main thread calls, or a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    Main,
    Worker,
}

/// Why a choice was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Something was recorded already. Names the option that would change.
    Sealed(Option<String>),
    /// The main thread chose another value for this option.
    ChosenByMain(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sealed(None) => formatter.write_str("call it before the first record"),
            Self::Sealed(Some(name)) => {
                write!(formatter, "call it before the first record: {name} cannot change any more")
            }
            Self::ChosenByMain(name) => {
                write!(formatter, "{name} was set by the main thread, and a worker cannot change it")
            }
        }
    }
}

/// A value as JSON text, and who chose it.
#[derive(Clone, Debug)]
struct Choice {
    name: String,
    value: String,
    by: Caller,
}

/// The choices of a process.
#[derive(Debug, Default)]
pub struct Options {
    chosen: Vec<Choice>,
    is_sealed: bool,
}

static OPTIONS: Mutex<Options> = Mutex::new(Options { chosen: Vec::new(), is_sealed: false });

/// The options of this process.
pub fn of_process() -> MutexGuard<'static, Options> {
    OPTIONS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Options {
    /// Chooses values: all of them, or none. Each name has its value behind it. A value that is in force already can be
    /// chosen again at any time, so that a module which configures may be evaluated in every thread.
    ///
    /// # Errors
    /// Why the choice comes too late, or is not the caller's.
    pub fn choose(&mut self, given: &[String], by: Caller) -> Result<(), Refusal> {
        let (given, _) = given.as_chunks();
        let is_change =
            |[name, value]: &&[String; 2]| self.known(name).is_none_or(|known| known.value != *value);
        let change = given.iter().find(is_change);
        if self.is_sealed && (given.is_empty() || change.is_some()) {
            return Err(Refusal::Sealed(change.map(|[name, _]| name.clone())));
        }
        let is_of_main = |name: &str| self.known(name).is_some_and(|known| known.by == Caller::Main);
        if by == Caller::Worker
            && let Some([name, _]) = given.iter().find(|choice| is_change(choice) && is_of_main(&choice[0]))
        {
            return Err(Refusal::ChosenByMain(name.clone()));
        }
        for [name, value] in given {
            if let Some(known) = self.chosen.iter_mut().find(|known| known.name == *name) {
                known.value.clone_from(value);
                if by == Caller::Main {
                    known.by = by;
                }
            } else {
                self.chosen.push(Choice { name: name.clone(), value: value.clone(), by });
            }
        }
        Ok(())
    }

    fn known(&self, name: &str) -> Option<&Choice> {
        self.chosen.iter().find(|known| known.name == name)
    }

    /// Ends choosing. Returns whether this is the first call.
    pub const fn seal(&mut self) -> bool {
        !std::mem::replace(&mut self.is_sealed, true)
    }

    /// What was chosen: each name with its value behind it.
    #[must_use]
    pub fn chosen(&self) -> Vec<String> {
        self.chosen.iter().flat_map(|known| [known.name.clone(), known.value.clone()]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str, value: &str) -> Vec<String> {
        vec![name.to_owned(), value.to_owned()]
    }

    #[test]
    fn a_worker_takes_the_choice_of_the_main_thread_and_adds_its_own() {
        let mut options = Options::default();
        options.choose(&one("region", "1"), Caller::Main).unwrap();
        let both = [one("maxSeries", "5"), one("region", "2")].concat();
        let refused = options.choose(&both, Caller::Worker);
        assert_eq!(refused, Err(Refusal::ChosenByMain("region".to_owned())));
        options.choose(&one("region", "1"), Caller::Worker).unwrap();
        options.choose(&one("endpoint", "3"), Caller::Worker).unwrap();
        assert_eq!(options.chosen(), ["region", "1", "endpoint", "3"], "all of a call or none");
    }

    #[test]
    fn the_main_thread_changes_what_anybody_chose_until_the_first_record() {
        let mut options = Options::default();
        options.choose(&one("region", "1"), Caller::Worker).unwrap();
        options.choose(&one("region", "2"), Caller::Main).unwrap();
        options.choose(&one("region", "3"), Caller::Main).unwrap();
        assert_eq!(
            options.choose(&one("region", "1"), Caller::Worker),
            Err(Refusal::ChosenByMain("region".to_owned()))
        );
        assert_eq!(options.chosen(), ["region", "3"]);
    }

    #[test]
    fn a_choice_that_a_worker_repeats_stays_that_of_the_main_thread() {
        let mut options = Options::default();
        options.choose(&one("region", "1"), Caller::Main).unwrap();
        options.choose(&one("region", "1"), Caller::Worker).unwrap();
        assert!(options.choose(&one("region", "2"), Caller::Worker).is_err());
    }

    #[test]
    fn after_the_first_record_only_what_is_in_force_can_be_chosen() {
        let mut options = Options::default();
        options.choose(&one("region", "1"), Caller::Main).unwrap();
        assert!(options.seal() && !options.seal(), "once");
        for by in [Caller::Main, Caller::Worker] {
            assert_eq!(options.choose(&one("region", "1"), by), Ok(()));
            let other = Err(Refusal::Sealed(Some("region".to_owned())));
            assert_eq!(options.choose(&one("region", "2"), by), other);
            let new = [one("region", "1"), one("endpoint", "1")].concat();
            assert_eq!(options.choose(&new, by), Err(Refusal::Sealed(Some("endpoint".to_owned()))));
            assert_eq!(options.choose(&[], by), Err(Refusal::Sealed(None)));
        }
        assert_eq!(options.chosen(), ["region", "1"]);
    }
}
