//! A description as the text of a `network.toml`.

use std::fmt;

use crate::network::description::{Activation, Description, LOSSES, Layer, Scale};
use crate::network::shape::Shape;

/// The text that [`Description::from_toml`] reads back as the same description: keys at their
/// default left out, equal residual blocks in a row written once with `repeat`.
///
/// Line breaks stand inside lists only, so that it is TOML 1.0.
///
/// ```
/// use hessian::network::Description;
/// let text = r#"input = 5
/// loss = "squared"
/// layers = [
///   { kind = "residual", repeat = 2, branch = [
///     { kind = "linear", out = 5, bias = false },
///   ] },
/// ]
/// "#;
/// assert_eq!(Description::from_toml(text)?.to_string(), text);
/// # Ok::<(), hessian::Error>(())
/// ```
impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.input {
            Shape::Features(features) => writeln!(f, "input = {features}")?,
            Shape::Image { channels, height, width } => {
                writeln!(f, "input = [{channels}, {height}, {width}]")?;
            }
        }
        let loss = LOSSES.iter().find(|(_, loss)| *loss == self.loss);
        writeln!(f, "loss = \"{}\"", loss.map_or("", |(word, _)| word))?;
        write!(f, "layers = ")?;
        list(f, &self.layers, 0)?;
        writeln!(f)
    }
}

/// The layers as a list, `depth` levels in.
fn list(f: &mut fmt::Formatter<'_>, layers: &[Layer], depth: usize) -> fmt::Result {
    let indent = "  ".repeat(depth);
    writeln!(f, "[")?;
    for run in layers.chunk_by(|a, b| a == b) {
        // layers other than residual blocks are written out
        let (lines, repeat) = match run[0] {
            Layer::Residual { .. } => (&run[..1], run.len()),
            _ => (run, 1),
        };
        for line in lines {
            write!(f, "{indent}  {{ ")?;
            layer(f, line, repeat, depth + 1)?;
            writeln!(f, " }},")?;
        }
    }
    write!(f, "{indent}]")
}

fn layer(f: &mut fmt::Formatter<'_>, layer: &Layer, repeat: usize, depth: usize) -> fmt::Result {
    let unless = |f: &mut fmt::Formatter<'_>, key: &str, value: &dyn fmt::Debug, default: bool| {
        if default { Ok(()) } else { write!(f, ", {key} = {value:?}") }
    };
    match layer {
        Layer::Linear { out, bias } => {
            write!(f, "kind = \"linear\", out = {out}")?;
            unless(f, "bias", bias, *bias)
        }
        Layer::Conv2d { out, kernel, stride, padding, bias } => {
            write!(f, "kind = \"conv2d\", out = {out}, kernel = {kernel}")?;
            unless(f, "stride", stride, *stride == 1)?;
            unless(f, "padding", padding, *padding == 0)?;
            unless(f, "bias", bias, *bias)
        }
        Layer::BatchNorm { eps, momentum } => {
            write!(f, "kind = \"batch_norm\"")?;
            unless(f, "eps", eps, *eps == 1e-5)?;
            unless(f, "momentum", momentum, *momentum == 0.1)
        }
        Layer::Flatten => write!(f, "kind = \"flatten\""),
        Layer::GlobalAveragePool => write!(f, "kind = \"global_average_pool\""),
        Layer::SubsamplePad { out, stride } => {
            write!(f, "kind = \"subsample_pad\", out = {out}")?;
            unless(f, "stride", stride, *stride == 1)
        }
        Layer::Activation(activation) => {
            let word = match activation {
                Activation::Relu => "relu",
                Activation::Tanh => "tanh",
                Activation::Softplus => "softplus",
                Activation::Identity => "identity",
            };
            write!(f, "kind = \"{word}\"")
        }
        Layer::Residual { scale, branch, shortcut } => {
            write!(f, "kind = \"residual\"")?;
            unless(f, "repeat", &repeat, repeat == 1)?;
            match scale {
                Scale::Fixed(1.0) => {}
                Scale::Fixed(c) => write!(f, ", scale = {{ fixed = {c:?} }}")?,
                Scale::Learned(c) => write!(f, ", scale = {{ learned = {c:?} }}")?,
            }
            write!(f, ", branch = ")?;
            list(f, branch, depth)?;
            if !shortcut.is_empty() {
                write!(f, ", shortcut = ")?;
                list(f, shortcut, depth)?;
            }
            Ok(())
        }
    }
}
