//! The network description: a tree of layers, as a user writes it.
//!
//! The format is that of `network.toml`: an input shape, a loss, and a list of layers, where a
//! `residual` holds a branch (again a list) that is added to its input. An unknown kind or key is
//! refused with its place in the tree and the nearest known word.

use toml::{Table, Value};

use crate::error::{Error, Result, closest};
use crate::network::shape::Shape;

/// The most layers a description may unfold to, so that `repeat` cannot ask for the machine's
/// memory. Chosen here: ten times the deepest network in the literature that the project covers.
pub const MAX_LAYERS: usize = 100_000;

/// The widest layer, chosen here so that the product of two widths fits in 64 bits many times.
pub const MAX_WIDTH: usize = 1 << 24;

/// A network as its user describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// What one sample is.
    pub input: Shape,
    /// What training minimises.
    pub loss: Loss,
    /// The layers, first to last.
    pub layers: Vec<Layer>,
}

/// The objective: always a mean over samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Softmax cross-entropy: log sum exp f - f_y.
    CrossEntropy,
    /// Half the squared distance: |f - y|^2 / 2.
    Squared,
    /// For classes: sum over j != y of max(0, 1 - f_y + f_j) / k (Weston & Watkins 1999;
    /// `torch.nn.MultiMarginLoss`). For targets y_j = -1 or 1: sum over j of max(0, 1 - y_j f_j),
    /// with one output the hinge of Littwin & Wolf 2016. Its derivative at a kink is 0.
    Hinge,
}

/// The losses by their words.
pub const LOSSES: [(&str, Loss); 3] =
    [("cross_entropy", Loss::CrossEntropy), ("squared", Loss::Squared), ("hinge", Loss::Hinge)];

/// One layer of the tree.
#[derive(Debug, Clone, PartialEq)]
pub enum Layer {
    /// z = W h + b, with W of shape [out, in].
    Linear {
        /// Number of outputs.
        out: usize,
        /// Whether b exists.
        bias: bool,
    },
    /// gain (z - mean) / sqrt(variance + eps) + shift, per feature, over the batch.
    BatchNorm {
        /// Added to the biased variance.
        eps: f64,
        /// Weight of the newest batch in the running averages.
        momentum: f64,
    },
    /// Cross-correlation with square kernels: `y[o, i, j]` is `b[o]` plus the sum over c, u, v of
    /// `W[o, c, u, v] h[c, stride i + u - padding, stride j + v - padding]`, h being 0 outside.
    Conv2d {
        /// Number of channels that come out.
        out: usize,
        /// Side of the kernel.
        kernel: usize,
        /// Distance between neighbouring positions of the kernel.
        stride: usize,
        /// Zeros put around the image on every side.
        padding: usize,
        /// Whether b exists.
        bias: bool,
    },
    /// An image as a list of features, in the order channel, row, column.
    Flatten,
    /// The mean of every channel over its positions; leaves [channels, 1, 1].
    GlobalAveragePool,
    /// Every `stride`-th position in both directions, with channels of zeros appended: the
    /// parameter-free shortcut where shapes change (option A of He et al. 2015).
    SubsamplePad {
        /// Number of channels that come out.
        out: usize,
        /// Distance between the positions that stay.
        stride: usize,
    },
    /// A function applied to every entry.
    Activation(Activation),
    /// shortcut(h) + scale * branch(h).
    Residual {
        /// The factor on the branch.
        scale: Scale,
        /// The branch.
        branch: Vec<Layer>,
        /// What h goes through on the other way; nothing when empty.
        shortcut: Vec<Layer>,
    },
}

/// A function applied to every entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// max(z, 0), with derivative 0 at 0.
    Relu,
    /// Hyperbolic tangent.
    Tanh,
    /// log(1 + e^z).
    Softplus,
    /// z itself.
    Identity,
}

/// The factor on a residual branch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scale {
    /// A constant, no parameter.
    Fixed(f64),
    /// One parameter, with its start value.
    Learned(f64),
}

