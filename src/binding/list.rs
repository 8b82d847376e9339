//! Converts texts to an array for JavaScript. Its elements are defined, not set as by napi's own conversion: a setter of
//! `Array.prototype` would take elements that are set.

use napi::{
    Env, Property, Result,
    bindgen_prelude::{Array, JsObjectValue},
};

/// Makes an array of texts.
///
/// # Errors
/// Returns the error of the runtime if it makes no array.
pub fn list(env: &Env, texts: Vec<String>) -> Result<Array<'_>> {
    let elements = texts
        .into_iter()
        .enumerate()
        .map(|(index, text)| Property::new().with_utf8_name(&index.to_string())?.with_napi_value(env, text))
        .collect::<Result<Vec<_>>>()?;
    let mut array = env.create_array(0)?;
    array.define_properties(&elements)?;
    Ok(array)
}
