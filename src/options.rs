//! The options of the process, which JavaScript threads set before the first record.
//!
//! An option of the main thread applies in all threads. An option of a worker applies in all threads if the main thread
//! has not set it. The first record in any thread seals the options. JavaScript checks names and values, and parses the
//! values: in this module, a value is JSON text.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The kind of thread that calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    Main,
    Worker,
}

/// The reason why options were refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A record was made before. Holds the name of the option that would change.
    Sealed(String),
    /// The main thread has set this option to another value.
    ChosenByMain(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sealed(name) => {
                write!(
                    formatter,
                    "call it before the first record or observation: {name} cannot change any more"
                )
            }
            Self::ChosenByMain(name) => {
                write!(formatter, "{name} was set by the main thread, and a worker cannot change it")
            }
        }
    }
}

/// An option: its value as JSON text, and the kind of thread that set it.
#[derive(Clone, Debug)]
struct Choice {
    name: String,
    value: String,
    by: Caller,
}

/// The options that were set.
#[derive(Debug, Default)]
pub struct Options {
    chosen: Vec<Choice>,
    is_sealed: bool,
}

static OPTIONS: Mutex<Options> = Mutex::new(Options { chosen: Vec::new(), is_sealed: false });

/// Locks and returns the options of the process.
pub fn of_process() -> MutexGuard<'static, Options> {
    OPTIONS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Options {
    /// Sets options: all of them, or none if one is refused. `given` holds each name, followed by its value. A value
    /// that is already in force is accepted at any time, so that a module that configures can be evaluated in each
    /// thread.
    ///
    /// # Errors
    /// Returns why the options are refused: they are sealed, or the main thread has set another value.
    pub fn choose(&mut self, given: &[String], by: Caller) -> Result<(), Refusal> {
        let (given, _) = given.as_chunks();
        let is_change =
            |[name, value]: &&[String; 2]| self.known(name).is_none_or(|known| known.value != *value);
        if self.is_sealed
            && let Some([name, _]) = given.iter().find(is_change)
        {
            return Err(Refusal::Sealed(name.clone()));
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

    /// Seals the options. Returns whether this is the first call.
    pub const fn seal(&mut self) -> bool {
        !std::mem::replace(&mut self.is_sealed, true)
    }

    /// Returns the options: each name, followed by its value.
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
    fn a_worker_cannot_change_an_option_of_the_main_thread_but_can_set_others() {
        let mut options = Options::default();
        options.choose(&one("region", "1"), Caller::Main).unwrap();
        let both = [one("maxSeries", "5"), one("region", "2")].concat();
        let refused = options.choose(&both, Caller::Worker);
        assert_eq!(refused, Err(Refusal::ChosenByMain("region".to_owned())));
        options.choose(&one("region", "1"), Caller::Worker).unwrap();
        options.choose(&one("endpoint", "3"), Caller::Worker).unwrap();
        assert_eq!(options.chosen(), ["region", "1", "endpoint", "3"], "a call sets all options or none");
    }

    #[test]
    fn the_main_thread_can_change_any_option_before_the_first_record() {
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
    fn an_option_that_a_worker_repeats_still_belongs_to_the_main_thread() {
        let mut options = Options::default();
        options.choose(&one("region", "1"), Caller::Main).unwrap();
        options.choose(&one("region", "1"), Caller::Worker).unwrap();
        assert!(options.choose(&one("region", "2"), Caller::Worker).is_err());
    }

    #[test]
    fn after_the_first_record_only_values_in_force_are_accepted() {
        let mut options = Options::default();
        options.choose(&one("region", "1"), Caller::Main).unwrap();
        assert!(options.seal() && !options.seal(), "once");
        for by in [Caller::Main, Caller::Worker] {
            assert_eq!(options.choose(&one("region", "1"), by), Ok(()));
            let other = Err(Refusal::Sealed("region".to_owned()));
            assert_eq!(options.choose(&one("region", "2"), by), other);
            let new = [one("region", "1"), one("endpoint", "1")].concat();
            assert_eq!(options.choose(&new, by), Err(Refusal::Sealed("endpoint".to_owned())));
            assert_eq!(options.choose(&[], by), Ok(()));
        }
        assert_eq!(options.chosen(), ["region", "1"]);
    }
}