/// The kinds of layers that a description may hold: kind, keys (with their defaults, separated by
/// `, `; others are refused), meaning. Each kind also takes `repeat = 1`, which writes the layer that
/// many times.
pub const LAYERS: [(&str, &str, &str); 11] = [
    ("linear", "out, bias = true", "W h + b, with W of shape [out, in]"),
    (
        "batch_norm",
        "eps = 1e-5, momentum = 0.1",
        "gain (z - mean) / sqrt(variance + eps) + shift, per feature over the batch, \
         per channel over batch and positions",
    ),
    (
        "conv2d",
        "out, kernel, stride = 1, padding = 0, bias = true",
        "cross-correlation, with W of shape [out, in, kernel, kernel]",
    ),
    ("flatten", "", "an image as a list of features, in the order channel, row, column"),
    ("global_average_pool", "", "the mean of every channel; leaves [channels, 1, 1]"),
    (
        "subsample_pad",
        "out, stride = 1",
        "every stride-th position, with channels of zeros appended: option A of He 2015",
    ),
    ("relu", "", "max(z, 0), with derivative 0 at 0"),
    ("tanh", "", "hyperbolic tangent"),
    ("softplus", "", "log(1 + e^z), and z above 20, as in PyTorch"),
    ("identity", "", "z itself"),
    (
        "residual",
        "branch, shortcut = [], scale = { fixed = 1.0 } or { learned = c }",
        "shortcut(h) + scale branch(h)",
    ),
];

impl Description {
    /// Reads a description from the text of a `network.toml`.
    ///
    /// ```
    /// use hessian::network::{Description, Layer};
    /// let text = r#"
    ///     input = 5
    ///     loss = "cross_entropy"
    ///     layers = [{ kind = "linear", out = 3 }]"#;
    /// let description = Description::from_toml(text)?;
    /// assert_eq!(description.layers, [Layer::Linear { out: 3, bias: true }]);
    /// let error = Description::from_toml(&text.replace("linear", "liner")).unwrap_err();
    /// assert!(error.to_string().contains("layers[0]"));
    /// assert!(error.to_string().contains("did you mean `linear`"));
    /// # Ok::<(), hessian::Error>(())
    /// ```
    ///
    /// # Errors
    /// A spec error that names the place in the tree, what was found and what was expected.
    pub fn from_toml(text: &str) -> Result<Self> {
        let table: Table = text.parse().map_err(|source| {
            Error::spec(format!("the network description is no toml: {source}"))
        })?;
        let fields = Fields::new(&table, "network".to_owned());
        fields.only(&["input", "loss", "layers"])?;
        let input = fields.shape("input")?;
        let word = fields.word("loss")?;
        let loss = LOSSES.iter().find(|(known, _)| *known == word).map(|(_, loss)| *loss);
        let loss =
            loss.ok_or_else(|| unknown("network", "loss", word, &LOSSES.map(|(word, _)| word)))?;
        let mut count = 0;
        let layers = layers(fields.list("layers")?, "layers", &mut count)?;
        if layers.is_empty() {
            return Err(Error::spec("network: `layers` is empty; give at least one layer"));
        }
        Ok(Self { input, loss, layers })
    }
}

fn layers(values: &[Value], place: &str, count: &mut usize) -> Result<Vec<Layer>> {
    let mut out = Vec::new();
    for (index, value) in values.iter().enumerate() {
        let place = format!("{place}[{index}]");
        let table = value.as_table().ok_or_else(|| {
            Error::spec(format!(
                "{place}: expected a table such as {{ kind = \"relu\" }}, found {}",
                value.type_str()
            ))
        })?;
        layer(table, place, &mut out, count)?;
    }
    Ok(out)
}

