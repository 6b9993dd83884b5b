//! A cell's parameters as a simulator's own type.

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::lab::Parameters;
use crate::lab::spec::unknown_word_hint;

/// Reads parameters into a type that derives `Deserialize` with `deny_unknown_fields`.
///
/// # Errors
/// A spec error that names the key, for an unknown key (with the nearest known one), a missing one
/// or a value of the wrong type.
///
/// ```
/// use hessian::lab::{Parameters, read_parameters};
///
/// #[derive(serde::Deserialize, Debug)]
/// #[serde(deny_unknown_fields)]
/// struct Ball { radius: f64 }
///
/// let ball: Ball = read_parameters(&Parameters::from([("radius".into(), 2.0.into())])).unwrap();
/// assert_eq!(ball.radius, 2.0);
/// let error = read_parameters::<Ball>(&Parameters::from([("radios".into(), 2.0.into())]));
/// assert!(error.unwrap_err().to_string().contains("did you mean `radius`?"));
/// let error = read_parameters::<Ball>(&Parameters::from([("radius".into(), "two".into())]));
/// assert!(error.unwrap_err().to_string().contains("parameter `radius`"));
/// ```
pub fn read_parameters<T: DeserializeOwned>(parameters: &Parameters) -> Result<T> {
    // one line per key: the reader's errors have a line, not a key
    let lines: Vec<String> = parameters
        .iter()
        .map(|(key, value)| format!("{}:{value}", serde_json::Value::from(key.as_str())))
        .collect();
    let text = format!("{{\n{}\n}}", lines.join(",\n"));
    serde_json::from_str(&text).map_err(|error| {
        let message = error.to_string();
        // the line and column are those of the text above, which nobody else sees
        let message = message.split(" at line ").next().unwrap_or_default();
        let key = error.line().checked_sub(2).and_then(|line| parameters.keys().nth(line));
        let hint = unknown_word_hint(message);
        match key {
            Some(key) => Error::spec(format!("parameter `{key}`: {message}{hint}")),
            None => Error::spec(format!("parameters: {message}{hint}")),
        }
    })
}
