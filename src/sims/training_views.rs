//! What the training simulator records, and how it is drawn.

use crate::lab::{Observable, View, ViewKind};

/// Every observable of the training simulator.
pub(super) fn observables() -> Vec<Observable> {
    let series =
        |name, unit, definition| Observable { name, axes: &["checkpoint"], unit, definition };
    let matrix = |name, axes, definition| Observable { name, axes, unit: "1", definition };
    let mut all = vec![
        series("step", "steps", "steps of gradient descent so far"),
        series(
            "loss.train",
            "nat",
            "mean cross-entropy over the training samples, statistics of that batch",
        ),
        series(
            "loss.test",
            "nat",
            "mean cross-entropy over the test samples, running statistics (at step 0 these are 0 \
             and 1 and normalise nothing)",
        ),
        series("accuracy.train", "1", "share of training samples classified rightly"),
        series("accuracy.test", "1", "share of test samples classified rightly"),
        series("weights.norm", "1", "Euclidean norm of all weight matrices together"),
        matrix(
            "weights.norm.layers",
            &["checkpoint", "layer"],
            "Frobenius norm of each weight matrix, first to last",
        ),
        series("lambda.mean", "1", "mean of `lambda` over batch norms"),
        matrix(
            "lambda",
            &["checkpoint", "layer"],
            "mean absolute gain of each batch norm, first layer first: lambda_l of Littwin & Wolf \
             2016, Sec. 4.1",
        ),
        series(
            "depth.gains",
            "branches",
            "D1 = sum_l a_l / (1 + a_l), a_l the squared gain of branch l on the gradient",
        ),
        series(
            "depth.health",
            "1",
            "growth of the squared gradient over all blocks relative to prod (1 + a_l): 1 when \
             branches are uncorrelated, as D1 assumes",
        ),
        series(
            "depth.signal",
            "branches",
            "D5 = sum_l |F_l|^2 / (|F_l|^2 + |h_l|^2), branch F_l against stream h_l",
        ),
        series(
            "depth.forward",
            "layers",
            "mean path length r = 1 + k of the last stream, weighted by the energy of the part \
             that came through k branches, gates and batch statistics of the true pass held",
        ),
        series("depth.forward.sd", "layers", "standard deviation of r under the same weights"),
        series(
            "depth.constant",
            "1",
            "energy of the part that stems from biases and shifts, relative to all other parts",
        ),
        series(
            "depth.reverse",
            "branches",
            "mean number k of branches of the gradient at the first stream, weighted by the \
             squared norm of the part that came back through k branches",
        ),
        series(
            "depth.beta",
            "1",
            "the beta at which the epsilon series (Littwin & Wolf 2016, Eq. 16) has the mean \
             depth.forward",
        ),
        matrix(
            "depth.forward.energy",
            &["checkpoint", "branches"],
            "share of the last stream's energy that came through k branches, k = 0..L",
        ),
        matrix(
            "depth.reverse.energy",
            &["checkpoint", "branches"],
            "share of the gradient's squared norm that came back through k branches, k = 0..L",
        ),
        matrix(
            "density.grid",
            &["first, middle, last checkpoint", "grid"],
            "abscissas of the densities, in units of lambda_1",
        ),
    ];
    all.extend([
        series(
            "hessian.batch.lambda_max",
            "nat",
            "lambda_1, top eigenvalue of the Hessian, batch statistics differentiated through",
        ),
        series(
            "hessian.batch.lambda_min",
            "nat",
            "bottom eigenvalue of the Hessian, batch statistics differentiated through",
        ),
        series(
            "hessian.batch.log_ratio",
            "1",
            "log(lambda_1 / lambda_K), K classes, batch statistics differentiated through",
        ),
        series(
            "hessian.batch.negative",
            "1",
            "|lambda_min| / lambda_1, batch statistics differentiated through",
        ),
        series(
            "hessian.batch.gradient_share",
            "1",
            "|P_K g|^2 / |g|^2, P_K onto the top-K eigenvectors, batch statistics differentiated through",
        ),
        series("hessian.batch.trace", "nat", "trace by Rademacher probes, batch statistics differentiated through"),
        series(
            "hessian.batch.trace.half_width",
            "nat",
            "half the 95 % interval of the trace over probes, batch statistics differentiated through",
        ),
        Observable {
            name: "hessian.batch.top",
            axes: &["checkpoint", "rank"],
            unit: "nat",
            definition: "lambda_1 .. lambda_K, batch statistics differentiated through",
        },
        Observable {
            name: "hessian.batch.density",
            axes: &["first, middle, last checkpoint", "grid"],
            unit: "1",
            definition: "spectral density by stochastic Lanczos quadrature in units of lambda_1, \
                         smoothed by a Gaussian of width 0.01 lambda_1, batch statistics differentiated through",
        },
    ]);
    all.extend([
        series(
            "hessian.frozen.lambda_max",
            "nat",
            "lambda_1, top eigenvalue of the Hessian, the batch's statistics held constant",
        ),
        series(
            "hessian.frozen.lambda_min",
            "nat",
            "bottom eigenvalue of the Hessian, the batch's statistics held constant",
        ),
        series(
            "hessian.frozen.log_ratio",
            "1",
            "log(lambda_1 / lambda_K), K classes, the batch's statistics held constant",
        ),
        series(
            "hessian.frozen.negative",
            "1",
            "|lambda_min| / lambda_1, the batch's statistics held constant",
        ),
        series(
            "hessian.frozen.gradient_share",
            "1",
            "|P_K g|^2 / |g|^2, P_K onto the top-K eigenvectors, the batch's statistics held constant",
        ),
        series("hessian.frozen.trace", "nat", "trace by Rademacher probes, the batch's statistics held constant"),
        series(
            "hessian.frozen.trace.half_width",
            "nat",
            "half the 95 % interval of the trace over probes, the batch's statistics held constant",
        ),
        Observable {
            name: "hessian.frozen.top",
            axes: &["checkpoint", "rank"],
            unit: "nat",
            definition: "lambda_1 .. lambda_K, the batch's statistics held constant",
        },
        Observable {
            name: "hessian.frozen.density",
            axes: &["first, middle, last checkpoint", "grid"],
            unit: "1",
            definition: "spectral density by stochastic Lanczos quadrature in units of lambda_1, \
                         smoothed by a Gaussian of width 0.01 lambda_1, the batch's statistics held constant",
        },
    ]);
    all.extend([
        series(
            "hessian.running.lambda_max",
            "nat",
            "lambda_1, top eigenvalue of the Hessian, running statistics",
        ),
        series(
            "hessian.running.lambda_min",
            "nat",
            "bottom eigenvalue of the Hessian, running statistics",
        ),
        series(
            "hessian.running.log_ratio",
            "1",
            "log(lambda_1 / lambda_K), K classes, running statistics",
        ),
        series("hessian.running.negative", "1", "|lambda_min| / lambda_1, running statistics"),
        series(
            "hessian.running.gradient_share",
            "1",
            "|P_K g|^2 / |g|^2, P_K onto the top-K eigenvectors, running statistics",
        ),
        series("hessian.running.trace", "nat", "trace by Rademacher probes, running statistics"),
        series(
            "hessian.running.trace.half_width",
            "nat",
            "half the 95 % interval of the trace over probes, running statistics",
        ),
        Observable {
            name: "hessian.running.top",
            axes: &["checkpoint", "rank"],
            unit: "nat",
            definition: "lambda_1 .. lambda_K, running statistics",
        },
        Observable {
            name: "hessian.running.density",
            axes: &["first, middle, last checkpoint", "grid"],
            unit: "1",
            definition: "spectral density by stochastic Lanczos quadrature in units of lambda_1, \
                         smoothed by a Gaussian of width 0.01 lambda_1, running statistics",
        },
    ]);
    all
}

