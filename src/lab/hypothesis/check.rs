//! Whether a hypothesis can be judged on what a plan will record.

use serde_json::Value;

use crate::error::{Error, Result};
use crate::lab::hypothesis::cells::{Cell, Role};
use crate::lab::hypothesis::{Hypothesis, Statistic};
use crate::lab::records::shown;
use crate::lab::spec::did_you_mean;
use crate::lab::{Observable, Plan, Simulator, Spec};

impl Hypothesis {
    /// Checks every name and every cell against a plan; `simulators` are those of the stages.
    ///
    /// # Errors
    /// A spec error that names the table's line, what is unknown and the nearest known word: for an
    /// observable that no chosen cell's simulator records, a parameter or value that no cell has,
    /// several cells where one is read, or an axis that nothing reduces.
    pub fn check(&self, spec: &Spec, plan: &Plan, simulators: &[&dyn Simulator]) -> Result<()> {
        self.check_plan(plan, simulators)
            .map_err(|error| error.at(format!("{}:{}: claim `{}`", spec.place, self.line, self.id)))
    }

    fn check_plan(&self, plan: &Plan, simulators: &[&dyn Simulator]) -> Result<()> {
        let recorded: Vec<Vec<Observable>> =
            simulators.iter().map(|simulator| simulator.observables()).collect();
        let all: Vec<&str> = recorded.iter().flatten().map(|one| one.name).collect();
        if !all.contains(&self.observable.as_str()) {
            return Err(unknown_observable("", &self.observable, &all));
        }
        let cells: Vec<Cell<'_>> = (0..)
            .zip(&plan.cells)
            .map(|(number, cell)| Cell { number, parameters: &cell.parameters })
            .collect();
        for slice in self.slices(&cells)? {
            let read: Vec<Cell<'_>> = match &slice.cells {
                Role::One(cell) => vec![*cell],
                Role::Pair { from, to } => vec![*from, *to],
                Role::Along(along) => {
                    self.check_abscissae(along.iter().map(|(value, _)| *value))?;
                    along.iter().map(|(_, cell)| *cell).collect()
                }
            };
            for cell in &read {
                let stage = plan.cells[cell.number as usize].stage;
                self.check_axes(&recorded[stage], simulators[stage].id(), &read)?;
            }
        }
        Ok(())
    }

    /// Parameters on an axis are numbers, and positive on a logarithmic one.
    fn check_abscissae<'a>(&self, values: impl Iterator<Item = &'a Value>) -> Result<()> {
        let (Statistic::Slope { against, .. } | Statistic::RankCorrelation { against }) =
            &self.statistic
        else {
            return Ok(());
        };
        let logarithmic = matches!(self.statistic, Statistic::Slope { log_x: true, .. });
        for value in values {
            match value.as_f64() {
                None => {
                    return Err(Error::spec(format!(
                        "against = \"{against}\": its value {} is no number",
                        shown(value)
                    )));
                }
                Some(x) if logarithmic && x <= 0.0 => {
                    return Err(Error::spec(format!(
                        "against = \"{against}\": {x} has no place on a logarithmic axis"
                    )));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// The observable is recorded by this simulator, and `at` leaves the axes that are read.
    fn check_axes(
        &self,
        recorded: &[Observable],
        simulator: &str,
        cells: &[Cell<'_>],
    ) -> Result<()> {
        let names: Vec<&str> = recorded.iter().map(|one| one.name).collect();
        let find = |name: &str| {
            let of = format!(" of simulator `{simulator}`");
            recorded
                .iter()
                .find(|one| one.name == name)
                .ok_or_else(|| unknown_observable(&of, name, &names))
        };
        let observable = find(&self.observable)?;
        let series = match &self.statistic {
            Statistic::Slope { against, .. } | Statistic::RankCorrelation { against } => {
                self.along(cells).is_none().then_some(against)
            }
            _ => None,
        };
        if let Some(against) = series.filter(|against| *against != "index") {
            let abscissa = recorded.iter().find(|one| one.name == *against).ok_or_else(|| {
                let parameters = cells.iter().flat_map(|cell| cell.parameters.keys());
                let known: Vec<&str> =
                    names.iter().copied().chain(parameters.map(String::as_str)).collect();
                Error::spec(format!(
                    "against = \"{against}\": neither a parameter of the cells, nor an observable \
                     of simulator `{simulator}`, nor \"index\"{}",
                    did_you_mean(against, &known)
                ))
            })?;
            if abscissa.axes.len() != 1 || observable.axes.first() != abscissa.axes.first() {
                return Err(Error::spec(format!(
                    "against = \"{against}\": expected one axis, the first of `{}` ({}); found {}",
                    self.observable,
                    axes(observable),
                    axes(abscissa)
                )));
            }
        }
        let left = usize::from(series.is_some());
        if observable.axes.len() != self.at.len() + left {
            return Err(Error::spec(format!(
                "observable `{}` has {}, and this statistic reads {}: `at` needs {} of first, last, \
                 mean, least, most or an index, outermost axis first; found {}",
                self.observable,
                axes(observable),
                if left == 1 { "a series" } else { "a number" },
                observable.axes.len().saturating_sub(left),
                self.at.len()
            )));
        }
        Ok(())
    }
}

fn axes(observable: &Observable) -> String {
    match observable.axes {
        [] => "no axis".to_owned(),
        [one] => format!("the axis {one}"),
        several => format!("the axes {}", several.join(" x ")),
    }
}

fn unknown_observable(of: &str, name: &str, known: &[&str]) -> Error {
    Error::spec(format!(
        "there is no observable `{name}`{of}{}; `hessian list observables` shows all",
        did_you_mean(name, known)
    ))
}