fn layer(table: &Table, place: String, out: &mut Vec<Layer>, count: &mut usize) -> Result<()> {
    let fields = Fields::new(table, place.clone());
    // Unknown keys before missing ones: who writes `outt = 7` is not helped by an `out` that is missing.
    if !table.contains_key("kind") {
        fields.only(&keys(|_| true))?;
    }
    let kind = fields.word("kind")?;
    if LAYERS.iter().any(|(known, ..)| *known == kind) {
        fields.only(&keys(|known| known == kind))?;
    }
    let repeat = fields.size("repeat", Some(1))?;
    let layer = match kind {
        "linear" => {
            Layer::Linear { out: fields.size("out", None)?, bias: fields.flag("bias", true)? }
        }
        "batch_norm" => Layer::BatchNorm {
            eps: fields.number("eps", 1e-5, 0.0, f64::MAX)?,
            momentum: fields.number("momentum", 0.1, 0.0, 1.0)?,
        },
        "conv2d" => Layer::Conv2d {
            out: fields.size("out", None)?,
            kernel: fields.size("kernel", None)?,
            stride: fields.size("stride", Some(1))?,
            padding: fields.whole("padding", 0, Some(0))?,
            bias: fields.flag("bias", true)?,
        },
        "flatten" => Layer::Flatten,
        "global_average_pool" => Layer::GlobalAveragePool,
        "subsample_pad" => Layer::SubsamplePad {
            out: fields.size("out", None)?,
            stride: fields.size("stride", Some(1))?,
        },
        "relu" => Layer::Activation(Activation::Relu),
        "tanh" => Layer::Activation(Activation::Tanh),
        "softplus" => Layer::Activation(Activation::Softplus),
        "identity" => Layer::Activation(Activation::Identity),
        "residual" => {
            let scale = fields.scale()?;
            let branch = layers(fields.list("branch")?, &format!("{place}.branch"), count)?;
            if branch.is_empty() {
                return Err(Error::spec(format!("{place}: `branch` is empty")));
            }
            let shortcut = match fields.get("shortcut") {
                None => Vec::new(),
                Some(_) => layers(fields.list("shortcut")?, &format!("{place}.shortcut"), count)?,
            };
            Layer::Residual { scale, branch, shortcut }
        }
        other => return Err(unknown(&place, "kind", other, &LAYERS.map(|(kind, ..)| kind))),
    };
    // the layers within it are counted once already
    *count = count.saturating_add(repeat.saturating_mul(size(&layer)) - (size(&layer) - 1));
    if *count > MAX_LAYERS {
        return Err(Error::capacity(format!(
            "{place}: the network unfolds to more than {MAX_LAYERS} layers; lower `repeat`"
        )));
    }
    out.extend(std::iter::repeat_n(layer, repeat));
    Ok(())
}

/// The keys that layers of some kinds may have, `kind` first and `repeat` last.
fn keys(of: impl Fn(&str) -> bool) -> Vec<&'static str> {
    let lists =
        LAYERS.iter().filter(|(kind, ..)| of(kind)).flat_map(|(_, keys, _)| keys.split(", "));
    let words = lists.filter_map(|key| key.split(' ').next()).filter(|key| !key.is_empty());
    std::iter::once("kind").chain(words).chain(["repeat"]).collect()
}

fn size(layer: &Layer) -> usize {
    match layer {
        Layer::Residual { branch, shortcut, .. } => {
            1 + branch.iter().chain(shortcut).map(size).sum::<usize>()
        }
        _ => 1,
    }
}

/// How other programs call what is here called otherwise, in small letters.
const ELSEWHERE: [(&str, &str); 8] = [
    ("mse", "squared"),
    ("mseloss", "squared"),
    ("mse_loss", "squared"),
    ("nll_loss", "cross_entropy"),
    ("softmax", "cross_entropy"),
    ("dense", "linear"),
    ("units", "out"),
    ("filters", "out"),
];

fn unknown(place: &str, key: &str, found: &str, known: &[&str]) -> Error {
    let lower = found.to_lowercase();
    let elsewhere = ELSEWHERE.iter().find(|(other, own)| *other == lower && known.contains(own));
    let near = elsewhere.map(|(_, own)| *own).or_else(|| closest(found, known.iter().copied()));
    let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    Error::spec(format!("{place}: {key} `{found}` is not one of {}{hint}", known.join(", ")))
}

/// A whole number from `low` to [`MAX_WIDTH`].
fn between(value: &Value, low: usize) -> Option<usize> {
    let n = value.as_integer().and_then(|n| usize::try_from(n).ok());
    n.filter(|n| (low..=MAX_WIDTH).contains(n))
}