/// Every figure of the training simulator.
pub(super) fn views() -> Vec<View> {
    let view = |id, title, caption, kind| View {
        id,
        title,
        caption,
        at: &[],
        panels: "data",
        colours: "arm",
        kind,
    };
    let curve = |y, y_title, log_y| ViewKind::Curve {
        x: "step",
        y,
        x_title: "steps of gradient descent",
        y_title,
        log_y,
    };
    vec![
        view(
            "depth-forward",
            "Effective depth of the signal during training",
            "Energy-weighted mean path length of the last residual stream, at most one more \
             than blocks. P37 asks whether it rises.",
            curve("depth.forward", "mean path length r (layers)", false),
        ),
        view(
            "depth-reverse",
            "Effective depth of the gradient during training",
            "Mean number of branches through which the gradient comes back, at most their number.",
            curve("depth.reverse", "mean number of branches k", false),
        ),
        view(
            "depth-shares",
            "Which path lengths carry the signal",
            "Share of the last stream's energy that came through k branches.",
            ViewKind::Profile {
                y: "depth.forward.energy",
                first: 0,
                x_title: "branches passed k",
                y_title: "share of energy",
                log_y: true,
            },
        ),
        view(
            "loss",
            "Training loss",
            "Mean cross-entropy over the training samples.",
            curve("loss.train", "cross-entropy (nat)", true),
        ),
        view(
            "lambda",
            "Batch-norm scale by layer",
            "Littwin & Wolf's Fig. 1(d): the mean absolute gain of each batch norm. P35 asks \
             whether it rises above 1.",
            ViewKind::Profile {
                y: "lambda",
                first: 1,
                x_title: "layer",
                y_title: "mean gain lambda",
                log_y: false,
            },
        ),
        view(
            "weights",
            "Norm of the weights",
            "Littwin & Wolf's Fig. 1(e), for the arm without batch norm; the others as controls.",
            curve("weights.norm", "Euclidean norm of all weights", false),
        ),
        view(
            "spectrum-batch",
            "Hessian spectrum, batch statistics differentiated through",
            "Density of the eigenvalues in units of the largest, first and last checkpoint.",
            ViewKind::Density {
                grid: "density.grid",
                density: "hessian.batch.density",
                x_title: "eigenvalue / largest eigenvalue",
                y_title: "density",
            },
        ),
        view(
            "sharpness",
            "Largest eigenvalue of the Hessian",
            "lambda_1 with batch statistics differentiated through.",
            curve("hessian.batch.lambda_max", "lambda_1 (nat)", true),
        ),
        view(
            "outliers",
            "How far the top eigenvalue stands out",
            "log(lambda_1 / lambda_K) with K the number of classes: O-22 expects it lower with \
             batch norm.",
            curve("hessian.batch.log_ratio", "log(lambda_1 / lambda_K)", false),
        ),
        view(
            "negative",
            "Negative curvature",
            "|lambda_min| / lambda_1 with batch statistics differentiated through; O-28 expects it \
             to fall by ten.",
            curve("hessian.batch.negative", "|lambda_min| / lambda_1", true),
        ),
    ]
}
