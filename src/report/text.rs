//! Text for each kind of file: escaped, and numbers as a reader wants them.

use crate::lab::{Finding, Prediction};

/// Text without the characters that XML forbids.
fn printable(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().map(|c| match c {
        '\n' | '\t' => c,
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        _ if c.is_control() => '\u{fffd}',
        _ => c,
    })
}

/// Text for HTML, in an element or in a quoted attribute.
pub(super) fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in printable(text) {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// Text for a cell of a Markdown table.
pub(super) fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in printable(text) {
        match c {
            '\n' | '\t' => escaped.push(' '),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' => {
                escaped.push('\\');
                escaped.push(c);
            }
            _ => escaped.push(c),
        }
    }
    escaped
}

/// One line of text for a figure.
pub(super) fn line(text: &str) -> String {
    printable(text).map(|c| if c == '\n' || c == '\t' { ' ' } else { c }).collect()
}

/// A word for a file name and an anchor.
pub(super) fn slug(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' })
        .collect()
}

/// A number with four significant digits.
pub(super) fn number(x: f64) -> String {
    rounded(x, 4)
}

fn rounded(x: f64, digits: usize) -> String {
    if !x.is_finite() {
        return "not finite".to_owned();
    }
    if x == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{x:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..5).contains(&exponent) {
        trim(&format!("{x:.*}", (digits as i32 - 1 - exponent).max(0) as usize))
    } else {
        format!("{}e{exponent}", trim(mantissa))
    }
}

/// The same number without the zeros that end its fraction.
fn trim(number: &str) -> String {
    if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        number.to_owned()
    }
}

/// A number in a figure: with a minus sign and a power of ten in superscript.
pub(super) fn figure_number(x: f64) -> String {
    typeset(&number(x))
}

/// A number in a figure with so many digits.
pub(super) fn figure_digits(x: f64, digits: usize) -> String {
    typeset(&rounded(x, digits))
}

fn typeset(plain: &str) -> String {
    // words have letters e, too
    match plain.split_once('e').filter(|(_, exponent)| exponent.parse::<i32>().is_ok()) {
        Some(("1", exponent)) => format!("10{}", superscript(exponent)),
        Some((mantissa, exponent)) => {
            format!("{}×10{}", mantissa.replace('-', "−"), superscript(exponent))
        }
        None => plain.replace('-', "−"),
    }
}

fn superscript(digits: &str) -> String {
    digits
        .chars()
        .map(|c| match c {
            '-' => '⁻',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            c => c.to_digit(10).and_then(|d| char::from_u32(0x2070 + d)).unwrap_or(c),
        })
        .collect()
}

/// A number for a machine: the shortest text that reads back to the same bits.
pub(super) fn exact(x: f64) -> String {
    format!("{x:?}")
}

/// A prediction as a formula.
pub(super) fn prediction(prediction: &Prediction) -> String {
    match *prediction {
        Prediction::Equal { value, margin } => format!("= {} ± {}", number(value), number(margin)),
        Prediction::AtLeast(bound) => format!("≥ {}", number(bound)),
        Prediction::AtMost(bound) => format!("≤ {}", number(bound)),
        Prediction::Identity { tolerance } => format!("|deviation| ≤ {}", number(tolerance)),
    }
}

/// An estimate with its interval, such as `0.52 [0.31, 0.73]`, for a table.
pub(super) fn estimate(finding: &Finding) -> String {
    with_interval(finding, 4, rounded)
}

/// The same for a figure, where there is less room.
pub(super) fn figure_estimate(finding: &Finding) -> String {
    with_interval(finding, 3, figure_digits)
}

/// With at least so many digits, and up to six where fewer would not tell the ends from the estimate.
fn with_interval(finding: &Finding, least: usize, number: fn(f64, usize) -> String) -> String {
    let Finding { estimate, low, high, .. } = *finding;
    if !estimate.is_finite() {
        return "not finite".to_owned();
    }
    if low == high {
        return number(estimate, least);
    }
    // of the interval's half length two digits are shown
    let share = estimate.abs().max(low.abs()).max(high.abs()) / (0.5 * (high - low));
    let digits = if share.is_finite() { share.log10().floor().max(0.0) as usize + 2 } else { 0 };
    let digits = digits.clamp(least, least.max(6));
    format!("{} [{}, {}]", number(estimate, digits), number(low, digits), number(high, digits))
}

#[cfg(test)]
mod tests {
    use super::{
        estimate as estimate_of, figure_digits, figure_estimate, figure_number, html, markdown,
        number, slug,
    };
    use crate::lab::{Finding, Prediction};
    use crate::stats::Estimate;

    #[test]
    fn numbers() {
        for (x, text) in [
            (0.0, "0"),
            (0.5, "0.5"),
            (-0.012344, "-0.01234"),
            (1234.56, "1235"),
            (99_990.0, "99990"),
            (99_999.0, "1e5"),
            (100_000.0, "1e5"),
            (9.9996, "10"),
            (1.5e-7, "1.5e-7"),
            (f64::NAN, "not finite"),
        ] {
            assert_eq!(number(x), text);
        }
        assert_eq!(figure_number(-1.5e-12), "−1.5×10⁻¹²");
        assert_eq!(figure_digits(12_345.0, 3), "12345");
        assert_eq!(figure_digits(-0.012_344, 3), "−0.0123");
        assert_eq!(figure_digits(f64::INFINITY, 3), "not finite");
        assert_eq!(figure_number(1e-8), "10⁻⁸");
    }

    #[test]
    fn escapes() {
        assert_eq!(html("<a href=\"x\">'&\u{0}"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;\u{fffd}");
        assert_eq!(markdown("a|b\n<i>"), "a\\|b &lt;i&gt;");
        assert_eq!(slug("../λ x"), "..---x");
    }

    #[test]
    fn intervals_have_the_digits_that_tell_their_ends() {
        let show = |value: f64, low: f64, high: f64| {
            let estimate = Estimate { value, low, high, level: 0.95, count: 9 };
            let finding = Finding::new("", &estimate, Prediction::AtMost(0.0), true);
            (estimate_of(&finding), figure_estimate(&finding))
        };
        let both = |table: &str, figure: &str| (table.to_owned(), figure.to_owned());
        assert_eq!(show(0.5, 0.25, 0.75), both("0.5 [0.25, 0.75]", "0.5 [0.25, 0.75]"));
        assert_eq!(
            show(-1.62503, -1.62712, -1.62294),
            both("-1.625 [-1.627, -1.623]", "−1.625 [−1.627, −1.623]")
        );
        assert_eq!(
            show(1.0900004, 1.0897, 1.0903),
            both("1.09 [1.0897, 1.0903]", "1.09 [1.0897, 1.0903]")
        );
        let open = both("1 [not finite, not finite]", "1 [not finite, not finite]");
        assert_eq!(show(1.0, f64::NEG_INFINITY, f64::INFINITY), open);
        assert_eq!(show(f64::NAN, f64::NAN, f64::NAN), both("not finite", "not finite"));
    }
}