/// A table with its place in the tree.
struct Fields<'a> {
    table: &'a Table,
    place: String,
}

impl<'a> Fields<'a> {
    fn new(table: &'a Table, place: String) -> Self {
        Self { table, place }
    }

    fn get(&self, key: &'static str) -> Option<&'a Value> {
        self.table.get(key)
    }

    fn only(&self, known: &[&str]) -> Result<()> {
        match self.table.keys().find(|key| !known.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => Err(unknown(&self.place, "key", key, known)),
        }
    }

    fn wrong(&self, key: &str, expected: &str, found: Option<&Value>) -> Error {
        let found = found.map_or_else(|| "nothing".to_owned(), |value| format!("`{value}`"));
        Error::spec(format!("{}: `{key}` should be {expected}, found {found}", self.place))
    }

    fn word(&self, key: &'static str) -> Result<&'a str> {
        let value = self.get(key);
        value.and_then(Value::as_str).ok_or_else(|| self.wrong(key, "a word in quotes", value))
    }

    fn list(&self, key: &'static str) -> Result<&'a [Value]> {
        let value = self.get(key);
        value
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .ok_or_else(|| self.wrong(key, "a list of layers", value))
    }

    fn flag(&self, key: &'static str, default: bool) -> Result<bool> {
        match self.get(key) {
            None => Ok(default),
            Some(Value::Boolean(flag)) => Ok(*flag),
            other => Err(self.wrong(key, "true or false", other)),
        }
    }

    fn size(&self, key: &'static str, default: Option<usize>) -> Result<usize> {
        self.whole(key, 1, default)
    }

    fn whole(&self, key: &'static str, low: usize, default: Option<usize>) -> Result<usize> {
        let value = self.get(key);
        if value.is_none()
            && let Some(default) = default
        {
            return Ok(default);
        }
        value.and_then(|value| between(value, low)).ok_or_else(|| {
            self.wrong(key, &format!("a whole number from {low} to {MAX_WIDTH}"), value)
        })
    }

    fn shape(&self, key: &'static str) -> Result<Shape> {
        let value = self.get(key);
        let sides = |list: &[Value]| {
            list.iter().map(|value| between(value, 1)).collect::<Option<Vec<usize>>>()
        };
        match value {
            Some(Value::Integer(_)) => value.and_then(|n| between(n, 1)).map(Shape::Features),
            Some(Value::Array(list)) => match sides(list).as_deref() {
                Some(&[channels, height, width]) => Some(Shape::Image { channels, height, width }),
                _ => None,
            },
            _ => None,
        }
        .filter(|shape| shape.size() <= MAX_WIDTH)
        .ok_or_else(|| {
            let expected = format!(
                "a number of features or [channels, height, width], at most {MAX_WIDTH} in all"
            );
            self.wrong(key, &expected, value)
        })
    }

    fn number(&self, key: &'static str, default: f64, low: f64, high: f64) -> Result<f64> {
        let value = self.get(key);
        let found = match value {
            None => Some(default),
            Some(value) => value.as_float().or_else(|| value.as_integer().map(|n| n as f64)),
        };
        found
            .filter(|x| x.is_finite() && (low..=high).contains(x))
            .ok_or_else(|| self.wrong(key, &format!("a number from {low} to {high:e}"), value))
    }

    fn scale(&self) -> Result<Scale> {
        let Some(value) = self.get("scale") else { return Ok(Scale::Fixed(1.0)) };
        let expected = "{ fixed = c } or { learned = c } with a finite number c";
        let table = value.as_table().ok_or_else(|| self.wrong("scale", expected, Some(value)))?;
        let entry = table.iter().next().filter(|_| table.len() == 1);
        let number = |c: &Value| {
            c.as_float().or_else(|| c.as_integer().map(|n| n as f64)).filter(|c| c.is_finite())
        };
        match entry.map(|(key, c)| (key.as_str(), number(c))) {
            Some(("fixed", Some(c))) => Ok(Scale::Fixed(c)),
            Some(("learned", Some(c))) => Ok(Scale::Learned(c)),
            _ => Err(self.wrong("scale", expected, Some(value))),
        }
    }
}
