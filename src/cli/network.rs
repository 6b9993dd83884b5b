//! The verb `network`: the description of a residual network, ready to be saved and changed.

use serde_json::json;

use crate::cli::args::{Architecture, NetworkArguments, ShortcutOption};
use crate::cli::terminal::Terminal;
use crate::error::{Error, Result};
use crate::network::{Program, ResNet, Shortcut, Version};

/// Prints a `network.toml`.
pub(super) fn network(arguments: &NetworkArguments, terminal: &Terminal) -> Result<u8> {
    let input: [usize; 3] = arguments.input.as_slice().try_into().map_err(|_| {
        Error::spec(format!(
            "network: expected --input C,H,W, found {} numbers",
            arguments.input.len()
        ))
    })?;
    let (version, year) = match arguments.architecture {
        Architecture::ResnetV1 => (Version::V1, 2015),
        Architecture::ResnetV2 => (Version::V2, 2016),
    };
    let (shortcut, letter) = match arguments.shortcut {
        ShortcutOption::A => (Shortcut::A, "A"),
        ShortcutOption::B => (Shortcut::B, "B"),
    };
    let &NetworkArguments { blocks, width, classes, .. } = arguments;
    let resnet = ResNet { version, shortcut, blocks, width, input, classes };
    let description = resnet.description()?;
    let (depth, parameters) = (resnet.depth(), Program::new(&description)?.parameters());
    let text = format!(
        "# ResNet-{depth} of He et al. {year}, shortcut {letter}, {width} channels: {parameters} \
         parameters\n{description}"
    );
    let document = json!({ "depth": depth, "parameters": parameters, "toml": text });
    terminal.result(&text, &document)?;
    Ok(0)
}
