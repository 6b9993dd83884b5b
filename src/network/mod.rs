//! Networks: from a description to the loss, its gradient and its curvature.
//!
//! A [`Description`] (the layer tree that a user writes, or that a [`ResNet`] stands for) is lowered to a [`Program`] (a straight
//! line of operations); a [`State`] holds parameters and running statistics; a [`Point`] is a
//! program with a state on a [`Batch`], with the forward and the reverse pass done once and shared
//! by everything that is evaluated there.
//!
//! With batch norm there are three Hessians, and other tools are silently off on some of them:
//! [`batch_norm_exactness`].

mod batch;
pub mod batch_norm_exactness;
mod description;
mod footprint;
mod hessian;
mod layers;
mod layout;
mod loss;
mod plan;
mod point;
mod presets;
mod products;
mod program;
mod shape;
mod state;
mod train;
mod weighted;
mod weights;
mod workspace;
mod written;

pub use batch::{Batch, BatchTargets};
pub use description::{
    Activation, Description, LAYERS, LOSSES, Layer, Loss, MAX_LAYERS, MAX_WIDTH, Scale,
};
pub use footprint::Footprint;
pub use hessian::{GaussNewton, Hessian};
pub(crate) use layers::add::axpy;
pub use layers::batch_norm::Normalised;
pub use layers::conv::Window;
pub use layers::map::{ImageMap, Map};
pub use layout::{Layout, MAX_PARAMETERS, Tensor};
pub(crate) use plan::readers;
pub use point::{Buffers, Normalization, Point};
pub use presets::{ResNet, Shortcut, Version};
pub use program::{Block, Factor, Node, Op, Program, Slot};
pub use shape::Shape;
pub use state::State;
pub use train::{Descent, Training};
