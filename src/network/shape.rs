//! What one sample is at a place in the network: a list of features, or an image.

use std::fmt;

/// The shape of one sample in a slot.
///
/// ```
/// use hessian::network::Shape;
/// let shape = Shape::Image { channels: 3, height: 4, width: 5 };
/// assert_eq!((shape.size(), shape.channels(), shape.positions()), (60, 3, 20));
/// assert_eq!((Shape::from(7).channels(), Shape::from(7).positions()), (7, 1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A list of features.
    Features(usize),
    /// Channels, each a picture of height x width.
    Image {
        /// Number of channels.
        channels: usize,
        /// Number of rows.
        height: usize,
        /// Number of columns.
        width: usize,
    },
}

impl Shape {
    /// Number of entries of one sample; the largest number there is when they cannot be counted.
    pub fn size(self) -> usize {
        self.channels().saturating_mul(self.positions())
    }

    /// What batch norm counts as a feature: the features, or the channels of an image.
    pub fn channels(self) -> usize {
        match self {
            Self::Features(features) => features,
            Self::Image { channels, .. } => channels,
        }
    }

    /// Number of places at which a sample shows each of its channels; 1 for a list of features.
    pub fn positions(self) -> usize {
        match self {
            Self::Features(_) => 1,
            Self::Image { height, width, .. } => height.saturating_mul(width),
        }
    }
}

impl From<usize> for Shape {
    fn from(features: usize) -> Self {
        Self::Features(features)
    }
}

/// As in a network description: `5 features`, or `an image [3, 8, 8]`.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Features(1) => write!(f, "1 feature"),
            Self::Features(features) => write!(f, "{features} features"),
            Self::Image { channels, height, width } => {
                write!(f, "an image [{channels}, {height}, {width}]")
            }
        }
    }
}
