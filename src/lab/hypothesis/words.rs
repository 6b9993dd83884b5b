//! A hypothesis in words, for tables, pages and `explain`.

use crate::lab::hypothesis::{
    Arms, Direction, Event, Expectation, Hypothesis, Law, Reduction, Statistic,
};
use crate::lab::records::shown;
use crate::lab::{Parameters, Spec, Statement};

impl Hypothesis {
    /// What it says, as claims in Rust say it; `place` names the specification.
    pub fn statement(&self, spec: &Spec, place: &str) -> Statement {
        Statement {
            id: self.id.clone(),
            paper: self.paper.clone(),
            source: self.source.clone(),
            statement: self.statement.clone(),
            statistic: self.statistic_in_words(),
            prediction: self.prediction_in_words(),
            margin: match self.margin {
                Some(margin) => format!("{margin}: {}", self.reason),
                None => self.reason.clone(),
            },
            simulator: self.simulators(spec),
            observables: vec![self.observable.clone()],
            code: format!("{place}:{}", self.line),
        }
    }

    /// The simulators of the stages that it chooses.
    fn simulators(&self, spec: &Spec) -> String {
        let mut ids: Vec<&str> = Vec::new();
        for stage in &spec.stages {
            let wanted = self.wanted.get("stage");
            let chosen = wanted.is_none_or(|wanted| stage.parameters.get("stage") == Some(wanted));
            if chosen && !ids.contains(&stage.simulator.as_str()) {
                ids.push(&stage.simulator);
            }
        }
        ids.join(" + ")
    }

    fn statistic_in_words(&self) -> String {
        let y = self.observable_in_words();
        let mut text = match &self.statistic {
            Statistic::Mean { along: None } => format!("mean of {y} over replicates"),
            Statistic::Mean { along: Some(key) } => {
                format!("mean of {y} at each {key} minus that at the one before, paired")
            }
            Statistic::PairedDifference(arms) => {
                format!("mean of {y}, {}, paired by replicate", difference(arms, "minus"))
            }
            Statistic::LogRatio(arms) => {
                format!("mean of ln of {y}, {}, paired by replicate", difference(arms, "over"))
            }
            Statistic::Slope { against, log_x, log_y } => {
                let ln = |logarithmic: bool| if logarithmic { "ln of " } else { "" };
                format!(
                    "slope of {}{y} against {}{against}, mean over replicates",
                    ln(*log_y),
                    ln(*log_x)
                )
            }
            Statistic::RankCorrelation { against } => {
                format!("Kendall's tau of {y} against {against}, mean over replicates")
            }
            Statistic::Proportion(Event::AtLeast(bound)) => {
                format!("share of replicates with {y} at least {bound}")
            }
            Statistic::Proportion(Event::AtMost(bound)) => {
                format!("share of replicates with {y} at most {bound}")
            }
            Statistic::Quantile(q) => format!("{q}-quantile of {y} over replicates"),
            Statistic::EqualityInLaw(law) => format!(
                "Kolmogorov's distance of the law of {y} {}",
                match law {
                    Law::Same(arms) =>
                        format!("at {} from that at {}", values(&arms.to), values(&arms.from)),
                    Law::Normal { mean, deviation } => format!(
                        "from the normal law with mean {mean} and standard deviation {deviation}"
                    ),
                    Law::Uniform { low, high } =>
                        format!("from the uniform law on [{low}, {high}]"),
                }
            ),
        };
        if !self.wanted.is_empty() {
            text.push_str(&format!(", where {}", values(&self.wanted)));
        }
        if !self.by.is_empty() {
            text.push_str(&format!(", by {}", self.by.join(" and ")));
        }
        match self.expectation {
            Expectation::Identity(_) => text.push_str("; the largest deviation"),
            _ => text.push_str(&format!("; {} % interval", percent(self.level))),
        }
        text
    }

    /// The observable and how its axes are reduced, innermost last.
    fn observable_in_words(&self) -> String {
        let words: Vec<String> = self
            .at
            .iter()
            .map(|one| match one {
                Reduction::First => "first".to_owned(),
                Reduction::Last => "last".to_owned(),
                Reduction::Mean => "mean".to_owned(),
                Reduction::Least => "least".to_owned(),
                Reduction::Most => "most".to_owned(),
                Reduction::Index(index) => index.to_string(),
            })
            .collect();
        if words.is_empty() {
            self.observable.clone()
        } else {
            format!("{} [{}]", self.observable, words.join(", "))
        }
    }

    fn prediction_in_words(&self) -> String {
        let margin = self.margin.unwrap_or(0.0);
        let way = |direction| match direction {
            Direction::Rising => "rises",
            Direction::Falling => "falls",
        };
        match self.expectation {
            Expectation::Equal(value) | Expectation::Slope(value) => {
                format!("{value} within {margin}")
            }
            Expectation::AtLeast(bound) => format!("at least {bound}"),
            Expectation::AtMost(bound) => format!("at most {bound}"),
            Expectation::Ordered(direction) if margin == 0.0 => {
                format!("{} from each value to the next", way(direction))
            }
            Expectation::Ordered(direction) => {
                format!("{} by at least {margin} from each value to the next", way(direction))
            }
            Expectation::Monotone(direction) => {
                format!("{}: tau within {margin} of that of a monotone series", way(direction))
            }
            Expectation::Law => format!("the same law: distance at most {margin}"),
            Expectation::Identity(tolerance) => format!("identity: within {tolerance}"),
        }
    }
}

fn values(parameters: &Parameters) -> String {
    let parts: Vec<String> =
        parameters.iter().map(|(key, value)| format!("{key} = {}", shown(value))).collect();
    parts.join(" and ")
}

fn difference(arms: &Arms, word: &str) -> String {
    format!("{} {word} {}", values(&arms.to), values(&arms.from))
}

/// A level in percent, without the digits that its product by 100 adds.
fn percent(level: f64) -> f64 {
    (level * 1e8).round() / 1e6
}
