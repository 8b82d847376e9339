//! Converts the definition of a metric. JavaScript has checked it, and tells its user what is wrong; see
//! `lib/define/definition.js`.

use hkm_core::{
    definition::{Definition, DimensionSet, Kind, MAX_DIMENSIONS, MAX_ROLLUPS, Unit},
    resolution::Resolution,
};
use napi::{Error, Result, Status};
use napi_derive::napi;

use super::started;

/// Defines a metric, and returns its id. An equal definition has the same id in each thread. Returns `null` if there are too
/// many metrics.
///
/// `texts` holds the namespace, the name, the kind, the unit and then, each as a name and a value, the dimensions that all datums
/// have. Sets of dimensions are bits: the lowest one is the first of `dimensions`. `recommended` are roll-ups that the metric
/// has if the option `rollups` is on. `limits` holds the storage resolution in seconds, and the maximum number of series. Each is
/// 0 if the metric has none of its own.
#[napi(catch_unwind)]
pub fn define(
    texts: Vec<String>,
    dimensions: Vec<String>,
    has_environment: bool,
    guarded: u32,
    rollups: Vec<u32>,
    recommended: Vec<u32>,
    limits: Vec<u32>,
) -> Result<Option<u32>> {
    let [seconds, max_series] = limits[..] else { return Err(invalid("limits")) };
    let [namespace, name, kind, unit, constants @ ..] = &texts[..] else { return Err(invalid("namespace")) };
    if dimensions.len() + constants.len() / 2 + usize::from(has_environment) > MAX_DIMENSIONS {
        return Err(invalid("dimensions"));
    }
    if rollups.len() + recommended.len() > MAX_ROLLUPS {
        return Err(invalid("rollups"));
    }
    let set =
        |bits: u32| DimensionSet::of((0..dimensions.len()).filter(|position| bits >> position & 1 == 1));
    let (constants, _) = constants.as_chunks();
    let definition = Definition {
        namespace: namespace.as_str().into(),
        name: name.as_str().into(),
        kind: Kind::named(kind).ok_or_else(|| invalid("kind"))?,
        unit: Unit::named(unit).ok_or_else(|| invalid("unit"))?,
        has_environment,
        constants: constants
            .iter()
            .map(|[name, value]| (name.as_str().into(), value.as_str().into()))
            .collect(),
        guarded: set(guarded),
        rollups: rollups.into_iter().map(set).collect(),
        resolution: match seconds {
            0 => None,
            1 => Some(Resolution::Second),
            60 => Some(Resolution::Minute),
            _ => return Err(invalid("storageResolution")),
        },
        max_series: (max_series > 0).then_some(max_series),
        dimensions: dimensions.iter().map(|name| name.as_str().into()).collect(),
    };
    let recommended = recommended.into_iter().map(set).collect();
    Ok(started()?.define(definition, recommended).map(|id| id.0))
}

fn invalid(what: &str) -> Error {
    Error::new(Status::InvalidArg, format!("{what} of a definition is missing or out of range"))
}
