//! The declaration of a single value.

use std::ops::RangeInclusive;

use super::given::Raw;
use crate::config::problem::Fault;
use crate::config::value::{Free, Ordered, Value};

/// A key with one value: name, doc, default, and bounds where the kind of value demands them.
#[derive(Debug)]
pub(crate) struct Key<T> {
    pub(super) name: &'static str,
    pub(super) doc: &'static str,
    pub(super) default: T,
    unit: Option<&'static str>,
    bounds: Option<RangeInclusive<T>>,
}

impl<T: Free> Key<T> {
    /// A key whose kind of value needs no bounds.
    pub(crate) const fn new(name: &'static str, doc: &'static str, default: T) -> Self {
        Self { name, doc, default, unit: None, bounds: None }
    }
}

impl<T: Ordered> Key<T> {
    /// A quantity whose unit is part of its value.
    pub(crate) const fn within(name: &'static str, doc: &'static str, default: T, bounds: RangeInclusive<T>) -> Self {
        Self { name, doc, default, unit: None, bounds: Some(bounds) }
    }

    /// The same, counting so many of `unit`.
    pub(crate) const fn of(mut self, unit: &'static str) -> Self {
        self.unit = Some(unit);
        self
    }
}

impl<T: Value> Key<T> {
    /// What the key accepts: `a whole number of threads from 0 to 256`.
    pub(super) fn accepts(&self) -> String {
        let unit = self.unit.map(|unit| format!(" of {unit}")).unwrap_or_default();
        let bounds = self.bounds.as_ref().map(|bounds| format!(" {}", range(bounds))).unwrap_or_default();
        format!("{}{unit}{bounds}", T::kind())
    }

    /// The value that was found, or why it cannot be one.
    pub(super) fn accept(&self, raw: &Raw<'_>) -> Result<T, Fault> {
        let Some(value) = raw.parse::<T>() else {
            return Err(Fault::new(format!("{} is not {}", raw.quote::<T>(), T::kind()), T::remedy()));
        };
        match &self.bounds {
            Some(bounds) if !bounds.contains(&value) => Err(Fault::new(
                format!("{} is out of bounds", value.bare()),
                format!("write a value {}", range(bounds)),
            )),
            _ => Ok(value),
        }
    }
}

fn range<T: Value>(bounds: &RangeInclusive<T>) -> String {
    format!("from {} to {}", bounds.start().bare(), bounds.end().bare())
}
