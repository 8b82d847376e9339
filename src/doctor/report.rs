//! What was found, as an object of JSON.

use std::{collections::HashMap, time::Duration};

use aws_smithy_json::serialize::JsonValueWriter;
use aws_smithy_types::{Document, Number};
use hkm_core::outcome::Fault;

/// An object that grows. A name is given once, except to [`Report::listed`].
#[derive(Default)]
pub struct Report(HashMap<String, Document>);

impl Report {
    pub fn text(&mut self, name: &str, text: &str) {
        self.set(name, Document::String(text.to_owned()));
    }

    pub fn texts(&mut self, name: &str, texts: impl IntoIterator<Item = String>) {
        self.set(name, Document::Array(texts.into_iter().map(Document::String).collect()));
    }

    pub fn flag(&mut self, name: &str, flag: bool) {
        self.set(name, Document::Bool(flag));
    }

    /// Adds a number, if there is one.
    pub fn optional_number(&mut self, name: &str, number: Option<i64>) {
        if let Some(number) = number {
            self.set(name, Document::Number(Number::NegInt(number)));
        }
    }

    /// Adds why something failed, and what a user can do about it.
    pub fn fault(&mut self, fault: &Fault) {
        self.text("kind", &format!("{:?}", fault.kind));
        self.text("advice", fault.kind.advice());
        self.text("problem", &fault.to_string());
    }

    /// Adds the time that a step took, in milliseconds.
    pub fn took(&mut self, took: Duration) {
        self.optional_number("ms", i64::try_from(took.as_millis()).ok());
    }

    /// Adds an object with what a step found, and the time that it took.
    pub fn step(&mut self, name: &str, took: Duration, fill: impl FnOnce(&mut Self)) {
        self.object(name, |step| {
            step.took(took);
            fill(step);
        });
    }

    /// Adds an object.
    pub fn object(&mut self, name: &str, fill: impl FnOnce(&mut Self)) {
        let mut object = Self::default();
        fill(&mut object);
        self.set(name, Document::Object(object.0));
    }

    /// Adds an object to a list.
    pub fn listed(&mut self, name: &str, fill: impl FnOnce(&mut Self)) {
        let mut object = Self::default();
        fill(&mut object);
        let object = Document::Object(object.0);
        if let Some(Document::Array(list)) = self.0.get_mut(name) {
            list.push(object);
        } else {
            self.set(name, Document::Array(vec![object]));
        }
    }

    fn set(&mut self, name: &str, value: Document) {
        self.0.insert(name.to_owned(), value);
    }

    pub fn into_json(self) -> String {
        let mut json = String::new();
        JsonValueWriter::new(&mut json).document(&Document::Object(self.0));
        json
    }
}
